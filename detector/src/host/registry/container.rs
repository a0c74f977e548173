//! A container: what is known of it, and whether anybody asked for it.

use std::sync::Arc;

use super::super::attribution::Attribution;
use super::super::beginning::Beginning;
use super::super::container::{ContainerInfo, ContainerRef};
use super::super::namespaces::OwnNamespaces;
use super::super::selection::{Candidate, Level, Selection, Verdict};
use super::decision::{Decision, Place};
use crate::event::{BootTime, CgroupId};

/// How long the engines may take to name a container on which everything depends. The same as for
/// matches that wait for a name.
const PATIENCE: u64 = 2_000_000_000;

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
    /// When it began.
    pub beginning: Beginning,
    /// What it was seen doing.
    pub activity: Activity,
    /// Whether its cgroup was removed.
    pub gone: bool,
    path: Vec<u8>,
    standing: Standing,
}

/// How much a container was seen doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Events of its processes.
    pub events: u64,
    /// Alerts that these raised.
    pub alerts: u64,
}

/// Whether anybody asked for a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Yes.
    Selected(Level),
    /// Only its engine can tell. With the time since when an engine is there that could.
    Open(Level, Option<BootTime>),
    /// No; or no engine has named it in time.
    Unselected,
}

impl Container {
    /// A container that was just found.
    pub(super) fn new(
        cgroup: CgroupId,
        path: &[u8],
        reference: ContainerRef,
        info: Option<Arc<ContainerInfo>>,
        selection: &Selection,
    ) -> Self {
        let mut container = Self {
            cgroup,
            reference,
            info,
            namespaces: OwnNamespaces::default(),
            beginning: Beginning::default(),
            activity: Activity::default(),
            gone: false,
            path: path.to_vec(),
            standing: Standing::Unselected,
        };
        container.judge(selection);
        container
    }

    /// Asks a selection.
    pub(super) fn judge(&mut self, selection: &Selection) {
        let candidate = Candidate {
            path: &self.path,
            container: Some(&self.reference),
            info: self.info.as_deref(),
        };
        self.standing = match (selection.judge(&candidate), self.standing) {
            (Verdict::Watch(level), _) => Standing::Selected(level),
            (Verdict::Open, Standing::Open(_, since)) => {
                Standing::Open(selection.level(&candidate), since)
            }
            (Verdict::Open, _) => Standing::Open(selection.level(&candidate), None),
            (Verdict::Ignore, _) => Standing::Unselected,
        };
    }

    /// Time has passed. A container that no engine names in time is nobody's until one does; without
    /// any engine nobody can tell, and it stays watched.
    pub(super) fn wait(&mut self, now: BootTime, engine_answers: bool) {
        let Standing::Open(level, since) = self.standing else {
            return;
        };
        self.standing = match since {
            _ if !engine_answers => Standing::Open(level, None),
            None => Standing::Open(level, Some(now)),
            Some(since) if now.0.saturating_sub(since.0) < PATIENCE => return,
            Some(_) => Standing::Unselected,
        };
    }

    /// What that means for its cgroups.
    pub(super) fn decision(&self) -> Decision {
        let place = |level| Place {
            outermost: self.cgroup,
            level,
        };
        match self.standing {
            Standing::Selected(level) => Decision::Container(place(level)),
            Standing::Open(level, _) => Decision::Undecided(place(level)),
            Standing::Unselected => Decision::Foreign,
        }
    }

    /// Whether only its engine can tell if anybody asked for it.
    #[must_use]
    pub const fn is_undecided(&self) -> bool {
        matches!(self.standing, Standing::Open(..))
    }

    /// The path of its outermost cgroup.
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// How closely it is looked at, if it is.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        self.decision().place().map(|place| place.level)
    }

    /// Agent, session and user, as far as the labels tell.
    pub fn attribution(&self) -> Attribution {
        self.info
            .as_ref()
            .map_or_else(Attribution::default, |info| {
                Attribution::from_labels(&info.labels)
            })
    }
}
