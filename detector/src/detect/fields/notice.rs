//! `gap.*`: what was lost.

use super::{Facts, owned};
use crate::event::{Body, BootTime, Notice};
use crate::rules::{Field, Value};

pub(super) fn value<'a>(facts: &'a Facts<'_>, field: Field) -> Option<Value<'a>> {
    let Body::Notice(Notice::Gap(gap)) = &facts.observation.event.body else {
        return None;
    };
    let time = |time: BootTime| owned(format!("{:.9}", facts.clock.timestamp(time)));
    match field {
        Field::GapLane => gap.lane.as_ref().map(Value::text),
        Field::GapCpu => gap.cpu.map(|cpu| Value::Number(cpu.into())),
        Field::GapCount => Some(Value::Unsigned(gap.count)),
        Field::GapCause => Some(Value::text(&gap.cause)),
        Field::GapFrom => Some(time(gap.from)),
        Field::GapTo => Some(time(gap.to)),
        _ => None,
    }
}
