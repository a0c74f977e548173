//! The processes of watched containers, and the programs that each ran, as of a time.
//!
//! Lanes are not ordered among each other: by the time an act is looked at, its process may run
//! another program, or none. Earlier images therefore stay, and so do dead processes, until the
//! volume lane has passed their end and no living child leads back to them.

mod dead;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use detector_common::state::TICK;

use self::dead::{Dead, Fate};
use super::attribution::Attribution;
use crate::event::{BootTime, CgroupId, ExeFile, FileObject, Ids, NamespaceId, ProcessKey, Tgid};

/// Images that are remembered per process. A process that executes more often loses the oldest.
const IMAGES: usize = 32;

/// Ancestors that an alert tells.
const LINEAGE: usize = 16;

/// Ancestors among which one is looked for.
const DEPTH: usize = 1024;

/// A program as a process runs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// The executable's file.
    pub exe: Option<FileObject>,
    /// Its path, resolved by the kernel.
    pub exe_path: Option<Vec<u8>>,
    /// File name of what was given to exec, at most 15 bytes: what the kernel calls `comm`.
    pub name: Vec<u8>,
    /// The argument strings.
    pub argv: Vec<Bytes>,
    /// Whether something of it could not be learnt.
    pub incomplete: bool,
    /// What the executable's inode says besides.
    pub file: Option<ExeFile>,
    /// Whether the executable was changed since its container began.
    pub changed: Option<bool>,
}

impl Image {
    /// Whether anybody could tell which program it is.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.exe_path.is_some()
    }
}

/// An image and when it began.
#[derive(Clone, Debug)]
struct Stage {
    /// The kernel's count of its executions; unknown of what /proc alone tells.
    count: Option<u32>,
    since: BootTime,
    image: Arc<Image>,
    users: Users,
}

/// Users and groups of a process while it runs an image, as far as they were told.
#[derive(Clone, Copy, Debug, Default)]
struct Users {
    now: Option<Ids>,
    /// Before the last call that changed them.
    before: Option<Ids>,
}

/// A process.
#[derive(Clone, Debug)]
pub struct Process {
    key: ProcessKey,
    parent: Option<ProcessKey>,
    stages: VecDeque<Stage>,
    /// The cgroup by which it is watched.
    pub cgroup: CgroupId,
    /// Whether it is watched for itself.
    pub chosen: bool,
    /// The working directory as far as it was told.
    pub cwd: Option<Vec<u8>>,
    /// What the environment of the entry into the container says, by which this process came.
    pub entry: Option<Arc<Attribution>>,
    /// The program of that entry: the first that ran inside.
    pub entered_by: Option<Arc<Image>>,
    /// Its user namespace, as far as it was told.
    pub user_ns: Option<NamespaceId>,
    ended: Option<BootTime>,
    children: usize,
    /// Whether it is known only as somebody's ancestor: nobody tells of its end.
    outside: bool,
}

/// A process in a lineage: what it ran when its child was made.
#[derive(Clone, Debug)]
pub struct Ancestor {
    /// The process.
    pub process: ProcessKey,
    /// Its count of executions then, where the kernel told.
    pub count: Option<u32>,
    /// The program that it ran.
    pub image: Arc<Image>,
}

impl Process {
    /// A process of which nothing is known yet but its parent and its cgroup.
    pub fn new(key: ProcessKey, parent: Option<ProcessKey>, cgroup: CgroupId) -> Self {
        Self {
            key,
            parent,
            stages: VecDeque::new(),
            cgroup,
            chosen: false,
            cwd: None,
            entry: None,
            entered_by: None,
            user_ns: None,
            ended: None,
            children: 0,
            outside: false,
        }
    }

    /// A process of the host above watched ones, as /proc shows it. It stays as long as these.
    pub fn outside(key: ProcessKey, cgroup: CgroupId, image: Arc<Image>) -> Self {
        let mut process = Self::new(key, None, cgroup);
        process.outside = true;
        process.stages.push_back(Stage {
            count: None,
            since: key.start,
            image,
            users: Users::default(),
        });
        process
    }

    /// Lets it run an image from a time on.
    pub fn run(&mut self, count: u32, since: BootTime, image: Arc<Image>) {
        // What /proc told at the start gives way to what the kernel tells.
        self.outside = false;
        self.stages
            .retain(|stage| stage.count.is_some_and(|known| known != count));
        if self.stages.len() == IMAGES {
            self.stages.pop_front();
        }
        self.stages.push_back(Stage {
            count: Some(count),
            since,
            image,
            users: Users::default(),
        });
    }

    /// Its users and groups have become these, while it ran the image with that count.
    pub fn becomes(&mut self, count: u32, ids: Ids) {
        let mut stages = self.stages.iter_mut();
        if let Some(stage) = stages.find(|stage| stage.count == Some(count)) {
            stage.users.before = stage.users.now.replace(ids);
        }
    }

    /// What users and groups were before the last call that changed them, under that image.
    pub fn ids_before(&self, count: u32) -> Option<Ids> {
        let mut stages = self.stages.iter();
        let stage = stages.find(|stage| stage.count == Some(count))?;
        stage.users.before
    }

    /// The image with a count, or the one that it ran at a time.
    fn stage(&self, count: u32, time: BootTime) -> Option<&Stage> {
        let exact = self.stages.iter().find(|stage| stage.count == Some(count));
        exact.or_else(|| self.stage_at(time))
    }

    fn stage_at(&self, time: BootTime) -> Option<&Stage> {
        let begun = self.stages.iter().rev().find(|stage| stage.since <= time);
        begun.or_else(|| self.stages.front())
    }

    /// The image with that count of executions.
    pub fn image(&self, count: u32, time: BootTime) -> Option<&Arc<Image>> {
        self.stage(count, time).map(|stage| &stage.image)
    }

    /// The program that it ran at a time, and the kernel's count of it.
    pub fn image_at(&self, time: BootTime) -> Option<(Option<u32>, &Arc<Image>)> {
        let stage = self.stage_at(time)?;
        Some((stage.count, &stage.image))
    }

    /// Whether the program with that count of executions is known.
    pub fn has_run(&self, count: u32) -> bool {
        self.stages.iter().any(|stage| stage.count == Some(count))
    }

    /// The image that it ran last.
    pub fn last_image(&self) -> Option<&Arc<Image>> {
        self.stages.back().map(|stage| &stage.image)
    }

    /// Whether it is a watched one, and has not ended as far as was told.
    fn is_living(&self) -> bool {
        self.ended.is_none() && !self.outside
    }

    const fn has_children(&self) -> bool {
        self.children > 0
    }

    /// Its name.
    pub const fn key(&self) -> ProcessKey {
        self.key
    }

    /// Its parent, as far as it was told.
    pub fn parent(&self) -> Option<ProcessKey> {
        self.parent
    }
}

/// The tree.
#[derive(Debug, Default)]
pub struct Tree {
    processes: HashMap<ProcessKey, Process>,
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
        if let Some(process) = self.processes.remove(&key) {
            self.adopt(process.parent, -1);
        }
    }

    fn adopt(&mut self, parent: Option<ProcessKey>, change: isize) {
        let Some(parent) = parent.and_then(|key| self.processes.get_mut(&key)) else {
            return;
        };
        parent.children = parent.children.saturating_add_signed(change);
        if parent.outside && parent.children == 0 {
            // It has no parent in the tree.
            let key = parent.key;
            self.processes.remove(&key);
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
