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
use crate::detect::Sighting;
use crate::detect::sample::matcher;
use crate::event::sample::{Sample, act};
use crate::event::{Batch, BootTime, Namespaces};
use crate::host::Host;
use crate::host::sample::{ID, OneContainer};
use crate::host::selection::Selection;
use crate::pipeline::Pipeline;

/// Rules that ask for mounts alone.
const RULES: &str = "- rule: Mount\n  desc: any\n  condition: evt.type = mount\n  output: mount\n  \
                     priority: INFO\n";

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

    let matcher = matcher(RULES);
    let showing = Showing::new(Arc::clone(&feed), matcher.teller().clone());
    let host = Host::new(
        Box::new(OneContainer),
        Namespaces::default(),
        Selection::default(),
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
    let Some(Item::Event(line)) = events.read().unwrap() else {
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
