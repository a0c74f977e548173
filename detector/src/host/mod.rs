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
pub mod namespaces;
mod notice;
mod object;
pub mod observation;
pub mod procfs;
pub mod registry;
#[cfg(test)]
pub(crate) mod sample;
pub mod selection;
pub mod tree;
mod watching;
pub mod world;

use std::sync::Arc;

use attribution::Attribution;
pub use object::By;
pub use observation::{Actor, ContainerView, Observation, TargetView};
use registry::Registry;
use selection::Selection;
use tree::{Image, Process, Tree};
use world::World;

use crate::event::{
    Act, Body, BootTime, CgroupId, Event, Exec, Layer, Meta, MountOwner, Namespace, Namespaces,
    Operation, Phase, ProcessKey, ResolvedPath,
};

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
        let object = event.object();
        let foreign_mount = object.is_some_and(|object| match object.mount {
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
            actor: Actor {
                exec: meta.exec(),
                image: image.unwrap_or_default(),
                cwd: process.and_then(|process| process.cwd.clone()),
                lineage: self.tree.lineage(meta.process, meta.time),
                attribution: labels.or(entry.unwrap_or_default()),
            },
            container: container.map(ContainerView::of),
            crossed_into,
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

    /// Whether the kernel has told of a process before, and more than /proc can; where it is and how
    /// it is watched is as it is told now.
    fn is_known(&mut self, meta: &Meta) -> bool {
        let Some(process) = self.tree.get_mut(meta.process) else {
            return false;
        };
        if !process.has_run(meta.exec_count) {
            return false;
        }
        process.cgroup = meta.cgroup;
        process.chosen = meta.chosen;
        true
    }

    fn found(&mut self, meta: &Meta, told: &crate::event::Process) {
        if self.is_known(meta) {
            return;
        }
        let image = image::of_process(told, self.world.image(meta.process));
        let process = self.enter(meta, told.parent, image);
        process.cwd = told.cwd.as_ref().map(ResolvedPath::visible);
        process.user_ns = told.subject.namespaces.user;
        process.becomes(meta.exec_count, told.subject.ids);
        if meta.phase == Phase::Workload {
            self.born(meta.cgroup, &told.subject.namespaces);
        }
        if let Some(container) = self.registry.container_mut(meta.cgroup) {
            container.beginning.found(meta.process.start);
        }
    }

    fn attached(&mut self, meta: &Meta, told: &crate::event::Process) {
        if self.is_known(meta) {
            return;
        }
        let image = image::of_process(told, self.world.image(meta.process));
        self.enter(meta, told.parent, image);
    }

    fn made(&mut self, meta: &Meta, told: &crate::event::Process) {
        let parent = told.parent.and_then(|key| self.tree.get(key));
        // Where /proc was asked too late for the parent, its child may still be there.
        let image = parent
            .and_then(|parent| parent.last_image().cloned())
            .filter(|image| image.is_known());
        let (cwd, entry, entered_by) = parent.map_or((None, None, None), |parent| {
            let entered_by = parent.entered_by.clone();
            (parent.cwd.clone(), parent.entry.clone(), entered_by)
        });
        let image =
            image.unwrap_or_else(|| image::of_process(told, self.world.image(meta.process)));
        let process = self.enter(meta, told.parent, image);
        process.cwd = process.cwd.take().or(cwd);
        process.entry = process.entry.take().or(entry);
        process.entered_by = process.entered_by.take().or(entered_by);
        process.user_ns = told.subject.namespaces.user;
        process.becomes(meta.exec_count, told.subject.ids);
        if let Some(container) = self.registry.container_mut(meta.cgroup)
            && meta.phase == Phase::Workload
        {
            container
                .namespaces
                .made(told.clone_flags, &told.subject.namespaces);
        }
    }

    fn executed(&mut self, meta: &Meta, exec: &Exec) {
        let changed = self.has_changed(meta.cgroup, exec);
        let image = Arc::new(image::of_exec(exec, changed));
        let known = self.tree.get(meta.process).is_some();
        let entered = !known || exec.env.is_some();
        self.tree.reparent(meta.process, exec.parent);
        let process = self.enter(meta, exec.parent, Arc::clone(&image));
        process.cwd = exec.cwd.as_ref().map(ResolvedPath::visible);
        process.user_ns = exec.subject.namespaces.user;
        process.becomes(meta.exec_count, exec.subject.ids);
        if let Some(env) = &exec.env {
            let environ = env.text.known().unwrap_or_default();
            process.entry = Some(Arc::new(Attribution::from_environ(environ)));
            process.entered_by = Some(image);
        }
        if entered && meta.phase == Phase::Workload {
            self.born(meta.cgroup, &exec.subject.namespaces);
        }
    }

    fn acted(&mut self, meta: &Meta, act: &Act) {
        if act.refused() {
            return;
        }
        let namespaces = act.subject.as_ref().map(|subject| &subject.namespaces);
        match (&act.operation, namespaces) {
            (Operation::Namespace(Namespace::Leave { flags }), Some(now)) => {
                if let Some(container) = self.registry.container_mut(meta.cgroup) {
                    container.namespaces.made(*flags, now);
                }
                if let Some(process) = self.tree.get_mut(meta.process) {
                    process.user_ns = now.user;
                }
            }
            (Operation::Privilege(_), _) => {
                let process = self.tree.get_mut(meta.process);
                if let (Some(process), Some(subject)) = (process, &act.subject) {
                    process.becomes(meta.exec_count, subject.ids);
                }
            }
            (Operation::Place(place), _) => {
                if let (Some(process), Some(path)) = (self.tree.get_mut(meta.process), &place.path)
                    && matches!(act.call.name, "chdir" | "fchdir")
                {
                    process.cwd = Some(path.visible());
                }
            }
            _ => {}
        }
    }

    /// Whether the executed file was changed since its container began. The image's own files are
    /// told by their layer; of others the times tell.
    fn has_changed(&mut self, cgroup: CgroupId, exec: &Exec) -> Option<bool> {
        let file = exec.exe_file.as_ref()?;
        let of_image = exec.exe.as_ref().map(|exe| exe.layer) == Some(Layer::Lower);
        let beginning = &mut self.registry.container_mut(cgroup)?.beginning;
        let wanted = !of_image || beginning.lacks_clock();
        if wanted && let Some(clock) = self.world.clock() {
            beginning.saw(clock);
        }
        if of_image {
            return Some(false);
        }
        beginning.is_changed(file)
    }

    /// Takes up a process with the image that it runs.
    fn enter(
        &mut self,
        meta: &Meta,
        parent: Option<ProcessKey>,
        image: Arc<Image>,
    ) -> &mut Process {
        if let Some(parent) = parent {
            self.ensure(parent, meta.cgroup);
        }
        let process = self
            .tree
            .add(Process::new(meta.process, parent, meta.cgroup));
        process.cgroup = meta.cgroup;
        process.chosen = meta.chosen;
        process.run(meta.exec_count, meta.time, image);
        process
    }

    /// A parent that is not in the tree is the host's: /proc may know it.
    fn ensure(&mut self, key: ProcessKey, cgroup: CgroupId) {
        if self.tree.get(key).is_some() {
            return;
        }
        if let Some(image) = self.world.image(key) {
            self.tree
                .add(Process::outside(key, cgroup, Arc::new(image)));
        }
    }

    fn born(&mut self, cgroup: CgroupId, namespaces: &Namespaces) {
        let own = self.own;
        if let Some(container) = self.registry.container_mut(cgroup) {
            container.namespaces.born(namespaces, &own);
        }
    }
}
