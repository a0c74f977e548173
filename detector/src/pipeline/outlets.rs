//! What a pipeline speaks to beside the alerts that it raises: seams, so that it runs the same over
//! a kernel and over a capture.

use std::error::Error;

use crate::event::CgroupId;
use crate::host::Observation;

/// What the table of cgroups says when it cannot take something.
pub type TableError = Box<dyn Error + Send + Sync>;

/// The sensor's table of cgroups, which is to know what was decided.
pub trait CgroupTable {
    /// Watches a cgroup, as part of the container with this outermost cgroup.
    ///
    /// # Errors
    /// When the table is full or the kernel refuses.
    fn watch(&mut self, cgroup: CgroupId, outermost: CgroupId) -> Result<(), TableError>;

    /// Leaves a cgroup alone from now on.
    ///
    /// # Errors
    /// As [`CgroupTable::watch`].
    fn ignore(&mut self, cgroup: CgroupId) -> Result<(), TableError>;

    /// Forgets a cgroup that is gone.
    ///
    /// # Errors
    /// When the kernel refuses.
    fn forget(&mut self, cgroup: CgroupId) -> Result<(), TableError>;
}

/// Somebody who sees every event, whether a rule asks for it or not.
pub trait Witness {
    /// Whether anybody looks at present. What nobody looks at costs nothing.
    fn wants(&self) -> bool;

    /// Sees an event with its actor.
    fn saw(&mut self, observation: &Observation);
}
