//! The sandbox that browsers of the Chromium family put around their renderers.

use libc::{CLONE_FS, CLONE_NEWNET, CLONE_NEWPID, CLONE_NEWUSER, SIGCHLD, c_int, c_long};

use crate::call::call;
use crate::words::{Misuse, Words};

/// `sandboxed ACT...`: performed by a process in a user, a pid and a network namespace of its own,
/// whose root is an empty directory that is gone, without capabilities, under a filter.
pub(crate) fn sandboxed(words: &mut Words<'_>) -> Result<(), Misuse> {
    let act = words.rest();
    // SAFETY: the calls take nothing and cannot fail.
    let (user, group) = unsafe { (libc::getuid(), libc::getgid()) };
    let made = in_child(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET, || {
        map_ids(user, group)?;
        drop_files()?;
        crate::perform_all(&words_of("capset 0 0 0 then prctl no-new-privs"))?;
        filter()?;
        // The renderer is a child of the one that made the sandbox.
        in_child(0, || crate::perform_all(act))
    });
    let answer = if made.is_ok() { 0 } else { -1 };
    println!("{{\"act\":\"sandboxed\",\"result\":{answer},\"errno\":\"SUCCESS\"}}");
    made
}

fn words_of(line: &str) -> Vec<String> {
    line.split(' ').map(ToOwned::to_owned).collect()
}

/// Performs something in a child that is made with these flags, and waits for its end.
fn in_child(flags: c_int, act: impl FnOnce() -> Result<(), Misuse>) -> Result<(), Misuse> {
    // SAFETY: without CLONE_VM the child has a copy of everything, and this process has one thread,
    // so it finds no lock taken.
    let child = unsafe { call(libc::SYS_clone, [c_long::from(flags | SIGCHLD)]) };
    match child.descriptor() {
        None => return Err(Misuse::new("no child was made")),
        Some(0) => {
            let done = act();
            if let Err(misuse) = &done {
                eprintln!("acts: {misuse}");
            }
            std::process::exit(i32::from(done.is_err()));
        }
        Some(_) => {}
    }
    let mut status = -1;
    // SAFETY: `status` is ours to write.
    unsafe { libc::waitpid(-1, &raw mut status, 0) };
    (status == 0)
        .then_some(())
        .ok_or_else(|| Misuse::new("a child failed"))
}

fn map_ids(user: u32, group: u32) -> Result<(), Misuse> {
    for (file, line) in [
        ("setgroups", "deny".to_owned()),
        ("gid_map", format!("{group} {group} 1")),
        ("uid_map", format!("{user} {user} 1")),
    ] {
        std::fs::write(format!("/proc/self/{file}"), line)
            .map_err(|error| Misuse::new(format!("{file}: {error}")))?;
    }
    Ok(())
}

/// A child that shares the root moves it into its own directory of /proc and dies: what is left is
/// an empty place that nobody can fill.
fn drop_files() -> Result<(), Misuse> {
    in_child(CLONE_FS, || {
        // SAFETY: both strings end in a zero byte.
        let moved = unsafe {
            libc::chroot(c"/proc/self/fdinfo/".as_ptr()) == 0 && libc::chdir(c"/".as_ptr()) == 0
        };
        moved
            .then_some(())
            .ok_or_else(|| Misuse::new("the root was not moved"))
    })
}

/// A filter that lets everything through: only its presence counts.
fn filter() -> Result<(), Misuse> {
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let mut allow = libc::sock_filter {
        code: RETURN,
        jt: 0,
        jf: 0,
        k: libc::SECCOMP_RET_ALLOW,
    };
    let program = libc::sock_fprog {
        len: 1,
        filter: &raw mut allow,
    };
    // SAFETY: the program has one instruction, and both live to the end of the call.
    let set = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const program,
        )
    };
    (set == 0)
        .then_some(())
        .ok_or_else(|| Misuse::new("no filter was set"))
}
