//! The processes of watched containers, and the programs that each ran, as of a time.
//!
//! Lanes are not ordered among each other: by the time an act is looked at, its process may run
//! another program, or none. Earlier images therefore stay, and so do dead processes, until the
//! volume lane has passed their end and no living child leads back to them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use super::attribution::Attribution;
use crate::event::{BootTime, CgroupId, ExecKey, FileObject, NamespaceId, ProcessKey, Tgid};

/// Images that are remembered per process. A process that executes more often loses the oldest.
const IMAGES: usize = 32;

/// Dead processes that are remembered. A fork storm cannot fill our memory: beyond this, the oldest
/// go before their time, and are counted.
const DEAD: usize = 32_768;

/// Ancestors that an alert tells.
const LINEAGE: usize = 16;

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
}

/// An image and when it began.
#[derive(Clone, Debug)]
struct Stage {
    count: u32,
    since: BootTime,
    image: Arc<Image>,
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
    /// Its user namespace, as far as it was told.
    pub user_ns: Option<NamespaceId>,
    ended: Option<BootTime>,
    children: usize,
}

/// A process in a lineage: what it ran when its child was made.
#[derive(Clone, Debug)]
pub struct Ancestor {
    /// The program that it ran.
    pub exec: ExecKey,
    /// That program.
    pub image: Arc<Image>,
}

impl Process {
    /// A process that runs an image since a time.
    pub fn new(exec: ExecKey, parent: Option<ProcessKey>, cgroup: CgroupId) -> Self {
        Self {
            key: exec.process,
            parent,
            stages: VecDeque::new(),
            cgroup,
            chosen: false,
            cwd: None,
            entry: None,
            user_ns: None,
            ended: None,
            children: 0,
        }
    }

    /// Lets it run an image from a time on.
    pub fn run(&mut self, count: u32, since: BootTime, image: Arc<Image>) {
        // What /proc told at the start gives way to what the kernel tells.
        self.stages.retain(|stage| stage.count != count);
        if self.stages.len() == IMAGES {
            self.stages.pop_front();
        }
        self.stages.push_back(Stage {
            count,
            since,
            image,
        });
    }

    /// The image with a count, or the one that it ran at a time.
    fn stage(&self, count: u32, time: BootTime) -> Option<&Stage> {
        let exact = self.stages.iter().find(|stage| stage.count == count);
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

    /// Whether the program with that count of executions is known.
    pub fn has_run(&self, count: u32) -> bool {
        self.stages.iter().any(|stage| stage.count == count)
    }

    /// The image that it ran last.
    pub fn last_image(&self) -> Option<&Arc<Image>> {
        self.stages.back().map(|stage| &stage.image)
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
    dead: VecDeque<ProcessKey>,
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
        self.dead.push_back(key);
        while self.dead.len() > DEAD {
            if let Some(oldest) = self.dead.pop_front() {
                self.remove(oldest);
                self.evicted += 1;
            }
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
            let process = self.processes.get(key);
            if process.is_some_and(|process| process.ended.is_none() && !concerns(process)) {
                self.remove(*key);
            }
        }
    }

    /// The volume lane has passed a time: what ended before and has no living child is forgotten.
    pub fn pass(&mut self, watermark: BootTime) {
        for _ in 0..self.dead.len() {
            let Some(key) = self.dead.pop_front() else {
                break;
            };
            match self.processes.get(&key) {
                Some(process) if process.ended.is_some_and(|ended| ended >= watermark) => {
                    // Ends are told in their order, near enough.
                    self.dead.push_front(key);
                    break;
                }
                Some(process) if process.children > 0 => self.dead.push_back(key),
                Some(_) => self.remove(key),
                None => {}
            }
        }
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
                let exec = ExecKey {
                    process: process.key,
                    count: stage.count,
                };
                lineage.push(Ancestor {
                    exec,
                    image: Arc::clone(&stage.image),
                });
            }
            at = process.parent;
        }
        lineage
    }

    /// Processes that are alive, of all containers.
    pub fn alive(&self) -> usize {
        self.processes.len() - self.dead.len()
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
        let parent = parent.and_then(|key| self.processes.get_mut(&key));
        if let Some(parent) = parent {
            parent.children = parent.children.saturating_add_signed(change);
        }
    }
}

