//! Executions and new processes that the kernel refused.

use detector_common::call;
use detector_common::record::ActBody;

use super::file::{descriptor, low_half};
use super::path::ResolvedPath;
use super::section::Sections;
use super::text::Text;

/// What was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// execve, execveat
    Exec {
        /// The directory's descriptor from which the name counts.
        directory: i32,
        /// That directory, by the kernel's word.
        base: Option<ResolvedPath>,
        /// The program, in the caller's words.
        name: Option<Text>,
        /// `AT_EMPTY_PATH` and so on.
        flags: u64,
    },
    /// clone, clone3, fork, vfork
    Clone {
        /// `CLONE_NEWUSER` and so on.
        flags: u64,
    },
}

impl Refused {
    /// `None` for a call that is not of this family.
    pub(super) fn new(body: &ActBody, sections: Sections) -> Option<Self> {
        let [first, _, third, ..] = body.call.args;
        Some(match body.call.number {
            call::EXECVE | call::EXECVEAT => Self::Exec {
                directory: descriptor(first),
                base: sections.cwd,
                name: sections.claim,
                flags: low_half(third),
            },
            call::CLONE | call::CLONE3 | call::FORK | call::VFORK => Self::Clone { flags: first },
            _ => return None,
        })
    }
}
