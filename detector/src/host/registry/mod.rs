//! The cgroups: which belongs to which container or service, what is known of it, and whether it is
//! watched.
//!
//! A container is its outermost cgroup. Its id comes from the cgroup's path, its name and labels
//! from the engine, who may answer later or never. A service is a cgroup that somebody asked for and
//! that is no container's. What is gone is remembered for a while: events of its last processes are
//! still under way.
//!
//! What is decided of a cgroup follows from its path, the engine's answer and the selection. It is
//! decided again when one of these changes; [`Registry::changes`] tells what came out otherwise.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::cgroup_path::container_of;
use super::container::{ContainerId, ContainerInfo};
use super::engine::EngineFact;
use super::selection::{Candidate, Selection, Verdict};
use crate::event::{BootTime, CgroupId};

mod container;
mod decision;

pub use container::{Activity, Container};
pub use decision::{Decision, Place};

/// Containers and services that are gone and still remembered.
const GONE: usize = 1024;

/// Engine answers that are kept for containers whose cgroup was not seen yet.
const EARLY_ANSWERS: usize = 4096;

/// All cgroups.
#[derive(Debug, Default)]
pub struct Registry {
    selection: Selection,
    cgroups: HashMap<CgroupId, Cgroup>,
    containers: HashMap<CgroupId, Container>,
    answers: HashMap<ContainerId, Arc<ContainerInfo>>,
    gone: VecDeque<CgroupId>,
    changes: Vec<(CgroupId, Decision)>,
    /// Whether something is watched that was not, and had its processes before.
    seeks: bool,
    /// Whether something is watched no more.
    lets_go: bool,
}

/// A cgroup that was seen.
#[derive(Debug)]
struct Cgroup {
    home: Home,
    /// Whether it was removed.
    gone: bool,
}

/// To what a cgroup belongs.
#[derive(Debug)]
enum Home {
    /// To the container with this outermost cgroup.
    Container(CgroupId),
    /// To the host.
    Host {
        path: Vec<u8>,
        parent: Option<CgroupId>,
        decision: Decision,
    },
}

impl Registry {
    /// No cgroups yet, of which a selection will tell.
    pub fn new(selection: Selection) -> Self {
        Self {
            selection,
            ..Self::default()
        }
    }

    /// Takes up a cgroup and says what is to become of it.
    pub fn add(&mut self, id: CgroupId, parent: Option<CgroupId>, path: &[u8]) -> Decision {
        let above = parent.and_then(|parent| self.home(parent));
        let home = match (above, container_of(path)) {
            (Some(Home::Container(outermost)), _) => Home::Container(*outermost),
            (_, Some(reference)) => {
                let answer = self.answers.get(&reference.id);
                let info = answer.filter(|info| info.describes(&reference)).cloned();
                let container = Container::new(id, path, reference, info, &self.selection);
                self.containers.insert(id, container);
                Home::Container(id)
            }
            (_, None) => Home::Host {
                path: path.to_vec(),
                parent,
                decision: self.judge(id, parent, path),
            },
        };
        self.cgroups.insert(id, Cgroup { home, gone: false });
        let decision = self.decision(id).unwrap_or(Decision::Ignore);
        self.changes.push((id, decision));
        decision
    }

    /// A cgroup whose path nobody could learn is nobody's concern.
    pub fn give_up(&mut self, id: CgroupId) {
        self.add(id, None, b"");
    }

    fn home(&self, id: CgroupId) -> Option<&Home> {
        Some(&self.cgroups.get(&id)?.home)
    }

    /// What the selection means for a cgroup that is no container's. Its outermost is the topmost
    /// that is selected.
    fn judge(&self, id: CgroupId, parent: Option<CgroupId>, path: &[u8]) -> Decision {
        let verdict = self.selection.judge(&Candidate {
            path,
            container: None,
            info: None,
        });
        // No engine can tell anything of what is no container.
        let Verdict::Watch(level) = verdict else {
            return Decision::Ignore;
        };
        let above = parent.and_then(|parent| self.decision(parent));
        let outermost = match above {
            Some(Decision::Service(above)) => above.outermost,
            _ => id,
        };
        Decision::Service(Place { outermost, level })
    }

