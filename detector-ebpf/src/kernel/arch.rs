//! What depends on the processor: which call it was and where its arguments stand. x86-64.

use aya_ebpf::helpers::generated::bpf_probe_read_user;
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

/// Older forms of calls, by their 32-bit numbers (arch/x86/entry/syscalls/syscall_32.tbl).
pub mod older {
    /// umount, which takes no flags.
    pub const UMOUNT: u32 = 22;
    /// stime, which takes seconds alone.
    pub const STIME: u32 = 25;
    /// Calls of the clock whose times have 32 bits a number: settimeofday, clock_settime.
    pub const NARROW_TIMES: [u32; 2] = [79, 264];
    /// setuid, setgid, setreuid, setregid, setfsuid, setfsgid, setresuid, setresgid with ids of 16
    /// bits.
    pub const NARROW_IDS: [u32; 8] = [23, 46, 70, 71, 138, 139, 164, 170];
    /// socketcall, one number for all that has to do with sockets.
    pub const SOCKETCALL: u32 = 102;
}

/// `SYS_CONNECT` of include/uapi/linux/net.h: which of them socketcall is to make.
const SYS_CONNECT: u64 = 3;

/// The call that is returning.
#[derive(Clone, Copy)]
pub struct Returning {
    /// Its 64-bit number; `NUMBER_LIMIT` or more for what has none.
    pub number: u32,
    /// The number by which it was made: that of the 32-bit entry where it came through that.
    pub entry: u32,
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
    let entry = number;
    if !compat || number >= NUMBER_LIMIT as u32 {
        return Returning {
            number,
            entry,
            compat,
        };
    }
    if entry == older::SOCKETCALL && !connects(registers) {
        return Returning {
            number: NUMBER_LIMIT as u32,
            entry,
            compat,
        };
    }
    let table = (&raw const COMPAT_NUMBERS).cast::<u16>();
    // SAFETY: the number was compared with the table's length; volatile as for the offsets.
    let mapped =
        unsafe { core::ptr::read_volatile(table.add(number as usize & (NUMBER_LIMIT - 1))) };
    let number = if mapped == 0 {
        NUMBER_LIMIT as u32
    } else {
        u32::from(mapped)
    };
    Returning {
        number,
        entry,
        compat,
    }
}

/// Whether a socketcall is one of connect.
#[inline(always)]
fn connects(registers: Address) -> bool {
    // SAFETY: `registers` is the first argument of sys_exit.
    let what = unsafe { load::<u64>(registers, offset!(pt_regs_bx)) };
    what & 0xffff_ffff == SYS_CONNECT
}

/// The three arguments of a connect that was made by socketcall: they lie in the caller's memory, so
/// that what is read here is its claim. Where they cannot be read, false and all zero.
#[inline(always)]
pub fn unpack_socketcall(arguments: &mut [u64; 6]) -> bool {
    let mut packed = [0_u32; 3];
    // SAFETY: `packed` has the size that is read; the helper checks the address.
    let read =
        unsafe { bpf_probe_read_user((&raw mut packed).cast(), 12, arguments[1] as *const _) } >= 0;
    let [socket, address, length] = if read { packed } else { [0; 3] };
    *arguments = [socket.into(), address.into(), length.into(), 0, 0, 0];
    read
}

/// Widens what setuid and its like were given through an entry of 16 bits, where all ones mean no
/// change as well.
#[inline(always)]
pub fn widen_ids(arguments: &mut [u64; 6]) {
    for argument in arguments.iter_mut().take(3) {
        let low = *argument & 0xffff;
        *argument = if low == 0xffff { 0xffff_ffff } else { low };
    }
}

/// The six arguments of the returning call.
#[inline(always)]
pub fn arguments(ctx: &BtfTracePointContext, compat: bool, into: &mut [u64; 6]) {
    arguments_in(ctx.arg(0), compat, into);
}

/// The six arguments of the call that came with these registers.
#[inline(always)]
pub fn arguments_in(registers: Address, compat: bool, into: &mut [u64; 6]) {
    // SAFETY: `registers` is the first argument of sys_exit, or those of the running task.
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
