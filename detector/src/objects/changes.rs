//! From what the kernel tells to what was done to which object.

use std::cell::OnceCell;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use super::Objects;
use super::actor::Actor;
use super::marks::PlaceId;
use super::pattern::Meaning;
use super::record::Deed;
use super::snapshot::Snapshot;
use super::walk::{self, New};
use crate::event::{BootTime, Change};
use crate::host::cgroupfs::Hierarchy;
use crate::sensor::fanotify::{FileId, Notice, Process, What};

/// Whoever acted, and when that was heard.
struct Act<'a> {
    process: Option<&'a Process>,
    hierarchy: &'a Hierarchy,
    found: OnceCell<Actor>,
    now: BootTime,
}

impl<'a> Act<'a> {
    /// The act of a process, or of nobody knows whom.
    fn new(process: Option<&'a Process>, hierarchy: &'a Hierarchy) -> Self {
        Self {
            process,
            hierarchy,
            found: OnceCell::new(),
            now: BootTime::now(),
        }
    }

    fn is_of(&self, pid: u32) -> bool {
        self.process.is_some_and(|process| process.pid == pid)
    }

    /// Whoever it was, asked for once.
    fn actor(&self) -> &Actor {
        self.found.get_or_init(|| {
            let of = |process| Actor::of(process, self.hierarchy);
            self.process.map_or_else(Actor::default, of)
        })
    }
}

/// What was changed.
struct Changed<'a> {
    meaning: Meaning,
    change: Change,
    place: PlaceId,
    path: &'a [u8],
    file: Option<Snapshot>,
}

impl Objects {
    /// Takes one event.
    pub(super) fn take(&mut self, notice: &Notice) {
        if notice.what.overflow() {
            return self.recover();
        }
        let hierarchy = Arc::clone(&self.hierarchy);
        let act = Act::new(Some(&notice.process), &hierarchy);
        let what = notice.what;
        let of_names = what.created() || what.removed() || what.moved_away() || what.moved_in();
        if let Some((directory, name)) = notice.through.as_ref().filter(|_| of_names)
            && self.marks.directories.contains_key(directory)
        {
            return self.name_changed(directory, name, what, &act);
        }
        if let Some(id) = notice.file.as_ref()
            && self.marks.files.contains_key(id)
        {
            return self.file_changed(id, what, &act);
        }
        let through = notice.through.as_ref().map(|(id, _)| id);
        if let Some(id) = notice.file.as_ref().or(through) {
            self.directory_changed(id, what, &act);
        }
    }

    /// Names have come or gone in a directory.
    fn name_changed(&mut self, directory: &FileId, name: &[u8], what: What, act: &Act<'_>) {
        let Some(known) = self.marks.directories.get(directory) else {
            return;
        };
        let hit = self.patterns.step(&known.trail, name);
        let (Some(meaning), place) = (
            hit.object.or_else(|| self.patterns.first(&hit.below)),
            known.place,
        ) else {
            return;
        };
        let path = known.path.join(OsStr::from_bytes(name));
        let path = path.as_os_str().as_bytes();
        let before = self.marks.file(directory, name).map(|file| file.snapshot);
        // A directory on the way to objects is told where it goes with them.
        let holds = hit.object.is_some() || self.marks.is_directory(directory, name);
        let tell = |objects: &mut Self, change, file| {
            objects.tell(
                Changed {
                    meaning,
                    change,
                    place,
                    path,
                    file,
                },
                act,
            );
        };
        if what.moved_away() && holds {
            tell(self, Change::MovedAway, before);
        }
        if what.removed() && holds {
            tell(self, Change::Removed, before);
        }
        self.forget_name(directory, name);
        let new = self.walk_name(directory, name);
        let now = self.marks.file(directory, name).map(|file| file.snapshot);
        let is_object = hit.object.is_some();
        if what.created() && is_object {
            tell(self, Change::Created, now);
        }
        if what.moved_in() && (is_object || self.marks.is_directory(directory, name)) {
            tell(self, Change::MovedIn, now);
        }
        // What lay in a directory before it was marked has come with it.
        for new in new.iter().filter(|new| new.directory != *directory) {
            self.tell_new(new, act);
        }
    }

    fn tell_new(&mut self, new: &New, act: &Act<'_>) {
        let Some(directory) = self.marks.directories.get(&new.directory) else {
            return;
        };
        let path = directory.path.join(OsStr::from_bytes(&new.name));
        let changed = Changed {
            meaning: new.meaning,
            change: Change::Created,
            place: directory.place,
            path: path.as_os_str().as_bytes(),
            file: Some(new.snapshot),
        };
        self.tell(changed, act);
    }

