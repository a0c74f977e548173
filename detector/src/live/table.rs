//! The sensor's table of cgroups, as the pipeline knows it.

use std::collections::BTreeMap;

use detector_common::interest::level;
use detector_common::state::{CgroupState, decision};

use crate::event::CgroupId;
use crate::host::registry::Decision;
use crate::host::selection::Level;
use crate::pipeline::{CgroupTable, TableError};
use crate::sensor::cgroups::Cgroups;

/// The table in the kernel, and what it was told.
pub(super) struct Table {
    cgroups: Cgroups,
    told: BTreeMap<u64, CgroupState>,
}

impl Table {
    pub(super) const fn new(cgroups: Cgroups) -> Self {
        let told = BTreeMap::new();
        Self { cgroups, told }
    }
}

impl CgroupTable for Table {
    fn decide(&mut self, cgroup: CgroupId, decision: Decision) -> Result<(), TableError> {
        let state = state(cgroup, decision);
        self.cgroups.decide(cgroup.0, state)?;
        self.told.insert(cgroup.0, state);
        Ok(())
    }

    fn forget(&mut self, cgroup: CgroupId) -> Result<(), TableError> {
        self.told.remove(&cgroup.0);
        Ok(self.cgroups.forget(cgroup.0)?)
    }

    fn altered(&mut self) -> Vec<CgroupId> {
        let Self { cgroups, told } = self;
        let mut altered = Vec::new();
        for (id, state) in told.iter() {
            let Some(found) = cgroups.found(*id) else {
                continue;
            };
            if found == *state {
                continue;
            }
            // So the sensor itself writes it when a cgroup is made, which may be behind our walk.
            let fresh = [decision::UNDECIDED, decision::UNDECIDED_SERVICE];
            if !fresh.contains(&found.decision) {
                altered.push(CgroupId(*id));
            }
            if let Err(error) = cgroups.decide(*id, *state) {
                tracing::error!("what was decided of a cgroup cannot be put right: {error}");
            }
        }
        altered
    }
}

/// A decision in the sensor's words.
fn state(cgroup: CgroupId, decided: Decision) -> CgroupState {
    let decision = match decided {
        Decision::Container(_) => decision::WATCHED,
        Decision::Undecided(_) => decision::UNDECIDED,
        Decision::Service(_) => decision::SERVICE,
        Decision::Foreign => decision::FOREIGN,
        Decision::Ignore => decision::UNWATCHED,
    };
    let place = decided.place();
    CgroupState {
        decision,
        level: place.map_or(level::RULES, |place| number(place.level)),
        outermost: place.map_or(cgroup, |place| place.outermost).0,
    }
}

/// A level in the sensor's words.
pub(super) const fn number(level: Level) -> u32 {
    match level {
        Level::Rules => level::RULES,
        Level::Operations => level::OPERATIONS,
        Level::All => level::ALL,
    }
}
