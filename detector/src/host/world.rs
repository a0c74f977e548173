//! What is asked of the world beside the events: /proc, file systems, the cgroup hierarchy, the
//! wall clock.
//!
//! Such an answer may be another one a moment later, or none. All questions of this room therefore
//! go through [`World`]: a capture keeps the answers, and a replay gives them again.

use std::fmt::Debug;

use super::cgroupfs::{Bounds, Hierarchy, Walk};
use super::inside::Lookout;
use super::procfs;
use super::tree::Image;
use crate::event::{Clock, FileKind, ProcessKey};

/// How hard to look for what a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// Only the kernel's cache is asked, which never waits.
    Cached,
    /// The file system is asked where the cache does not know, for a bounded time.
    Bounded,
}

/// Answers questions about processes, files and cgroups as they are now.
pub trait World: Debug {
    /// The program that a process runs, as /proc shows it.
    fn image(&mut self, process: ProcessKey) -> Option<Image>;

    /// What a name stands for, seen by a process.
    fn kind(&mut self, process: ProcessKey, name: &[u8], effort: Effort) -> Option<FileKind>;

    /// All cgroups.
    fn cgroups(&mut self) -> Walk;

    /// How far the wall clock is from CLOCK_BOOTTIME; `None` where nobody can tell any more.
    fn clock(&mut self) -> Option<Clock>;
}

/// The host that this process runs on.
#[derive(Debug)]
pub struct ThisHost {
    hierarchy: Hierarchy,
    lookout: Lookout,
}

impl ThisHost {
    /// The host, whose cgroups are found in a hierarchy.
    #[must_use]
    pub fn new(hierarchy: Hierarchy) -> Self {
        Self {
            hierarchy,
            lookout: Lookout::default(),
        }
    }
}

impl World for ThisHost {
    fn image(&mut self, process: ProcessKey) -> Option<Image> {
        procfs::image(process)
    }

    fn kind(&mut self, process: ProcessKey, name: &[u8], effort: Effort) -> Option<FileKind> {
        match effort {
            Effort::Cached => Lookout::cached(process, name),
            Effort::Bounded => self.lookout.kind(process, name),
        }
    }

    fn cgroups(&mut self) -> Walk {
        self.hierarchy.walk(Bounds::default())
    }

    fn clock(&mut self) -> Option<Clock> {
        Some(Clock::measure())
    }
}
