//! Waiting, by calls that no sensor looks at, for what others do to this process.

use std::thread;
use std::time::{Duration, Instant};

use libc::c_long;

use crate::call::{Answer, address, call};
use crate::words::{Misuse, Words};

/// Of include/uapi/linux/capability.h.
const CAPABILITY_VERSION_3: u32 = 0x2008_0522;

const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(20);

/// `await uid|gid|capability NUMBER`
///
/// Says who waits, and goes on when the process has that real user or group, or that capability in
/// effect.
pub(crate) fn await_change(words: &mut Words<'_>) -> Result<(), Misuse> {
    let what = words.text("uid, gid or capability")?;
    let number = words.number("a number")?;
    let has: fn(u32) -> bool = match what {
        "uid" => is_user,
        "gid" => is_group,
        "capability" => has_capability,
        other => return Err(Misuse::unknown("thing to await", other)),
    };
    println!("{{\"awaits\":{}}}", std::process::id());
    let end = Instant::now() + PATIENCE;
    while !has(number) && Instant::now() < end {
        thread::sleep(PAUSE);
    }
    let answer = if has(number) {
        Answer::DONE
    } else {
        Answer::FAILED
    };
    answer.told("await");
    Ok(())
}

fn is_user(number: u32) -> bool {
    // SAFETY: the call has no precondition.
    unsafe { libc::getuid() == number }
}

fn is_group(number: u32) -> bool {
    // SAFETY: the call has no precondition.
    unsafe { libc::getgid() == number }
}

fn has_capability(number: u32) -> bool {
    let header: [u32; 2] = [CAPABILITY_VERSION_3, 0];
    // Effective, permitted and inheritable, of the lower 32 and then of the others.
    let mut sets: [u32; 6] = [0; 6];
    let into = std::ptr::from_mut(&mut sets).expose_provenance() as c_long;
    let arguments = [address(&header), into];
    // SAFETY: this version reads a header of two numbers and writes two sets of three.
    let answer = unsafe { call(libc::SYS_capget, arguments) };
    let set = sets.iter().step_by(3).nth(number as usize / 32);
    !answer.failed() && set.is_some_and(|set| set >> (number % 32) & 1 == 1)
}
