//! A process made as clone3 lets its caller choose: by its number, or in another cgroup.

use libc::{O_CLOEXEC, O_DIRECTORY, O_PATH, SIGCHLD, c_int, c_long};

use crate::call::{address, call, string};
use crate::words::{Misuse, Words};

/// `CLONE_INTO_CGROUP` of include/uapi/linux/sched.h: beyond what clone takes.
const INTO_CGROUP: c_long = 0x2_0000_0000;

/// `struct clone_args` of include/uapi/linux/sched.h.
#[derive(Default)]
#[repr(C)]
struct Arguments {
    flags: c_long,
    pidfd: c_long,
    child_tid: c_long,
    parent_tid: c_long,
    exit_signal: c_long,
    stack: c_long,
    stack_size: c_long,
    tls: c_long,
    set_tid: c_long,
    set_tid_size: c_long,
    cgroup: c_long,
}

/// `born tid NUMBER ACT...`, `born into DIRECTORY ACT...`: a child with that number in its pid
/// namespace, or in the cgroup of that directory, performs the act.
pub(crate) fn born(words: &mut Words<'_>) -> Result<(), Misuse> {
    let mut arguments = Arguments {
        exit_signal: SIGCHLD.into(),
        ..Arguments::default()
    };
    let mut numbers: [c_int; 1] = [0];
    match words.text("tid or into")? {
        "tid" => {
            numbers[0] = words.number("a number")?;
            arguments.set_tid = address(&numbers);
            arguments.set_tid_size = 1;
        }
        "into" => {
            let directory = words.c_string("a directory")?;
            let (here, flags) = (libc::AT_FDCWD, O_PATH | O_DIRECTORY | O_CLOEXEC);
            let how = [here.into(), string(&directory), flags.into()];
            // SAFETY: the name ends in a zero byte and lives to the end of the call.
            arguments.cgroup = unsafe { call(libc::SYS_openat, how) }.told("openat");
            arguments.flags = INTO_CGROUP;
        }
        other => return Err(Misuse::unknown("way to be born", other)),
    }
    let child = words.rest();
    let size = size_of::<Arguments>() as c_long;
    // SAFETY: all that is pointed at lives to the end of the call. Without CLONE_VM the child has a
    // copy of everything, and this process has one thread, so it finds no lock taken.
    let answer = unsafe { call(libc::SYS_clone3, [address(&arguments), size]) };
    if answer.descriptor() == Some(0) {
        std::process::exit(crate::perform_all(child).map_or(2, |()| 0));
    }
    let mut status = -1;
    // SAFETY: `status` is ours to write.
    unsafe { libc::waitpid(-1, &raw mut status, 0) };
    answer.told("clone3");
    Ok(())
}