    /// A cgroup was removed.
    pub fn remove(&mut self, id: CgroupId) {
        let Some(cgroup) = self.cgroups.get_mut(&id) else {
            return;
        };
        cgroup.gone = true;
        match &cgroup.home {
            Home::Container(outermost) if *outermost == id => {
                if let Some(container) = self.containers.get_mut(&id) {
                    container.gone = true;
                    self.answers.remove(&container.reference.id);
                }
            }
            // A part of a container stays known as long as the container.
            Home::Container(_) => return,
            Home::Host { decision, .. } if decision.is_watched() => {}
            Home::Host { .. } => {
                self.cgroups.remove(&id);
                return;
            }
        }
        self.gone.push_back(id);
        self.forget_oldest();
    }

    fn forget_oldest(&mut self) {
        if self.gone.len() <= GONE {
            return;
        }
        let Some(oldest) = self.gone.pop_front() else {
            return;
        };
        if self.containers.remove(&oldest).is_some() {
            self.cgroups.retain(|_, cgroup| !cgroup.is_of(oldest));
        } else {
            self.cgroups.remove(&oldest);
        }
    }

    /// What was decided of a cgroup; `None` for one that was never seen.
    pub fn decision(&self, id: CgroupId) -> Option<Decision> {
        Some(match self.home(id)? {
            Home::Host { decision, .. } => *decision,
            Home::Container(outermost) => {
                let container = self.containers.get(outermost);
                container.map_or(Decision::Foreign, Container::decision)
            }
        })
    }

    /// The path of a cgroup; of one below a container that of the container's outermost.
    pub fn path(&self, id: CgroupId) -> Option<&[u8]> {
        let path = match self.home(id)? {
            Home::Host { path, .. } => path,
            Home::Container(outermost) => self.containers.get(outermost)?.path(),
        };
        (!path.is_empty()).then_some(path)
    }

    /// The container that a cgroup belongs to, watched or not.
    pub fn container(&self, id: CgroupId) -> Option<&Container> {
        match self.home(id)? {
            Home::Container(outermost) => self.containers.get(outermost),
            Home::Host { .. } => None,
        }
    }

    /// As [`Registry::container`], to change it.
    pub fn container_mut(&mut self, id: CgroupId) -> Option<&mut Container> {
        match &self.cgroups.get(&id)?.home {
            Home::Container(outermost) => self.containers.get_mut(outermost),
            Home::Host { .. } => None,
        }
    }

    /// The containers that are there and watched.
    pub fn alive(&self) -> impl Iterator<Item = &Container> {
        let watched = |container: &&Container| container.decision().is_watched();
        self.containers
            .values()
            .filter(|container| !container.gone)
            .filter(watched)
    }

    /// The outermost cgroups of services that are there, with their paths.
    pub fn services(&self) -> impl Iterator<Item = (&[u8], Place)> {
        let there = self.cgroups.iter().filter(|(_, cgroup)| !cgroup.gone);
        there.filter_map(|(id, cgroup)| match &cgroup.home {
            Home::Host {
                path,
                decision: Decision::Service(place),
                ..
            } if place.outermost == *id => Some((path.as_slice(), *place)),
            _ => None,
        })
    }

    /// What was decided since the last call.
    pub fn changes(&mut self) -> Vec<(CgroupId, Decision)> {
        std::mem::take(&mut self.changes)
    }

    /// Whether, since the last call, something came to be watched that had its processes before.
    pub fn seeks(&mut self) -> bool {
        std::mem::take(&mut self.seeks)
    }

    /// Whether, since the last call, something that was watched is so no more.
    pub fn lets_go(&mut self) -> bool {
        std::mem::take(&mut self.lets_go)
    }

