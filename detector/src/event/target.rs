//! To whom: the process at which an act was aimed, as the kernel resolved it.

use bytes::Bytes;
use detector_common::record::{self, target_flag};
use zerocopy::FromBytes;

use super::decode::DecodeError;
use super::id::{CgroupId, ProcessKey, Tgid, Tid};
use super::path::ResolvedPath;
use super::time::BootTime;
use super::{ExecKey, Phase};

/// Another process, before the act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The program that it ran.
    pub exec: ExecKey,
    /// The thread.
    pub tid: Tid,
    /// The cgroup by which it is watched; for an untracked one that in which it is.
    pub cgroup: CgroupId,
    /// Where it stands between runtime and workload.
    pub phase: Phase,
    /// Whether it is the detector.
    pub is_detector: bool,
    /// Its executable's path in its own view.
    pub exe_path: Option<ResolvedPath>,
}

impl Target {
    /// Reads a target's section.
    pub(super) fn read(text: &Bytes) -> Result<Self, DecodeError> {
        let Ok((raw, _)) = record::Target::read_from_prefix(text) else {
            return Err(DecodeError::Target { length: text.len() });
        };
        Ok(Self {
            exec: ExecKey {
                process: ProcessKey {
                    tgid: Tgid(raw.tgid),
                    start: BootTime(raw.start),
                },
                count: raw.exec_count,
            },
            tid: Tid(raw.tid),
            cgroup: CgroupId(raw.cgroup),
            phase: Phase::from_number(raw.phase).ok_or(DecodeError::Phase(raw.phase))?,
            is_detector: raw.flags & target_flag::DETECTOR != 0,
            exe_path: None,
        })
    }

    /// The path of its executable, which is a section of its own.
    pub(super) fn with_path(self, exe_path: Option<ResolvedPath>) -> Self {
        Self { exe_path, ..self }
    }
}
