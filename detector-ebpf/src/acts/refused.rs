//! Executions and new processes that the kernel refused: execve, execveat, clone, clone3, fork,
//! vfork. What it let happen is told by tracepoints of its own.

use aya_ebpf::helpers::generated::bpf_probe_read_user;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call;
use detector_common::record::{ActBody, Kind, Lane, flag};
use detector_common::section::{CLAIM_MAX, Tag};

use crate::acts::act::{self, Pending};
use crate::acts::file;
use crate::facts::task::Task;
use crate::record::account::Made;
use crate::record::emit;

/// Family of the calls that make processes and let them execute programs.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_refused(ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Refused as u32);
    if let Some(pending) = act::pending() {
        report(&ctx, pending, made);
    }
    0
}

#[inline(always)]
fn report(ctx: &BtfTracePointContext, pending: &Pending, made: Made) {
    let task = Task::current();
    let Some(mut record) = act::begin(ctx, pending, Kind::Refused, Lane::Volume, task) else {
        return;
    };
    let args = &mut record.body::<ActBody>().call.args;
    let [first, second, _, _, fifth, _] = *args;
    match pending.number {
        call::EXECVE | call::EXECVEAT => {
            let (directory, name, flags) = match pending.number {
                call::EXECVE => (file::HERE, first, 0),
                _ => (first, second, fifth),
            };
            *args = [directory, name, flags, 0, 0, 0];
            record.user_string::<CLAIM_MAX>(Tag::Claim, name);
            file::base(record, Tag::Cwd, task, directory);
        }
        call::CLONE3 => {
            let mut flags = 0_u64;
            // SAFETY: `flags` has the size that is read, the first field of `struct clone_args`; the
            // helper checks the address.
            let failed =
                unsafe { bpf_probe_read_user((&raw mut flags).cast(), 8, first as *const _) } < 0;
            *args = [if failed { 0 } else { flags }, 0, 0, 0, 0, 0];
            if failed {
                record.mark(flag::INCOMPLETE);
            }
        }
        call::CLONE => *args = [first, 0, 0, 0, 0, 0],
        // fork and vfork have no arguments: what stands in the registers is the caller's affair.
        _ => *args = [0; 6],
    }
    emit::send(record, Lane::Volume as u32, made);
}
