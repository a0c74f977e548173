//! `boundary.*`: how a task's standing changed.

use super::container::short;
use super::{Facts, owned};
use crate::rules::{Field, Value};

pub(super) fn value<'a>(facts: &'a Facts<'_>, field: Field) -> Option<Value<'a>> {
    let boundary = facts.observation.event.boundary()?;
    match field {
        Field::BoundaryChanged => Some(owned(boundary.changed.names())),
        Field::BoundaryUnexplained => Some(owned(boundary.unexplained.names())),
        Field::BoundaryOutside => Some(owned(boundary.outside.names())),
        Field::BoundaryGrade => Some(Value::text(boundary.grade.name())),
        Field::BoundaryFrom => Some(owned(boundary.from())),
        Field::BoundaryTo => {
            let cgroup = facts.observation.crossed_cgroup.as_deref();
            Some(owned(boundary.to(cgroup)))
        }
        Field::BoundaryCall => boundary.call.map(|call| Value::text(call.name)),
        Field::BoundaryWay => Some(Value::text(boundary.way.name())),
        Field::BoundaryTarget => {
            let target = facts.observation.crossed_into.as_ref()?;
            Some(Value::text(short(target.reference.id.as_str())))
        }
        _ => None,
    }
}
