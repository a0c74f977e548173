//! Rules and selections that are exchanged while something is under way.

use detector_common::call;
use detector_common::record::{Kind, TaskBody, flag};
use detector_common::section::Tag;
use detector_common::state::phase;
use zerocopy::FromZeros;

use super::*;
use crate::detect::sample::{matcher, rules};
use crate::event::Namespaces;
use crate::event::sample::{Sample, act};
use crate::host::sample::OneContainer;

fn rule(name: &str) -> String {
    format!(
        "- rule: {name}\n  desc: any\n  condition: evt.type = mount\n  output: {name} told\n  \
         priority: INFO\n"
    )
}

fn mount() -> Batch {
    let mount = Sample::new(Kind::Mount, &act(call::MOUNT, -1, [1, 1, 1, 0, 0, 0]))
        .text(Tag::Claim, b"none")
        .bytes();
    Batch {
        alarm: vec![mount],
        ..Batch::default()
    }
}

fn clock_set() -> Batch {
    let set = Sample::new(Kind::Clock, &act(call::CLOCK_SETTIME, -1, [0; 6])).bytes();
    Batch {
        alarm: vec![set],
        ..Batch::default()
    }
}

/// A pipeline over one container, whose engine answers and has said nothing of it.
fn waiting(rules: &str) -> Pipeline {
    let world = Box::new(OneContainer);
    let host = Host::new(world, Namespaces::default(), Selection::default());
    let mut pipeline = Pipeline::new(host, matcher(rules), None);
    pipeline.learn(EngineFact::Up {
        socket: "/run/docker.sock".into(),
        version: "1".into(),
    });
    pipeline
}

fn told(pipeline: &mut Pipeline) -> Vec<String> {
    let alerts = pipeline.alerts();
    alerts.into_iter().map(|alert| alert.message).collect()
}

#[test]
fn what_waits_is_told_by_the_rules_that_it_matched() {
    let old = format!("{}{}", rule("Another"), rule("Old"));
    let mut pipeline = waiting(&old);
    pipeline.take(mount(), BootTime(1));
    assert!(told(&mut pipeline).is_empty(), "the engine is waited for");

    pipeline.exchange(Arc::new(rules(&rule("New"))));
    pipeline.take(mount(), BootTime(2));
    pipeline.finish();
    assert_eq!(
        told(&mut pipeline),
        ["Another told", "Old told", "New told"]
    );
}

#[test]
fn what_waits_ends_where_nobody_asks_for_it_any_more_but_not_what_concerns_us_by_itself() {
    let rules = rule("Mount") + &rule("Clock").replace("= mount", "= clock_settime");
    let mut pipeline = waiting(&rules);
    pipeline.take(mount(), BootTime(1));
    pipeline.take(clock_set(), BootTime(1));
    assert!(told(&mut pipeline).is_empty(), "the engine is waited for");
    pipeline.select(Selection {
        selectors: vec!["cgroup=/another".parse().unwrap()],
        ..Selection::default()
    });
    pipeline.finish();
    assert_eq!(told(&mut pipeline), ["Clock told"]);
}

/// A mount by a task of which nobody had told.
fn guessed_mount() -> Batch {
    let mount = Sample::new(Kind::Mount, &act(call::MOUNT, 0, [1, 1, 1, 0, 0, 0]))
        .with(|header| header.flags |= flag::MISSED_STATE)
        .text(Tag::Claim, b"none")
        .bytes();
    Batch {
        alarm: vec![mount],
        ..Batch::default()
    }
}

/// That task is told to have been moved into its cgroup by a runtime, so many ns after the mount.
fn moved(later: i64) -> Batch {
    let moved = Sample::new(Kind::Attach, &TaskBody::new_zeroed())
        .with(|header| header.phase = phase::RUNTIME)
        .with(|header| header.time = header.time.saturating_add_signed(later))
        .bytes();
    Batch {
        life_cycle: vec![moved],
        ..Batch::default()
    }
}

#[test]
fn what_a_runtime_does_before_its_move_is_told_is_no_act_of_a_workload() {
    let rules = rule("Mount").replace("= mount", "= mount and workload = true") + &rule("Any");
    let mut pipeline = waiting(&rules);
    let patience = BootTime(3_000_000_000);
    pipeline.take(guessed_mount(), BootTime(1));
    pipeline.settle(patience);
    assert_eq!(told(&mut pipeline), ["Mount told", "Any told"], "no move");

    pipeline.take(moved(-1), BootTime(1));
    pipeline.take(guessed_mount(), BootTime(1));
    pipeline.settle(patience);
    assert_eq!(told(&mut pipeline), ["Mount told", "Any told"], "before");

    pipeline.take(guessed_mount(), BootTime(1));
    pipeline.settle(BootTime(1));
    assert!(told(&mut pipeline).is_empty(), "the move may be told yet");
    pipeline.take(moved(1), BootTime(2));
    pipeline.settle(BootTime(2));
    assert_eq!(told(&mut pipeline), ["Any told"], "the guess was wrong");

    pipeline.take(guessed_mount(), BootTime(3));
    pipeline.settle(patience);
    assert_eq!(told(&mut pipeline), ["Any told"], "known already");
}
