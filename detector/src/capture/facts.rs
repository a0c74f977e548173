//! What the world answered, as it stands in a capture.
//!
//! Names on Linux are bytes. In JSON each byte stands as the character of the same number, U+0000 to
//! U+00FF: plain names read as they are, and nothing is lost.

use bytes::Bytes;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::event::{BootTime, CgroupId, FileKind, ProcessKey, Tgid};
use crate::host::cgroupfs::{Cgroup, Walk};
use crate::host::tree::Image;
use crate::host::world::Effort;

/// A question to the world, and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// Which program does a process run?
    Image {
        /// The process.
        process: Process,
        /// The program, if the process was still there.
        answer: Option<Program>,
    },
    /// What does a name stand for?
    Kind {
        /// Who uses the name.
        process: Process,
        /// The name.
        name: Name,
        /// How hard to look.
        effort: Effort,
        /// The kind's name, if anything was found.
        answer: Option<String>,
    },
    /// Which cgroups are there?
    Cgroups {
        /// Those that were found, parents first.
        cgroups: Vec<Group>,
        /// How many could not be looked at.
        left_out: u64,
    },
    /// How far is the wall clock from CLOCK_BOOTTIME?
    Clock {
        /// Nanoseconds to add to boot time.
        answer: Option<i64>,
    },
}

/// A process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// When it started: CLOCK_BOOTTIME, in ns.
    pub start: u64,
}

/// A program as /proc shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Its path.
    pub path: Option<Name>,
    /// The task's name.
    pub name: Name,
    /// Its arguments.
    pub argv: Vec<Name>,
    /// Whether there were more of these than were read.
    pub incomplete: bool,
}

/// A cgroup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its id.
    pub id: u64,
    /// Its path.
    pub path: Name,
}

/// Bytes, written as characters of the same numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(pub Vec<u8>);

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text: String = self.0.iter().copied().map(char::from).collect();
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes: Result<Vec<u8>, _> = text.chars().map(u8::try_from).collect();
        bytes
            .map(Self)
            .map_err(|_| D::Error::custom("a name has a character beyond U+00FF"))
    }
}

impl From<ProcessKey> for Process {
    fn from(key: ProcessKey) -> Self {
        let ProcessKey {
            tgid: Tgid(pid),
            start: BootTime(start),
        } = key;
        Self { pid, start }
    }
}

impl From<&Image> for Program {
    fn from(image: &Image) -> Self {
        Self {
            path: image.exe_path.clone().map(Name),
            name: Name(image.name.clone()),
            argv: image.argv.iter().map(|one| Name(one.to_vec())).collect(),
            incomplete: image.incomplete,
        }
    }
}

impl From<Program> for Image {
    fn from(program: Program) -> Self {
        let argv = program.argv.into_iter();
        Self {
            exe_path: program.path.map(|Name(path)| path),
            name: program.name.0,
            argv: argv.map(|Name(one)| Bytes::from(one)).collect(),
            incomplete: program.incomplete,
            ..Self::default()
        }
    }
}

impl Fact {
    /// The fact that cgroups were found.
    #[must_use]
    pub fn of_walk(walk: &Walk) -> Self {
        let cgroups = walk.cgroups.iter().map(|cgroup| Group {
            id: cgroup.id.0,
            path: Name(cgroup.path.clone()),
        });
        Self::Cgroups {
            cgroups: cgroups.collect(),
            left_out: walk.left_out,
        }
    }
}

/// The walk that found these.
pub(super) fn walk(cgroups: Vec<Group>, left_out: u64) -> Walk {
    let cgroups = cgroups.into_iter().map(|group| Cgroup {
        id: CgroupId(group.id),
        path: group.path.0,
    });
    Walk {
        cgroups: cgroups.collect(),
        left_out,
    }
}

/// The kind of that name; a capture of a newer version may name one that we do not know.
pub(super) fn kind(name: &str) -> Option<FileKind> {
    FileKind::ALL.into_iter().find(|kind| kind.name() == name)
}