    /// An object itself was changed, by whatever name it was reached.
    fn file_changed(&mut self, id: &FileId, what: What, act: &Act<'_>) {
        let Some(now) = self.look_at(id) else {
            // It has gone from its name: the directory tells how.
            return self.tell_of(
                id,
                if what.modified() {
                    &[Change::Modified]
                } else {
                    &[]
                },
                act,
            );
        };
        let Some(file) = self.marks.files.get_mut(id) else {
            return;
        };
        let changes = file.snapshot.changes(&now, what, file.meaning.class);
        file.snapshot = now;
        self.tell_of(id, &changes, act);
    }

    /// What an object is like now, if it still has its name.
    fn look_at(&self, id: &FileId) -> Option<Snapshot> {
        let file = self.marks.files.get(id)?;
        let directory = self.marks.directories.get(&file.directory)?;
        let place = self.places.get(&directory.place)?;
        let opened = walk::reopen(&place.root, &directory.path, &file.directory)?;
        let (_, now) = walk::look(&opened, &file.name)?;
        file.snapshot.is_same_file(&now).then_some(now)
    }

    fn tell_of(&mut self, id: &FileId, changes: &[Change], act: &Act<'_>) {
        let Some(file) = self.marks.files.get(id) else {
            return;
        };
        let Some(directory) = self.marks.directories.get(&file.directory) else {
            return;
        };
        let path = directory.path.join(OsStr::from_bytes(&file.name));
        let (meaning, place, snapshot) = (file.meaning, directory.place, file.snapshot);
        for change in changes {
            let changed = Changed {
                meaning,
                change: *change,
                place,
                path: path.as_os_str().as_bytes(),
                file: Some(snapshot),
            };
            self.tell(changed, act);
        }
    }

    /// A directory itself was changed, moved or removed.
    fn directory_changed(&mut self, id: &FileId, what: What, act: &Act<'_>) {
        let change = if what.self_moved() {
            Change::MovedAway
        } else if what.self_removed() {
            Change::Removed
        } else if what.attributes() {
            return self.attributes_changed(id, act);
        } else {
            return;
        };
        // Of one below a place's root the directory above has told.
        for place in self.anchors.get(id).cloned().unwrap_or_default() {
            let trail = self.places.get(&place).map(|place| &place.trail);
            if let Some(meaning) = trail.and_then(|trail| self.patterns.first(trail)) {
                let path = self.root_of(place);
                self.tell(
                    Changed {
                        meaning,
                        change,
                        place,
                        path: &path,
                        file: None,
                    },
                    act,
                );
            }
        }
        if what.self_removed() {
            self.anchors.remove(id);
        }
    }

    /// Owner or permissions of a directory were changed, all of which is an object.
    fn attributes_changed(&mut self, id: &FileId, act: &Act<'_>) {
        let Some(directory) = self.marks.directories.get(id) else {
            return;
        };
        let Some(meaning) = self.patterns.of_all(&directory.trail) else {
            return;
        };
        let (path, place) = (directory.path.clone(), directory.place);
        let changed = Changed {
            meaning,
            change: Change::Attributes,
            place,
            path: path.as_os_str().as_bytes(),
            file: None,
        };
        self.tell(changed, act);
    }

    /// Events were lost: what is there is compared with what was. By whom it was done nobody knows.
    pub(super) fn recover(&mut self) {
        self.telling.lose();
        tracing::warn!("the kernel's queue of changes was full: what was changed is looked for");
        let hierarchy = Arc::clone(&self.hierarchy);
        let act = Act::new(None, &hierarchy);
        let known: Vec<FileId> = self.marks.files.keys().cloned().collect();
        for id in known {
            self.compare(&id, &act);
        }
        let places: Vec<PlaceId> = self.places.keys().copied().collect();
        for place in places {
            for new in self.walk(place) {
                self.tell_new(&new, &act);
            }
        }
    }

    fn compare(&mut self, id: &FileId, act: &Act<'_>) {
        let Some(now) = self.look_at(id) else {
            self.tell_of(id, &[Change::Removed], act);
            if let Some(file) = self.marks.files.get(id).cloned() {
                self.marks.unname(&file.directory, &file.name);
            }
            return;
        };
        let Some(file) = self.marks.files.get_mut(id) else {
            return;
        };
        let changes = file.snapshot.changes_unseen(&now, file.meaning.class);
        file.snapshot = now;
        self.tell_of(id, &changes, act);
    }

    fn tell(&mut self, changed: Changed<'_>, act: &Act<'_>) {
        let Changed {
            meaning,
            change,
            place,
            path,
            file,
        } = changed;
        if act.is_of(self.own) {
            return;
        }
        let root = self.root_of(place);
        let deed = Deed {
            meaning,
            change,
            path,
            place: &root,
            file,
        };
        self.telling.tell(deed, place, act.actor(), act.now);
    }
}
