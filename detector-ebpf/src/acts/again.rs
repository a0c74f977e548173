//! The second gate: for calls at whose return the first was skipped.
//!
//! From kernel 7.0 on a program on a tracepoint may be preempted. Until it goes on, the kernel skips it for
//! every other task on that CPU (`bpf_trace_run`, by the program's `active` count): a task that loads
//! the sensor with work would hide what another does beside it. So the first gate leaves word of whom it
//! runs for, and the second, another program on the same hook, steps in where that is somebody else.

use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;

use crate::acts::act::Gate;
use crate::acts::gate;
use crate::kernel::constant;
use crate::maps::{CAUGHT, RUNS_FOR};
use crate::record::account::add_one;

/// Whether this kernel may preempt programs, written by user space before load.
#[unsafe(no_mangle)]
static PREEMPTED: u32 = 0;

/// Runs at the return of every system call too, behind the first gate.
#[btf_tracepoint(function = "sys_exit")]
pub fn sys_exit_again(ctx: BtfTracePointContext) -> i32 {
    if gate() as u32 == Gate::Again as u32 {
        add_one(CAUGHT.get_ptr_mut(0));
        gate::gate(&ctx, Gate::Again);
    }
    0
}

/// The first gate begins to run for this task.
#[inline(always)]
pub fn first_runs() {
    if constant(&raw const PREEMPTED) == 0 {
        return;
    }
    if let Some(runs_for) = RUNS_FOR.get_ptr_mut(0) {
        // SAFETY: this CPU's own place, and the first gate runs once at a time on it.
        unsafe { runs_for.write_volatile(tid()) };
    }
}

/// The gate through which this task has come: the first, unless that was running for another task.
/// A task that is preempted between the two may be told of twice.
#[inline(always)]
pub fn gate() -> Gate {
    if constant(&raw const PREEMPTED) == 0 {
        return Gate::Call;
    }
    match RUNS_FOR.get_ptr(0) {
        // SAFETY: the entry stays mapped while the program runs; volatile, as another program writes it.
        Some(runs_for) if unsafe { runs_for.read_volatile() } != tid() => Gate::Again,
        _ => Gate::Call,
    }
}

#[inline(always)]
fn tid() -> u32 {
    bpf_get_current_pid_tgid() as u32
}
