//! Storms: many calls, to hide one that matters, and to fill what a sensor keeps its records in.

use std::ffi::CString;
use std::ops::Range;
use std::process::{Command, Stdio};
use std::time::Duration;

use libc::{O_CLOEXEC, c_long};

use crate::call::{call, string};
use crate::ring::{Request, Ring};
use crate::words::{Misuse, Words};

/// Bytes of the argument with which an exec storm's programs are run: more than a sensor keeps.
const LONG: usize = 40_000;

/// What the calls of a storm have in common.
#[derive(Clone, Copy)]
struct Storm {
    calls: u32,
    processes: u32,
    varied: bool,
}

/// `setns-storm CALLS PROCESSES equal|varied [ACT...]`
///
/// Makes the calls in so many processes, one after the other; the act is performed in the middle,
/// by the process that storms just then. The answer tells how many calls failed.
pub(crate) fn setns_storm(words: &mut Words<'_>) -> Result<(), Misuse> {
    let storm = Storm {
        calls: words.number("a number of calls")?,
        processes: words.number("a number of processes")?,
        varied: match words.text("equal or varied")? {
            "equal" => false,
            "varied" => true,
            other => return Err(Misuse::unknown("kind of storm", other)),
        },
    };
    let middle = words.rest();
    let failed: u32 = (0..storm.processes)
        .map(|turn| storm.in_child(turn, middle))
        .sum();
    println!("{{\"act\":\"setns-storm\",\"result\":{failed},\"errno\":\"SUCCESS\"}}");
    Ok(())
}

impl Storm {
    /// Runs one turn in a process of its own; the number of calls that failed there.
    fn in_child(self, turn: u32, middle: &[String]) -> u32 {
        // SAFETY: this process has one thread, so the child finds no lock taken.
        match unsafe { libc::fork() } {
            0 => {
                let complete = self.turn(turn, middle);
                std::process::exit(i32::from(!complete));
            }
            child => {
                let mut status = -1;
                // SAFETY: `status` is ours to write.
                unsafe { libc::waitpid(child, &raw mut status, 0) };
                if status == 0 {
                    self.share(turn).len() as u32
                } else {
                    0
                }
            }
        }
    }

    /// The calls of one turn, by their numbers.
    fn share(self, turn: u32) -> Range<u32> {
        let until = |turn| (u64::from(self.calls) * turn / u64::from(self.processes)) as u32;
        until(turn.into())..until(u64::from(turn) + 1)
    }

    /// True if every call failed and the act in the middle could be made.
    fn turn(self, turn: u32, middle: &[String]) -> bool {
        self.share(turn).all(|n| {
            let acted =
                n != self.calls / 2 || middle.is_empty() || crate::perform_all(middle).is_ok();
            acted && self.fails(n)
        })
    }

    /// One call on a descriptor that is not open.
    fn fails(self, n: u32) -> bool {
        let (descriptor, kind) = if self.varied {
            (5_000 + n, n)
        } else {
            (5_000, 0)
        };
        // SAFETY: the call takes numbers alone.
        unsafe {
            call(
                libc::SYS_setns,
                [c_long::from(descriptor), c_long::from(kind)],
            )
        }
        .failed()
    }
}

/// `open-storm OPENS PATH [ACT...]`: opens a file for reading, over and over.
pub(crate) fn open_storm(words: &mut Words<'_>) -> Result<(), Misuse> {
    let opens = words.number("a number of opens")?;
    let path = words.c_string("a path")?;
    let here = c_long::from(libc::AT_FDCWD);
    around("open-storm", opens, words.rest(), || {
        // SAFETY: `path` ends in a zero byte and lives to the end of the call.
        let opened = unsafe { call(libc::SYS_openat, [here, string(&path), O_CLOEXEC.into()]) };
        let Some(descriptor) = opened.descriptor() else {
            return false;
        };
        // SAFETY: the call takes a number alone, and nothing else owns the descriptor.
        !unsafe { call(libc::SYS_close, [descriptor.into()]) }.failed()
    })
}

/// `uring-storm OPENS PATH [ACT...]`: as `open-storm`, by requests to an io_uring.
pub(crate) fn uring_storm(words: &mut Words<'_>) -> Result<(), Misuse> {
    let opens = words.number("a number of opens")?;
    let path = words.c_string("a path")?;
    let mut ring = Ring::new(0)?;
    around("uring-storm", opens, words.rest(), || {
        let opened = ring.answer(&Request::open(&path, O_CLOEXEC));
        let Some(descriptor) = opened.descriptor() else {
            return false;
        };
        // SAFETY: the call takes a number alone, and nothing else owns the descriptor.
        !unsafe { call(libc::SYS_close, [descriptor.into()]) }.failed()
    })
}

