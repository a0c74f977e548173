//! Watched objects: what was done to a file or directory that is marked, by whichever process.
//!
//! Such a record is written by the detector and not by the sensor: fanotify says what was done to
//! what, and /proc, asked at once, by whom. A process that had gone by then is said to have gone.

use detector_common::object::ObjectBody;
pub use detector_common::object::{Change, Class};

use super::decode::Unknown;
use super::id::ProcessKey;
use super::object::FileObject;
use super::path::ResolvedPath;
use super::section::Sections;
use super::subject::Subject;
use super::text::{Strings, Text};

/// A watched object was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectChange {
    /// What it is to whom.
    pub class: Class,
    /// What was done.
    pub change: Change,
    /// Where it is, as the host sees it.
    pub path: Option<ResolvedPath>,
    /// The directory for whose sake it is watched, as the host sees it.
    pub place: Option<Text>,
    /// The file: as it is now, or as it was where nothing is there any more.
    pub object: Option<FileObject>,
    /// The user whose file it is, or was.
    pub owner: u32,
    /// Who did it; `None` where the process had gone.
    pub actor: Option<ObjectActor>,
}

/// A process, as /proc had it right after the act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectActor {
    /// Its credential.
    pub subject: Subject,
    /// Its executable; `None` for a process that has ended and was not yet waited for.
    pub exe: Option<FileObject>,
    /// Where that is.
    pub exe_path: Option<ResolvedPath>,
    /// What the kernel calls `comm`.
    pub name: Option<Text>,
    /// Its arguments.
    pub argv: Option<Strings>,
    /// Its parent, by whole ticks.
    pub parent: Option<ProcessKey>,
}

impl ObjectChange {
    /// # Errors
    /// With the number of a class or change that this version does not know.
    pub(super) fn new(body: &ObjectBody, sections: Sections) -> Result<Self, Unknown> {
        let class = Class::from_number(body.class).ok_or(Unknown::Class(body.class))?;
        let change = Change::from_number(body.change).ok_or(Unknown::Change(body.change))?;
        let exe = FileObject::new(&body.exe);
        // Whoever is there has a name.
        let actor = sections.claim.map(|name| ObjectActor {
            subject: Subject::new(&body.subject),
            exe,
            exe_path: sections.exe_path,
            name: Some(name),
            argv: sections.argv.map(|text| Strings {
                length: u32::try_from(text.bytes.len()).unwrap_or(u32::MAX),
                text,
            }),
            parent: ProcessKey::known(body.parent_tgid, body.parent_start),
        });
        Ok(Self {
            class,
            change,
            path: sections.path,
            place: sections.object_place,
            object: FileObject::new(&body.object),
            owner: body.owner,
            actor,
        })
    }
}
