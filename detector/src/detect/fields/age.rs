//! When processes began, and how long they and their executables have been there.

use super::Facts;
use crate::event::ProcessKey;
use crate::rules::{Field, Value};

pub(super) fn value(facts: &Facts<'_>, field: Field) -> Option<Value<'static>> {
    let actor = &facts.observation.actor;
    let process = actor.exec.process;
    let parent = || actor.lineage.first().map(|parent| parent.process);
    match field {
        Field::ProcPidTs => began(facts, process),
        Field::ProcDuration => lasted(facts, process),
        Field::ProcPpidTs => began(facts, parent()?),
        Field::ProcPpidDuration => lasted(facts, parent()?),
        _ => {
            let began = facts.clock.nanoseconds(process.start);
            let age = began.checked_sub(actor.image.file?.changed)?;
            (age >= 0).then_some(Value::Number(age))
        }
    }
}

fn began(facts: &Facts<'_>, process: ProcessKey) -> Option<Value<'static>> {
    is_known(process).then(|| Value::Number(facts.clock.nanoseconds(process.start)))
}

fn lasted(facts: &Facts<'_>, process: ProcessKey) -> Option<Value<'static>> {
    let now = facts.observation.event.meta.time;
    is_known(process).then(|| Value::Unsigned(now.since(process.start)))
}

/// What is no process's own word, as that of a loss of records, has none.
const fn is_known(process: ProcessKey) -> bool {
    process.tgid.0 != 0
}