/// The process id as users know it.
pub fn pid(key: ProcessKey) -> u32 {
    let Tgid(pid) = key.tgid;
    pid
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(tgid: u32) -> ProcessKey {
        ProcessKey {
            tgid: Tgid(tgid),
            start: BootTime(u64::from(tgid)),
        }
    }

    fn image(name: &str) -> Arc<Image> {
        Arc::new(Image {
            name: name.into(),
            ..Image::default()
        })
    }

    fn child(tree: &mut Tree, tgid: u32, parent: Option<u32>) {
        let exec = ExecKey {
            process: key(tgid),
            count: 1,
        };
        let mut process = Process::new(exec, parent.map(key), CgroupId(1));
        process.run(
            1,
            BootTime(u64::from(tgid)),
            image(&format!("first-{tgid}")),
        );
        tree.add(process);
    }

    #[test]
    fn the_tree_answers_as_of_a_time() {
        let mut tree = Tree::default();
        child(&mut tree, 10, None);
        tree.get_mut(key(10))
            .unwrap()
            .run(2, BootTime(100), image("second"));
        let process = tree.get(key(10)).unwrap();
        assert_eq!(process.image(1, BootTime(200)).unwrap().name, b"first-10");
        assert_eq!(process.image(2, BootTime(20)).unwrap().name, b"second");
        assert_eq!(process.image(9, BootTime(99)).unwrap().name, b"first-10");
        assert_eq!(process.image(9, BootTime(100)).unwrap().name, b"second");
    }

    #[test]
    fn the_dead_stay_until_the_volume_lane_has_passed_them() {
        let mut tree = Tree::default();
        child(&mut tree, 10, None);
        tree.end(key(10), BootTime(50));
        tree.pass(BootTime(50));
        assert!(tree.get(key(10)).is_some());
        tree.pass(BootTime(51));
        assert!(tree.get(key(10)).is_none());
    }

    #[test]
    fn a_living_child_keeps_its_ancestors() {
        let mut tree = Tree::default();
        child(&mut tree, 10, None);
        child(&mut tree, 11, Some(10));
        child(&mut tree, 12, Some(11));
        tree.end(key(10), BootTime(50));
        tree.end(key(11), BootTime(51));
        tree.pass(BootTime(1000));
        let names: Vec<_> = tree
            .lineage(key(12), BootTime(60))
            .iter()
            .map(|one| pid(one.exec.process))
            .collect();
        assert_eq!(names, [11, 10]);
        tree.end(key(12), BootTime(2000));
        for watermark in [3000, 3001, 3002] {
            tree.pass(BootTime(watermark));
        }
        assert!(tree.get(key(10)).is_none() && tree.get(key(12)).is_none());
    }

    #[test]
    fn a_storm_is_bounded_and_counted() {
        let mut tree = Tree::default();
        for tgid in 1..=DEAD as u32 + 5 {
            child(&mut tree, tgid, None);
            tree.end(key(tgid), BootTime(u64::from(tgid)));
        }
        assert_eq!(tree.evicted(), 5);
        assert_eq!(tree.alive(), 0);
        assert!(tree.get(key(1)).is_none() && tree.get(key(6)).is_some());
    }

    #[test]
    fn images_are_bounded() {
        let mut tree = Tree::default();
        child(&mut tree, 10, None);
        let process = tree.get_mut(key(10)).unwrap();
        for count in 2..200 {
            process.run(count, BootTime(u64::from(count)), image("again"));
        }
        assert_eq!(process.stages.len(), IMAGES);
        assert!(process.stages.iter().any(|stage| stage.count == 199));
    }
}
