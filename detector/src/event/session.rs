//! Sessions: what a process was part of when it was made, found, moved, or last executed.

use detector_common::section;

/// Session, process group and terminal of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    /// The session's number, which is its leader's process id, as the host numbers it.
    pub number: u32,
    /// The process group's, likewise.
    pub group: u32,
    /// The process group's number in the process's own pid namespace; `None` where it has none.
    pub group_inside: Option<u32>,
    /// Device number of the controlling terminal, as stat(2) gives it.
    pub terminal: Option<u32>,
}

impl Session {
    pub(super) fn new(raw: &section::Session) -> Self {
        let section::Session {
            sid,
            pgid,
            vpgid,
            terminal,
        } = *raw;
        Self {
            number: sid,
            group: pgid,
            group_inside: (vpgid != 0).then_some(vpgid),
            terminal: (terminal != 0).then_some(terminal),
        }
    }
}
