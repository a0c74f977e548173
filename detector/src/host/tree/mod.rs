//! The processes of watched containers, and the programs that each ran, as of a time.
//!
//! Lanes are not ordered among each other: by the time an act is looked at, its process may run
//! another program, or none. Earlier images therefore stay, and so do dead processes, until the
//! volume lane has passed their end and no living child leads back to them.

mod dead;
mod process;

use std::collections::HashMap;
use std::sync::Arc;

use detector_common::state::TICK;

use self::dead::{Dead, Fate};
pub use self::process::{Ancestor, Image, Process};
use crate::event::{BootTime, ProcessKey, Session, Tgid};

/// Ancestors that an alert tells.
const LINEAGE: usize = 16;

/// Ancestors among which one is looked for.
const DEPTH: usize = 1024;

/// The tree.
#[derive(Debug, Default)]
pub struct Tree {
    processes: HashMap<ProcessKey, Process>,
    /// The last process with each id.
    last: HashMap<Tgid, ProcessKey>,
    dead: Dead,
    evicted: u64,
}

impl Tree {
    /// Takes up a process; one that is known already stays and gets what it lacks.
    pub fn add(&mut self, process: Process) -> &mut Process {
        let key = process.key;
        if !self.processes.contains_key(&key) {
            self.adopt(process.parent, 1);
        }
        let newer = |last: &ProcessKey| last.start < key.start;
        if self.last.get(&key.tgid).is_none_or(newer) {
            self.last.insert(key.tgid, key);
        }
        self.processes.entry(key).or_insert(process)
    }

    /// A process.
    pub fn get(&self, key: ProcessKey) -> Option<&Process> {
        self.processes.get(&key)
    }

    /// The process of an id as /proc shows it: with a start in whole ticks, or 0 where that is not
    /// known. Then the last that had the id by that time.
    pub fn find(&self, shown: ProcessKey, time: BootTime) -> Option<&Process> {
        let same = |key: &&ProcessKey| {
            let start = key.start.0;
            let fits = shown.start.0 == 0 || start / TICK == shown.start.0 / TICK;
            key.tgid == shown.tgid && fits && start <= time.0
        };
        let key = self
            .processes
            .keys()
            .filter(same)
            .max_by_key(|key| key.start)?;
        self.get(*key)
    }

    /// As [`Tree::get`], to change it.
    pub fn get_mut(&mut self, key: ProcessKey) -> Option<&mut Process> {
        self.processes.get_mut(&key)
    }

    /// A process has got another parent: its own has died.
    pub fn reparent(&mut self, key: ProcessKey, parent: Option<ProcessKey>) {
        let Some(process) = self.processes.get_mut(&key) else {
            return;
        };
        // Who made it tells more than who reaps it: only an unknown parent is replaced.
        if process.parent.is_none() && parent.is_some() {
            process.parent = parent;
            self.adopt(parent, 1);
        }
    }

    /// A process has ended.
    pub fn end(&mut self, key: ProcessKey, time: BootTime) {
        let Some(process) = self.processes.get_mut(&key) else {
            return;
        };
        process.ended = Some(time);
        let container = process.cgroup;
        self.dead.push(container, key);
        // A fork storm cannot fill our memory: beyond the room some go before their time.
        let is_needed = |key| self.processes.get(&key).is_some_and(Process::has_children);
        if let Some(gone) = self.dead.overflow(container, is_needed) {
            self.remove(gone);
            self.evicted += 1;
        }
    }

    /// A process is nobody's concern any more.
    pub fn forget(&mut self, key: ProcessKey) {
        self.retain_of(&[key], |_| false);
    }

    /// Forgets the living that are nobody's concern any more. The dead go their own way.
    pub fn retain(&mut self, concerns: impl Fn(&Process) -> bool) {
        let keys: Vec<ProcessKey> = self.processes.keys().copied().collect();
        self.retain_of(&keys, concerns);
    }

