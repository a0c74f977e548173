//! userfaultfd: a descriptor through which a process answers faults of memory itself, and so holds the
//! kernel where it touches that memory.

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::record::{Kind, Lane};

use crate::acts::act;
use crate::facts::task::Task;
use crate::record::account::Made;
use crate::record::emit;

/// Family of the call that makes one.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_faults(ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Faults as u32);
    if let Some(pending) = act::pending()
        && let Some(record) = act::begin(&ctx, pending, Kind::Faults, Lane::Volume, Task::current())
    {
        emit::send(record, Lane::Volume as u32, made);
    }
    0
}
