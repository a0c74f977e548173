//! The host's clock: set to what it shows, or steered as it is steered.

use libc::c_long;

use crate::call::{address, call};
use crate::words::{Misuse, Words};

/// `clock settime|settimeofday|zone|offset|frequency|read`
pub(crate) fn clock(words: &mut Words<'_>) -> Result<(), Misuse> {
    let way = words.text("a way")?;
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: all zero is a `timex` that only asks.
    let mut adjustment: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: `now` and `adjustment` live to the end of the calls.
    unsafe {
        libc::clock_gettime(libc::CLOCK_REALTIME, &raw mut now);
        libc::adjtimex(&raw mut adjustment);
    }
    let zone = [0_i32; 2];
    let time = [now.tv_sec, now.tv_nsec / 1_000];
    adjustment.modes = match way {
        "offset" => libc::ADJ_SETOFFSET,
        "frequency" => libc::ADJ_FREQUENCY,
        _ => 0,
    };
    adjustment.time.tv_sec = 0;
    adjustment.time.tv_usec = 0;
    let realtime = c_long::from(libc::CLOCK_REALTIME);
    // SAFETY: all that is pointed at lives to the end of the calls.
    let (name, answer) = unsafe {
        match way {
            "settime" => (
                "clock_settime",
                call(libc::SYS_clock_settime, [realtime, address(&now)]),
            ),
            "settimeofday" => (
                "settimeofday",
                call(libc::SYS_settimeofday, [address(&time), 0]),
            ),
            "zone" => (
                "settimeofday",
                call(libc::SYS_settimeofday, [0, address(&zone)]),
            ),
            "frequency" | "read" => ("adjtimex", call(libc::SYS_adjtimex, [address(&adjustment)])),
            "offset" => (
                "clock_adjtime",
                call(libc::SYS_clock_adjtime, [realtime, address(&adjustment)]),
            ),
            other => return Err(Misuse::unknown("way", other)),
        }
    };
    answer.told(name);
    Ok(())
}
