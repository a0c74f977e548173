//! Execution of an image that has no file, or no name.

use std::ffi::CString;
use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use libc::{AT_EMPTY_PATH, MFD_CLOEXEC, c_char, c_int, c_long};

use crate::call::{address, call, string};
use crate::words::{Misuse, Words, c_string};

/// `exec ACT...`: executes this program anew, by its name, for that act.
pub(crate) fn again(words: &mut Words<'_>) -> Result<(), Misuse> {
    let own = std::env::args().next().unwrap_or_default();
    let error = Command::new(own).args(words.rest()).exec();
    Err(Misuse::new(format!("cannot execute: {error}")))
}

/// `in-session ACT...`: the same in a new process, which leads a session of its own.
pub(crate) fn in_session(words: &mut Words<'_>) -> Result<(), Misuse> {
    // SAFETY: this process has one thread, so the child finds no lock taken.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: the call takes nothing.
        unsafe { call(libc::SYS_setsid, []) }.told("setsid");
        return again(words);
    }
    let mut status = 0;
    // SAFETY: `status` is ours to write.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    words.rest();
    Ok(())
}

/// Copies this program into memory and executes the copy by its descriptor.
pub(crate) fn from_memory(words: &[String]) -> Result<(), Misuse> {
    execute(&copy_in_memory()?, words)
}

/// Executes a file by its descriptor.
pub(crate) fn by_descriptor(file: &Path, words: &[String]) -> Result<(), Misuse> {
    execute(&opened(file)?, words)
}

/// Executes a file by its descriptor, after its name was taken away.
pub(crate) fn unlinked(file: &Path, words: &[String]) -> Result<(), Misuse> {
    let opened = opened(file)?;
    std::fs::remove_file(file).map_err(|error| Misuse::new(format!("cannot unlink: {error}")))?;
    execute(&opened, words)
}

fn opened(file: &Path) -> Result<File, Misuse> {
    File::open(file).map_err(|error| Misuse::new(format!("cannot open: {error}")))
}

fn execute(file: &File, words: &[String]) -> Result<(), Misuse> {
    descriptor(file.as_raw_fd(), words)
}

/// Executes what is behind a descriptor.
pub(crate) fn descriptor(descriptor: c_int, words: &[String]) -> Result<(), Misuse> {
    let line: Vec<CString> = std::iter::once("acts")
        .chain(words.iter().map(String::as_str))
        .map(c_string)
        .collect::<Result<_, _>>()?;
    let pointers: Vec<*const c_char> = line
        .iter()
        .map(|word| word.as_ptr())
        .chain([std::ptr::null()])
        .collect();
    let (argv, flags) = (address(pointers.as_slice()), c_long::from(AT_EMPTY_PATH));
    // SAFETY: the path and every word end in a zero byte, the list in a null pointer, and all live
    // to the end of the call; a null environment is an empty one.
    unsafe {
        call(
            libc::SYS_execveat,
            [descriptor.into(), string(c""), argv, 0, flags],
        )
    }
    .told("execveat");
    Ok(())
}

/// Copies this program into memory and executes the copy as if it were a file.
pub(crate) fn from_memory_by_path(words: &[String]) -> Result<(), Misuse> {
    let copy = copy_in_memory()?;
    let path = format!("/proc/self/fd/{}", copy.as_raw_fd());
    let error = Command::new(path).args(words).exec();
    Err(Misuse::new(format!(
        "the copy could not be executed: {error}"
    )))
}

fn copy_in_memory() -> Result<File, Misuse> {
    let name = string(c"acts");
    // SAFETY: the name ends in a zero byte.
    let memory = unsafe { call(libc::SYS_memfd_create, [name, c_long::from(MFD_CLOEXEC)]) };
    let memory = memory
        .descriptor()
        .ok_or_else(|| Misuse::new("no memory file"))?;
    // SAFETY: the kernel has just made this descriptor and nothing else owns it.
    let mut memory = unsafe { File::from_raw_fd(memory) };
    File::open("/proc/self/exe")
        .and_then(|mut own| std::io::copy(&mut own, &mut memory))
        .map_err(|error| Misuse::new(format!("cannot copy this program: {error}")))?;
    Ok(memory)
}