    /// Takes what an engine says.
    pub fn learn(&mut self, fact: EngineFact) {
        match fact {
            EngineFact::Container(info) => self.learn_container(Arc::new(*info)),
            // The cgroup's removal says when a container is gone; an engine may say it too early.
            EngineFact::Gone { id, source } => {
                let known = self
                    .answers
                    .get(&id)
                    .is_some_and(|info| info.source == source);
                if known {
                    self.answers.remove(&id);
                }
            }
            EngineFact::Asked { .. } | EngineFact::Up { .. } | EngineFact::Down { .. } => {}
        }
    }

    fn learn_container(&mut self, info: Arc<ContainerInfo>) {
        let mut known = false;
        let described: Vec<CgroupId> = self
            .containers
            .values()
            .filter(|container| info.describes(&container.reference))
            .map(|container| container.cgroup)
            .collect();
        for id in described {
            self.decide_again(id, |container, selection| {
                container.info = Some(Arc::clone(&info));
                known |= !container.gone;
                container.judge(selection);
            });
        }
        // An answer at *create* comes before the cgroup.
        if known || self.answers.len() < EARLY_ANSWERS {
            self.answers.insert(info.id.clone(), info);
        }
    }

    /// Time has passed; an engine answers, or none does. Tells whether containers wait for one.
    pub fn settle(&mut self, now: BootTime, engine_answers: bool) -> bool {
        let there = self.containers.values().filter(|container| !container.gone);
        let open = there.filter(|container| container.is_undecided());
        let open: Vec<CgroupId> = open.map(|container| container.cgroup).collect();
        for id in &open {
            self.decide_again(*id, |container, _| container.wait(now, engine_answers));
        }
        !open.is_empty()
    }

    /// Something else is asked for from now on: decides of everything again.
    pub fn select(&mut self, selection: Selection) {
        self.selection = selection;
        let containers: Vec<CgroupId> = self.containers.keys().copied().collect();
        for id in containers {
            self.decide_again(id, Container::judge);
        }
        // Parents, whose paths are shorter, come first.
        let mut others: Vec<(usize, CgroupId)> = Vec::new();
        for (id, cgroup) in &self.cgroups {
            if let Home::Host { path, .. } = &cgroup.home {
                others.push((path.len(), *id));
            }
        }
        others.sort_unstable();
        for (_, id) in others {
            self.decide_service_again(id);
        }
    }

    /// Changes a container, and notes what that means for its cgroups.
    fn decide_again(&mut self, id: CgroupId, change: impl FnOnce(&mut Container, &Selection)) {
        let Some(container) = self.containers.get_mut(&id) else {
            return;
        };
        let before = container.decision();
        change(container, &self.selection);
        let after = container.decision();
        if before == after {
            return;
        }
        self.seeks |= !before.is_watched() && after.is_watched() && !container.gone;
        self.lets_go |= before.is_watched() && !after.is_watched();
        // The sensor has forgotten what is gone.
        let there = self.cgroups.iter().filter(|(_, cgroup)| !cgroup.gone);
        let parts = there.filter(|(_, cgroup)| cgroup.is_of(id));
        self.changes.extend(parts.map(|(part, _)| (*part, after)));
    }

    fn decide_service_again(&mut self, id: CgroupId) {
        let after = match self.home(id) {
            Some(Home::Host { path, parent, .. }) => self.judge(id, *parent, path),
            _ => return,
        };
        let Some(cgroup) = self.cgroups.get_mut(&id) else {
            return;
        };
        let Home::Host { decision, .. } = &mut cgroup.home else {
            return;
        };
        let before = std::mem::replace(decision, after);
        self.lets_go |= before.is_watched() && !after.is_watched();
        if before != after && !cgroup.gone {
            self.seeks |= !before.is_watched() && after.is_watched();
            self.changes.push((id, after));
        }
    }
}

impl Cgroup {
    fn is_of(&self, container: CgroupId) -> bool {
        matches!(&self.home, Home::Container(outermost) if *outermost == container)
    }
}

#[cfg(test)]
mod tests;
