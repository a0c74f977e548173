//! A capture made by hand is replayed: the same alerts each time, and those before a fault.

use detector_common::call;
use detector_common::record::{ActBody, Kind};
use detector_common::section::{Tag, WalkEnd};
use serde_json::Value;

use super::*;
use crate::capture::{Fact, Frame, Spaces, Writer};
use crate::event::CgroupId;
use crate::event::sample::{Sample, act, object};
use crate::host::cgroupfs::{Cgroup, Walk};
use crate::host::selection::Selection;
use crate::rules::shipped;

const ID: &str = "3f4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7";

fn header() -> Header {
    Header {
        made_by: "0.1.0".into(),
        hostname: "far-away".into(),
        kernel: "6.1.0".into(),
        machine: "x86_64".into(),
        btf_sha256: "00".into(),
        boot_id: "3c5e6b1e-2f4a-4a07-9a53-1d1a4f4ce111".into(),
        clock_offset: 1_770_091_506_000_000_000,
        began: 4,
        record_format: 1,
        namespaces: Spaces::default(),
        selection: Selection::default(),
    }
}

/// The container's cgroup, as samples have it, beside one of the host.
fn cgroups() -> Fact {
    let cgroup = |id, path: &str| Cgroup {
        id: CgroupId(id),
        path: path.into(),
    };
    Fact::of_walk(&Walk {
        cgroups: vec![
            cgroup(1, "/"),
            cgroup(98, "/docker"),
            cgroup(99, &format!("/docker/{ID}")),
        ],
        left_out: 0,
    })
}

/// The workload reads a file.
fn opened(path: &str, time: u64) -> Frame {
    let body = ActBody {
        object: object(),
        ..act(call::OPENAT, 3, [0; 6])
    };
    let names: Vec<&[u8]> = path.split('/').skip(1).map(str::as_bytes).collect();
    let record = Sample::new(Kind::Open, &body)
        .with(|header| header.time = time)
        .path(Tag::Path, WalkEnd::Root, [&names, &[], &[]]);
    Frame::Record(record.bytes())
}

fn batch(now: u64) -> Frame {
    Frame::Batch {
        now: BootTime(now),
        watermark: None,
        behind: false,
    }
}

pub(crate) fn capture() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &header()).unwrap();
    for frame in [
        Frame::Fact(Box::new(cgroups())),
        batch(6_000_000_000),
        opened("/etc/shadow", 5_000_000_000),
        opened("/etc/passwd", 5_000_000_001),
        Frame::Tick(BootTime(7_000_000_000)),
        batch(8_000_000_000),
        opened("/root/.aws/credentials", 7_500_000_000),
    ] {
        writer.write(&frame).unwrap();
    }
    writer.end().unwrap()
}

/// All alerts without their uid, what was gone through, and how it ended.
fn replayed(capture: &[u8]) -> (Vec<Value>, Summary, Result<(), CaptureError>) {
    let rules = RuleSet::load(&shipped()).unwrap();
    let mut replay = Replay::new(capture, rules).unwrap();
    let mut alerts = Vec::new();
    let result = loop {
        let step = replay.advance();
        for alert in replay.alerts() {
            let mut alert: Value = serde_json::to_value(&alert).unwrap();
            let uid = alert.as_object_mut().unwrap().remove("uid");
            assert!(uid.is_some());
            alerts.push(alert);
        }
        match step {
            Ok(Some(())) => {}
            Ok(None) => break Ok(()),
            Err(fault) => break Err(fault),
        }
    };
    (alerts, replay.summary(), result)
}

#[test]
fn a_capture_gives_the_same_alerts_each_time() {
    let capture = capture();
    let (alerts, summary, result) = replayed(&capture);
    result.unwrap();
    let files: Vec<_> = alerts
        .iter()
        .map(|alert| alert["output_fields"]["fd.name"].as_str().unwrap())
        .collect();
    assert_eq!(files, ["/etc/shadow", "/root/.aws/credentials"]);
    assert_eq!(alerts[0]["container"]["id"], ID);
    assert_eq!(alerts[0]["hostname"], "far-away");
    assert_eq!(alerts[0]["time"], "2026-02-03T04:05:11.000000000Z");
    assert_eq!(summary.records, 3);
    assert_eq!(
        summary.span,
        Some((BootTime(6_000_000_000), BootTime(8_000_000_000)))
    );
    assert!(summary.unanswered > 0, "nobody recorded what /proc said");
    assert_eq!(replayed(&capture).0, alerts);
}

#[test]
fn a_cut_capture_gives_the_alerts_before_the_cut() {
    // Without the end mark, which is the last frame of the only block.
    let mut writer = Writer::new(Vec::new(), &header()).unwrap();
    for frame in [
        Frame::Fact(Box::new(cgroups())),
        batch(1),
        opened("/etc/shadow", 1),
    ] {
        writer.write(&frame).unwrap();
    }
    std::thread::sleep(std::time::Duration::from_millis(1100));
    writer.write(&Frame::Tick(BootTime(2))).unwrap();
    let whole = writer.end().unwrap();
    let (alerts, _, result) = replayed(&whole[..whole.len() - 3]);
    assert_eq!(alerts.len(), 1);
    let error = result.unwrap_err().to_string();
    assert!(error.contains("was cut"), "{error}");
}

#[test]
fn a_capture_without_a_boot_is_refused() {
    let header = Header {
        boot_id: "monday".into(),
        ..header()
    };
    let bytes = Writer::new(Vec::new(), &header).unwrap().end().unwrap();
    let error = Replay::new(&*bytes, RuleSet::default()).err().unwrap();
    assert!(error.to_string().contains("monday"), "{error}");
}
