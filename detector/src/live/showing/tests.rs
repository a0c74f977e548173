//! A pipeline over a made-up host, and a client that watches it.

use std::time::Duration;

use bytes::Bytes;
use detector_common::call;
use detector_common::record::Kind;
use detector_common::section::Tag;

use super::*;
use crate::control::client::{self, Item};
use crate::control::feed::Filter;
use crate::control::{Board, Bound, Server, SocketPath, Views};
use crate::detect::redact::Redactor;
use crate::detect::{Matcher, Sighting};
use crate::event::sample::{Sample, act};
use crate::event::{Batch, BootTime, CgroupId, Clock, FileKind, Namespaces, ProcessKey};
use crate::host::Host;
use crate::host::cgroupfs::{Cgroup, Walk};
use crate::host::sample::ID;
use crate::host::tree::Image;
use crate::host::world::{Effort, World};
use crate::pipeline::Pipeline;
use crate::rules::{RuleSet, RuleSource};

/// A host with one container, in cgroup 99.
#[derive(Debug)]
struct OneContainer;

impl World for OneContainer {
    fn image(&mut self, _: ProcessKey) -> Option<Image> {
        None
    }

    fn kind(&mut self, _: ProcessKey, _: &[u8], _: Effort) -> Option<FileKind> {
        None
    }

    fn cgroups(&mut self) -> Walk {
        let cgroup = |id, path: String| Cgroup {
            id: CgroupId(id),
            path: path.into_bytes(),
        };
        Walk {
            cgroups: vec![cgroup(1, "/".into()), cgroup(99, format!("/docker/{ID}"))],
            left_out: 0,
        }
    }
}

/// Rules that ask for mounts alone.
fn matcher() -> Matcher {
    let text = "- rule: Mount\n  desc: any\n  condition: evt.type = mount\n  output: mount\n  \
                priority: INFO\n";
    let source = RuleSource::Text {
        name: "mount.yaml".into(),
        text: text.into(),
    };
    Matcher::new(
        Arc::new(RuleSet::load(&[source]).unwrap()),
        Redactor::new().unwrap(),
        "forge".into(),
        "6a8bd2a3-3b4e-4d0a-9b59-7c3b0c7e1f20".parse().unwrap(),
        Clock::with_offset(0),
    )
}

fn open(path: &str) -> Bytes {
    Sample::new(Kind::Open, &act(call::OPENAT, 5, [3, 1, 0, 0, 0, 0]))
        .plain_path(Tag::Path, path)
        .text(Tag::Claim, path.as_bytes())
        .bytes()
}

fn mount() -> Bytes {
    Sample::new(Kind::Mount, &act(call::MOUNT, -1, [1, 1, 1, 0, 0, 0]))
        .text(Tag::Claim, b"none")
        .bytes()
}

fn volume(records: Vec<Bytes>) -> Batch {
    Batch {
        volume: records,
        ..Batch::default()
    }
}

#[test]
fn who_watches_sees_what_no_rule_asks_for_and_the_report_counts_all() {
    let directory = tempfile::tempdir().unwrap();
    let path = SocketPath::new(directory.path().join("control.sock")).unwrap();
    let views = Views {
        feed: Arc::new(Feed::new(&["openat", "mount"])),
        ..Views::of(Arc::new(Board::new(Arc::default())))
    };
    let feed = Arc::clone(&views.feed);
    let server = Server::start(Bound::bind(&path).unwrap(), views).unwrap();

    let matcher = matcher();
    let showing = Showing::new(Arc::clone(&feed), matcher.teller().clone());
    let host = Host::new(
        Box::new(OneContainer),
        Namespaces::default(),
        Default::default(),
    );
    let mut pipeline = Pipeline::new(host, matcher, None);
    pipeline.show(Box::new(showing));
    pipeline.take(volume(vec![open("/unwatched")]), BootTime(1));

    let filter = Filter {
        container: Some(ID[..6].to_owned()),
        types: vec!["openat".into()],
    };
    let mut events = client::events(&path, &filter, Duration::from_secs(20)).unwrap();
    pipeline.take(volume(vec![mount(), open("/seen")]), BootTime(2));
    let Some(Item::Event(line)) = events.next().unwrap() else {
        panic!("no event");
    };
    let sighting: Sighting = serde_json::from_str(&line).unwrap();
    assert_eq!(sighting.object(), "/seen");
    assert_eq!(sighting.container.unwrap().id, ID);

    assert_eq!(pipeline.alerts().len(), 1);
    let report = pipeline.report();
    let activity = report.containers[0].activity;
    assert_eq!((activity.events, activity.alerts), (3, 1));
    server.finish();
}
