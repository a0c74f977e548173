//! `container.*` and `agent.*`: where it was done, and on whose behalf.

use std::collections::BTreeMap;

use super::{Facts, mounts, owned};
use crate::host::ContainerView;
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
        Field::ContainerStart => {
            let began = facts.clock.nanoseconds(container.began?);
            return Some(Value::Number(began));
        }
        Field::ContainerDuration => {
            let now = facts.observation.event.meta.time;
            return Some(Value::Unsigned(now.since(container.began?)));
        }
        Field::K8sPodUid | Field::K8sPodId => return pod(container),
        _ => {}
    }
    let info = container.info.as_ref()?;
    match field {
        Field::K8sPodName => info.labels.get("io.kubernetes.pod.name").map(Value::text),
        Field::K8sNsName => info
            .labels
            .get("io.kubernetes.pod.namespace")
            .map(Value::text),
        Field::ContainerImageId => info.image_id.as_deref().map(|id| Value::text(short(id))),
        Field::ContainerImageDigest => {
            let named = !info.image.repository.is_empty();
            info.image
                .digest
                .as_ref()
                .filter(|_| named)
                .map(Value::text)
        }
        Field::ContainerLabels => Some(owned(labels(&info.labels))),
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
        _ => mounts::value(&info.mounts, field, argument),
    }
}

/// The uid of the pod: as its engine labels the container, else as its cgroup is named.
fn pod(container: &ContainerView) -> Option<Value<'_>> {
    let info = container.info.as_ref();
    let label = info.and_then(|info| info.labels.get("io.kubernetes.pod.uid"));
    label.or(container.reference.pod.as_ref()).map(Value::text)
}

/// Labels in one text, as Falco joins them: without those by which Kubernetes keeps its books.
fn labels(labels: &BTreeMap<String, String>) -> String {
    let books = ["annotation.", "io.kubernetes."];
    let own = labels
        .iter()
        .filter(|(key, _)| !books.iter().any(|prefix| key.starts_with(prefix)));
    let joined = own.map(|(key, value)| match value.as_str() {
        "" => key.clone(),
        _ => format!("{key}:{value}"),
    });
    joined.collect::<Vec<_>>().join(", ")
}
