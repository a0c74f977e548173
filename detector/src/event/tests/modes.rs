//! Directories made, modes given, faults answered, and what a process is part of.

use detector_common::call;
use detector_common::record::{ActBody, Header, Object, TaskBody, flag, object_flag};
use detector_common::section::Session as RawSession;
use zerocopy::IntoBytes;

use super::*;

const HERE: u64 = -100_i32 as u32 as u64;

fn alter(number: u32, result: i64, args: [u64; 6], name: &[u8]) -> Sample {
    Sample::new(Kind::Alter, &sample::act(number, result, args))
        .text(Tag::Claim, name)
        .plain_path(Tag::Cwd, "/srv")
}

#[test]
fn arguments_have_falcos_names_and_modes_their_bits() {
    let event = alter(call::MKDIRAT, 0, [3, 0, 0o750, 0, 0, 0], b"d").event();
    assert_eq!(event.event_type(), "mkdirat");
    assert_eq!(list(&event), "res=0 dirfd=3 path=d mode=0750");
    assert_eq!(act(&event).named().unwrap().path, b"/srv/d");
    let event = alter(call::CHMOD, 0, [HERE, 0, 0o4600, 0, 0, 0], b"f").event();
    assert_eq!(
        list(&event),
        "res=0 filename=f mode=04600(S_IWUSR|S_IRUSR|S_ISUID)"
    );
    let mode = event.argument("mode").unwrap();
    assert_eq!(
        mode.text().as_deref(),
        Some(&b"S_IWUSR|S_IRUSR|S_ISUID"[..])
    );
    assert_eq!(mode.number(), Some(0o4600));
    let event = alter(call::FCHMODAT2, 0, [3, 0, 0, 0, 0x100, 0], b"f").event();
    assert_eq!(
        list(&event),
        "res=0 dirfd=3 filename=f mode=0000(0) flags=256(AT_SYMLINK_NOFOLLOW)"
    );
    let body = sample::act(call::USERFAULTFD, 7, [1, 0, 0, 0, 0, 0]);
    let event = Sample::new(Kind::Faults, &body).event();
    assert_eq!(list(&event), "res=7 flags=1(UFFD_USER_MODE_ONLY)");
}

#[test]
fn a_descriptor_in_place_of_a_name_is_told_by_its_path() {
    let args = [3, 0, 0o700, 0, 0x1000, 0];
    let event = alter(call::FCHMODAT2, 0, args, b"").event();
    let named = act(&event).named().unwrap();
    assert_eq!(
        (named.path.as_slice(), named.truth),
        (&b"/srv"[..], Truth::Claim)
    );
    // Without the flag no name is no file.
    let event = alter(call::FCHMODAT, -2, [3, 0, 0o700, 0, 0, 0], b"").event();
    assert_eq!(act(&event).named(), None);
}

#[test]
fn a_relative_name_stands_where_its_directory_does() {
    let directory = Object {
        mode: 0o040_755,
        flags: object_flag::RESOLVED | object_flag::OTHER_MOUNT_NS | object_flag::FOREIGN_MOUNT_NS,
        ..sample::object()
    };
    let standing = |name: &[u8], object: Object| {
        let body = ActBody {
            object,
            ..sample::act(call::MKDIRAT, 0, [3, 0, 0o700, 0, 0, 0])
        };
        let event = Sample::new(Kind::Alter, &body)
            .text(Tag::Claim, name)
            .section(Tag::BaseObject as u16, 0, directory.as_bytes())
            .event();
        act(&event).standing().map(|object| object.mount)
    };
    let nothing = Object::default();
    assert_eq!(standing(b"d", nothing), Some(MountOwner::Foreign));
    assert_eq!(standing(b"/d", nothing), None);
    // What the kernel resolved is better.
    assert_eq!(standing(b"d", sample::object()), Some(MountOwner::Own));
}

#[test]
fn what_was_only_submitted_is_not_refused() {
    let begun = alter(call::MKDIRAT, -115, [HERE, 0, 0, 0, 0, 0], b"d");
    let requested = |header: &mut Header| header.flags = flag::VIA_IO_URING | flag::STARTED;
    assert!(!begun.clone().with(requested).event().refused());
    assert!(begun.event().refused());
}

#[test]
fn sessions_are_told_by_sensors_that_know_them() {
    let body = TaskBody {
        subject: sample::subject(),
        ..TaskBody::default()
    };
    let session = |sample: Sample| match sample.event().body {
        Body::TaskMade(process) => process.session,
        other => panic!("{other:?}"),
    };
    let raw = RawSession {
        sid: 4700,
        pgid: 4711,
        vpgid: 0,
        terminal: 34816,
    };
    let made = Sample::new(Kind::TaskMade, &body);
    let told = session(made.clone().text(Tag::Session, raw.as_bytes())).unwrap();
    assert_eq!((told.number, told.group), (4700, 4711));
    assert_eq!((told.group_inside, told.terminal), (None, Some(34816)));
    assert_eq!(session(made.clone()), None, "a capture of an older sensor");
    let half = made.text(Tag::Session, &[0; 4]).bytes();
    assert_eq!(
        decode(&half),
        Err(DecodeError::Numbers { tag: Tag::Session })
    );
}
