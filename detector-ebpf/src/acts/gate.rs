//! The gate: the program that runs at every system call's return. Where the kernel may preempt it, a
//! second stands behind it ([`again`]).
//!
//! It costs every process of the host, so its first question is answered from read-only data: is
//! this call of interest to anyone? Only then: is this task watched, and does its level ask for the
//! call? What passes goes by tail call to the program of the call's family; before that, where the
//! thread is other than it was seen, to that of the boundary. `sys_enter` would not do: a call
//! refused by seccomp never fires it.

use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call::{ANY_TASK, BPF, HAS_CARRIED_OUT, NUMBER_LIMIT};
use detector_common::interest::want;
use detector_common::record::{HEARTBEAT, Kind, Lane};
use detector_common::state::{Cause, phase};

use crate::acts::act::{Gate, Pending};
use crate::acts::again;
use crate::acts::descriptor;
use crate::acts::privilege;
use crate::boundary;
use crate::kernel::Address;
use crate::kernel::arch;
use crate::maps::{FAMILIES, PENDING};
use crate::record::account::{Made, lose};
use crate::ring;
use crate::watch;
use crate::watch::interest;
use crate::watch::watched;

/// The kind of record for each call, written by user space before load.
#[unsafe(no_mangle)]
static CALL_KINDS: [u8; NUMBER_LIMIT] = [0; NUMBER_LIMIT];

/// Runs at the return of every system call of the host.
#[btf_tracepoint(function = "sys_exit")]
pub fn sys_exit(ctx: BtfTracePointContext) -> i32 {
    again::first_runs();
    gate(&ctx, Gate::Call);
    0
}

/// What a gate does; `own` is which it is.
#[inline(always)]
pub fn gate(ctx: &BtfTracePointContext, own: Gate) {
    let registers: Address = ctx.arg(0);
    let task = crate::facts::task::Task::current();
    let call = arch::returning(registers, task.0);
    let family = family(call.number);
    if family == 0 {
        return;
    }
    let kind = u32::from(family & !ANY_TASK);
    let result: i64 = ctx.arg(1);
    if kind == Kind::Descriptor as u32 && !descriptor::concerns(result) {
        return;
    }
    // These kinds tell of what was refused: the rest has tracepoints of its own.
    if result >= 0 && (kind == Kind::Refused as u32 || kind == Kind::Signal as u32) {
        return;
    }
    let ids = bpf_get_current_pid_tgid();
    let (tgid, tid) = ((ids >> 32) as u32, ids as u32);
    let watched = watched::current(tgid);
    if !watched.is() {
        if family & ANY_TASK == 0 {
            return;
        }
        if watched::is_detector(tgid) {
            heartbeat(ctx, &call);
            return;
        }
    }
    if family == HAS_CARRIED_OUT {
        ring::entered(ctx, own);
        return;
    }
    let Some(pending) = PENDING.get_ptr_mut(own as u32) else {
        return;
    };
    // SAFETY: this CPU's own place for this gate; see `Gate`.
    let pending = unsafe { &mut *pending };
    *pending = Pending {
        result: ctx.arg(1),
        watched,
        number: call.number,
        entry: call.entry,
        tgid,
        family,
        compat: call.compat,
        wanted: 0,
        request: 0,
    };
    if watched.phase == phase::WORKLOAD && boundary::is_changed(task, tid) {
        // SAFETY: the programs in the array are of this program's type and attach target.
        unsafe { FAMILIES.tail_call(ctx, Kind::Crossing as u32) };
        lose(Lane::Alarm, Cause::NoProgram);
    }
    pass(ctx, pending);
}

/// Goes on where the gate left off for the boundary.
#[inline(always)]
pub fn go_on(ctx: &BtfTracePointContext) {
    if let Some(pending) = PENDING.get_ptr_mut(again::gate() as u32) {
        // SAFETY: this CPU's own place for this gate; see `Gate`.
        pass(ctx, unsafe { &mut *pending });
    }
}

/// Passes a call on to its family, where somebody asks for it.
#[inline(always)]
fn pass(ctx: &BtfTracePointContext, pending: &mut Pending) {
    let kind = u32::from(pending.family & !ANY_TASK);
    let mut arguments = [0_u64; 6];
    arch::arguments(ctx, pending.compat, &mut arguments);
    if kind == Kind::Privilege as u32 && !privilege::concerns(pending.number, arguments[0]) {
        return;
    }
    let made = Made::number(kind);
    if pending.result >= 0 {
        watch::arm(pending.tgid, pending.number, arguments[1]);
    }
    let wanted = interest::of(pending.watched.level, pending.number);
    let set_up = pending.watched.phase == phase::RUNTIME && pending.family & ANY_TASK == 0;
    if set_up || !goes_on(kind, wanted, pending.result) {
        made.filtered();
        return;
    }
    pending.wanted = wanted;
    #[cfg(feature = "debug-log")]
    aya_log_ebpf::debug!(
        ctx,
        "call {} of {} returned {}",
        pending.number,
        pending.tgid,
        pending.result
    );
    made.leave();
    // SAFETY: the programs in the array are of this program's type and attach target.
    unsafe { FAMILIES.tail_call(ctx, kind) };
    // Only a family whose program is not loaded comes back.
    lose(Lane::Volume, Cause::NoProgram);
    drop(Made::passed(kind));
}

/// The detector asks for a sign of life by a call of bpf, a call that others make rarely. Every other
/// call of its own is nobody's concern.
#[inline(always)]
fn heartbeat(ctx: &BtfTracePointContext, call: &arch::Returning) {
    if call.number != BPF || call.compat {
        return;
    }
    let mut arguments = [0_u64; 6];
    arch::arguments(ctx, false, &mut arguments);
    if arguments[0] as u32 == HEARTBEAT {
        // SAFETY: the programs in the array are of this program's type and attach target. Where the
        // program is not loaded, silence is the answer.
        unsafe { FAMILIES.tail_call(ctx, Kind::Heartbeat as u32) };
    }
}

/// The kind of record that a call makes, with [`ANY_TASK`]; 0 for a call of no interest.
#[inline(always)]
pub fn family(number: u32) -> u8 {
    if number >= NUMBER_LIMIT as u32 {
        return 0;
    }
    let entry = (&raw const CALL_KINDS).cast::<u8>();
    // SAFETY: the number was compared with the table's length; volatile as for the offsets.
    unsafe { core::ptr::read_volatile(entry.add(number as usize & (NUMBER_LIMIT - 1))) }
}

/// Whether an act has to go on to its family: what only its object can decide does. Of refused opens
/// the kernel has resolved nothing.
#[inline(always)]
pub fn goes_on(kind: u32, wanted: u8, result: i64) -> bool {
    let by_wish = [Kind::Privilege, Kind::Refused, Kind::Faults];
    if by_wish.iter().any(|asked| kind == *asked as u32) {
        wanted & want::ANY != 0
    } else if kind == Kind::Alter as u32 {
        wanted & (want::ANY | want::ELSEWHERE) != 0
    } else if kind == Kind::Open as u32 && result < 0 {
        wanted & want::REFUSED != 0
    } else {
        true
    }
}
