//! What is written is read again; what is cut, foreign, newer or hostile is refused with a word.

use bytes::Bytes;
use proptest::prelude::*;

use super::facts::{Group, Name, Process, Program};
use super::*;
use crate::event::{BootTime, Finding, Loss};
use crate::host::selection::Selection;
use crate::host::world::Effort;

fn header() -> Header {
    Header {
        made_by: "0.1.0".into(),
        hostname: "host".into(),
        kernel: "6.1.0".into(),
        machine: "x86_64".into(),
        btf_sha256: "00".into(),
        boot_id: "3c5e6b1e-2f4a-4a07-9a53-1d1a4f4ce111".into(),
        clock_offset: 17,
        began: 4,
        record_format: 1,
        namespaces: Spaces::default(),
        selection: Selection::default(),
    }
}

fn frames() -> Vec<Frame> {
    let process = Process { pid: 7, start: 9 };
    let program = Program {
        path: Some(Name(b"/bin/\xff\n".to_vec())),
        name: Name(b"sh".to_vec()),
        argv: vec![Name(Vec::new()), Name(vec![0xc3, 0xa9])],
        incomplete: true,
    };
    let image = |answer| Frame::Fact(Box::new(Fact::Image { process, answer }));
    let kind = Fact::Kind {
        process,
        name: Name(b"/dev/sda".to_vec()),
        effort: Effort::Bounded,
        answer: Some("block".into()),
    };
    let cgroups = Fact::Cgroups {
        cgroups: vec![Group {
            id: 1,
            path: Name(b"/".to_vec()),
        }],
        left_out: 3,
    };
    vec![
        Frame::Fact(Box::new(cgroups)),
        Frame::Walk,
        Frame::Batch {
            now: BootTime(5),
            watermark: Some(BootTime(4)),
            behind: true,
        },
        Frame::Record(Bytes::from_static(&[1, 2, 3])),
        Frame::Record(Bytes::from(vec![0; 70_000])),
        image(Some(program)),
        image(None),
        Frame::Fact(Box::new(kind)),
        Frame::Tick(BootTime(6)),
        Frame::Finding(Box::new(Found {
            now: 8,
            finding: Finding::Counted {
                losses: vec![Loss {
                    lane: Some("alarm".into()),
                    cpu: Some(1),
                    cause: "ring_full".into(),
                    total: 3,
                }],
            },
        })),
        Frame::Losses(Losses {
            dropped: [("volume".to_owned(), [("ring_full".to_owned(), 2)].into())].into(),
            suppressed: 1,
        }),
    ]
}

fn written(frames: &[Frame]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &header()).unwrap();
    for frame in frames {
        writer.write(frame).unwrap();
    }
    writer.end().unwrap()
}

/// All that can be read, and how it ended.
fn read(bytes: &[u8]) -> (Vec<Frame>, Result<(), CaptureError>) {
    let mut read = Vec::new();
    let mut reader = match Reader::new(bytes) {
        Ok(reader) => reader,
        Err(error) => return (read, Err(error)),
    };
    loop {
        match reader.frame() {
            Ok(Some(frame)) => read.push(frame),
            Ok(None) => return (read, Ok(())),
            Err(error) => return (read, Err(error)),
        }
    }
}

#[test]
fn what_is_written_is_read_again() {
    let bytes = written(&frames());
    let (mut read, result) = read(&bytes);
    result.unwrap();
    assert_eq!(read.pop(), Some(Frame::End));
    assert_eq!(read, frames());
    assert_eq!(Reader::new(&*bytes).unwrap().header(), &header());
}

#[test]
fn a_cut_capture_gives_what_came_before() {
    // Many small frames, so that there are several blocks.
    let many: Vec<Frame> = (0..40)
        .map(|n| Frame::Record(Bytes::from(vec![n; 40_000])))
        .collect();
    let bytes = written(&many);
    let mut shorter = 0;
    for end in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
        let (read, result) = read(&bytes[..end]);
        let error = result.unwrap_err();
        assert_eq!(read, many[..read.len()], "cut at {end}");
        assert!(
            matches!(
                error,
                CaptureError::Cut { .. } | CaptureError::Endless { .. } | CaptureError::Foreign
            ),
            "cut at {end}: {error}"
        );
        shorter = shorter.max(read.len());
    }
    assert!(
        shorter >= 30,
        "nearly all is read of one that lacks a byte: {shorter}"
    );
}

