//! Who did it: which process, container, agent and session an event belongs to.
//!
//! Two kinds of knowledge meet here. The kernel's own (records, cgroup paths and ids) is there at
//! once and cannot be forged from inside; the engine's and the agent's (names, labels, environment)
//! comes later or never and always carries its source.
//!
//! [`Host`] takes every event in order, keeps tree and registry, and turns an event into an
//! [`Observation`]. It holds all state of this room and is owned by one thread.

mod aim;
pub mod attribution;
mod beginning;
pub mod cgroup_path;
pub mod cgroupfs;
mod claim;
pub mod container;
pub mod engine;
mod image;
mod inside;
mod life;
mod membership;
pub mod namespaces;
mod notice;
mod object;
pub mod observation;
pub mod procfs;
pub mod registry;
#[cfg(any(test, feature = "samples"))]
pub mod sample;
pub mod selection;
pub mod tree;
mod watching;
pub mod world;

use std::sync::Arc;

pub use object::By;
pub use observation::{Actor, ContainerView, Membership, Observation, TargetView};
use registry::Registry;
use selection::Selection;
use tree::Tree;
use world::World;

use crate::event::{Body, BootTime, CgroupId, Event, MountOwner, Namespaces, Operation, Phase};

/// Everything that is known of processes and containers.
#[derive(Debug)]
pub struct Host {
    tree: Tree,
    registry: Registry,
    /// Namespaces of the host, which are never a container's own.
    own: Namespaces,
    world: Box<dyn World>,
    solitude: watching::Solitude,
    discarded: u64,
    /// Events taken in.
    taken: u64,
    /// Cgroups that the last walk had to leave out.
    left_out: u64,
}

impl Host {
    /// A host in a world, with its own namespaces, of which a selection is watched.
    pub fn new(world: Box<dyn World>, own: Namespaces, selection: Selection) -> Self {
        let mut host = Self {
            tree: Tree::default(),
            registry: Registry::new(selection),
            own,
            world,
            solitude: watching::Solitude::default(),
            discarded: 0,
            taken: 0,
            left_out: 0,
        };
        host.walk();
        host
    }

    /// The containers.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Processes that were forgotten before their time.
    pub fn evicted(&self) -> u64 {
        self.tree.evicted()
    }

    /// Events of cgroups that turned out to be nobody's concern.
    pub fn discarded(&self) -> u64 {
        self.discarded
    }

    /// Cgroups that the last walk of the hierarchy had to leave out: too deep, too many, unreadable.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The volume lane has passed a time.
    pub fn pass(&mut self, watermark: BootTime) {
        self.tree.pass(watermark);
    }

    /// Takes an event: whatever it changes of tree and registry is changed.
    pub fn take(&mut self, event: &Event) {
        self.taken += 1;
        let meta = &event.meta;
        match &event.body {
            Body::Heartbeat(_) | Body::Notice(_) => return,
            Body::CgroupMade(cgroup) => return self.cgroup_made(cgroup, meta.time),
            Body::CgroupRemoved(cgroup) => return self.registry.remove(cgroup.id),
            _ => {}
        }
        if meta.phase == Phase::Host {
            return;
        }
        if !self.concerns(meta) {
            // What it was part of is nobody's any more, or it has gone there.
            return self.tree.forget(meta.process);
        }
        if let Some(container) = self.registry.container_mut(meta.cgroup) {
            container.activity.events += 1;
        }
        match &event.body {
            Body::Alive(process) => self.found(meta, process),
            Body::Attach(process) => self.attached(meta, process),
            Body::TaskMade(process) => self.made(meta, process),
            Body::Exec(exec) => self.executed(meta, exec),
            Body::Exit(_) => self.tree.end(meta.process, meta.time),
            Body::Act(act) => self.acted(meta, act),
            Body::CgroupMade(_)
            | Body::CgroupRemoved(_)
            | Body::Boundary(_)
            | Body::ObjectChange(_)
            | Body::Heartbeat(_)
            | Body::Notice(_) => {}
        }
    }

