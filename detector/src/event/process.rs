//! The life of processes: made, moved, executing a program, gone.

use detector_common::record::{ExecBody, ExitBody, TaskBody};
use detector_common::section::StandardDescriptors;

use super::descriptor::Standard;
use super::id::{ProcessKey, Tgid, Tid};
use super::object::{ExeFile, FileObject};
use super::path::ResolvedPath;
use super::section::Sections;
use super::session::Session;
use super::subject::Subject;
use super::text::{Strings, Text};

/// A process that was found, made or moved into a cgroup. It is the one that the event's header
/// names: of a process made, the child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// What it is.
    pub subject: Subject,
    /// Its executable; `None` for a kernel thread.
    pub exe: Option<FileObject>,
    /// Where that is. A process made has its parent's.
    pub exe_path: Option<ResolvedPath>,
    /// Its working directory, told of a process found.
    pub cwd: Option<ResolvedPath>,
    /// Its parent.
    pub parent: Option<ProcessKey>,
    /// The flags with which it was made, 0 for one found or moved.
    pub clone_flags: u64,
    /// Who moved it.
    pub actor: Option<Tgid>,
    /// What it is part of, where the sensor tells that.
    pub session: Option<Session>,
}

impl Process {
    pub(super) fn new(body: &TaskBody, sections: Sections) -> Self {
        Self {
            subject: Subject::new(&body.subject),
            exe: FileObject::new(&body.exe),
            exe_path: sections.exe_path,
            cwd: sections.cwd,
            parent: ProcessKey::known(body.parent_tgid, body.parent_start),
            clone_flags: body.clone_flags,
            actor: (body.actor_tgid != 0).then_some(Tgid(body.actor_tgid)),
            session: sections.session.as_ref().map(Session::new),
        }
    }
}

/// A program executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exec {
    /// The process with its new credential.
    pub subject: Subject,
    /// The executable; for a script its interpreter.
    pub exe: Option<FileObject>,
    /// Where that is.
    pub exe_path: Option<ResolvedPath>,
    /// The working directory.
    pub cwd: Option<ResolvedPath>,
    /// The file name as given to the call: for a script the script's.
    pub file_name: Option<Text>,
    /// The argument strings.
    pub argv: Option<Strings>,
    /// The environment strings, told only of the first program of an entry into a container.
    pub env: Option<Strings>,
    /// The parent.
    pub parent: Option<ProcessKey>,
    /// What the executable's inode says besides, where this kernel tells.
    pub exe_file: Option<ExeFile>,
    /// Where the descriptors 0, 1 and 2 lead.
    pub standard: Option<Box<[Standard; 3]>>,
    /// The thread that made the call. It need not be the group's leader, whose id it has now.
    pub old_tid: Tid,
    /// What the process is part of, where the sensor tells that.
    pub session: Option<Session>,
}

impl Exec {
    pub(super) fn new(body: &ExecBody, sections: Sections) -> Self {
        let strings = |text: Option<Text>, length| text.map(|text| Strings { text, length });
        Self {
            subject: Subject::new(&body.subject),
            exe: FileObject::new(&body.exe),
            exe_path: sections.exe_path,
            cwd: sections.cwd,
            file_name: sections.claim,
            argv: strings(sections.argv, body.argv_length),
            env: strings(sections.env, body.env_length),
            parent: ProcessKey::known(body.parent_tgid, body.parent_start),
            exe_file: sections.exe_file.as_ref().map(ExeFile::new),
            standard: sections.descriptors.as_ref().map(standard),
            old_tid: Tid(body.old_tid),
            session: sections.session.as_ref().map(Session::new),
        }
    }
}

fn standard(descriptors: &StandardDescriptors) -> Box<[Standard; 3]> {
    Box::new(descriptors.each_ref().map(Standard::new))
}

/// The last thread of a process has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// Its status as wait(2) gives it.
    pub code: u32,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with a status.
    Status(u8),
    /// By a signal.
    Signal {
        /// The signal's number.
        number: u8,
        /// Whether a core was dumped.
        core: bool,
    },
}

impl Exit {
    pub(super) fn new(body: &ExitBody) -> Self {
        Self { code: body.code }
    }

    /// How it ended.
    pub fn ending(self) -> Ending {
        let [low, status, ..] = self.code.to_le_bytes();
        match low & 0x7f {
            0 => Ending::Status(status),
            number => Ending::Signal {
                number,
                core: low & 0x80 != 0,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_read_as_wait_gives_them() {
        assert_eq!(Exit { code: 256 }.ending(), Ending::Status(1));
        assert_eq!(
            Exit { code: 9 }.ending(),
            Ending::Signal {
                number: 9,
                core: false
            }
        );
        assert_eq!(
            Exit { code: 128 | 11 }.ending(),
            Ending::Signal {
                number: 11,
                core: true
            }
        );
    }
}
