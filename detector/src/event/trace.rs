//! Other processes taken, read or changed. Whom it met stands in the act's target.

use detector_common::call;
use detector_common::record::ActBody;

use super::file::descriptor;

/// A call that reaches into another process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// ptrace
    Ptrace {
        /// `PTRACE_ATTACH` and so on.
        request: u32,
        /// The thread, in the caller's numbering.
        pid: i32,
        /// Where in the other's memory or registers.
        address: u64,
        /// What to put there, or where the caller has it.
        data: u64,
    },
    /// process_vm_readv
    ReadMemory {
        /// The process, in the caller's numbering.
        pid: i32,
    },
    /// process_vm_writev
    WriteMemory {
        /// The process, in the caller's numbering.
        pid: i32,
    },
    /// pidfd_getfd
    TakeFile {
        /// The descriptor of the process.
        process: i32,
        /// The other's descriptor, of which the caller gets a copy.
        descriptor: i32,
    },
}

impl Trace {
    /// `None` for a call that is not of this family.
    pub(super) fn new(body: &ActBody) -> Option<Self> {
        let [first, second, third, fourth, ..] = body.call.args;
        Some(match body.call.number {
            call::PTRACE => Self::Ptrace {
                request: first as u32,
                pid: descriptor(second),
                address: third,
                data: fourth,
            },
            call::PROCESS_VM_READV => Self::ReadMemory {
                pid: descriptor(first),
            },
            call::PROCESS_VM_WRITEV => Self::WriteMemory {
                pid: descriptor(first),
            },
            call::PIDFD_GETFD => Self::TakeFile {
                process: descriptor(first),
                descriptor: descriptor(second),
            },
            _ => return None,
        })
    }
}

/// A signal to the detector. What sent it need not have been `kill`: groups and broadcasts reach it
/// as well, and are told alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// The process or thread, or the descriptor of one where pidfd_send_signal was refused: in the
    /// sender's numbering. In the host's where the signal arrived.
    pub pid: i32,
    /// `SIGTERM` and so on.
    pub number: u32,
}

impl Signal {
    pub(super) fn new(body: &ActBody) -> Self {
        let [pid, number, ..] = body.call.args;
        Self {
            pid: descriptor(pid),
            number: number as u32,
        }
    }
}
