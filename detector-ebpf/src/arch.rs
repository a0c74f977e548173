//! What depends on the processor: which call it was and where its arguments stand. x86-64.

use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call::NUMBER_LIMIT;

use crate::kernel::{Address, load, offset, present};
use crate::tier;

/// `TS_COMPAT` of arch/x86/include/asm/thread_info.h: the call came through the 32-bit entry. `cs`
/// is no test for that: 64-bit code may use `int 0x80`.
const TS_COMPAT: u32 = 2;

/// The 64-bit number for each 32-bit one, written by user space before load.
#[unsafe(no_mangle)]
static COMPAT_NUMBERS: [u16; NUMBER_LIMIT] = [0; NUMBER_LIMIT];

/// The call that is returning.
#[derive(Clone, Copy)]
pub struct Returning {
    /// Its 64-bit number; `NUMBER_LIMIT` or more for what has none.
    pub number: u32,
    /// Whether it came through the 32-bit entry.
    pub compat: bool,
}

/// Number and entry of the returning call.
#[inline(always)]
pub fn returning(registers: Address, task: Address) -> Returning {
    // SAFETY: `registers` is the first argument of sys_exit, `task` the current task.
    let (raw, status) = unsafe {
        let status = offset!(task_thread_info_status);
        (
            load::<u64>(registers, offset!(pt_regs_orig_ax)),
            if present(status) {
                tier::load_of_task::<u32>(task, status)
            } else {
                0
            },
        )
    };
    let compat = status & TS_COMPAT != 0;
    // A number of -1 arrives after rt_sigreturn; x32 numbers have bit 30 set. Both lie beyond.
    let number = if raw < NUMBER_LIMIT as u64 {
        raw as u32
    } else {
        NUMBER_LIMIT as u32
    };
    if !compat || number >= NUMBER_LIMIT as u32 {
        return Returning { number, compat };
    }
    let entry = (&raw const COMPAT_NUMBERS).cast::<u16>();
    // SAFETY: the number was compared with the table's length; volatile as for the offsets.
    let mapped =
        unsafe { core::ptr::read_volatile(entry.add(number as usize & (NUMBER_LIMIT - 1))) };
    let number = if mapped == 0 {
        NUMBER_LIMIT as u32
    } else {
        u32::from(mapped)
    };
    Returning { number, compat }
}

/// The six arguments of the returning call.
#[inline(always)]
pub fn arguments(ctx: &BtfTracePointContext, compat: bool, into: &mut [u64; 6]) {
    let registers: Address = ctx.arg(0);
    // SAFETY: `registers` is the first argument of sys_exit.
    unsafe {
        if compat {
            let low = |register: u32| load::<u64>(registers, register) & 0xffff_ffff;
            into[0] = low(offset!(pt_regs_bx));
            into[1] = low(offset!(pt_regs_cx));
            into[2] = low(offset!(pt_regs_dx));
            into[3] = low(offset!(pt_regs_si));
            into[4] = low(offset!(pt_regs_di));
            into[5] = low(offset!(pt_regs_bp));
        } else {
            into[0] = load(registers, offset!(pt_regs_di));
            into[1] = load(registers, offset!(pt_regs_si));
            into[2] = load(registers, offset!(pt_regs_dx));
            into[3] = load(registers, offset!(pt_regs_r10));
            into[4] = load(registers, offset!(pt_regs_r8));
            into[5] = load(registers, offset!(pt_regs_r9));
        }
    }
}
