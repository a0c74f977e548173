//! `object.*`: a watched object, what was done to it, and by whom as seen from its owner.

use super::Facts;
use crate::rules::{Field, Value};

pub(super) fn value<'a>(facts: &'a Facts<'_>, field: Field) -> Option<Value<'a>> {
    let change = facts.observation.event.object_change()?;
    match field {
        Field::ObjectClass => Some(Value::text(change.class.name())),
        Field::ObjectChange => Some(Value::text(change.change.name())),
        Field::ObjectBy => Some(Value::text(facts.observation.changed_by?.name())),
        Field::ObjectUid => Some(Value::Unsigned(change.owner.into())),
        Field::ObjectPlace => change.place.as_ref()?.known().map(Value::text),
        _ => None,
    }
}
