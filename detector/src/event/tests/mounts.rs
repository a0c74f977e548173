//! The mount family, old and new.

use detector_common::call;
use detector_common::record::ActBody;

use super::*;

#[test]
fn mounts_tell_source_target_and_type() {
    let body = sample::act(call::MOUNT, EPERM, [1, 2, 3, 4096 | 16384, 0, 0]);
    let event = Sample::new(Kind::Mount, &body)
        .text(Tag::Claim, b"/dev/sda1")
        .text(Tag::Claim2, b"/mnt")
        .text(Tag::Claim3, b"ext4")
        .event();
    let Operation::Mount(mount) = &act(&event).operation else {
        panic!("{event:?}")
    };
    assert_eq!(mount.source().unwrap().known(), Some(&b"/dev/sda1"[..]));
    assert_eq!(mount.target().unwrap().known(), Some(&b"/mnt"[..]));
    assert_eq!(mount.fs_type().unwrap().known(), Some(&b"ext4"[..]));
    assert_eq!(
        list(&event),
        "res=-1(EPERM) dev=/dev/sda1 dir=/mnt type=ext4 flags=20480(MS_BIND|MS_REC)"
    );
    assert_eq!(
        event.argument("flags").unwrap().text().unwrap().as_ref(),
        b"MS_BIND|MS_REC"
    );
    assert_eq!(event.argument("flags").unwrap().number(), Some(20480));

    // The upper half of a register is no part of an int.
    let body = sample::act(call::UMOUNT2, 0, [1, 0xdead_0000_0002, 0, 0, 0, 0]);
    let event = Sample::new(Kind::Mount, &body)
        .text(Tag::Claim, b"/proc")
        .event();
    assert_eq!(list(&event), "res=0 name=/proc flags=2(MNT_DETACH)");
}

#[test]
fn the_newer_mount_calls_tell_each_step() {
    let event = Sample::new(
        Kind::Mount,
        &sample::act(call::FSOPEN, 3, [1, 1, 0, 0, 0, 0]),
    )
    .text(Tag::Claim, b"ext4")
    .event();
    assert_eq!(list(&event), "fd=3 type=ext4 flags=1(FSOPEN_CLOEXEC)");

    let event = Sample::new(
        Kind::Mount,
        &sample::act(call::FSCONFIG, 0, [3, 1, 1, 1, 0, 0]),
    )
    .text(Tag::Claim, b"source")
    .text(Tag::Claim2, b"/dev/sda1")
    .event();
    let Operation::Mount(mount) = &act(&event).operation else {
        panic!("{event:?}")
    };
    assert_eq!(mount.source().unwrap().known(), Some(&b"/dev/sda1"[..]));
    assert_eq!(
        list(&event),
        "res=0 fd=3 cmd=1(FSCONFIG_SET_STRING) key=source value=/dev/sda1"
    );

    let body = sample::act(call::FSMOUNT, 4, [3, 0, 1, 0, 0, 0]);
    let event = Sample::new(
        Kind::Mount,
        &ActBody {
            object: sample::object(),
            ..body
        },
    )
    .path(Tag::Path, WalkEnd::Top, [&[], &[], &[]])
    .event();
    assert_eq!(act(&event).object().unwrap().inode, 77);
    assert_eq!(
        list(&event),
        "fd=4 fs_fd=3 flags=0 attr_flags=1(MOUNT_ATTR_RDONLY)"
    );

    let body = sample::act(call::OPEN_TREE, 4, [AT_FDCWD, 1, 0x8001, 0, 0, 0]);
    let event = Sample::new(Kind::Mount, &body)
        .plain_path(Tag::Path, "/etc")
        .text(Tag::Claim, b"/etc/../etc")
        .event();
    assert_eq!(act(&event).named().unwrap().path, b"/etc");
    let expected = "fd=4 dirfd=-100 name=/etc/../etc flags=32769(OPEN_TREE_CLONE|AT_RECURSIVE)";
    assert_eq!(list(&event), expected);

    let event = Sample::new(
        Kind::Mount,
        &sample::act(call::MOVE_MOUNT, 0, [4, 1, AT_FDCWD, 2, 4, 0]),
    )
    .text(Tag::Claim, b"")
    .text(Tag::Claim2, b"/mnt")
    .event();
    let expected =
        "res=0 from_dirfd=4 from_path= to_dirfd=-100 to_path=/mnt flags=4(MOVE_MOUNT_F_EMPTY_PATH)";
    assert_eq!(list(&event), expected);
}
