//! `container.*` and `agent.*`: where it was done, and on whose behalf.

use super::{Facts, owned};
use crate::host::attribution::Attributed;
use crate::rules::{Argument, Field, Value};

/// Digits of a container's id that people use.
const SHORT_ID: usize = 12;

pub(super) fn value<'a>(
    facts: &'a Facts<'_>,
    field: Field,
    argument: Option<&Argument>,
) -> Option<Value<'a>> {
    let attribution = &facts.observation.actor.attribution;
    match field {
        Field::AgentId => said(attribution.agent.as_ref()),
        Field::AgentSession => said(attribution.session.as_ref()),
        Field::AgentUser => said(attribution.user.as_ref()),
        _ => of_container(facts, field, argument),
    }
}

/// A container's id as people use it.
pub(super) fn short(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}

fn said(attributed: Option<&Attributed>) -> Option<Value<'_>> {
    attributed.map(|attributed| Value::text(&attributed.value))
}

fn of_container<'a>(
    facts: &'a Facts<'_>,
    field: Field,
    argument: Option<&Argument>,
) -> Option<Value<'a>> {
    let Some(container) = &facts.observation.container else {
        return (field == Field::ContainerId).then(|| Value::text("host"));
    };
    let id = container.reference.id.as_str();
    match field {
        Field::ContainerId => return Some(Value::text(short(id))),
        Field::ContainerFullId => return Some(Value::text(id)),
        Field::ContainerType => return Some(Value::text(container.reference.engine.as_str())),
        _ => {}
    }
    let info = container.info.as_ref()?;
    match field {
        Field::ContainerName => Some(Value::text(&info.name)),
        Field::ContainerImage => Some(Value::text(&info.image.full)),
        Field::ContainerImageRepository => {
            let repository = &info.image.repository;
            (!repository.is_empty()).then(|| Value::text(repository))
        }
        Field::ContainerImageTag => info.image.tag.as_ref().map(Value::text),
        Field::ContainerLabel => match argument? {
            Argument::Name(key) => info.labels.get(&**key).map(Value::text),
            Argument::Index(_) => None,
        },
        Field::ContainerPrivileged => Some(Value::Bool(info.privileged)),
        Field::ContainerMounts => {
            let mounts = info.mounts.iter().map(|mount| {
                let mode = if mount.rw { "rw" } else { "ro" };
                format!("{}:{}:{mode}", mount.source, mount.destination)
            });
            Some(owned(mounts.collect::<Vec<_>>().join(" ")))
        }
        _ => None,
    }
}
