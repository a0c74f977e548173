//! What the detector says of its own sight: events that no record tells.
//!
//! A [`Finding`] is what is read beside the records, live alone; a capture keeps it. A [`Notice`] is
//! the event that comes of it, or of holes between records, and the same in a replay.

use serde::{Deserialize, Serialize};

use super::{BootTime, CgroupId};

/// The cause of losses that the kernel counts: a program of ours was at work already on that CPU.
pub const RECURSION: &str = "recursion";

/// The lane of changes to watched objects, as it is called where losses are told.
pub const OBJECTS: &str = "objects";

/// The cause of losses in [`OBJECTS`]: the kernel's queue was full, so many times, each time with an
/// unknown number of changes.
pub const QUEUE_FULL: &str = "queue_full";

/// Something that was found beside the records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// What was lost since the sensor was loaded, as it counts itself.
    Counted {
        /// Each counter that is not 0.
        losses: Vec<Loss>,
    },
    /// Acts that budgets of the alarm lane have held back since the last look.
    Suppressed {
        /// What they have in common.
        acts: Vec<HeldBack>,
    },
    /// A lane gives no sign of life.
    Silent {
        /// Which.
        lane: String,
        /// Since when: CLOCK_BOOTTIME, in ns.
        since: u64,
    },
    /// Somebody has altered what the sensor is made of.
    Altered {
        /// What.
        what: String,
    },
}

/// A counter of losses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// In which lane; null for what is lost before there is one.
    pub lane: Option<String>,
    /// On which CPU; null where it is not counted by CPU.
    pub cpu: Option<u32>,
    /// Why.
    pub cause: String,
    /// How many in all.
    pub total: u64,
}

/// Acts that were held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBack {
    /// Their kind.
    pub kind: String,
    /// Their result: 0 for every success.
    pub outcome: i64,
    /// By which process; null where all of a container's together were too many.
    pub tgid: Option<u32>,
    /// Outermost cgroup of the container.
    pub cgroup: u64,
    /// How many.
    pub count: u64,
    /// The last look before them: CLOCK_BOOTTIME, in ns.
    pub from: u64,
}

/// An event about the detector's own sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Something was lost.
    Gap(Gap),
    /// Acts were held back.
    Suppressed(HeldBack),
    /// A lane gives no sign of life.
    Silence {
        /// Which.
        lane: String,
        /// Since when.
        since: BootTime,
    },
    /// Somebody has altered what the sensor is made of.
    Tampering {
        /// What.
        what: String,
    },
}

/// Something was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// In which lane, as far as it had one.
    pub lane: Option<String>,
    /// On which CPU, where that is known.
    pub cpu: Option<u32>,
    /// How many.
    pub count: u64,
    /// Why.
    pub cause: String,
    /// The last moment before it of which something was told.
    pub from: BootTime,
    /// The first moment after it.
    pub to: BootTime,
}

impl Notice {
    /// Its event type.
    #[must_use]
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::Gap(_) => "gap",
            Self::Suppressed(_) => "suppressed",
            Self::Silence { .. } => "silence",
            Self::Tampering { .. } => "tampering",
        }
    }

    /// The cgroup that it is about.
    #[must_use]
    pub const fn cgroup(&self) -> CgroupId {
        match self {
            Self::Suppressed(acts) => CgroupId(acts.cgroup),
            Self::Gap(_) | Self::Silence { .. } | Self::Tampering { .. } => CgroupId(0),
        }
    }
}
