//! The sensor's table of cgroups, through which user space says what is watched, and how closely.

use aya::maps::{HashMap, MapData, MapError};
use detector_common::state::CgroupState;
use zerocopy::{FromBytes, IntoBytes};

/// Bytes of a value, as the map stores it.
type Value = [u8; size_of::<CgroupState>()];

/// The table in the kernel.
pub struct Cgroups {
    map: HashMap<MapData, u64, Value>,
}

impl Cgroups {
    pub(super) const fn new(map: HashMap<MapData, u64, Value>) -> Self {
        Self { map }
    }

    /// Says what was decided of a cgroup.
    ///
    /// # Errors
    /// When the table is full or the kernel refuses the call.
    pub fn decide(&mut self, id: u64, state: CgroupState) -> Result<(), MapError> {
        let mut value = Value::default();
        value.copy_from_slice(state.as_bytes());
        self.map.insert(id, value, 0)
    }

    /// What the table says of a cgroup; an empty state of one that it does not know. `None` when the
    /// kernel refuses to tell.
    #[must_use]
    pub fn found(&self, id: u64) -> Option<CgroupState> {
        match self.map.get(&id, 0) {
            Ok(value) => CgroupState::read_from_bytes(&value).ok(),
            Err(MapError::KeyNotFound) => Some(CgroupState {
                decision: u32::MAX,
                ..CgroupState::default()
            }),
            Err(_) => None,
        }
    }

    /// Forgets a cgroup that is gone.
    ///
    /// # Errors
    /// When the kernel refuses the call. That the cgroup was not there is none.
    pub fn forget(&mut self, id: u64) -> Result<(), MapError> {
        match self.map.remove(&id) {
            Err(MapError::KeyNotFound) => Ok(()),
            other => other,
        }
    }
}
