//! Walking a place: what lies on the way to objects is marked, and so are the objects.
//!
//! The tree may be another's, who changes it while it is walked: no symbolic link is followed below
//! the place's root, nothing is opened but directories, and all is bounded. What has to be left out
//! is counted.

use std::collections::BTreeSet;
use std::ffi::{CString, OsStr};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2};
use rustix::io::{self, Errno};

use super::marks::{Directory, File, Marks, PlaceId};
use super::pattern::{Meaning, Patterns, Trail};
use super::snapshot::Snapshot;
use crate::sensor::fanotify::{FileId, Marked, Watcher};

/// Directories above each other.
const DEPTH: usize = 12;
/// Names of one directory that are looked at.
const NAMES: usize = 8_192;
/// Marks for the sake of one place: who owns it cannot use up those of others.
const OF_PLACE: usize = 4_096;
/// Marks in all. Each keeps an inode in the kernel's memory.
const ALL: usize = 65_536;

/// An object that was not known before.
#[derive(Clone, Debug)]
pub(super) struct New {
    pub(super) directory: FileId,
    pub(super) name: Vec<u8>,
    pub(super) meaning: Meaning,
    pub(super) snapshot: Snapshot,
}

/// What was left unmarked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LeftOut {
    /// How much: too deep, too much.
    pub(super) beyond: u64,
    /// File systems that take no marks, each with a place on it and what the kernel said.
    pub(super) refused: Option<(Vec<u8>, Errno)>,
}

/// A walk of one place.
pub(super) struct Walk<'a> {
    pub(super) watcher: &'a Watcher,
    pub(super) patterns: &'a Patterns,
    pub(super) marks: &'a mut Marks,
    pub(super) place: PlaceId,
    pub(super) new: Vec<New>,
    pub(super) left_out: LeftOut,
}

