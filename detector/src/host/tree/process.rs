//! A process: the programs that it ran, and what else is known of it.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::super::attribution::Attribution;
use crate::event::{
    BootTime, CgroupId, ExeFile, FileObject, Ids, NamespaceId, ProcessKey, Session,
};

/// Images that are remembered per process. A process that executes more often loses the oldest.
pub(super) const IMAGES: usize = 32;

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
pub(super) struct Stage {
    /// The kernel's count of its executions; unknown of what /proc alone tells.
    pub(super) count: Option<u32>,
    since: BootTime,
    pub(super) image: Arc<Image>,
    users: Users,
    pub(super) session: Option<Session>,
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
    pub(super) key: ProcessKey,
    pub(super) parent: Option<ProcessKey>,
    pub(super) stages: VecDeque<Stage>,
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
    /// Until when it was the runtime that sets a container up, as far as was told.
    pub sets_up_until: Option<BootTime>,
    pub(super) ended: Option<BootTime>,
    pub(super) children: usize,
    /// Whether it is known only as somebody's ancestor: nobody tells of its end.
    pub(super) outside: bool,
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
            sets_up_until: None,
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
            session: None,
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
            session: None,
        });
    }

    /// It is part of this, while it runs the image with that count.
    pub fn belongs(&mut self, count: u32, session: Option<Session>) {
        let mut stages = self.stages.iter_mut();
        if let Some(stage) = stages.find(|stage| stage.count == Some(count)) {
            stage.session = session;
        }
    }

    /// What it was part of when it began to run the image with a count, or the one that it ran at a
    /// time.
    pub fn session(&self, count: u32, time: BootTime) -> Option<Session> {
        self.stage(count, time)?.session
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

    pub(super) fn stage_at(&self, time: BootTime) -> Option<&Stage> {
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
    pub(super) fn is_living(&self) -> bool {
        self.ended.is_none() && !self.outside
    }

    pub(super) const fn has_children(&self) -> bool {
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
