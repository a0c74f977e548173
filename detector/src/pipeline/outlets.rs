//! What a pipeline speaks to beside the alerts that it raises: seams, so that it runs the same over
//! a kernel and over a capture.

use std::error::Error;

use crate::event::CgroupId;
use crate::host::Observation;
use crate::host::registry::Decision;

/// What the table of cgroups says when it cannot take something.
pub type TableError = Box<dyn Error + Send + Sync>;

/// The sensor's table of cgroups, which is to know what was decided.
pub trait CgroupTable {
    /// Says what was decided of a cgroup.
    ///
    /// # Errors
    /// When the table is full or the kernel refuses.
    fn decide(&mut self, cgroup: CgroupId, decision: Decision) -> Result<(), TableError>;

    /// Forgets a cgroup that is gone.
    ///
    /// # Errors
    /// When the kernel refuses.
    fn forget(&mut self, cgroup: CgroupId) -> Result<(), TableError>;

    /// The cgroups of which the table says something else than it was told. What it was told is put
    /// back.
    fn altered(&mut self) -> Vec<CgroupId>;
}

/// Somebody who sees every event, whether a rule asks for it or not.
pub trait Witness {
    /// Whether anybody looks at present. What nobody looks at costs nothing.
    fn wants(&self) -> bool;

    /// Sees an event with its actor.
    fn saw(&mut self, observation: &Observation);
}