impl Walk<'_> {
    /// Walks a directory and all that matters below.
    pub(super) fn directory(&mut self, fd: &OwnedFd, path: &Path, trail: &Trail, depth: usize) {
        let id = match self.mark(fd, path, trail, depth) {
            Ok(Some(id)) => id,
            Ok(None) => return,
            Err(error) => {
                let place = path.as_os_str().as_bytes().to_vec();
                self.left_out.refused.get_or_insert((place, error));
                return;
            }
        };
        let trail = match self.marks.directories.get(&id) {
            Some(directory) => directory.trail.clone(),
            None => return,
        };
        for name in self.candidates(fd, &trail) {
            self.name(fd, &id, &name);
        }
    }

    /// Marks a directory, or adds to what is looked for in one that is marked.
    fn mark(
        &mut self,
        fd: &OwnedFd,
        path: &Path,
        trail: &Trail,
        depth: usize,
    ) -> io::Result<Option<FileId>> {
        let id = FileId::of(fd.as_fd())?;
        if let Some(known) = self.marks.directories.get_mut(&id) {
            known.trail.join(trail);
            path.clone_into(&mut known.path);
            return Ok(Some(id));
        }
        if !self.has_room() {
            return Ok(None);
        }
        self.watcher.mark(fd.as_fd(), None, Marked::Directory)?;
        let directory = Directory {
            place: self.place,
            path: path.to_owned(),
            trail: trail.clone(),
            depth,
            names: std::collections::HashMap::new(),
        };
        self.marks.add_directory(id.clone(), directory);
        Ok(Some(id))
    }

    fn has_room(&mut self) -> bool {
        let room = self.marks.len() < ALL && self.marks.of(self.place) < OF_PLACE;
        self.left_out.beyond += u64::from(!room);
        room
    }

    /// The names to look at.
    fn candidates(&mut self, fd: &OwnedFd, trail: &Trail) -> BTreeSet<Vec<u8>> {
        if let Some(names) = self.patterns.names(trail) {
            return names.into_iter().map(<[u8]>::to_vec).collect();
        }
        let mut names = BTreeSet::new();
        let entries = Dir::read_from(fd).into_iter().flatten().flatten();
        for (count, entry) in entries.enumerate() {
            if count == NAMES {
                self.left_out.beyond += 1;
                break;
            }
            let name = entry.file_name().to_bytes();
            let hit = self.patterns.step(trail, name);
            let matters = hit.object.is_some() || !hit.below.is_empty();
            if matters && !matches!(name, b"." | b"..") {
                names.insert(name.to_vec());
            }
        }
        names
    }

    /// Looks at a name in a directory that is marked.
    pub(super) fn name(&mut self, fd: &OwnedFd, directory: &FileId, name: &[u8]) {
        let Some(Directory {
            path, trail, depth, ..
        }) = self.marks.directories.get(directory)
        else {
            return;
        };
        let hit = self.patterns.step(trail, name);
        let (path, depth) = (path.join(OsStr::from_bytes(name)), *depth + 1);
        let Some((file, snapshot)) = look(fd, name) else {
            return;
        };
        if snapshot.kind() == FileType::Directory {
            let below = directory_in(fd, name).filter(|_| !hit.below.is_empty());
            if let Some(below) = below {
                if depth > DEPTH {
                    self.left_out.beyond += 1;
                    return;
                }
                self.directory(&below, &path, &hit.below, depth);
                if let Ok(id) = FileId::of(below.as_fd()) {
                    self.marks.name(directory, name, &id);
                }
            }
        } else if let Some(meaning) = hit.object {
            self.file(fd, directory, name, meaning, (&file, snapshot));
        }
    }

    fn file(
        &mut self,
        fd: &OwnedFd,
        directory: &FileId,
        name: &[u8],
        meaning: Meaning,
        (file, snapshot): (&OwnedFd, Snapshot),
    ) {
        let Ok(id) = FileId::of(file.as_fd()) else {
            return;
        };
        if !self.marks.files.contains_key(&id) && !self.has_room() {
            return;
        }
        let new = self.marks.name(directory, name, &id);
        if new {
            if snapshot.kind() == FileType::RegularFile
                && let Ok(name) = CString::new(name)
                && let Err(error) = self.watcher.mark(fd.as_fd(), Some(&name), Marked::File)
                && error != Errno::NOENT
            {
                self.left_out
                    .refused
                    .get_or_insert((name.into_bytes(), error));
            }
            self.new.push(New {
                directory: directory.clone(),
                name: name.to_vec(),
                meaning,
                snapshot,
            });
        }
        if !self.marks.files.contains_key(&id) {
            let file = File {
                directory: directory.clone(),
                name: name.to_vec(),
                meaning,
                snapshot,
            };
            self.marks.add_file(id, file);
        }
    }
}

/// What a name stands for. Nothing is opened.
pub(super) fn look(directory: &OwnedFd, name: &[u8]) -> Option<(OwnedFd, Snapshot)> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(directory, name, flags, Mode::empty()).ok()?;
    let snapshot = Snapshot::of(&fstat(&file).ok()?);
    Some((file, snapshot))
}

const READ: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);

fn directory_in(directory: &OwnedFd, name: &[u8]) -> Option<OwnedFd> {
    openat(directory, name, READ | OFlags::NOFOLLOW, Mode::empty()).ok()
}

/// Opens the root of a place, to which symbolic links may lead.
pub(super) fn root(path: &Path) -> Option<OwnedFd> {
    openat(CWD, path, READ, Mode::empty()).ok()
}

/// Opens a directory below a place's root; `None` if it is not the one that is meant any more.
pub(super) fn reopen(root_path: &Path, path: &Path, id: &FileId) -> Option<OwnedFd> {
    let root = root(root_path)?;
    let rest = path.strip_prefix(root_path).ok()?;
    let directory = if rest.as_os_str().is_empty() {
        root
    } else {
        let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        openat2(&root, rest, READ, Mode::empty(), within).ok()?
    };
    (FileId::of(directory.as_fd()).ok().as_ref() == Some(id)).then_some(directory)
}