    fn retain_of(&mut self, keys: &[ProcessKey], concerns: impl Fn(&Process) -> bool) {
        for key in keys {
            let living = self
                .processes
                .get(key)
                .filter(|process| process.is_living());
            if living.is_some_and(|process| !concerns(process)) {
                self.remove(*key);
            }
        }
    }

    /// The volume lane has passed a time: what ended before and has no living child is forgotten.
    pub fn pass(&mut self, watermark: BootTime) {
        let mut dead = std::mem::take(&mut self.dead);
        dead.sift(|key| match self.processes.get(&key) {
            // Ends are told in their order, near enough.
            Some(process) if process.ended.is_some_and(|ended| ended >= watermark) => Fate::Early,
            Some(process) if process.has_children() => Fate::Needed,
            _ => {
                self.remove(key);
                Fate::Done
            }
        });
        self.dead = dead;
    }

    /// The ancestors of a process, nearest first, each with the program that it ran at a time.
    pub fn lineage(&self, key: ProcessKey, time: BootTime) -> Vec<Ancestor> {
        let mut lineage = Vec::new();
        let mut at = self.get(key).and_then(|process| process.parent);
        while let Some(process) = at.and_then(|key| self.get(key)) {
            if lineage.len() == LINEAGE {
                break;
            }
            if let Some(stage) = process.stage_at(time) {
                lineage.push(Ancestor {
                    process: process.key,
                    count: stage.count,
                    image: Arc::clone(&stage.image),
                });
            }
            at = process.parent;
        }
        lineage
    }

    /// The program of whoever leads what a process is part of, which has the leader's process id for its
    /// number: the leader's, or where that is not known, that of the eldest ancestor that is part of it.
    pub fn leader(
        &self,
        of: ProcessKey,
        number: u32,
        part: fn(&Session) -> u32,
        time: BootTime,
    ) -> Option<Arc<Image>> {
        let ran = |process: &Process| Some(Arc::clone(&process.stage_at(time)?.image));
        let last = self.last.get(&Tgid(number));
        if let Some(leader) = last.filter(|key| key.start <= time) {
            return ran(self.get(*leader)?);
        }
        let is_part = |process: &&Process| {
            let session = process.stage_at(time).and_then(|stage| stage.session);
            session.is_some_and(|session| part(&session) == number)
        };
        let parent = |process: &&Process| self.get(process.parent?);
        let line = std::iter::successors(self.get(of), parent).take(DEPTH);
        ran(line.take_while(is_part).last()?)
    }

    /// Whether a process descends from another.
    pub fn descends(&self, key: ProcessKey, from: ProcessKey) -> bool {
        let parent = |key: &ProcessKey| self.get(*key).and_then(|process| process.parent);
        let mut above = std::iter::successors(parent(&key), parent).take(DEPTH);
        above.any(|ancestor| ancestor == from)
    }

    /// Processes that are alive, of all containers.
    pub fn alive(&self) -> usize {
        self.processes.len() - self.dead.count()
    }

    /// Processes that were forgotten before their time.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    fn remove(&mut self, key: ProcessKey) {
        if let Some(process) = self.take_out(key) {
            self.adopt(process.parent, -1);
        }
    }

    fn take_out(&mut self, key: ProcessKey) -> Option<Process> {
        if self.last.get(&key.tgid) == Some(&key) {
            self.last.remove(&key.tgid);
        }
        self.processes.remove(&key)
    }

    fn adopt(&mut self, parent: Option<ProcessKey>, change: isize) {
        let Some(parent) = parent.and_then(|key| self.processes.get_mut(&key)) else {
            return;
        };
        parent.children = parent.children.saturating_add_signed(change);
        if parent.outside && parent.children == 0 {
            // It has no parent in the tree.
            let key = parent.key;
            self.take_out(key);
        }
    }
}

/// The process id as users know it.
pub fn pid(key: ProcessKey) -> u32 {
    let Tgid(pid) = key.tgid;
    pid
}

#[cfg(test)]
mod tests;
