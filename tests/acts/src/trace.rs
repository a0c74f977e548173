//! Other processes: taken, read, changed, signalled.

use std::time::{Duration, Instant};

use libc::{c_int, c_long, pid_t};

use crate::call::{Answer, address, call};
use crate::words::{Misuse, Words};

const PTRACE_POKEDATA: c_long = 5;
const PTRACE_ATTACH: c_long = 16;
const PTRACE_DETACH: c_long = 17;
const PTRACE_SEIZE: c_long = 0x4206;

/// How long a process may take to show itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// `ptrace attach|seize|poke PID`: what was taken is let go again.
pub(crate) fn ptrace(words: &mut Words<'_>) -> Result<(), Misuse> {
    let request = match words.text("a request")? {
        "attach" => PTRACE_ATTACH,
        "seize" => PTRACE_SEIZE,
        "poke" => PTRACE_POKEDATA,
        other => return Err(Misuse::unknown("request", other)),
    };
    let pid: pid_t = words.number("a process")?;
    let answer = trace(request, pid);
    answer.told("ptrace");
    if request == PTRACE_ATTACH && !answer.failed() {
        let mut status: c_int = 0;
        // SAFETY: `status` lives to the end of the call.
        unsafe { libc::waitpid(pid, &raw mut status, libc::__WALL) };
        trace(PTRACE_DETACH, pid);
    }
    Ok(())
}

fn trace(request: c_long, pid: pid_t) -> Answer {
    // SAFETY: these requests take numbers alone, or write to the other process.
    unsafe { call(libc::SYS_ptrace, [request, pid.into(), 0, 0]) }
}

/// `debug-child`: a child lets itself be traced; its parent writes to it and lets it go.
pub(crate) fn debug_child(_: &mut Words<'_>) -> Result<(), Misuse> {
    let mut word: c_long = 1;
    // SAFETY: this process has one thread, so the child finds no lock taken.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: both take numbers alone; the child ends by what its parent has written.
        unsafe {
            libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0);
            libc::raise(libc::SIGSTOP);
            let seen = std::ptr::read_volatile(&raw const word);
            libc::_exit(c_int::try_from(seen).unwrap_or(1));
        }
    }
    let mut status: c_int = 0;
    let at = (&raw mut word).addr() as c_long;
    // SAFETY: `status` lives to the end of the calls; the child has the same memory at `at`.
    let answer = unsafe {
        libc::waitpid(child, &raw mut status, 0);
        let answer = call(libc::SYS_ptrace, [PTRACE_POKEDATA, child.into(), at, 0]);
        call(libc::SYS_ptrace, [PTRACE_DETACH, child.into(), 0, 0]);
        libc::waitpid(child, &raw mut status, 0);
        answer
    };
    answer.told("ptrace");
    println!("{{\"act\":\"child\",\"result\":{status},\"errno\":\"SUCCESS\"}}");
    Ok(())
}

/// `memory read|write PID`: a byte of another process, at the first address that it has; written back
/// as it was.
pub(crate) fn memory(words: &mut Words<'_>) -> Result<(), Misuse> {
    let writes = match words.text("read or write")? {
        "read" => false,
        "write" => true,
        other => return Err(Misuse::unknown("access", other)),
    };
    let pid: pid_t = words.number("a process")?;
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    let wanted = |line: &&str| {
        !writes
            || line
                .split(' ')
                .nth(1)
                .is_some_and(|mode| mode.starts_with("rw"))
    };
    let there = maps
        .lines()
        .find(wanted)
        .and_then(|line| line.split('-').next());
    let there = there
        .and_then(|text| usize::from_str_radix(text, 16).ok())
        .unwrap_or(0);
    let mut byte = [0_u8];
    let mine = libc::iovec {
        iov_base: byte.as_mut_ptr().cast(),
        iov_len: 1,
    };
    let theirs = libc::iovec {
        iov_base: std::ptr::without_provenance_mut(there),
        iov_len: 1,
    };
    let arguments = [pid.into(), address(&mine), 1, address(&theirs), 1, 0];
    // SAFETY: `mine` names one byte that lives to the end of the calls.
    let read = unsafe { call(libc::SYS_process_vm_readv, arguments) };
    if writes {
        // SAFETY: as above; what is written is what stands there.
        unsafe { call(libc::SYS_process_vm_writev, arguments) }.told("process_vm_writev");
    } else {
        read.told("process_vm_readv");
    }
    Ok(())
}

/// `take-file PID NUMBER`: a copy of another process's descriptor.
pub(crate) fn take_file(words: &mut Words<'_>) -> Result<(), Misuse> {
    let pid: c_long = words.number("a process")?;
    let descriptor: c_long = words.number("a descriptor")?;
    // SAFETY: both calls take numbers alone.
    unsafe {
        let process = call(libc::SYS_pidfd_open, [pid, 0]);
        let process = process.descriptor().unwrap_or(-1).into();
        call(libc::SYS_pidfd_getfd, [process, descriptor, 0]).told("pidfd_getfd");
    }
    Ok(())
}

/// `signal PID NUMBER [kill|tkill|tgkill|queue|pidfd]`
pub(crate) fn signal(words: &mut Words<'_>) -> Result<(), Misuse> {
    let pid: c_long = words.number("a process")?;
    let number: c_long = words.number("a signal")?;
    let way = words.optional().unwrap_or("kill");
    // As sigqueue makes one: SI_QUEUE in place of a kernel's code.
    let mut info = [0_i32; 32];
    info[0] = number as i32;
    info[2] = -1;
    // SAFETY: `info` has the size of a siginfo and lives to the end of the call.
    let answer = unsafe {
        match way {
            "kill" => call(libc::SYS_kill, [pid, number]),
            "tkill" => call(libc::SYS_tkill, [pid, number]),
            "tgkill" => call(libc::SYS_tgkill, [pid, pid, number]),
            "queue" => call(libc::SYS_rt_sigqueueinfo, [pid, number, address(&info)]),
            "pidfd" => {
                let process = call(libc::SYS_pidfd_open, [pid, 0])
                    .descriptor()
                    .unwrap_or(-1);
                call(libc::SYS_pidfd_send_signal, [process.into(), number, 0, 0])
            }
            other => return Err(Misuse::unknown("way to send", other)),
        }
    };
    answer.told(way);
    Ok(())
}

/// `hunt`: waits for a process that nobody here has made, and takes it the moment it is there.
pub(crate) fn hunt(_: &mut Words<'_>) -> Result<(), Misuse> {
    let own = std::process::id() as pid_t;
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        for pid in own + 1..own + 16 {
            // SAFETY: signal 0 is sent to nobody.
            if unsafe { libc::kill(pid, 0) } != 0 {
                continue;
            }
            let answer = trace(PTRACE_SEIZE, pid);
            if !answer.failed() {
                answer.told("ptrace");
                return Ok(());
            }
        }
    }
    Err(Misuse::new("nobody came"))
}
