//! At whom an act was aimed: the kernel tells which process, tree and registry what it is to the
//! actor.

use super::Host;
use super::observation::TargetView;
use crate::event::{CgroupId, Event, Phase, ProcessKey, ResolvedPath};

impl Host {
    /// The process at which an act was aimed, as rules see it.
    pub(super) fn target(&self, event: &Event) -> Option<TargetView> {
        let target = event.act().and_then(|act| act.target.as_ref())?;
        let actor = event.meta.process;
        let of_actor = match event.meta.phase {
            Phase::Host => None,
            _ => self.outermost(event.meta.cgroup),
        };
        let container = self.registry.container(target.cgroup);
        let same_container = container.map(|container| container.cgroup) == of_actor;
        Some(TargetView {
            process: target.exec.process,
            exe_path: target.exe_path.as_ref().map(ResolvedPath::visible),
            container: container.map(|container| container.reference.clone()),
            same_container,
            own_tree: same_container && self.is_own(actor, target.exec.process, of_actor),
            phase: target.phase,
            is_detector: target.is_detector,
        })
    }

    fn outermost(&self, cgroup: CgroupId) -> Option<CgroupId> {
        let container = self.registry.container(cgroup);
        container.map(|container| container.cgroup)
    }

    /// Whether a process is the actor, or descends from it or from its parent, if that is of the same
    /// container: what a shell has started may be looked at by what the same shell starts.
    fn is_own(&self, actor: ProcessKey, target: ProcessKey, container: Option<CgroupId>) -> bool {
        if actor == target || self.tree.descends(target, actor) {
            return true;
        }
        let parent = self.tree.get(actor).and_then(|process| process.parent());
        parent.is_some_and(|parent| {
            let known = self.tree.get(parent);
            let within = known.is_some_and(|parent| self.outermost(parent.cgroup) == container);
            within && (parent == target || self.tree.descends(target, parent))
        })
    }
}
