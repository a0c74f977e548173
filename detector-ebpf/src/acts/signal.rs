//! Signals to the detector, whoever sends them.
//!
//! What arrives is told when it is generated: whichever call sent it, and groups and broadcasts too.
//! What the kernel refuses never gets that far, and is told by the call. Of SIGKILL the record
//! stands in the ring, and nobody reads it any more.

use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call;
use detector_common::record::{ActBody, Kind, Lane, Object, flag};

use crate::acts::act::{self, Pending};
use crate::facts::target;
use crate::facts::task::Task;
use crate::kernel::arch;
use crate::kernel::{Address, offset, present, read};
use crate::record::Record;
use crate::record::account::Made;
use crate::record::emit;
use crate::watch::watched::{self, Watched};

/// What stands in place of a `kernel_siginfo` where the kernel itself sends (`SEND_SIG_PRIV` of
/// include/linux/sched/signal.h).
const BY_KERNEL: usize = 1;

/// Runs when a signal is generated, for whatever process.
#[btf_tracepoint(function = "signal_generate")]
pub fn signalled(ctx: BtfTracePointContext) -> i32 {
    let target = Task(ctx.arg(2));
    if !watched::is_detector(target.tgid()) {
        return 0;
    }
    let signal: u32 = ctx.arg(0);
    let info: Address = ctx.arg(1);
    if is_from_kernel(info) {
        return 0;
    }
    let sender = (bpf_get_current_pid_tgid() >> 32) as u32;
    // The detector is watched only by the doctor, who sends to himself.
    let watched = watched::current(sender);
    if watched::is_detector(sender) && !watched.is() {
        return 0;
    }
    let made = Made::act(Kind::Signal);
    if !emit::affordable(Kind::Signal, 0, u64::from(signal), sender, &watched) {
        made.suppressed();
        return 0;
    }
    let Some(mut record) = Record::begin::<ActBody>(Lane::Alarm) else {
        return 0;
    };
    let task = Task::current();
    emit::head(&mut record, Kind::Signal, task, &watched);
    record.mark(flag::DELIVERED);
    let body = record.body::<ActBody>();
    body.call.number = call::KILL;
    body.call.result = 0;
    body.call.reserved = 0;
    body.call.args = [u64::from(target.tgid()), u64::from(signal), 0, 0, 0, 0];
    body.object = Object::default();
    task.describe(&mut body.subject);
    act::introduce(record, &watched, task);
    tell(record, target, made);
    0
}

/// Whether no process has sent a signal, but an interval's end, a fault, a child's end.
#[inline(always)]
fn is_from_kernel(info: Address) -> bool {
    let code = offset!(kernel_siginfo_si_code);
    if info as usize == BY_KERNEL {
        return true;
    }
    // Null stands for the sender itself. Codes above 0 are the kernel's (`SI_FROMKERNEL`).
    !info.is_null() && present(code) && read::<u32>(info, code) as i32 > 0
}

/// Family of the calls that send signals, of which only the refused are looked at.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_signal(ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Signal as u32);
    if let Some(pending) = act::pending() {
        refused(&ctx, pending, made);
    }
    0
}

#[inline(always)]
fn refused(ctx: &BtfTracePointContext, pending: &Pending, made: Made) {
    let task = Task::current();
    let mut arguments = [0_u64; 6];
    arch::arguments(ctx, pending.compat, &mut arguments);
    let threaded = matches!(pending.number, call::TGKILL | call::RT_TGSIGQUEUEINFO);
    let (number, signal) = if threaded {
        (arguments[1] as u32, arguments[2] as u32)
    } else {
        (arguments[0] as u32, arguments[1] as u32)
    };
    let target = match pending.number {
        call::PIDFD_SEND_SIGNAL => target::behind_pidfd(task, u64::from(number)),
        _ => target::numbered(task, number),
    };
    // Signal 0 only asks whether somebody is there.
    if signal == 0 || target.0.is_null() || !watched::is_detector(target.tgid()) {
        made.filtered();
        return;
    }
    let kind = Kind::Signal;
    let object = u64::from(signal);
    if !emit::affordable(kind, pending.result, object, pending.tgid, &pending.watched) {
        made.suppressed();
        return;
    }
    let Some(mut record) = act::begin(ctx, pending, kind, Lane::Alarm, task) else {
        return;
    };
    record.body::<ActBody>().call.args = [u64::from(number), object, 0, 0, 0, 0];
    act::introduce(record, &pending.watched, task);
    tell(record, target, made);
}

#[inline(always)]
fn tell(record: Record, target: Task, made: Made) {
    let watched = Watched::host(target.cgroup());
    target::tell(record, target, &watched, target::PATH);
    emit::send(record, Lane::Alarm as u32, made);
}
