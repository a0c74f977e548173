//! Other processes taken, read or changed: ptrace, process_vm_readv, process_vm_writev, pidfd_getfd.
//!
//! They come from every task of the host, since anybody may aim at the detector; of a task that is
//! not watched nothing else is told.

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call;
use detector_common::interest::want;
use detector_common::record::{Kind, Lane};
use detector_common::section::PATH_MAX;
use detector_common::state::phase;

use crate::acts::act::{self, Pending};
use crate::facts::target;
use crate::facts::task::Task;
use crate::kernel::arch;
use crate::record::account::Made;
use crate::record::emit;
use crate::watch;
use crate::watch::watched;

/// Requests of ptrace that take another process or change it (include/uapi/linux/ptrace.h and
/// arch/x86/include/uapi/asm/ptrace-abi.h): poke text, data and user area, kill, set registers of
/// three kinds, attach, set thread area, arch_prctl, set register set, seize.
const CHANGES: [u32; 12] = [4, 5, 6, 8, 13, 15, 16, 19, 26, 30, 0x4205, 0x4206];

/// Family of the calls that reach into another process.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_trace(ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Trace as u32);
    if let Some(pending) = act::pending() {
        report(&ctx, pending, made);
    }
    0
}

#[inline(always)]
fn report(ctx: &BtfTracePointContext, pending: &Pending, made: Made) {
    let kind = Kind::Trace;
    let task = Task::current();
    let mut arguments = [0_u64; 6];
    arch::arguments(ctx, pending.compat, &mut arguments);
    let traces = pending.number == call::PTRACE;
    if traces && !CHANGES.contains(&(arguments[0] as u32)) {
        made.filtered();
        return;
    }
    let aimed_at = match pending.number {
        call::PTRACE => target::numbered(task, arguments[1] as u32),
        call::PIDFD_GETFD => target::behind_pidfd(task, u64::from(arguments[0] as u32)),
        _ => target::numbered(task, arguments[0] as u32),
    };
    let tgid = aimed_at.tgid();
    let caller = &pending.watched;
    if !caller.is() && !watched::is_detector(tgid) {
        made.filtered();
        return;
    }
    let target = target::watched(aimed_at, tgid);
    let outside = !aimed_at.0.is_null() && target::is_outside(caller, &target);
    if !outside && pending.wanted & want::ANY == 0 {
        made.filtered();
        return;
    }
    if outside && !emit::affordable(kind, pending.result, u64::from(tgid), pending.tgid, caller) {
        made.suppressed();
        return;
    }
    let (lane, limit) = if outside {
        (Lane::Alarm, target::PATH)
    } else {
        (Lane::Volume, PATH_MAX as u32)
    };
    let Some(record) = act::begin(ctx, pending, kind, lane, task) else {
        return;
    };
    target::tell(record, aimed_at, &target, limit);
    act::introduce(record, caller, task);
    let changes = matches!(pending.number, call::PTRACE | call::PROCESS_VM_WRITEV);
    if changes && pending.result >= 0 && caller.phase == phase::WORKLOAD {
        watch::tampered_with(tgid);
    }
    emit::send(record, lane as u32, made);
}
