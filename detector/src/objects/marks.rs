//! What is marked: directories and files by the handles that the kernel's events name.

use std::collections::HashMap;
use std::path::PathBuf;

use super::pattern::{Meaning, Trail};
use super::snapshot::Snapshot;
use crate::sensor::fanotify::FileId;

/// Names a place for whose sake things are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct PlaceId(pub(super) u32);

/// A directory on the way to objects, or full of them.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    pub(super) place: PlaceId,
    /// Where it was when it was walked.
    pub(super) path: PathBuf,
    pub(super) trail: Trail,
    /// Directories between it and its place.
    pub(super) depth: usize,
    /// What was seen in it that matters.
    pub(super) names: HashMap<Vec<u8>, FileId>,
}

/// An object that is no directory.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) directory: FileId,
    pub(super) name: Vec<u8>,
    pub(super) meaning: Meaning,
    pub(super) snapshot: Snapshot,
}

/// All marks.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) directories: HashMap<FileId, Directory>,
    pub(super) files: HashMap<FileId, File>,
    of_place: HashMap<PlaceId, usize>,
}

impl Marks {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.directories.len() + self.files.len()
    }

    /// How many there are for the sake of one place.
    pub(super) fn of(&self, place: PlaceId) -> usize {
        self.of_place.get(&place).copied().unwrap_or_default()
    }

    /// Takes up a directory that was marked.
    pub(super) fn add_directory(&mut self, id: FileId, directory: Directory) {
        *self.of_place.entry(directory.place).or_default() += 1;
        self.directories.insert(id, directory);
    }

    /// Takes up an object, or what it has become.
    pub(super) fn add_file(&mut self, id: FileId, file: File) {
        let place = self.place(&file);
        if self.files.insert(id, file).is_none()
            && let Some(place) = place
        {
            *self.of_place.entry(place).or_default() += 1;
        }
    }

    /// The place for whose sake an object is marked.
    pub(super) fn place(&self, file: &File) -> Option<PlaceId> {
        let directory = self.directories.get(&file.directory);
        directory.map(|directory| directory.place)
    }

    /// One mark less for the sake of a place.
    pub(super) fn one_less(&mut self, place: PlaceId) {
        if let Some(count) = self.of_place.get_mut(&place) {
            *count = count.saturating_sub(1);
        }
    }

    /// Forgets an object.
    pub(super) fn remove_file(&mut self, id: &FileId) -> Option<File> {
        let file = self.files.remove(id)?;
        if let Some(place) = self.place(&file) {
            self.one_less(place);
        }
        Some(file)
    }

    /// Forgets a directory; what lies in it is to be forgotten before.
    pub(super) fn remove_directory(&mut self, id: &FileId) -> Option<Directory> {
        let directory = self.directories.remove(id)?;
        self.one_less(directory.place);
        Some(directory)
    }

    /// What is known under a name.
    pub(super) fn file(&self, directory: &FileId, name: &[u8]) -> Option<&File> {
        self.files
            .get(self.directories.get(directory)?.names.get(name)?)
    }

    /// Whether a name is known to be a directory.
    pub(super) fn is_directory(&self, directory: &FileId, name: &[u8]) -> bool {
        let named = self.directories.get(directory);
        named
            .and_then(|directory| directory.names.get(name))
            .is_some_and(|id| self.directories.contains_key(id))
    }

    /// Enters a name. Whether it stood for something else before, or for nothing.
    pub(super) fn name(&mut self, directory: &FileId, name: &[u8], id: &FileId) -> bool {
        let Some(directory) = self.directories.get_mut(directory) else {
            return false;
        };
        let before = directory.names.insert(name.to_vec(), id.clone());
        before.as_ref() != Some(id)
    }

    /// A name stands for nothing any more. Whatever it stood for has moved, or is gone: what is
    /// known of it by this name is forgotten.
    pub(super) fn unname(&mut self, directory: &FileId, name: &[u8]) {
        let Some(id) = self
            .directories
            .get_mut(directory)
            .and_then(|directory| directory.names.remove(name))
        else {
            return;
        };
        let same = |file: &File| file.directory == *directory && file.name == name;
        if self.files.get(&id).is_some_and(same) {
            self.remove_file(&id);
        }
    }
}
