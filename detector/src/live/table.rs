//! The sensor's table of cgroups, as the pipeline knows it.

use detector_common::interest::level;
use detector_common::state::{CgroupState, decision};

use crate::event::CgroupId;
use crate::host::registry::Decision;
use crate::host::selection::Level;
use crate::pipeline::{CgroupTable, TableError};
use crate::sensor::cgroups::Cgroups;

/// The table in the kernel.
pub(super) struct Table(pub(super) Cgroups);

impl CgroupTable for Table {
    fn decide(&mut self, cgroup: CgroupId, decision: Decision) -> Result<(), TableError> {
        Ok(self.0.decide(cgroup.0, state(cgroup, decision))?)
    }

    fn forget(&mut self, cgroup: CgroupId) -> Result<(), TableError> {
        Ok(self.0.forget(cgroup.0)?)
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
