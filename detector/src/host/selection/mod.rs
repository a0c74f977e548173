//! What is watched, and how closely: what a person asked for, and what that means for a cgroup.
//!
//! A [`Selection`] is a union of [`Selector`]s with a [`Level`]. Some selectors can be judged by the
//! cgroup alone, others only when an engine has told name, image and labels: until then the
//! [`Verdict`] is open, and what is open is watched.

mod level;
mod selector;

pub use level::{Level, UnknownLevel};
pub use selector::{Selector, SelectorError};

use serde::{Deserialize, Serialize};

use super::attribution::is_agent_container;
use super::cgroupfs::Cgroup;
use super::container::{ContainerInfo, ContainerRef};

/// Everything that was said about what to watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Whatever one of them matches is watched.
    pub selectors: Vec<Selector>,
    /// How closely, where nothing closer is said.
    pub level: Option<Level>,
    /// How closely for what these match; the first one counts.
    pub levels: Vec<(Selector, Level)>,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            selectors: vec![Selector::AllContainers],
            level: None,
            levels: Vec::new(),
        }
    }
}

/// A cgroup that may be watched: a container's outermost one, or any other of the host.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its path in the v2 hierarchy.
    pub path: &'a [u8],
    /// What the path says of a container.
    pub container: Option<&'a ContainerRef>,
    /// What the container's engine says, if it has answered.
    pub info: Option<&'a ContainerInfo>,
}

/// What a selection means for a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// To be watched.
    Watch(Level),
    /// Only its engine's answer can tell. Watched until then.
    Open,
    /// Nobody's concern.
    Ignore,
}

impl Selection {
    /// What this means for a candidate.
    #[must_use]
    pub fn judge(&self, candidate: &Candidate<'_>) -> Verdict {
        let mut open = false;
        for selector in &self.selectors {
            match selector.matches(candidate) {
                Some(true) => return Verdict::Watch(self.level(candidate)),
                Some(false) => {}
                None => open = true,
            }
        }
        if open { Verdict::Open } else { Verdict::Ignore }
    }

    /// How closely a candidate that is watched is looked at. While an engine's answer could raise
    /// the level, it is the highest that could come out.
    #[must_use]
    pub fn level(&self, candidate: &Candidate<'_>) -> Level {
        let mut could_be = None;
        for (selector, level) in &self.levels {
            match selector.matches(candidate) {
                Some(true) => return could_be.max(Some(*level)).unwrap_or(*level),
                Some(false) => {}
                None => could_be = could_be.max(Some(*level)),
            }
        }
        let otherwise = self.level.unwrap_or_else(|| by_labels(candidate));
        could_be.max(Some(otherwise)).unwrap_or(otherwise)
    }

    /// What it names by cgroup or unit and no cgroup is or stands below, of all those of the host. It
    /// may come later.
    pub fn absent<'a>(&'a self, cgroups: &'a [Cgroup]) -> impl Iterator<Item = &'a Selector> {
        let named = self
            .selectors
            .iter()
            .filter(|selector| matches!(selector, Selector::Cgroup(_) | Selector::Unit(_)));
        named.filter(|selector| {
            !cgroups.iter().any(|cgroup| {
                let candidate = Candidate {
                    path: &cgroup.path,
                    container: None,
                    info: None,
                };
                selector.matches(&candidate) == Some(true)
            })
        })
    }

    /// The processes that were named one by one, and how closely each is looked at.
    pub fn pids(&self) -> impl Iterator<Item = (u32, Level)> {
        let named = self.selectors.iter().filter_map(|selector| match selector {
            Selector::Pid(pid) => Some((*pid, selector)),
            _ => None,
        });
        named.map(|(pid, selector)| {
            let own = self.levels.iter().find(|(of, _)| of == selector);
            let level = own.map(|(_, level)| *level).or(self.level);
            (pid, level.unwrap_or(Level::Rules))
        })
    }
}

/// Agents are looked at more closely than other containers; one whose labels are unknown may be an
/// agent's.
fn by_labels(candidate: &Candidate<'_>) -> Level {
    match (candidate.container, candidate.info) {
        (Some(_), None) => Level::Operations,
        (_, Some(info)) if is_agent_container(&info.labels) => Level::Operations,
        _ => Level::Rules,
    }
}

#[cfg(test)]
mod tests;
