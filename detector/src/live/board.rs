//! What `status` shows, from what sensor and pipeline counted.

use std::collections::BTreeMap;

use crate::control::{Container, Engine, EventCounts, Gap, Hook, Objects, Service, Status};
use crate::event::{Kind, Lane, OBJECTS, QUEUE_FULL, RECURSION};
use crate::objects::Counts;
use crate::pipeline::{Report, Taken};
use crate::sensor;
use crate::sensor::counters::{Acts, Counters};

/// What is counted for `status`.
pub(super) struct Account {
    hooks: Vec<Hook>,
}

impl Account {
    pub(super) fn new(hooks: &[sensor::Hook]) -> Self {
        let hooks = hooks.iter().map(|hook| Hook {
            name: hook.name.clone(),
            attached: hook.attached,
            reason: hook.reason.clone(),
        });
        Self {
            hooks: hooks.collect(),
        }
    }

    /// Writes how things stand. What cannot be read stays as it was, and is said in the log.
    pub(super) fn write(
        &self,
        report: &Report,
        counters: &Counters,
        objects: Counts,
        status: &mut Status,
    ) {
        status.hooks.clone_from(&self.hooks);
        status.containers = report.containers.iter().map(container).collect();
        status.services = report.services.iter().map(service).collect();
        status.engines = report.engines.iter().map(engine).collect();
        match counters.read() {
            Ok(counted) => {
                status.suppressed = counted.acts.values().map(|acts| acts.suppressed).sum();
                status.events = Kind::ALL
                    .iter()
                    .filter_map(|kind| {
                        let acts = counted.acts.get(kind)?;
                        let taken = report.events.get(kind).copied().unwrap_or_default();
                        Some((kind.name().to_owned(), counts(*acts, taken)))
                    })
                    .collect();
                // A lane that lost nothing says so.
                let lanes = Lane::ALL.map(|lane| (lane.name().to_owned(), BTreeMap::new()));
                status.dropped = lanes.into();
                for ((lane, cause), count) in &counted.drops {
                    let causes = status.dropped.entry(lane.name().to_owned()).or_default();
                    causes.insert(cause.name().to_owned(), *count);
                }
            }
            Err(error) => tracing::warn!("the sensor's counters cannot be read: {error}"),
        }
        add_objects(report, objects, status);
        add_own(report, status);
        add_sight(report, status);
    }
}

/// Changes of watched objects, which no counter of the sensor knows.
fn add_objects(report: &Report, objects: Counts, status: &mut Status) {
    let Counts {
        told,
        suppressed,
        lost,
        marks,
        left_out,
    } = objects;
    status.objects = Objects { marks, left_out };
    status.suppressed += suppressed;
    let kind = Kind::ObjectChanged;
    let acts = Acts {
        made: told + suppressed,
        suppressed,
        ..Acts::default()
    };
    if acts.made > 0 {
        let taken = report.events.get(&kind).copied().unwrap_or_default();
        let counts = counts(acts, taken);
        status.events.insert(kind.name().to_owned(), counts);
    }
    let causes = status.dropped.entry(OBJECTS.to_owned()).or_default();
    if lost > 0 {
        causes.insert(QUEUE_FULL.to_owned(), lost);
    }
}

/// Sensor and pipeline together: what was made is what came of it, once nothing is under way.
fn counts(acts: Acts, taken: Taken) -> EventCounts {
    EventCounts {
        made: acts.made,
        seen: taken.seen,
        filtered: acts.filtered,
        suppressed: acts.suppressed,
        dropped: acts.dropped + taken.unread,
        matched: taken.matched,
    }
}

/// What is known of the detector's own sight.
fn add_sight(report: &Report, status: &mut Status) {
    status.alterations = report.alterations;
    status.gaps = report.gaps.iter().map(gap).collect();
    let beats = report.beats.iter();
    status.heartbeat.lanes = beats
        .map(|(lane, beat)| (lane.name().to_owned(), beat.time.0))
        .collect();
    status.heartbeat.last = report.beats.values().map(|beat| beat.time.0).max();
    if report.skipped > 0 {
        let causes = status.dropped.entry("programs".to_owned()).or_default();
        causes.insert(RECURSION.to_owned(), report.skipped);
    }
}

fn gap(gap: &crate::event::Gap) -> Gap {
    Gap {
        lane: gap.lane.clone(),
        cpu: gap.cpu,
        count: gap.count,
        cause: gap.cause.clone(),
        from: gap.from.0,
        to: gap.to.0,
    }
}

/// Losses on our own side, beside those of the sensor.
fn add_own(report: &Report, status: &mut Status) {
    status.discarded = report.discarded;
    let own = [
        ("unread", report.unread),
        ("evicted", report.evicted),
        ("cgroups_left_out", report.left_out),
    ];
    for (cause, count) in own.into_iter().filter(|(_, count)| *count != 0) {
        let causes = status.dropped.entry("detector".to_owned()).or_default();
        causes.insert(cause.to_owned(), count);
    }
}

fn container(report: &crate::pipeline::ContainerReport) -> Container {
    Container {
        id: report.id.clone(),
        name: report.name.clone(),
        level: report
            .level
            .map_or_else(String::new, |level| level.to_string()),
        events: report.activity.events,
        alerts: report.activity.alerts,
        undecided: report.undecided,
    }
}

fn service(report: &crate::pipeline::ServiceReport) -> Service {
    Service {
        cgroup: report.cgroup.clone(),
        level: report.level.to_string(),
    }
}

fn engine(report: &crate::pipeline::EngineReport) -> Engine {
    Engine {
        socket: report.socket.clone(),
        up: report.up,
        pending: report.pending,
        reason: report.reason.clone(),
    }
}
