//! Damaged records: an error, never a panic, and never a text from beyond the record.

use detector_common::record::{ActBody, ConnectBody, HEADER_SIZE, Header};
use detector_common::section::{ExeFile, SectionHeader, StandardDescriptors};
use proptest::prelude::*;
use zerocopy::{FromBytes, IntoBytes};

use super::*;

/// Asks everything of an event that can be asked.
fn question(event: &Event) {
    let _ = (
        event.event_type(),
        event.subject(),
        event.refused(),
        event.result().to_string(),
    );
    for argument in event.arguments() {
        let _ = (argument.value.text(), argument.value.number());
    }
    let _ = event.argument_list();
    if let Some(act) = event.act() {
        let _ = (
            act.object().map(FileObject::kind),
            act.named(),
            act.claimed_name(),
        );
        let views = |path: &ResolvedPath| [path.visible(), path.in_filesystem(), path.mount_root()];
        let _ = act.path().map(views);
    }
    if let Body::Exec(exec) = &event.body {
        let _ = exec.argv.as_ref().map(|argv| argv.iter().count());
    }
}

fn read(record: Vec<u8>) -> Result<Decoded, DecodeError> {
    let decoded = decode(&record.into());
    if let Ok(Decoded::Event(event)) = &decoded {
        question(event);
    }
    decoded
}

/// Sets the header's length to what is there.
fn lengthened(mut record: Vec<u8>) -> Vec<u8> {
    let length = record.len() as u32;
    if let Ok((header, _)) = Header::mut_from_prefix(&mut record) {
        header.length = length;
    }
    record
}

/// Records of all kinds, with sections.
fn samples() -> Vec<Vec<u8>> {
    let act = |kind, number, result| {
        let body = sample::act(number, result, [1, 2, 3, 4, 5, 6]);
        Sample::new(
            kind,
            &ActBody {
                object: sample::object(),
                ..body
            },
        )
        .plain_path(Tag::Path, "/a/b")
        .plain_path(Tag::Cwd, "/c")
        .text(Tag::Claim, b"first")
        .text(Tag::Claim2, b"second")
        .text(Tag::Claim3, b"third")
    };
    let mut samples = vec![
        Sample::new(Kind::Exec, &exec_body())
            .text(Tag::Argv, b"sh\0-c\0")
            .plain_path(Tag::ExePath, "/bin/sh")
            .text(Tag::Env, b"A=1\0")
            .text(Tag::ExeFile, ExeFile::default().as_bytes())
            .text(Tag::Descriptors, StandardDescriptors::default().as_bytes()),
        Sample::new(Kind::TaskMade, &task_body()),
        Sample::new(Kind::Exit, &ExitBody::default()),
        Sample::new(Kind::CgroupMade, &CgroupBody::default()).text(Tag::CgroupPath, b"/x"),
        Sample::new(Kind::Connect, &ConnectBody::default()).text(Tag::SocketName, b"\0name"),
        Sample::new(
            Kind::Descriptor,
            &ConnectBody {
                call: sample::act(call::DUP2, 0, [5, 0, 0, 0, 0, 0]).call,
                ..ConnectBody::default()
            },
        ),
    ];
    let acts = call::CALLS.iter();
    for spec in acts.filter(|spec| !matches!(spec.kind, Kind::Connect | Kind::Descriptor)) {
        samples.push(act(spec.kind, spec.number, 0));
    }
    samples
        .into_iter()
        .map(|sample| sample.bytes().to_vec())
        .collect()
}