/// `refused-storm OPENS`: opens what is not there, over and over.
pub(crate) fn refused_storm(words: &mut Words<'_>) -> Result<(), Misuse> {
    let opens = words.number("a number of opens")?;
    let here = c_long::from(libc::AT_FDCWD);
    around("refused-storm", opens, words.rest(), || {
        // SAFETY: the name ends in a zero byte.
        unsafe { call(libc::SYS_openat, [here, string(c"/nothing"), 0]) }.failed()
    })
}

/// `write-storm OPENS PATH`: opens a file for writing, over and over.
pub(crate) fn write_storm(words: &mut Words<'_>) -> Result<(), Misuse> {
    let opens = words.number("a number of opens")?;
    let path = words.text("a path")?;
    around("write-storm", opens, words.rest(), || {
        std::fs::File::create(path).is_ok()
    })
}

/// `setid-storm CALLS`: sets its user id to what it is, over and over.
pub(crate) fn setid_storm(words: &mut Words<'_>) -> Result<(), Misuse> {
    let calls = words.number("a number of calls")?;
    around("setid-storm", calls, words.rest(), || {
        // SAFETY: the call takes a number alone.
        !unsafe { call(libc::SYS_setuid, [0]) }.failed()
    })
}

/// `connect-storm CALLS`: connects to where nobody listens, over and over.
pub(crate) fn connect_storm(words: &mut Words<'_>) -> Result<(), Misuse> {
    let calls = words.number("a number of calls")?;
    around("connect-storm", calls, words.rest(), || {
        std::os::unix::net::UnixStream::connect("/nobody").is_err()
    })
}

/// `numbered-storm OPENS PAUSE PREFIX [ACT...]`: opens `PREFIX0`, `PREFIX1` and so on, none of which
/// is there, so many microseconds apart.
pub(crate) fn numbered_storm(words: &mut Words<'_>) -> Result<(), Misuse> {
    let opens = words.number("a number of opens")?;
    let pause = Duration::from_micros(words.number::<u32>("a pause")?.into());
    let prefix = words.text("a prefix")?;
    let here = c_long::from(libc::AT_FDCWD);
    let mut numbers = 0_u32..;
    around("numbered-storm", opens, words.rest(), || {
        std::thread::sleep(pause);
        let number = numbers.next().unwrap_or_default();
        let Ok(path) = CString::new(format!("{prefix}{number}")) else {
            return false;
        };
        // SAFETY: `path` ends in a zero byte and lives to the end of the call.
        unsafe { call(libc::SYS_openat, [here, string(&path), O_CLOEXEC.into()]) }.failed()
    })
}

/// `fork-storm PROCESSES [ACT...]`: makes processes that end at once, one after the other.
pub(crate) fn fork_storm(words: &mut Words<'_>) -> Result<(), Misuse> {
    let processes = words.number("a number of processes")?;
    around("fork-storm", processes, words.rest(), || {
        // SAFETY: this process has one thread, so the child finds no lock taken.
        match unsafe { libc::fork() } {
            // SAFETY: the child has nothing to clean up.
            0 => unsafe { libc::_exit(0) },
            child => {
                let mut status = -1;
                // SAFETY: `status` is ours to write.
                unsafe { libc::waitpid(child, &raw mut status, 0) };
                status == 0
            }
        }
    })
}

/// `exec-storm EXECS [ACT...]`: executes this program with a long argument, over and over.
pub(crate) fn exec_storm(words: &mut Words<'_>) -> Result<(), Misuse> {
    let execs = words.number("a number of execs")?;
    let long = "x".repeat(LONG);
    around("exec-storm", execs, words.rest(), || {
        let mut program = Command::new("/proc/self/exe");
        program.args(["padded", &long, "chdir", "/"]);
        program.stdout(Stdio::null());
        program.status().is_ok_and(|status| status.success())
    })
}

/// Does one thing so many times, and in the middle the acts; tells how often it could be done.
fn around(
    name: &str,
    times: u32,
    middle: &[String],
    mut once: impl FnMut() -> bool,
) -> Result<(), Misuse> {
    let mut done = 0;
    for n in 0..times {
        if n == times / 2 && !middle.is_empty() {
            crate::perform_all(middle)?;
        }
        done += u32::from(once());
    }
    println!("{{\"act\":\"{name}\",\"result\":{done},\"errno\":\"SUCCESS\"}}");
    Ok(())
}
