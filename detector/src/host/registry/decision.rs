//! What is to become of a cgroup.

use super::super::selection::Level;
use crate::event::CgroupId;

/// What is to become of a cgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Part of a container that is watched.
    Container(Place),
    /// Part of a container of which only its engine can tell whether anybody asked for it. It is
    /// watched until then; what it does raises no alert before.
    Undecided(Place),
    /// Watched, and no container's.
    Service(Place),
    /// Part of a container that nobody asked for.
    Foreign,
    /// Nobody's concern.
    Ignore,
}

/// Where a watched cgroup belongs, and how closely it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The outermost cgroup of its container or service.
    pub outermost: CgroupId,
    /// How closely.
    pub level: Level,
}

impl Decision {
    /// Where it belongs, if it is watched.
    #[must_use]
    pub const fn place(self) -> Option<Place> {
        match self {
            Self::Container(place) | Self::Undecided(place) | Self::Service(place) => Some(place),
            Self::Foreign | Self::Ignore => None,
        }
    }

    /// Whether it is watched.
    #[must_use]
    pub const fn is_watched(self) -> bool {
        self.place().is_some()
    }
}
