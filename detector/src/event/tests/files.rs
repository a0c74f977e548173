//! Files opened, and directories where tasks stand.

use detector_common::call;
use detector_common::record::ActBody;

use super::*;

#[test]
fn an_open_is_told_by_the_kernel() {
    let body = sample::act(call::OPENAT, 5, [AT_FDCWD, 1, 0o2_000_001, 0o644, 0, 0]);
    let event = Sample::new(
        Kind::Open,
        &ActBody {
            object: sample::object(),
            ..body
        },
    )
    .path(
        Tag::Path,
        WalkEnd::Root,
        [&[b"passwd"], &[b"srv", b"etc"], &[b"mnt", b"x"]],
    )
    .text(Tag::Claim, b"link")
    .event();
    let act = act(&event);
    let Operation::Open(open) = &act.operation else {
        panic!("{act:?}")
    };
    assert!(open.writes() && !open.reads());
    assert_eq!(open.directory, -100);
    assert_eq!(act.named().unwrap().path, b"/mnt/x/passwd");
    assert_eq!(act.named().unwrap().truth, Truth::Kernel);
    assert_eq!(act.path().unwrap().in_filesystem(), b"/srv/etc/passwd");
    assert_eq!(act.path().unwrap().mount_root(), b"/srv/etc");
    assert_eq!(act.claimed_name().unwrap().known(), Some(&b"link"[..]));
    assert_eq!(act.object().unwrap().layer, Layer::Upper);
    assert_eq!(event.event_type(), "openat");
    assert!(!event.refused());
    let expected =
        "fd=5 dirfd=-100 name=link flags=524289(O_WRONLY|O_CLOEXEC) mode=0644 dev=40 ino=77";
    assert_eq!(list(&event), expected);
}

#[test]
fn a_refused_open_is_told_by_the_caller() {
    let body = sample::act(call::OPENAT2, -13, [3, 1, 0, 0, 0x08, 0]);
    let event = Sample::new(Kind::Open, &body)
        .plain_path(Tag::Cwd, "/srv/app")
        .text(Tag::Claim, b"../secret")
        .event();
    let named = act(&event).named().unwrap();
    assert_eq!(
        (named.path.as_slice(), named.truth),
        (&b"/srv/secret"[..], Truth::Claim)
    );
    assert!(event.refused());
    assert_eq!(event.result().to_string(), "EACCES");
    let expected = "fd=-13(EACCES) dirfd=3 name=../secret flags=0(O_RDONLY) mode=0000 \
                    resolve=8(RESOLVE_BENEATH)";
    assert_eq!(list(&event), expected);
}

#[test]
fn a_name_that_could_not_be_read_is_absent() {
    let event = Sample::new(
        Kind::Open,
        &sample::act(call::OPEN, -2, [AT_FDCWD, 1, 0, 0, 0, 0]),
    )
    .section(Tag::Claim as u16, section_flag::UNREADABLE, b"")
    .event();
    assert_eq!(act(&event).named(), None);
    assert!(event.argument("name").unwrap().text().is_none());
    assert_eq!(
        list(&event),
        "fd=-2(ENOENT) name=<NA> flags=0(O_RDONLY) mode=0000"
    );
}

#[test]
fn access_modes_follow_the_kernel() {
    let modes = |flags| {
        let event = Sample::new(
            Kind::Open,
            &sample::act(call::OPEN, 3, [0, 0, flags, 0, 0, 0]),
        );
        let event = event.event();
        let Operation::Open(open) = &act(&event).operation else {
            panic!("{event:?}")
        };
        (open.reads(), open.writes())
    };
    assert_eq!(modes(0), (true, false));
    assert_eq!(modes(1), (false, true));
    assert_eq!(modes(2), (true, true));
    assert_eq!(modes(3), (true, true));
    assert_eq!(modes(0o10_000_002), (false, false), "O_PATH");
}

#[test]
fn places_are_told_by_path_or_descriptor() {
    let body = sample::act(call::CHROOT, 0, [1, 0, 0, 0, 0, 0]);
    let event = Sample::new(
        Kind::Place,
        &ActBody {
            object: sample::object(),
            ..body
        },
    )
    .path(Tag::Path, WalkEnd::Top, [&[b"jail"], &[], &[]])
    .text(Tag::Claim, b"/jail")
    .event();
    assert_eq!(act(&event).path().unwrap().end(), WalkEnd::Top);
    assert_eq!(list(&event), "res=0 path=/jail");

    let event = Sample::new(
        Kind::Place,
        &sample::act(call::FCHDIR, -20, [9, 0, 0, 0, 0, 0]),
    )
    .plain_path(Tag::Path, "/etc/hosts")
    .event();
    assert_eq!(act(&event).named().unwrap().truth, Truth::Kernel);
    assert_eq!(list(&event), "res=-20(ENOTDIR) fd=9");

    let event = Sample::new(
        Kind::Place,
        &sample::act(call::PIVOT_ROOT, EPERM, [1, 2, 0, 0, 0, 0]),
    )
    .text(Tag::Claim, b".")
    .text(Tag::Claim2, b"old")
    .event();
    assert_eq!(list(&event), "res=-1(EPERM) new_root=. put_old=old");
}
