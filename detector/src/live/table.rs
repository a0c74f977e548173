//! The sensor's table of cgroups, as the pipeline knows it.

use crate::event::CgroupId;
use crate::pipeline::{CgroupTable, TableError};
use crate::sensor::cgroups::Cgroups;

/// The table in the kernel.
pub(super) struct Table(pub(super) Cgroups);

impl CgroupTable for Table {
    fn watch(&mut self, cgroup: CgroupId, outermost: CgroupId) -> Result<(), TableError> {
        Ok(self.0.watch(cgroup.0, outermost.0)?)
    }

    fn ignore(&mut self, cgroup: CgroupId) -> Result<(), TableError> {
        Ok(self.0.ignore(cgroup.0)?)
    }

    fn forget(&mut self, cgroup: CgroupId) -> Result<(), TableError> {
        Ok(self.0.forget(cgroup.0)?)
    }
}