    /// An event of a cgroup has raised so many alerts.
    pub fn alerted(&mut self, cgroup: CgroupId, alerts: usize) {
        if let Some(container) = self.registry.container_mut(cgroup) {
            container.activity.alerts += alerts as u64;
        }
    }

    /// Turns an event into an observation; `None` for one that is nobody's concern.
    pub fn observe(&mut self, mut event: Event) -> Option<Observation> {
        if let Body::ObjectChange(change) = &event.body {
            let change = change.clone();
            return Some(self.observe_change(event, &change));
        }
        if event.meta.phase != Phase::Host && !self.concerns(&event.meta) {
            if !watching::is_told_of_all(&event) {
                self.discarded += 1;
                return None;
            }
            // Looked at as a container's only until its cgroup was decided of.
            event.meta.phase = Phase::Host;
        }
        self.correct(&mut event);
        let meta = event.meta;
        let on_host = meta.phase == Phase::Host;
        let claimed_kind = self.claimed_kind(&event);
        let container = if on_host {
            None
        } else {
            self.registry.container(meta.cgroup)
        };
        let process = self.tree.get(meta.process);
        let image = process.and_then(|process| process.image(meta.exec_count, meta.time).cloned());
        let image = match image {
            Some(image) if image.is_known() => Some(image),
            vague => self.world.image(meta.process).map(Arc::new).or(vague),
        };
        let image = match event.act().and_then(|act| act.exe_path.as_ref()) {
            Some(told) => Some(image::with_path(image, told)),
            None => image,
        };
        let labels = container
            .map(registry::Container::attribution)
            .unwrap_or_default();
        let entry = process.and_then(|process| process.entry.as_deref().cloned());
        let user_ns = event
            .subject()
            .and_then(|subject| subject.namespaces.user)
            .or_else(|| process.and_then(|process| process.user_ns));
        let own = container.map(|container| &container.namespaces);
        let standing = match event.act() {
            Some(act) => act.standing(),
            None => event.object(),
        };
        let foreign_mount = standing.is_some_and(|object| match object.mount {
            MountOwner::Foreign => true,
            // Records of sensors that did not judge.
            MountOwner::Other => {
                !matches!((own, object.mount_ns), (Some(own), Some(ns)) if own.owns_mount(ns))
            }
            _ => false,
        });
        let crossed_into = event
            .boundary()
            .and_then(|boundary| self.registry.container(boundary.target?))
            .map(ContainerView::of);
        let crossed_cgroup = event
            .boundary()
            .and_then(|boundary| self.registry.path(boundary.cgroup()?))
            .map(<[u8]>::to_vec);
        let own_user_ns = matches!((own, user_ns), (Some(own), Some(ns)) if own.made_user(ns));
        let ids_before = match event.act().map(|act| &act.operation) {
            Some(Operation::Privilege(_)) => {
                process.and_then(|process| process.ids_before(meta.exec_count))
            }
            _ => None,
        };
        let incomplete = meta.incomplete
            || meta.missed_state
            || image.as_ref().is_none_or(|image| image.incomplete);
        Some(Observation {
            number: self.taken,
            actor: Actor {
                exec: meta.exec(),
                image: image.unwrap_or_default(),
                cwd: process.and_then(|process| process.cwd.clone()),
                lineage: self.tree.lineage(meta.process, meta.time),
                attribution: labels.or(entry.unwrap_or_default()),
                membership: self.membership(&meta.exec(), meta.time),
            },
            container: container.map(ContainerView::of),
            crossed_into,
            crossed_cgroup,
            target: self.target(&event),
            claimed_kind,
            foreign_mount,
            own_user_ns,
            ids_before,
            changed_by: None,
            incomplete,
            event,
        })
    }
}
