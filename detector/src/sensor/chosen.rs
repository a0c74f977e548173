//! The processes that are watched for themselves, with all that they start.

use aya::maps::{HashMap, MapData, MapError};
use detector_common::state;
use zerocopy::IntoBytes;

/// Bytes of a value, as the map stores it.
type Value = [u8; size_of::<state::Chosen>()];

/// A process by its number, and when that number became its.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pid {
    /// In the initial pid namespace.
    pub number: u32,
    /// When it started, in ticks, as /proc/PID/stat has it.
    pub start: u64,
}

/// The table in the kernel.
pub struct Chosen {
    map: HashMap<MapData, u32, Value>,
}

impl Chosen {
    pub(super) const fn new(map: HashMap<MapData, u32, Value>) -> Self {
        Self { map }
    }

    /// Watches a process, and what it starts from now on; what it has started already is found by
    /// [`super::Sensor::tell_chosen`]. A process that is watched for itself already gets the level.
    ///
    /// # Errors
    /// When there are too many, or the kernel refuses the call.
    pub fn watch(&mut self, pid: Pid, level: u32) -> Result<(), MapError> {
        let chosen = state::Chosen {
            start: pid.start,
            level,
            reserved: 0,
        };
        let mut value = Value::default();
        value.copy_from_slice(chosen.as_bytes());
        self.map.insert(pid.number, value, 0)
    }

    /// Watches a process, and all that descends from it, for itself no more.
    ///
    /// # Errors
    /// When the kernel refuses the call. That it was not watched is none.
    pub fn leave(&mut self, pid: Pid) -> Result<(), MapError> {
        match self.map.remove(&pid.number) {
            Err(MapError::KeyNotFound) => Ok(()),
            other => other,
        }
    }
}
