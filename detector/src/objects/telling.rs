//! Telling of changes: each gets its number, and a flood is held back and counted.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::actor::Actor;
use super::marks::PlaceId;
use super::record::{self, Deed};
use crate::event::{BootTime, Change};

/// Changes of one kind to one object that are told in a second.
const PER_OBJECT: u32 = 8;
/// Changes that are told in a second of those objects of one place of which there may be any number.
/// What was named is not among them, so that no flood of others hides it.
const PER_PLACE: u32 = 128;

const SECOND: u64 = 1_000_000_000;

/// What became of the changes that were seen, and what is marked.
#[derive(Debug, Default)]
pub struct Tally {
    told: AtomicU64,
    suppressed: AtomicU64,
    lost: AtomicU64,
    marks: AtomicU64,
    left_out: AtomicU64,
}

/// The same at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Changes that were told.
    pub told: u64,
    /// Changes that were held back: equal to one of the same second, or one of too many.
    pub suppressed: u64,
    /// How often the kernel's queue was full, and an unknown number of events was lost.
    pub lost: u64,
    /// Files and directories that are marked.
    pub marks: u64,
    /// What should be marked and is not: too much, too deep, on a file system that takes no marks.
    pub left_out: u64,
}

impl Tally {
    /// As it stands now.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts {
            told: read(&self.told),
            suppressed: read(&self.suppressed),
            lost: read(&self.lost),
            marks: read(&self.marks),
            left_out: read(&self.left_out),
        }
    }

    pub(super) fn set_marks(&self, marks: usize, left_out: u64) {
        self.marks.store(marks as u64, Ordering::Relaxed);
        self.left_out.store(left_out, Ordering::Relaxed);
    }
}

/// Tells of changes.
#[derive(Debug, Default)]
pub(super) struct Telling {
    sequence: u64,
    second: u64,
    /// Path, change, process and inode: what is equal in all is told once.
    equal: HashSet<(Vec<u8>, Change, u32, u64)>,
    of_object: HashMap<(Vec<u8>, Change), u32>,
    of_place: HashMap<PlaceId, u32>,
    tally: Arc<Tally>,
    told: Vec<Bytes>,
}

impl Telling {
    pub(super) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    /// Tells of a change, unless it is one of too many.
    pub(super) fn tell(&mut self, deed: Deed<'_>, place: PlaceId, actor: &Actor, now: BootTime) {
        if now.0 / SECOND != self.second {
            self.second = now.0 / SECOND;
            self.equal.clear();
            self.of_object.clear();
            self.of_place.clear();
        }
        if !self.is_affordable(deed, place, actor.pid) {
            self.tally.suppressed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.sequence += 1;
        self.tally.told.fetch_add(1, Ordering::Relaxed);
        self.told
            .push(record::write(deed, actor, self.sequence, now));
    }

    fn is_affordable(&mut self, deed: Deed<'_>, place: PlaceId, pid: u32) -> bool {
        let inode = deed.file.map_or(0, |file| file.object().inode);
        let path = deed.path.to_vec();
        if deed.meaning.open
            && self
                .of_place
                .get(&place)
                .is_some_and(|told| *told >= PER_PLACE)
        {
            return false;
        }
        if !self.equal.insert((path.clone(), deed.change, pid, inode)) {
            return false;
        }
        let of_object = self.of_object.entry((path, deed.change)).or_default();
        *of_object += 1;
        if *of_object > PER_OBJECT {
            return false;
        }
        if deed.meaning.open {
            *self.of_place.entry(place).or_default() += 1;
        }
        true
    }

    /// Events were lost.
    pub(super) fn lose(&self) {
        self.tally.lost.fetch_add(1, Ordering::Relaxed);
    }

    /// What was told since the last call.
    pub(super) fn take(&mut self) -> Vec<Bytes> {
        std::mem::take(&mut self.told)
    }
}

#[cfg(test)]
mod tests {
    use super::super::pattern::Meaning;
    use super::*;
    use crate::event::Class;

    fn tell(telling: &mut Telling, path: &str, pid: u32, now: u64) {
        let deed = Deed {
            meaning: Meaning {
                class: Class::AgentMemory,
                open: path.starts_with("/open/"),
            },
            change: Change::Modified,
            path: path.as_bytes(),
            place: b"/srv",
            file: None,
        };
        let actor = Actor {
            pid,
            ..Actor::default()
        };
        telling.tell(deed, PlaceId(1), &actor, BootTime(now));
    }

    #[test]
    fn equal_changes_are_told_once_a_second() {
        let mut telling = Telling::default();
        tell(&mut telling, "/srv/a", 1, 0);
        tell(&mut telling, "/srv/a", 1, 5);
        tell(&mut telling, "/srv/a", 2, 5);
        tell(&mut telling, "/srv/a", 1, SECOND);
        assert_eq!(telling.take().len(), 3);
        assert_eq!(telling.tally().counts().suppressed, 1);
    }

    #[test]
    fn a_flood_is_held_back_and_counted() {
        let mut telling = Telling::default();
        for number in 0..1_000 {
            tell(&mut telling, &format!("/open/{number}"), 1, 7);
        }
        tell(&mut telling, "/srv/named", 1, 7);
        let counts = telling.tally().counts();
        assert_eq!((counts.told, counts.suppressed), (129, 872));
    }

    #[test]
    fn one_object_is_told_of_a_few_times_whoever_changes_it() {
        let mut telling = Telling::default();
        for pid in 0..100 {
            tell(&mut telling, "/srv/named", pid, 7);
        }
        let counts = telling.tally().counts();
        assert_eq!((counts.told, counts.suppressed), (8, 92));
    }
}
