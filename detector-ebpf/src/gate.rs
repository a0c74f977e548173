//! The gate: the one program that runs at every system call's return.
//!
//! It costs every process of the host, so its first question is answered from read-only data: is
//! this call of interest to anyone? Only then: is this task watched, and does its level ask for the
//! call? What passes goes by tail call to the program of the call's family. `sys_enter` would not do: a call refused by seccomp never
//! fires it.

use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call::{ANY_TASK, HAS_CARRIED_OUT, NUMBER_LIMIT};
use detector_common::interest::want;
use detector_common::record::{Kind, Lane};
use detector_common::state::{Cause, phase};

use crate::account::{Made, lose};
use crate::act::Pending;
use crate::arch;
use crate::interest;
use crate::kernel::Address;
use crate::maps::{FAMILIES, PENDING};
use crate::privilege;
use crate::ring;
use crate::watch;
use crate::watched;

/// The kind of record for each call, written by user space before load.
#[unsafe(no_mangle)]
static CALL_KINDS: [u8; NUMBER_LIMIT] = [0; NUMBER_LIMIT];

/// Runs at the return of every system call of the host.
#[btf_tracepoint(function = "sys_exit")]
pub fn sys_exit(ctx: BtfTracePointContext) -> i32 {
    gate(&ctx);
    0
}

#[inline(always)]
fn gate(ctx: &BtfTracePointContext) {
    let registers: Address = ctx.arg(0);
    let task = crate::task::Task::current();
    let call = arch::returning(registers, task.0);
    if call.number >= NUMBER_LIMIT as u32 {
        return;
    }
    let entry = (&raw const CALL_KINDS).cast::<u8>();
    // SAFETY: the number was compared with the table's length; volatile as for the offsets.
    let family =
        unsafe { core::ptr::read_volatile(entry.add(call.number as usize & (NUMBER_LIMIT - 1))) };
    if family == 0 {
        return;
    }
    let tgid = (bpf_get_current_pid_tgid() >> 32) as u32;
    let watched = watched::current(tgid);
    if !watched.is() && (family & ANY_TASK == 0 || watched::is_detector(tgid)) {
        return;
    }
    if family == HAS_CARRIED_OUT {
        ring::entered(ctx);
        return;
    }
    let kind = u32::from(family & !ANY_TASK);
    let mut arguments = [0_u64; 6];
    arch::arguments(ctx, call.compat, &mut arguments);
    if kind == Kind::Privilege as u32 && !privilege::concerns(call.number, arguments[0]) {
        return;
    }
    let made = Made::number(kind);
    let result: i64 = ctx.arg(1);
    if result >= 0 {
        watch::arm(tgid, call.number, arguments[1]);
    }
    let wanted = interest::of(watched.level, call.number);
    let set_up = watched.phase == phase::RUNTIME && family & ANY_TASK == 0;
    if set_up || !goes_on(kind, wanted, result) {
        made.filtered();
        return;
    }
    let Some(pending) = PENDING.get_ptr_mut(0) else {
        return;
    };
    let note = Pending {
        result,
        watched,
        number: call.number,
        tgid,
        compat: call.compat,
        wanted,
        request: 0,
    };
    // SAFETY: this CPU's own slot; see `Pending`.
    unsafe { *pending = note };
    #[cfg(feature = "debug-log")]
    aya_log_ebpf::debug!(ctx, "call {} of {} returned {}", call.number, tgid, result);
    made.leave();
    // SAFETY: the programs in the array are of this program's type and attach target.
    unsafe { FAMILIES.tail_call(ctx, kind) };
    // Only a family whose program is not loaded comes back.
    lose(Lane::Volume, Cause::NoProgram);
    drop(Made::passed(kind));
}

/// Whether an act has to go on to its family: what only its object can decide does. Of refused opens
/// the kernel has resolved nothing.
#[inline(always)]
pub fn goes_on(kind: u32, wanted: u8, result: i64) -> bool {
    if kind == Kind::Privilege as u32 {
        wanted & want::ANY != 0
    } else if kind == Kind::Open as u32 && result < 0 {
        wanted & want::REFUSED != 0
    } else {
        true
    }
}
