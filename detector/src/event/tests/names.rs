//! Names removed and changed: by the caller's word, and by the kernel's where it looked before.

use detector_common::call;
use detector_common::record::{ActBody, Object};
use zerocopy::IntoBytes;

use super::*;

const HERE: u64 = -100_i32 as u32 as u64;

/// A rename of `link/a` to `link/b`, as the caller puts it.
fn rename(object: Object) -> Sample {
    let body = ActBody {
        object,
        ..sample::act(call::RENAME, 0, [HERE, 1, HERE, 2, 0, 0])
    };
    Sample::new(Kind::Alter, &body)
        .text(Tag::Claim, b"link/a")
        .text(Tag::Claim2, b"link/b")
        .plain_path(Tag::Cwd, "/tmp")
        .plain_path(Tag::Base2, "/tmp")
}

fn alter(event: &Event) -> &Alter {
    match &act(event).operation {
        Operation::Alter(alter) => alter,
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_look_before_the_act_names_are_the_callers() {
    let event = rename(Object::default()).event();
    let first = act(&event).named().unwrap();
    let second = alter(&event).second.as_ref().unwrap();
    assert_eq!(
        (first.path.as_slice(), first.truth),
        (&b"/tmp/link/a"[..], Truth::Claim)
    );
    let named = second.named().unwrap();
    assert_eq!(
        (named.path.as_slice(), named.truth),
        (&b"/tmp/link/b"[..], Truth::Claim)
    );
    assert_eq!((act(&event).object(), &second.object), (None, &None));
}

#[test]
fn what_was_resolved_before_the_act_goes_before_the_callers_names() {
    let replaced = Object {
        inode: 77,
        ..sample::object()
    };
    let event = rename(sample::object())
        .plain_path(Tag::Path, "/srv/a")
        .plain_path(Tag::Path2, "/srv/b")
        .section(Tag::Object2 as u16, 0, replaced.as_bytes())
        .event();
    let first = act(&event).named().unwrap();
    let second = alter(&event).second.as_ref().unwrap();
    assert_eq!(
        (first.path.as_slice(), first.truth),
        (&b"/srv/a"[..], Truth::Kernel)
    );
    let named = second.named().unwrap();
    assert_eq!(
        (named.path.as_slice(), named.truth),
        (&b"/srv/b"[..], Truth::Kernel)
    );
    assert_eq!(act(&event).object().unwrap().inode, sample::object().inode);
    assert_eq!(second.object.as_ref().unwrap().inode, 77);
}

#[test]
fn half_an_object_is_damage() {
    let record = rename(Object::default())
        .section(Tag::Object2 as u16, 0, &[0; 8])
        .bytes();
    assert_eq!(decode(&record), Err(DecodeError::Object { length: 8 }));
}
