//! The containers, by cgroup: which cgroup belongs to which container, and what is known of it.
//!
//! A container is its outermost cgroup. Its id comes from the cgroup's path, its name and labels
//! from the engine, who may answer later or never. Containers that are gone are remembered for a
//! while: events of their last processes are still under way.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::attribution::Attribution;
use super::cgroup_path::container_of;
use super::container::{ContainerId, ContainerInfo, ContainerRef};
use super::engine::EngineFact;
use super::namespaces::OwnNamespaces;
use crate::event::CgroupId;

/// Containers that are gone and still remembered.
const GONE: usize = 1024;

/// Engine answers that are kept for containers whose cgroup was not seen yet.
const EARLY_ANSWERS: usize = 4096;

/// What is to become of a cgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Watched, as part of the container with this outermost cgroup.
    Watch(CgroupId),
    /// Nobody's concern.
    Ignore,
}

/// A container.
#[derive(Debug)]
pub struct Container {
    /// Its outermost cgroup.
    pub cgroup: CgroupId,
    /// What its cgroup's path says.
    pub reference: ContainerRef,
    /// What its engine says, once it has answered.
    pub info: Option<Arc<ContainerInfo>>,
    /// Namespaces that are its own.
    pub namespaces: OwnNamespaces,
    /// What it was seen doing.
    pub activity: Activity,
    /// Whether its cgroup was removed.
    pub gone: bool,
}

/// How much a container was seen doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Events of its processes.
    pub events: u64,
    /// Alerts that these raised.
    pub alerts: u64,
}

impl Container {
    /// Agent, session and user, as far as the labels tell.
    pub fn attribution(&self) -> Attribution {
        self.info
            .as_ref()
            .map_or_else(Attribution::default, |info| {
                Attribution::from_labels(&info.labels)
            })
    }
}

/// All containers.
#[derive(Debug, Default)]
pub struct Registry {
    cgroups: HashMap<CgroupId, Decision>,
    containers: HashMap<CgroupId, Container>,
    answers: HashMap<ContainerId, Arc<ContainerInfo>>,
    gone: VecDeque<CgroupId>,
}

impl Registry {
    /// Takes up a cgroup and says what is to become of it.
    pub fn add(&mut self, id: CgroupId, parent: Option<CgroupId>, path: &[u8]) -> Decision {
        let above = parent.and_then(|parent| self.cgroups.get(&parent).copied());
        let decision = match (above, container_of(path)) {
            (Some(Decision::Watch(outermost)), _) => Decision::Watch(outermost),
            (_, None) => Decision::Ignore,
            (_, Some(reference)) => {
                let info = self
                    .answers
                    .get(&reference.id)
                    .filter(|info| info.describes(&reference));
                let container = Container {
                    cgroup: id,
                    info: info.cloned(),
                    reference,
                    namespaces: OwnNamespaces::default(),
                    activity: Activity::default(),
                    gone: false,
                };
                self.containers.insert(id, container);
                Decision::Watch(id)
            }
        };
        self.cgroups.insert(id, decision);
        decision
    }

    /// Decides of a cgroup whose path nobody could learn.
    pub fn set(&mut self, id: CgroupId, decision: Decision) {
        self.cgroups.insert(id, decision);
    }

    /// A cgroup was removed.
    pub fn remove(&mut self, id: CgroupId) {
        match self.cgroups.get(&id) {
            Some(Decision::Watch(outermost)) if *outermost == id => {
                if let Some(container) = self.containers.get_mut(&id) {
                    container.gone = true;
                    self.answers.remove(&container.reference.id);
                }
                self.gone.push_back(id);
                self.forget_oldest();
            }
            Some(Decision::Ignore) => {
                self.cgroups.remove(&id);
            }
            // A part of a container stays known as long as the container.
            Some(Decision::Watch(_)) | None => {}
        }
    }

    fn forget_oldest(&mut self) {
        if self.gone.len() <= GONE {
            return;
        }
        if let Some(oldest) = self.gone.pop_front() {
            self.containers.remove(&oldest);
            self.cgroups
                .retain(|_, decision| *decision != Decision::Watch(oldest));
        }
    }

    /// What was decided of a cgroup; `None` for one that was never seen.
    pub fn decision(&self, id: CgroupId) -> Option<Decision> {
        self.cgroups.get(&id).copied()
    }

    /// The container that a cgroup belongs to.
    pub fn container(&self, id: CgroupId) -> Option<&Container> {
        match self.cgroups.get(&id)? {
            Decision::Watch(outermost) => self.containers.get(outermost),
            Decision::Ignore => None,
        }
    }

    /// As [`Registry::container`], to change it.
    pub fn container_mut(&mut self, id: CgroupId) -> Option<&mut Container> {
        match self.cgroups.get(&id)? {
            Decision::Watch(outermost) => self.containers.get_mut(outermost),
            Decision::Ignore => None,
        }
    }

    /// The containers that are there.
    pub fn alive(&self) -> impl Iterator<Item = &Container> {
        self.containers.values().filter(|container| !container.gone)
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
            EngineFact::Up { .. } | EngineFact::Down { .. } => {}
        }
    }

    fn learn_container(&mut self, info: Arc<ContainerInfo>) {
        let mut known = false;
        for container in self.containers.values_mut() {
            if info.describes(&container.reference) {
                container.info = Some(Arc::clone(&info));
                known |= !container.gone;
            }
        }
        // An answer at *create* comes before the cgroup.
        if known || self.answers.len() < EARLY_ANSWERS {
            self.answers.insert(info.id.clone(), info);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3f4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7";
    const OTHER: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn path(id: &str) -> Vec<u8> {
        format!("/docker/{id}").into_bytes()
    }

    #[test]
    fn a_container_is_its_outermost_cgroup() {
        let mut registry = Registry::default();
        assert_eq!(registry.add(CgroupId(1), None, b"/"), Decision::Ignore);
        assert_eq!(
            registry.add(CgroupId(2), Some(CgroupId(1)), b"/docker"),
            Decision::Ignore
        );
        let outermost = Decision::Watch(CgroupId(3));
        assert_eq!(
            registry.add(CgroupId(3), Some(CgroupId(2)), &path(ID)),
            outermost
        );
        // A cgroup inside that bears another container's name is still inside.
        let inner = [path(ID), b"/docker/".to_vec(), OTHER.as_bytes().to_vec()].concat();
        assert_eq!(
            registry.add(CgroupId(4), Some(CgroupId(3)), &inner),
            outermost
        );
        let container = registry.container(CgroupId(4)).unwrap();
        assert_eq!(container.reference.id.as_str(), ID);
    }

    #[test]
    fn a_container_that_is_gone_is_remembered_for_its_last_events() {
        let mut registry = Registry::default();
        registry.add(CgroupId(3), None, &path(ID));
        registry.remove(CgroupId(3));
        assert_eq!(registry.alive().count(), 0);
        assert!(registry.container(CgroupId(3)).is_some());
        for number in 10..10 + GONE as u64 {
            registry.add(CgroupId(number), None, &path(OTHER));
            registry.remove(CgroupId(number));
        }
        assert!(registry.container(CgroupId(3)).is_none());
        assert_eq!(registry.decision(CgroupId(3)), None);
    }
}
