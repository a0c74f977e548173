//! `record`: a sensor of its own, whose stream goes into a capture and nowhere else.

use std::time::Instant;

use super::session::{Session, Wish, losses};
use crate::cli::{RecordPlan, Recorded};
use crate::rules::RuleSet;

/// Records until the plan's time is over or its end is asked for.
pub(super) fn record(plan: RecordPlan, begun: &dyn Fn()) -> anyhow::Result<Recorded> {
    let RecordPlan {
        selection,
        engines,
        duration,
        capture,
        stop,
    } = plan;
    let wish = Wish {
        // What is recorded depends on no rules.
        rules: RuleSet::default(),
        selection,
        engines,
        capture: Some(capture),
        stop: stop.clone(),
    };
    let mut session = Session::start(wish, |_| {})?;
    begun();
    let end = duration.map(|duration| Instant::now() + duration);
    while session.turn() {
        let whole = session
            .recorder()
            .is_none_or(|recorder| recorder.is_whole());
        if end.is_some_and(|end| Instant::now() >= end) || !whole {
            stop.request();
        }
    }
    session.finish()?;
    let recorded = Recorded {
        records: session.recorder().map_or(0, |recorder| recorder.records()),
        losses: losses(&session.counters().read()?),
    };
    session.end()?;
    Ok(recorded)
}
