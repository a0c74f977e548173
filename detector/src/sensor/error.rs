//! What can go wrong with the sensor, and what is in place of it where not all did.

use std::io;

use aya::maps::MapError;
use aya::programs::ProgramError;
use aya::{BtfError, EbpfError};
use rustix::io::Errno;
use serde::Serialize;
use thiserror::Error;

use super::btf::tracepoint::TracepointError;
use super::btf::{ParseError, ResolveError, SourceError};
use super::self_check::SelfCheckError;

/// Why the sensor cannot run here. Each message says what to do.
#[derive(Debug, Error)]
pub enum SensorError {
    /// The kernel does not describe itself.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// What it says of itself makes no sense.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// It lacks a field that the sensor needs.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// A tracepoint without which nothing works is missing, or passes something else.
    #[error(transparent)]
    Tracepoint(#[from] TracepointError),
    /// aya cannot read the kernel's BTF.
    #[error("the kernel's BTF could not be read")]
    Btf(#[from] BtfError),
    /// The object was refused as a whole.
    #[error("the kernel refused the sensor's maps: {hint}")]
    Load {
        /// What to do.
        hint: &'static str,
        /// What the kernel said.
        #[source]
        source: EbpfError,
    },
    /// A program without which nothing works was refused.
    #[error("the kernel refused the sensor's program '{program}': {hint}")]
    Program {
        /// Which.
        program: &'static str,
        /// What to do.
        hint: &'static str,
        /// What the kernel said.
        #[source]
        source: ProgramError,
    },
    /// The object does not hold what this version expects.
    #[error("the sensor's object has no '{0}': build it again with `cargo xtask build`")]
    Absent(&'static str),
    /// The legacy object holds less.
    #[error("the legacy object has no such program: it stands on functions that old kernels lack")]
    Legacy,
    /// A program that nothing calls.
    #[error(
        "it loads and attaches, and never runs: `bpf` is none of the active security modules; add it \
         to the boot parameter lsm="
    )]
    NeverRuns,
    /// A program to which nothing could be shown.
    #[error("it loads and attaches; no act of ours could try it")]
    Unshown(#[source] io::Error),
    /// A map could not be used.
    #[error("the sensor's map '{name}' could not be used")]
    Map {
        /// Which.
        name: &'static str,
        /// What the kernel said.
        #[source]
        source: MapError,
    },
    /// A ring could not be mapped.
    #[error("the positions of a ring could not be mapped")]
    Ring(#[source] Errno),
    /// The sensor misreads this kernel.
    #[error(transparent)]
    SelfCheck(#[from] SelfCheckError),
    /// The processes that were there before could not be listed.
    #[error("the processes that run already could not be listed")]
    Bootstrap(#[source] io::Error),
}

impl SensorError {
    /// The error with its causes, short enough for a line: what the verifier wrote is not repeated,
    /// except for its last word.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Program { source, .. } => program_reason(source),
            other => with_causes(other),
        }
    }
}

/// What stands before the verifier's own words.
pub(super) const VERIFIER: &str = "the verifier";

/// What the kernel said of a program.
pub(super) fn program_reason(error: &ProgramError) -> String {
    let ProgramError::LoadError {
        io_error,
        verifier_log,
    } = error
    else {
        return with_causes(error);
    };
    let log = verifier_log.to_string();
    let mut lines = log.lines().map(str::trim);
    let last = lines.rfind(|line| !line.is_empty() && !is_count(line));
    match last {
        Some(last) => format!("{io_error}; {VERIFIER}: {last}"),
        None => io_error.to_string(),
    }
}

/// Whether a line of a verifier's log is one of the counts at its end.
fn is_count(line: &str) -> bool {
    const COUNTS: [&str; 3] = ["processed ", "verification time ", "stack depth "];
    COUNTS.iter().any(|count| line.starts_with(count))
}

/// An error with its causes; those that say what the one before said are left out.
pub(super) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

pub(super) const HINT_ROOT: &str = "it needs root with CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN in the initial \
                         user namespace (start it with sudo), and a kernel that is not locked down \
                         for confidentiality";
pub(super) const HINT_KERNEL: &str = "kernels from 5.10 on are supported; please report this one with what \
                           stands behind this line";

/// Whether a part of the sensor is in place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hook {
    /// Tracepoint, family of system calls, or optional feature.
    pub name: String,
    /// Whether it sees anything.
    pub attached: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Hook {
    pub(super) fn on(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            attached: true,
            reason: None,
        }
    }

    /// Off, because of an error and what stands behind it.
    pub(super) fn off(name: &str, error: &SensorError) -> Self {
        Self {
            name: name.to_owned(),
            attached: false,
            reason: Some(error.reason()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_at_the_end_of_a_log_are_no_reasons() {
        for line in [
            "processed 0 insns (limit 1000000) max_states_per_insn 0",
            "verification time 64 usec",
            "stack depth 96+0+0",
        ] {
            assert!(is_count(line), "{line}");
        }
        assert!(!is_count("unknown func bpf_probe_read_kernel#113"));
    }

    #[test]
    fn causes_follow_and_are_not_said_twice() {
        let map = MapError::CreateError {
            name: "ALARM".to_owned(),
            io_error: io::Error::from_raw_os_error(1),
        };
        let error = SensorError::Load {
            hint: "see there",
            source: EbpfError::MapError(map),
        };
        let reason = error.reason();
        assert_eq!(reason.matches("ALARM").count(), 1, "{reason}");
        assert!(
            reason.ends_with("Operation not permitted (os error 1)"),
            "{reason}"
        );
    }
}
