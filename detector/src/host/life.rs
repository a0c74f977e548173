//! What an event changes of what is known: processes that come, execute, act and are moved.

use std::sync::Arc;

use super::Host;
use super::attribution::Attribution;
use super::image;
use super::tree::{Image, Process};
use crate::event::{
    self, Act, CgroupId, Event, Exec, Layer, Meta, Namespace, Namespaces, Operation, Phase,
    ProcessKey, ResolvedPath,
};

impl Host {
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

    pub(super) fn found(&mut self, meta: &Meta, told: &event::Process) {
        if self.is_known(meta) {
            return;
        }
        let image = image::of_process(told, self.world.image(meta.process));
        let process = self.enter(meta, told.parent, image);
        process.cwd = told.cwd.as_ref().map(ResolvedPath::visible);
        process.user_ns = told.subject.namespaces.user;
        process.becomes(meta.exec_count, told.subject.ids);
        process.belongs(meta.exec_count, told.session);
        if meta.phase == Phase::Workload {
            self.born(meta.cgroup, &told.subject.namespaces);
        }
        if let Some(container) = self.registry.container_mut(meta.cgroup) {
            container.beginning.found(meta.process.start);
        }
    }

    pub(super) fn attached(&mut self, meta: &Meta, told: &event::Process) {
        if !self.is_known(meta) {
            let image = image::of_process(told, self.world.image(meta.process));
            let process = self.enter(meta, told.parent, image);
            process.belongs(meta.exec_count, told.session);
        }
        if meta.phase == Phase::Runtime
            && let Some(process) = self.tree.get_mut(meta.process)
        {
            process.sets_up_until = Some(meta.time);
        }
    }

    /// Makes an event the runtime's that the sensor took for a workload's, since it had not been told
    /// yet who acts. Whether it did.
    pub fn correct(&self, event: &mut Event) -> bool {
        let meta = &mut event.meta;
        let told = self.tree.get(meta.process);
        let until = told.and_then(|process| process.sets_up_until);
        let is_set_up = meta.is_guessed() && until.is_some_and(|until| meta.time <= until);
        if is_set_up {
            meta.phase = Phase::Runtime;
        }
        is_set_up
    }

    pub(super) fn made(&mut self, meta: &Meta, told: &event::Process) {
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
        process.belongs(meta.exec_count, told.session);
        if let Some(container) = self.registry.container_mut(meta.cgroup)
            && meta.phase == Phase::Workload
        {
            container
                .namespaces
                .made(told.clone_flags, &told.subject.namespaces);
        }
    }

    pub(super) fn executed(&mut self, meta: &Meta, exec: &Exec) {
        let changed = self.has_changed(meta.cgroup, exec);
        let image = Arc::new(image::of_exec(exec, changed));
        let known = self.tree.get(meta.process).is_some();
        let entered = !known || exec.env.is_some();
        self.tree.reparent(meta.process, exec.parent);
        let process = self.enter(meta, exec.parent, Arc::clone(&image));
        process.cwd = exec.cwd.as_ref().map(ResolvedPath::visible);
        process.user_ns = exec.subject.namespaces.user;
        process.becomes(meta.exec_count, exec.subject.ids);
        process.belongs(meta.exec_count, exec.session);
        if let Some(env) = &exec.env {
            let environ = env.text.known().unwrap_or_default();
            process.entry = Some(Arc::new(Attribution::from_environ(environ)));
            process.entered_by = Some(image);
        }
        if entered && meta.phase == Phase::Workload && !meta.is_guessed() {
            self.born(meta.cgroup, &exec.subject.namespaces);
        }
    }

    pub(super) fn acted(&mut self, meta: &Meta, act: &Act) {
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
