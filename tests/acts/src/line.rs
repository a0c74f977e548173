//! Command lines that are not what they were: overwritten by their own process, or by another thread
//! while the kernel reads them.

use std::ffi::{CStr, c_void};
use std::sync::atomic::AtomicU8;

use libc::{CLONE_VFORK, CLONE_VM, SIGCHLD, c_char, c_int};

use crate::flip::{self, Flipped};
use crate::words::{Misuse, Words};

/// Where `/proc/self/stat` tells the addresses of the words, counted behind the name (proc(5)).
const ARG_START: usize = 45;

/// `overwrite-words TEXT`: writes over the own command line, as /proc shows it from then on.
pub(crate) fn overwrite(words: &mut Words<'_>) -> Result<(), Misuse> {
    let text = words.text("a text")?;
    let (start, end) = place()?;
    let at = std::ptr::with_exposed_provenance_mut::<u8>(start);
    let bytes = text.bytes().chain(std::iter::repeat(0));
    for (offset, byte) in (0..end - start).zip(bytes) {
        // SAFETY: the kernel says that our words lie there; the program has copied them at its
        // start, and nobody else refers to them.
        unsafe { at.add(offset).write_volatile(byte) };
    }
    let shown = std::fs::read("/proc/self/cmdline").unwrap_or_default();
    let result = if shown.starts_with(text.as_bytes()) {
        0
    } else {
        -1
    };
    println!("{{\"act\":\"overwrite-words\",\"result\":{result},\"errno\":\"SUCCESS\"}}");
    Ok(())
}

/// From where to where the words of this process lie.
fn place() -> Result<(usize, usize), Misuse> {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let mut fields = behind_name.split_whitespace().skip(ARG_START);
    let mut next = || fields.next()?.parse().ok();
    match (next(), next()) {
        (Some(start), Some(end)) if 0 < start && start < end => Ok((start, end)),
        _ => Err(Misuse::new("/proc does not say where the words are")),
    }
}

const SHELL: &CStr = c"/bin/sh";
/// Says by its exit code which word it was given.
const SCRIPT: &CStr = c"case $0 in first) exit 11;; other) exit 12;; esac; exit 13";

/// `flip-words TIMES`: executes a program over and over, while another thread makes its last word
/// the other one and back. Tells as `first` and `other` how often the program was given that word.
pub(crate) fn flip(words: &mut Words<'_>) -> Result<(), Misuse> {
    let times = words.number("a number of times")?;
    flip::flip(times, [b"first\0", b"other\0"], |word| {
        match execute(word) {
            Some(11) => Some(Flipped::First),
            Some(12) => Some(Flipped::Second),
            _ => None,
        }
    })
    .told(["first", "other"]);
    Ok(())
}

/// Executes the program in a child that shares all memory, as vfork's does; its exit code.
fn execute(word: &[AtomicU8]) -> Option<c_int> {
    const STACK: usize = 64 << 10;
    let mut stack = vec![0_u128; STACK / size_of::<u128>()];
    let argv = [
        c"sh".as_ptr(),
        c"-c".as_ptr(),
        SCRIPT.as_ptr(),
        word.as_ptr().cast::<c_char>(),
        std::ptr::null(),
    ];
    let flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
    let line = (&raw const argv).cast_mut().cast::<c_void>();
    let mut status = -1;
    // SAFETY: the child runs on a stack of its own and this thread waits until it has executed or
    // ended, so all that it uses lives as long; `status` is ours to write.
    unsafe {
        let top = stack.as_mut_ptr().add(stack.len()).cast::<c_void>();
        let child = libc::clone(in_child, top, flags, line);
        libc::waitpid(child, &raw mut status, 0);
    }
    libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status))
}

extern "C" fn in_child(line: *mut c_void) -> c_int {
    // SAFETY: the list ends in a null pointer and each of its strings in a zero byte that nobody
    // overwrites; a null environment is an empty one.
    unsafe { libc::execve(SHELL.as_ptr(), line.cast(), std::ptr::null()) };
    127
}