#[test]
fn foreign_newer_and_damaged_ones_are_named() {
    let said = |bytes: &[u8]| read(bytes).1.unwrap_err().to_string();
    assert!(said(b"").contains("no capture"));
    assert!(said(b"\x7fELF, or whatever else there is").contains("no capture"));
    let good = written(&frames());
    let mut newer = good.clone();
    newer[8] = 9;
    assert!(said(&newer).contains("format 9"), "{}", said(&newer));
    let mut damaged = good.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(said(&damaged).contains("checksum"), "{}", said(&damaged));
    let mut header = good;
    header[30] ^= 1;
    assert!(said(&header).contains("header"), "{}", said(&header));
}

#[test]
fn frames_of_newer_detectors_are_skipped_and_counted() {
    let mut bytes = Vec::new();
    header().write(&mut bytes).unwrap();
    let mut raw = vec![200, 2, 0, 0, 0, 1, 1];
    Frame::Tick(BootTime(1)).write(&mut raw).unwrap();
    Frame::End.write(&mut raw).unwrap();
    block::write(&raw, &mut bytes).unwrap();
    let mut reader = Reader::new(&*bytes).unwrap();
    assert_eq!(reader.frame().unwrap(), Some(Frame::Tick(BootTime(1))));
    assert_eq!(reader.unknown(), 1);
}

#[test]
fn steps_have_their_records_and_facts() {
    let bytes = written(&frames());
    let mut steps = Steps::new(Reader::new(&*bytes).unwrap());
    let mut found = Vec::new();
    while let Some((step, facts)) = steps.step().unwrap() {
        found.push((step, facts.len()));
    }
    let [
        start,
        walk,
        (Step::Batch(batch, now), facts),
        tick,
        finding,
        losses,
    ] = &found[..]
    else {
        panic!("{found:?}");
    };
    assert_eq!(start, &(Step::Start, 1));
    assert_eq!(walk, &(Step::Walk, 0));
    assert_eq!((*now, *facts), (BootTime(5), 3));
    // Lane 2 is volume's, lane 0 the alarms'.
    assert_eq!((batch.volume.len(), batch.alarm.len()), (1, 1));
    assert_eq!(batch.watermark, Some(BootTime(4)));
    assert_eq!(tick, &(Step::Tick(BootTime(6)), 0));
    assert!(matches!(finding, (Step::Finding(_, BootTime(8)), 0)));
    assert!(matches!(losses, (Step::Losses(_), 0)));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let _ = read(&bytes);
    }

    #[test]
    fn nor_does_a_header_with_anything_behind(
        bytes in prop::collection::vec(any::<u8>(), 0..256),
        length in 0_u32..512,
        raw in 0_u32..2048,
    ) {
        let mut capture = Vec::new();
        header().write(&mut capture).unwrap();
        capture.extend(length.to_le_bytes());
        capture.extend(raw.to_le_bytes());
        capture.extend(crc32fast::hash(&bytes).to_le_bytes());
        capture.extend(&bytes);
        let _ = read(&capture);
        let mut block = Vec::new();
        block::write(&bytes, &mut block).unwrap();
        let mut capture = Vec::new();
        header().write(&mut capture).unwrap();
        capture.extend(block);
        let mut steps = Steps::new(Reader::new(&*capture).unwrap());
        while let Ok(Some(_)) = steps.step() {}
    }

    #[test]
    fn a_changed_byte_is_noticed(at in any::<prop::sample::Index>(), change in 1_u8..) {
        let mut bytes = written(&frames());
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        let (read, result) = read(&bytes);
        prop_assert!(result.is_err(), "byte {at}: {read:?}");
    }

    #[test]
    fn names_are_any_bytes(name in prop::collection::vec(any::<u8>(), 0..64)) {
        let text = serde_json::to_string(&Name(name.clone())).unwrap();
        prop_assert_eq!(serde_json::from_str::<Name>(&text).unwrap(), Name(name));
    }
}
