//! `evt.*`: the system call.

use super::{Facts, owned};
use crate::event::Operation;
use crate::rules::{Argument, Field, Value};

pub(super) fn value<'a>(
    facts: &'a Facts<'_>,
    field: Field,
    argument: Option<&Argument>,
) -> Option<Value<'a>> {
    let event = &facts.observation.event;
    let open = event.act().and_then(|act| match &act.operation {
        Operation::Open(open) => Some(open),
        _ => None,
    });
    match field {
        Field::EvtType => Some(Value::text(event.event_type())),
        Field::EvtTime => Some(Value::Number(facts.clock.nanoseconds(event.meta.time))),
        Field::EvtNum => Some(Value::Unsigned(facts.observation.number)),
        Field::EvtRawtime => Some(Value::Number(facts.clock.nanoseconds(event.meta.time))),
        Field::EvtRawtimeS | Field::EvtRawtimeNs | Field::EvtTimeIso => Some(wall(facts, field)),
        Field::EvtSource => Some(Value::text("syscall")),
        Field::EvtDir => Some(Value::text("<")),
        Field::EvtCpu => Some(Value::Unsigned(event.meta.cpu.into())),
        Field::SyscallType => event.act().map(|act| Value::text(act.call.name)),
        Field::EvtRes => Some(match event.result().name() {
            Some(name) => Value::text(name),
            None => owned(event.result().to_string()),
        }),
        Field::EvtRawres => Some(Value::Number(event.result().0)),
        Field::EvtFailed => Some(Value::Bool(event.refused())),
        Field::EvtIsOpenRead => Some(Value::Bool(open.is_some_and(|open| open.reads()))),
        Field::EvtIsOpenWrite => Some(Value::Bool(open.is_some_and(|open| open.writes()))),
        Field::EvtIsOpenExec => Some(Value::Bool(open.is_some_and(|open| open.makes_program()))),
        Field::EvtLossy => Some(Value::Bool(facts.observation.incomplete)),
        Field::EvtVia => event.act().map(|_| Value::text(event.meta.via.name())),
        Field::EvtArgs | Field::EvtInfo => Some(owned(event.argument_list())),
        Field::EvtArg => {
            let value = match argument? {
                Argument::Name(name) => event.argument(name)?,
                Argument::Index(index) => {
                    let index = usize::try_from(*index).ok()?;
                    event.arguments().into_iter().nth(index)?.value
                }
            };
            value.text().map(|text| owned(text.into_owned()))
        }
        Field::EvtRawarg => match argument? {
            Argument::Name(name) => event.argument(name)?.number().map(Value::Number),
            Argument::Index(_) => None,
        },
        _ => None,
    }
}

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// The time of the wall clock, in parts or in words.
fn wall(facts: &Facts<'_>, field: Field) -> Value<'static> {
    let time = facts.observation.event.meta.time;
    let nanoseconds = facts.clock.nanoseconds(time);
    match field {
        Field::EvtRawtimeS => Value::Number(nanoseconds.div_euclid(SECOND)),
        Field::EvtRawtimeNs => Value::Number(nanoseconds.rem_euclid(SECOND)),
        _ => owned(facts.clock.rfc3339(time)),
    }
}
