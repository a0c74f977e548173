//! Watched objects: files that matter whoever changes them, marked with fanotify.
//!
//! Marks cost nothing elsewhere: the kernel speaks only of what is marked. What matters stands in one
//! table ([`table`]), where it is looked for in [`place`]: in the homes of the host's users, in the
//! workspaces that agents' containers were given, in the detector's state directory, and wherever the
//! configuration says. An event names the acting process, which is looked up at once, and becomes a
//! record in the form of all others: captures hold it, and replay takes it.
//!
//! What the kernel does not tell stands in `docs/coverage.md`.
#![forbid(unsafe_code)]

mod actor;
mod changes;
mod marks;
mod pattern;
mod place;
mod places;
mod record;
mod snapshot;
mod table;
mod telling;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustix::io;

use crate::host::cgroupfs::Hierarchy;
use crate::sensor::fanotify::{FileId, Watcher};
use marks::{Marks, PlaceId};
use pattern::Patterns;
pub use place::Asked;
use place::{Place, Sought};
use telling::Telling;
pub use telling::{Counts, Tally};
use walk::LeftOut;

/// How often places are looked for that were not there.
const RENEWAL: Duration = Duration::from_secs(10);

/// All watched objects of the host.
#[derive(Debug)]
pub struct Objects {
    watcher: Watcher,
    hierarchy: Arc<Hierarchy>,
    /// Whose acts are not told.
    own: u32,
    patterns: Patterns,
    sought: Sought,
    places: BTreeMap<PlaceId, Place>,
    next_place: u32,
    marks: Marks,
    /// Directories above a place, whose move or end moves or ends the place.
    anchors: BTreeMap<FileId, BTreeSet<PlaceId>>,
    left_out: BTreeMap<PlaceId, LeftOut>,
    telling: Telling,
    renewed: Instant,
}

impl Objects {
    /// Marks what the table names and what was asked for. The acts of this process are not told.
    ///
    /// # Errors
    /// Where this kernel, or what this process may do, allows no marks.
    pub fn watch(hierarchy: Hierarchy, asked: &[Asked]) -> io::Result<Self> {
        let mut objects = Self::empty(hierarchy)?;
        let (places, sought) = place::of_table(&mut objects.patterns);
        objects.sought = sought;
        for place in places {
            objects.add(place);
        }
        objects.add_asked(asked);
        objects.renew();
        Ok(objects)
    }

    /// Nothing but what was asked for.
    fn empty(hierarchy: Hierarchy) -> io::Result<Self> {
        Ok(Self {
            watcher: Watcher::new()?,
            hierarchy: Arc::new(hierarchy),
            own: std::process::id(),
            patterns: Patterns::default(),
            sought: Sought::default(),
            places: BTreeMap::new(),
            next_place: 0,
            marks: Marks::default(),
            anchors: BTreeMap::new(),
            left_out: BTreeMap::new(),
            telling: Telling::default(),
            renewed: Instant::now(),
        })
    }

    fn add_asked(&mut self, asked: &[Asked]) {
        for asked in asked {
            let place = place::of_asked(asked, &mut self.patterns);
            self.add(place);
        }
    }

    /// What is counted.
    #[must_use]
    pub fn tally(&self) -> Arc<Tally> {
        Arc::clone(self.telling.tally())
    }

    /// Whether a process that has left its id to another is told from it.
    #[must_use]
    pub const fn tells_process(&self) -> bool {
        self.watcher.tells_process()
    }

    /// Looks at these workspaces from now on, and at no others.
    pub fn set_workspaces(&mut self, roots: &[PathBuf]) {
        let gone: Vec<PlaceId> = self
            .places
            .iter()
            .filter(|(_, place)| place.is_workspace && !roots.contains(&place.root))
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            self.forget(id);
        }
        for root in roots {
            let mut workspaces = self.places.values().filter(|place| place.is_workspace);
            if workspaces.all(|place| place.root != *root) {
                self.add(Place {
                    root: root.clone(),
                    trail: self.sought.workspace.clone(),
                    is_workspace: true,
                });
            }
        }
        self.count();
    }

    /// Waits for changes, at most for a time, and gives the records of those that came.
    ///
    /// # Errors
    /// When the kernel's queue cannot be read.
    pub fn next(&mut self, patience: Duration) -> io::Result<Vec<Bytes>> {
        for notice in self.watcher.next(patience)? {
            self.take(&notice);
        }
        if self.renewed.elapsed() >= RENEWAL {
            self.renew();
        }
        self.count();
        Ok(self.telling.take())
    }

    /// Looks for what was not there.
    fn renew(&mut self) {
        self.renewed = Instant::now();
        for home in place::homes() {
            let mut roots = self.places.values().map(|place| &place.root);
            if !roots.any(|root| *root == home) {
                self.add(Place {
                    root: home,
                    trail: self.sought.home.clone(),
                    is_workspace: false,
                });
            }
        }
        let places: Vec<PlaceId> = self.places.keys().copied().collect();
        for id in places {
            self.walk(id);
        }
        self.count();
    }

    fn count(&self) {
        let left_out = self.left_out.values();
        let left_out = left_out.map(|left| left.beyond + u64::from(left.refused.is_some()));
        self.telling
            .tally()
            .set_marks(self.marks.len(), left_out.sum());
    }
}
