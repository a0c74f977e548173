//! `record`: a sensor of its own, whose stream goes into a file and nowhere else.

use std::time::Instant;

use anyhow::Context;

use super::lines::Lines;
use super::session::{Session, Wish, losses};
use crate::cli::{RecordForm, RecordPlan, Recorded};
use crate::rules::RuleSet;

/// Records until the plan's time is over or its end is asked for.
pub(super) fn record(plan: RecordPlan, begun: &dyn Fn()) -> anyhow::Result<Recorded> {
    let RecordPlan {
        selection,
        engines,
        object,
        duration,
        file,
        form,
        stop,
    } = plan;
    let (capture, lines) = match form {
        RecordForm::Capture => (Some(file), None),
        RecordForm::Lines => (None, Some(file)),
    };
    let wish = Wish {
        // What is recorded depends on no rules.
        rules: RuleSet::default(),
        selection,
        engines,
        object,
        capture,
        lines,
        objects: Vec::new(),
        stop: stop.clone(),
    };
    let mut session = Session::start(wish, |_| {})?;
    begun();
    let end = duration.map(|duration| Instant::now() + duration);
    while session.turn()? {
        if end.is_some_and(|end| Instant::now() >= end) || !session.is_whole() {
            stop.request();
        }
    }
    session.finish()?;
    session
        .lines()
        .map_or(Ok(()), Lines::end)
        .context("the file took not all lines")?;
    let recorded = Recorded {
        records: match (session.recorder(), session.lines()) {
            (Some(recorder), _) => recorder.records(),
            (_, Some(lines)) => lines.written(),
            (None, None) => 0,
        },
        losses: losses(&session.counters().read()?),
    };
    session.end()?;
    Ok(recorded)
}
