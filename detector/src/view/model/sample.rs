//! Answers of a detector, for the tests of what is made of them.

use std::time::{Duration, Instant};

use super::{Alert, Model, News, Snapshot};
use crate::control::{Container, EventCounts, sample_status};
use crate::sinks::sample::outgoing;

/// An alert as it comes over the wire.
pub(crate) fn alert(message: &str) -> Alert {
    let alert = outgoing(message);
    serde_json::from_str(alert.json_line()).unwrap()
}

/// What a detector of two containers answers after so many seconds.
pub(crate) fn snapshot(start: Instant, seconds: u64) -> Snapshot {
    let mut status = sample_status();
    status.uptime_seconds += seconds;
    status.containers[0].events += 40 * seconds;
    status.containers.push(Container {
        id: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
        level: "operations".into(),
        ..Container::default()
    });
    let opens = EventCounts {
        seen: 90_000 + 125 * seconds,
        ..EventCounts::default()
    };
    status.events.insert("open".into(), opens);
    Snapshot {
        at: start + Duration::from_secs(seconds),
        status,
        alerts: Some(vec![alert("newest"), alert("older"), alert("oldest")]),
    }
}

/// A model that has heard twice.
pub(crate) fn model() -> Model {
    let start = Instant::now();
    let mut model = Model::new(snapshot(start, 0));
    let mut second = snapshot(start, 2);
    second.alerts = None;
    model.take(News::Snapshot(Box::new(second)));
    model
}
