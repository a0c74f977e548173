//! Watched objects: who changed one, as seen from its owner.
//!
//! Whoever acted is looked for in the tree, which knows the processes of watched containers even
//! after their end; of all others there is what /proc said at once. Owner is whose data it is: on the
//! host a process that runs as the file's user, and of an agent that lives in a container that
//! container, and what it sends into its sandboxes. The same user inside any other container is not:
//! a workload that was handed the agent's directory runs as whom it likes.

use std::path::Path;
use std::sync::Arc;

use super::attribution::{is_bridge, is_home, is_sandbox};
use super::registry::Container;
use super::tree::{Ancestor, Image, Process};
use super::{Actor, ContainerView, Host, Observation};
use crate::event::{Class, Event, ObjectActor, ObjectChange, Phase, ResolvedPath, Strings, Text};

/// By whom a watched object was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// By whose data it is.
    Owner,
    /// By another process of the host.
    Host,
    /// By a container that is not the owner's.
    Container,
    /// By a process that had gone before anybody could look, and is of no watched container.
    Unknown,
}

impl By {
    /// The word in fields.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Host => "host",
            Self::Container => "container",
            Self::Unknown => "unknown",
        }
    }
}

impl Host {
    /// Turns the change of a watched object into an observation, whoever made it.
    pub(super) fn observe_change(
        &mut self,
        mut event: Event,
        change: &ObjectChange,
    ) -> Observation {
        let known = self.tree.find(event.meta.process, event.meta.time);
        if let Some(process) = known {
            event.meta.process = process.key();
            event.meta.cgroup = process.cgroup;
        }
        let stage = known.and_then(|process| process.image_at(event.meta.time));
        if let Some((count, _)) = stage {
            event.meta.exec_count = count.unwrap_or_default();
        }
        let image = stage.map(|(_, image)| Arc::clone(image));
        let image = image
            .filter(|image| image.is_known())
            .or_else(|| change.actor.as_ref().map(|actor| Arc::new(image_of(actor))));
        let container = self.registry.container(event.meta.cgroup);
        if container.is_some() {
            event.meta.phase = Phase::Workload;
        }
        let lineage = self.tree.lineage(event.meta.process, event.meta.time);
        let by = by(change, container, known);
        let labels = container.map(Container::attribution).unwrap_or_default();
        let entry = known.and_then(|process| process.entry.as_deref().cloned());
        let observation = Observation {
            number: self.taken,
            actor: Actor {
                exec: event.meta.exec(),
                cwd: known.and_then(|process| process.cwd.clone()),
                attribution: labels.or(entry.unwrap_or_default()),
                lineage,
                image: image.clone().unwrap_or_default(),
                membership: self.membership(&event.meta.exec(), event.meta.time),
            },
            container: container.map(ContainerView::of),
            ids_before: None,
            crossed_into: None,
            crossed_cgroup: None,
            target: None,
            claimed_kind: None,
            foreign_mount: false,
            own_user_ns: false,
            changed_by: Some(by),
            incomplete: event.meta.incomplete || image.is_none_or(|image| image.incomplete),
            event,
        };
        self.with_parent(observation, change)
    }

    /// Of a process that the tree does not know /proc may still know the parent.
    fn with_parent(&mut self, mut observation: Observation, change: &ObjectChange) -> Observation {
        let parent = change.actor.as_ref().and_then(|actor| actor.parent);
        if let Some(parent) = parent.filter(|_| observation.actor.lineage.is_empty())
            && let Some(image) = self.world.image(parent)
        {
            observation.actor.lineage.push(Ancestor {
                process: parent,
                count: None,
                image: Arc::new(image),
            });
        }
        observation
    }
}

fn image_of(actor: &ObjectActor) -> Image {
    let argv = actor.argv.as_ref();
    let words = argv.map(|argv| argv.iter().map(|word| argv.text.bytes.slice_ref(word)));
    let name = actor.name.as_ref().and_then(Text::known);
    Image {
        exe: actor.exe.clone(),
        exe_path: actor.exe_path.as_ref().map(ResolvedPath::visible),
        name: name.unwrap_or_default().to_vec(),
        argv: words.map(Iterator::collect).unwrap_or_default(),
        incomplete: actor.exe_path.is_none() || argv.is_none_or(Strings::is_cut),
        file: None,
        changed: None,
    }
}

fn by(change: &ObjectChange, container: Option<&Container>, process: Option<&Process>) -> By {
    if let Some(container) = container {
        let entry = process.and_then(|process| process.entered_by.as_deref());
        return if is_owners(container, change) || entry.is_some_and(is_bridge) {
            By::Owner
        } else {
            By::Container
        };
    }
    match &change.actor {
        None => By::Unknown,
        // What the system keeps of its own has no owner but the system.
        Some(actor) if change.class != Class::DetectorState => {
            let ids = &actor.subject.ids;
            let owner = ids.uid == change.owner && ids.fsuid == change.owner;
            if owner { By::Owner } else { By::Host }
        }
        Some(_) => By::Host,
    }
}

/// Whether the agent lives in a container, and the object is among what it was given: it is no
/// sandbox, and has a whole directory of agents' data to write to.
fn is_owners(container: &Container, change: &ObjectChange) -> bool {
    let Some(info) = container.info.as_deref() else {
        return false;
    };
    let path = change.path.as_ref().map(ResolvedPath::visible);
    let path = path.as_deref().unwrap_or_default();
    let mut given = info.mounts.iter().filter(|mount| mount.rw);
    let holds = given.any(|mount| is_below(path, mount.source.as_bytes()));
    let mut homes = info.mounts.iter().filter(|mount| mount.rw);
    holds && !is_sandbox(&info.labels) && homes.any(|mount| is_home(Path::new(&mount.source)))
}

/// Whether a path is that of a directory or lies below it.
fn is_below(path: &[u8], directory: &[u8]) -> bool {
    let rest = path.strip_prefix(directory);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/") || directory == b"/")
}

#[cfg(test)]
mod tests;
