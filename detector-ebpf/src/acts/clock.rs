//! The host's clock set or steered, by whichever task of the host: it is the clock of all
//! containers too.
//!
//! What it was to be set to lies in the caller's memory, so that the record tells a claim.

use aya_ebpf::helpers::generated::bpf_probe_read_user;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call;
use detector_common::record::{ActBody, Kind, Lane, clock_argument as at, flag};

use crate::acts::act::{self, Pending};
use crate::facts::task::Task;
use crate::kernel::arch::{self, older};
use crate::record::account::Made;
use crate::record::emit;

/// Nanoseconds of a microsecond.
const MICROSECOND: u64 = 1_000;

/// Family of the calls that change a clock.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_clock(ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Clock as u32);
    if let Some(pending) = act::pending() {
        report(&ctx, pending, made);
    }
    0
}

#[inline(always)]
fn report(ctx: &BtfTracePointContext, pending: &Pending, made: Made) {
    let kind = Kind::Clock;
    let mut raw = [0_u64; 6];
    arch::arguments(ctx, pending.compat, &mut raw);
    let mut told = [0_u64; 6];
    match pending.number {
        call::ADJTIMEX => modes(raw[0], &mut told),
        call::CLOCK_ADJTIME => {
            told[at::CLOCK] = raw[0];
            modes(raw[1], &mut told);
        }
        call::CLOCK_SETTIME => {
            told[at::CLOCK] = raw[0];
            time(pending, raw[1], 1, &mut told);
        }
        _ => time(pending, raw[0], MICROSECOND, &mut told),
    }
    let steers = matches!(pending.number, call::ADJTIMEX | call::CLOCK_ADJTIME);
    if steers && told[at::KNOWN] & at::MODES_READ != 0 && told[at::MODES] == 0 {
        // It only asks.
        made.filtered();
        return;
    }
    if !emit::affordable(kind, pending.result, 0, pending.tgid, &pending.watched) {
        made.suppressed();
        return;
    }
    let task = Task::current();
    let Some(mut record) = act::begin(ctx, pending, kind, Lane::Alarm, task) else {
        return;
    };
    let unread = if steers {
        told[at::KNOWN] & at::MODES_READ == 0
    } else {
        told[at::KNOWN] & (at::TIME | at::TIME_READ) == at::TIME
    };
    if unread {
        record.mark(flag::INCOMPLETE);
    }
    record.body::<ActBody>().call.args = told;
    act::introduce(record, &pending.watched, task);
    emit::send(record, Lane::Alarm as u32, made);
}

/// Reads what is to be steered: the first number of a `struct timex` of either width.
#[inline(always)]
fn modes(address: u64, told: &mut [u64; 6]) {
    let mut modes = 0_u32;
    // SAFETY: `modes` has the size that is read; the helper checks the address.
    let read = unsafe { bpf_probe_read_user((&raw mut modes).cast(), 4, address as *const _) };
    if read >= 0 {
        told[at::MODES] = modes.into();
        told[at::KNOWN] |= at::MODES_READ;
    }
}

/// Reads the time to set: seconds and parts of `unit` nanoseconds.
#[inline(always)]
fn time(pending: &Pending, address: u64, unit: u64, told: &mut [u64; 6]) {
    if address == 0 {
        return;
    }
    told[at::KNOWN] |= at::TIME;
    let seconds_alone = pending.is_older(older::STIME);
    let narrow = seconds_alone || (pending.compat && older::NARROW_TIMES.contains(&pending.entry));
    let mut wide = [0_u64; 2];
    let mut halves = [0_u32; 2];
    let (into, size) = if narrow {
        let size = if seconds_alone { 4 } else { 8 };
        ((&raw mut halves).cast(), size)
    } else {
        ((&raw mut wide).cast(), 16)
    };
    // SAFETY: `into` has at least the size that is read; the helper checks the address.
    if unsafe { bpf_probe_read_user(into, size, address as *const _) } < 0 {
        return;
    }
    if narrow {
        // Signed numbers, widened as the kernel does.
        wide = [
            halves[0] as i32 as i64 as u64,
            halves[1] as i32 as i64 as u64,
        ];
    }
    told[at::SECONDS] = wide[0];
    told[at::NANOSECONDS] = wide[1].wrapping_mul(unit);
    told[at::KNOWN] |= at::TIME_READ;
}
