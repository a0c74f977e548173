//! Places come and go: walking them, marking what lies above, forgetting them.

use std::ffi::CString;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::Objects;
use super::marks::PlaceId;
use super::place::Place;
use super::walk::{self, LeftOut, New, Walk};
use crate::sensor::fanotify::{FileId, Marked};

impl Objects {
    /// Takes up a place and walks it. What is in it already is nobody's deed.
    pub(super) fn add(&mut self, place: Place) {
        let id = PlaceId(self.next_place);
        self.next_place += 1;
        self.places.insert(id, place);
        self.walk(id);
    }

    /// Walks a place, and says what was not known before.
    pub(super) fn walk(&mut self, id: PlaceId) -> Vec<New> {
        let Some(place) = self.places.get(&id) else {
            return Vec::new();
        };
        let Some(root) = walk::root(&place.root) else {
            return Vec::new();
        };
        let mut walk = Walk {
            watcher: &self.watcher,
            patterns: &self.patterns,
            marks: &mut self.marks,
            place: id,
            new: Vec::new(),
            left_out: LeftOut::default(),
        };
        walk.directory(&root, &place.root, &place.trail, 0);
        let Walk { new, left_out, .. } = walk;
        self.note(id, left_out);
        self.anchor(id);
        new
    }

    /// Looks at one name in a directory that is marked, and below it.
    pub(super) fn walk_name(&mut self, directory: &FileId, name: &[u8]) -> Vec<New> {
        let Some(known) = self.marks.directories.get(directory) else {
            return Vec::new();
        };
        let id = known.place;
        let Some(root) = self.places.get(&id).map(|place| &place.root) else {
            return Vec::new();
        };
        let Some(opened) = walk::reopen(root, &known.path, directory) else {
            return Vec::new();
        };
        let mut walk = Walk {
            watcher: &self.watcher,
            patterns: &self.patterns,
            marks: &mut self.marks,
            place: id,
            new: Vec::new(),
            left_out: LeftOut::default(),
        };
        walk.name(&opened, directory, name);
        walk.new
    }

    /// Says once of each place what cannot be marked in it.
    fn note(&mut self, id: PlaceId, left_out: LeftOut) {
        let before = self.left_out.insert(id, left_out.clone());
        if before.is_some_and(|before| before == left_out) {
            return;
        }
        if let Some((path, error)) = &left_out.refused {
            let path = String::from_utf8_lossy(path);
            tracing::warn!(
                "changes below {path} are not seen: its file system takes no marks: {error}"
            );
        }
        if left_out.beyond > 0 {
            let root = self
                .places
                .get(&id)
                .map(|place| place.root.display().to_string());
            let root = root.unwrap_or_default();
            tracing::warn!(
                "{root} holds more than is watched: {} were left out",
                left_out.beyond
            );
        }
    }

    /// Marks the directories above a place: their move or end is the place's.
    fn anchor(&mut self, id: PlaceId) {
        let Some(place) = self.places.get(&id) else {
            return;
        };
        let above = place
            .root
            .ancestors()
            .filter(|path| *path != Path::new("/"));
        for directory in above.filter_map(walk::root) {
            let marked = self.watcher.mark(directory.as_fd(), None, Marked::Anchor);
            if let (Ok(()), Ok(anchor)) = (marked, FileId::of(directory.as_fd())) {
                self.anchors.entry(anchor).or_default().insert(id);
            }
        }
    }

    /// Gives a place up, with the marks that are there for its sake alone.
    pub(super) fn forget(&mut self, id: PlaceId) {
        let own: Vec<FileId> = self
            .marks
            .directories
            .iter()
            .filter(|(_, directory)| directory.place == id)
            .map(|(id, _)| id.clone())
            .collect();
        for directory in own {
            self.forget_directory(&directory);
        }
        self.places.remove(&id);
        self.left_out.remove(&id);
        for places in self.anchors.values_mut() {
            places.remove(&id);
        }
        self.anchors.retain(|_, places| !places.is_empty());
        // What another place has in common with it is marked again.
        let others: Vec<PlaceId> = self.places.keys().copied().collect();
        for other in others {
            self.walk(other);
        }
    }

    /// Forgets what a name stood for, and all that lay below.
    pub(super) fn forget_name(&mut self, directory: &FileId, name: &[u8]) {
        let known = self.marks.directories.get(directory);
        let id = known.and_then(|known| known.names.get(name)).cloned();
        self.marks.unname(directory, name);
        if let Some(id) = id {
            self.forget_directory(&id);
        }
    }

    /// Forgets a directory and all below. Their marks are taken away where they still are what was
    /// marked: under a name that now stands for something else lies another's mark.
    fn forget_directory(&mut self, id: &FileId) {
        let Some(directory) = self.marks.remove_directory(id) else {
            return;
        };
        let root = self.places.get(&directory.place).map(|place| &place.root);
        let opened = root.and_then(|root| walk::reopen(root, &directory.path, id));
        for (name, below) in &directory.names {
            self.forget_directory(below);
            if self.marks.files.remove(below).is_none() {
                continue;
            }
            self.marks.one_less(directory.place);
            let Some(opened) = &opened else { continue };
            let same = walk::look(opened, name).and_then(|(file, _)| FileId::of(file.as_fd()).ok());
            if let (true, Ok(name)) = (same.as_ref() == Some(below), CString::new(name.as_slice()))
            {
                // One that has gone meanwhile has taken its mark along.
                let _ = self
                    .watcher
                    .unmark(opened.as_fd(), Some(&name), Marked::File);
            }
        }
        if let Some(opened) = opened {
            let _ = self.watcher.unmark(opened.as_fd(), None, Marked::Directory);
        }
    }

    /// The root of a place, in bytes.
    pub(super) fn root_of(&self, id: PlaceId) -> Vec<u8> {
        let place = self.places.get(&id);
        place.map_or_else(Vec::new, |place| place.root.as_os_str().as_bytes().to_vec())
    }
}
