//! What is watched: cgroups are taken up, decided of, and decided of again when more is known or
//! something else is asked for.

use super::Host;
use super::engine::EngineFact;
use super::registry::Decision;
use super::selection::Selection;
use crate::event::{BootTime, Cgroup, CgroupId, Event, Extent, Kind, Meta, Text};

impl Host {
    /// What was decided of cgroups since the last call; the sensor is to know. Processes of what is
    /// nobody's concern any more are forgotten.
    pub fn decisions(&mut self) -> Vec<(CgroupId, Decision)> {
        if self.registry.lets_go() {
            let registry = &self.registry;
            self.tree.retain(|process| {
                let decision = registry.decision(process.cgroup);
                process.chosen || decision.is_none_or(Decision::is_watched)
            });
        }
        self.registry.changes()
    }

    /// Whether something came to be watched, since the last call, that had its processes before.
    /// They have to be told.
    pub fn seeks(&mut self) -> bool {
        self.registry.seeks()
    }

    /// Whether it is open if anybody asked for the container that an event comes from.
    pub fn is_undecided(&self, meta: &Meta) -> bool {
        let decision = self.registry.decision(meta.cgroup);
        !meta.chosen && matches!(decision, Some(Decision::Undecided(_)))
    }

    /// Whether nobody asks any more for an event, because of what made it.
    pub fn has_let_go(&self, event: &Event) -> bool {
        let decision = self.registry.decision(event.meta.cgroup);
        let is_asked_for = event.meta.chosen || is_told_of_all(event);
        !is_asked_for && decision.is_some_and(|decision| !decision.is_watched())
    }

    /// An event turned out to be nobody's concern.
    pub fn discard(&mut self) {
        self.discarded += 1;
    }

    /// Takes what an engine says.
    pub fn learn(&mut self, fact: EngineFact) {
        self.registry.learn(fact);
    }

    /// Watches something else from now on.
    pub fn select(&mut self, selection: Selection) {
        self.registry.select(selection);
    }

    /// Time has passed; an engine answers, or none does.
    pub fn settle(&mut self, now: BootTime, engine_answers: bool) {
        let open = self.registry.settle(now, engine_answers);
        let alone = open && !engine_answers;
        if self.solitude.lasts(alone, now) {
            tracing::warn!(
                "no container engine answers: what was not selected by its cgroup is watched \
                 although nobody can say whether it is asked for"
            );
        }
    }

    /// Whether whoever made an event is watched. A cgroup that was never seen is looked for.
    pub(super) fn concerns(&mut self, meta: &Meta) -> bool {
        if self.registry.decision(meta.cgroup).is_none() {
            self.walk();
            if self.registry.decision(meta.cgroup).is_none() {
                // Gone before it was ever seen: do not look for it again.
                self.registry.give_up(meta.cgroup);
            }
        }
        let decision = self.registry.decision(meta.cgroup);
        meta.chosen || decision.is_some_and(Decision::is_watched)
    }

    /// Takes up the cgroups that are not known yet, as the file system shows them.
    pub fn walk(&mut self) {
        let walk = self.world.cgroups();
        self.left_out = walk.left_out;
        let mut parents: Vec<(Vec<u8>, CgroupId)> = Vec::new();
        for cgroup in walk.cgroups {
            let parent = parent_of(&cgroup.path, &parents);
            parents.push((cgroup.path.clone(), cgroup.id));
            if self.registry.decision(cgroup.id).is_none() {
                self.registry.add(cgroup.id, parent, &cgroup.path);
            }
        }
    }

    pub(super) fn cgroup_made(&mut self, cgroup: &Cgroup, time: BootTime) {
        self.take_up(cgroup);
        if let Some(container) = self.registry.container_mut(cgroup.id) {
            container.beginning.made(time);
        }
    }

    fn take_up(&mut self, cgroup: &Cgroup) {
        if self.registry.decision(cgroup.id).is_some() {
            return;
        }
        if cgroup.path.as_ref().is_none_or(is_cut) {
            self.walk();
        }
        if self.registry.decision(cgroup.id).is_none() {
            let path = cgroup.path.as_ref().and_then(Text::known);
            let path = path.unwrap_or_default();
            self.registry.add(cgroup.id, cgroup.parent, path);
        }
    }
}

/// Whether an event concerns us whoever made it, tasks of the host too: what is aimed at the detector,
/// the host's clock, code for the kernel, watched objects.
pub(super) fn is_told_of_all(event: &Event) -> bool {
    let target = event.act().and_then(|act| act.target.as_ref());
    let at_detector = target.is_some_and(|target| target.is_detector);
    at_detector
        || matches!(
            event.meta.kind,
            Kind::Clock | Kind::KernelCode | Kind::ObjectChanged
        )
}

/// How long an engine may stay away before it is said what follows from that.
const SOLITUDE: u64 = 2_000_000_000;

/// That containers wait for an engine and none answers.
#[derive(Debug, Default)]
pub(super) struct Solitude {
    since: Option<BootTime>,
    said: bool,
}

impl Solitude {
    /// Whether it has lasted long enough to be said. True once.
    fn lasts(&mut self, alone: bool, now: BootTime) -> bool {
        if !alone {
            self.since = None;
            return false;
        }
        let since = *self.since.get_or_insert(now);
        let lasts = !self.said && now.0.saturating_sub(since.0) >= SOLITUDE;
        self.said |= lasts;
        lasts
    }
}

fn is_cut(path: &Text) -> bool {
    path.extent != Extent::Whole
}

/// The parent of a cgroup among those already walked; parents come before children.
fn parent_of(path: &[u8], walked: &[(Vec<u8>, CgroupId)]) -> Option<CgroupId> {
    let end = path.iter().rposition(|byte| *byte == b'/')?;
    let parent = if end == 0 {
        b"/".as_slice()
    } else {
        path.get(..end)?
    };
    let found = walked.iter().rev().find(|(path, _)| path == parent);
    found.filter(|_| path != b"/").map(|(_, id)| *id)
}
