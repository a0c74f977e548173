//! `target.*`: the process at which an act was aimed.

use super::container::short;
use crate::event::Phase;
use crate::host::TargetView;
use crate::host::tree::pid;
use crate::rules::{Field, Value};

pub(super) fn value(target: &TargetView, field: Field) -> Option<Value<'_>> {
    match field {
        Field::TargetPid => Some(Value::Unsigned(pid(target.process).into())),
        Field::TargetExepath => target.exe_path.as_ref().map(Value::text),
        Field::TargetContainerId => Some(match &target.container {
            Some(container) => Value::text(short(container.id.as_str())),
            None => Value::text("host"),
        }),
        Field::TargetSameContainer => Some(Value::Bool(target.same_container)),
        Field::TargetOwnTree => Some(Value::Bool(target.own_tree)),
        Field::TargetRuntime => Some(Value::Bool(target.phase == Phase::Runtime)),
        Field::TargetDetector => Some(Value::Bool(target.is_detector)),
        _ => None,
    }
}
