//! Directories made, modes of files, and a descriptor that answers faults of memory.

use libc::{O_CLOEXEC, O_RDONLY, c_long};

use crate::call::{call, string};
use crate::words::{Misuse, Words};

const HERE: c_long = libc::AT_FDCWD as c_long;
/// Of arch/x86/entry/syscalls/syscall_64.tbl, since 6.6.
const SYS_FCHMODAT2: c_long = 452;

/// `make PATH mkdir|mkdirat`: a directory of mode 0750.
pub(crate) fn make(words: &mut Words<'_>) -> Result<(), Misuse> {
    const MODE: c_long = 0o750;
    let path = words.c_string("a path")?;
    let name = string(&path);
    let way = words.text("a way")?;
    // SAFETY: `path` ends in a zero byte and lives to the end of the call.
    let answer = unsafe {
        match way {
            "mkdir" => call(libc::SYS_mkdir, [name, MODE]),
            "mkdirat" => call(libc::SYS_mkdirat, [HERE, name, MODE]),
            other => return Err(Misuse::unknown("way to make", other)),
        }
    };
    answer.told(way);
    Ok(())
}

/// `mode PATH OCTAL chmod|fchmod|fchmodat|fchmodat2|empty`: gives a file a mode. With `empty`,
/// fchmodat2 has a descriptor and no name.
pub(crate) fn mode(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    let name = string(&path);
    let mode = words.text("a mode")?;
    let mode = c_long::from_str_radix(mode, 8).map_err(|_| Misuse::new("the mode is not octal"))?;
    let way = words.text("a way")?;
    let reads = c_long::from(O_RDONLY | O_CLOEXEC);
    // SAFETY: `path` ends in a zero byte and lives to the end of the calls.
    let file = || unsafe {
        let opened = call(libc::SYS_openat, [HERE, name, reads, 0]);
        c_long::from(opened.descriptor().unwrap_or(-1))
    };
    // SAFETY: as above.
    let (told, answer) = unsafe {
        match way {
            "chmod" => (way, call(libc::SYS_chmod, [name, mode])),
            "fchmod" => (way, call(libc::SYS_fchmod, [file(), mode])),
            "fchmodat" => (way, call(libc::SYS_fchmodat, [HERE, name, mode])),
            "fchmodat2" => (way, call(SYS_FCHMODAT2, [HERE, name, mode, 0])),
            "empty" => {
                let flags = c_long::from(libc::AT_EMPTY_PATH);
                let arguments = [file(), string(c""), mode, flags];
                ("fchmodat2", call(SYS_FCHMODAT2, arguments))
            }
            other => return Err(Misuse::unknown("way to give a mode", other)),
        }
    };
    answer.told(told);
    Ok(())
}

/// `userfaultfd`: one for faults of user space alone.
pub(crate) fn userfaultfd(_words: &mut Words<'_>) -> Result<(), Misuse> {
    const UFFD_USER_MODE_ONLY: c_long = 1;
    let flags = UFFD_USER_MODE_ONLY | c_long::from(O_CLOEXEC);
    // SAFETY: the call takes a number alone.
    unsafe { call(libc::SYS_userfaultfd, [flags]) }.told("userfaultfd");
    Ok(())
}