fn sample() -> impl Strategy<Value = Vec<u8>> {
    proptest::sample::select(samples())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(bytes);
    }

    #[test]
    fn any_bytes_behind_a_good_header_are_read_or_refused(
        kind in 0_u16..32,
        flags in any::<u32>(),
        rest in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let sample = Sample::new(Kind::Exit, &());
        let record = sample.with(|header| { header.kind = kind; header.flags = flags }).raw(&rest);
        let _ = read(record.bytes().to_vec());
    }

    #[test]
    fn a_shortened_record_is_refused(record in sample(), cut in any::<prop::sample::Index>()) {
        let short = &record[..cut.index(record.len())];
        let expected = if short.len() < HEADER_SIZE {
            DecodeError::Short(short.len())
        } else {
            DecodeError::Length { claimed: record.len() as u32, found: short.len() }
        };
        prop_assert_eq!(read(short.to_vec()), Err(expected));
    }

    #[test]
    fn a_record_cut_inside_is_read_or_refused(
        record in sample(),
        cut in any::<prop::sample::Index>(),
    ) {
        let _ = read(lengthened(record[..cut.index(record.len())].to_vec()));
    }

    #[test]
    fn changed_bytes_are_read_or_refused(
        mut record in sample(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        for (place, byte) in changes {
            let place = place.index(record.len());
            record[place] = byte;
        }
        let _ = read(lengthened(record));
    }

    #[test]
    fn sections_of_any_lengths_are_read_or_refused(
        lengths in proptest::collection::vec((0_u16..12, any::<u16>(), 0_u32..64), 0..6),
    ) {
        let headers = lengths.iter().map(|&(tag, flags, length)| SectionHeader { tag, flags, length });
        let rest: Vec<u8> = headers.flat_map(|header| header.as_bytes().to_vec()).collect();
        let sample = Sample::new(Kind::Exit, &ExitBody::default()).raw(&rest);
        let _ = read(sample.bytes().to_vec());
    }
}

fn refused(rest: &[u8]) -> DecodeError {
    let sample = Sample::new(Kind::Exit, &ExitBody::default()).raw(rest);
    read(sample.bytes().to_vec()).unwrap_err()
}

#[test]
fn a_section_must_not_reach_beyond_the_record() {
    let section = |length, text: &[u8]| {
        let header = SectionHeader {
            tag: Tag::Claim as u16,
            flags: 0,
            length,
        };
        [header.as_bytes(), text].concat()
    };
    let error = |length, left| DecodeError::SectionLength {
        tag: Tag::Claim as u16,
        length,
        left,
    };
    assert_eq!(refused(&section(9, b"12345678")), error(9, 8));
    assert_eq!(
        refused(&section(u32::MAX, b"12345678")),
        error(u32::MAX as usize, 8)
    );
    // A section that is said to be longer swallows the next one, whose rest is then no section.
    let overlapping = [section(12, b"12345678"), section(8, b"abcdefgh")].concat();
    assert!(matches!(
        refused(&overlapping),
        DecodeError::SectionLength { .. }
    ));
    // Its filling is part of it.
    assert_eq!(refused(&section(5, b"12345")), error(5, 5));
    assert_eq!(refused(b"1234"), DecodeError::SectionHeader { left: 4 });
}

#[test]
fn a_section_must_not_be_there_twice() {
    let sample = Sample::new(Kind::Exit, &ExitBody::default());
    let record = sample
        .text(Tag::Claim, b"one")
        .text(Tag::Claim, b"two")
        .bytes();
    assert_eq!(
        read(record.to_vec()),
        Err(DecodeError::Repeated { tag: Tag::Claim })
    );
}

#[test]
fn a_path_must_be_three_runs_that_fill_it() {
    let good = sample::path_section(WalkEnd::Root, [&[b"a"], &[b"b"], &[b"c"]]);
    let read = |path: &[u8]| {
        let sample = Sample::new(Kind::Exec, &exec_body()).text(Tag::Cwd, path);
        decode(&sample.bytes()).map(drop)
    };
    let error = Err(DecodeError::Path { tag: Tag::Cwd });
    assert_eq!(read(&good), Ok(()));
    assert_eq!(read(&good[..good.len() - 1]), error, "too short");
    assert_eq!(read(&[&good[..], b"/d"].concat()), error, "too long");
    assert_eq!(read(&good[..7]), error, "no header");
    let changed = |at: usize, byte: u8| {
        let mut path = good.clone();
        path[at] = byte;
        path
    };
    assert_eq!(read(&changed(0, 9)), error, "no such end");
    assert_eq!(
        read(&changed(8, b'x')),
        error,
        "a run that does not begin with a slash"
    );
    assert_eq!(read(&changed(2, 3)), error, "runs longer than the text");
}

#[test]
fn a_header_must_name_what_exists() {
    let sample = Sample::new(Kind::Exit, &ExitBody::default());
    let read = |change: fn(&mut Header)| decode(&sample.clone().with(change).bytes());
    assert_eq!(read(|header| header.lane = 3), Err(DecodeError::Lane(3)));
    assert_eq!(read(|header| header.phase = 3), Err(DecodeError::Phase(3)));
    assert_eq!(
        read(|header| header.format = 0),
        Err(DecodeError::Format { found: 0 })
    );
    let body = read(|header| header.kind = Kind::Exec as u16);
    assert_eq!(body, Err(DecodeError::Body { kind: Kind::Exec }));
}
