//! Entering and making namespaces.

use libc::{O_CLOEXEC, c_int, c_long};

use crate::call::{call, string};
use crate::words::{Misuse, Words, flags};

const KINDS: [(&str, c_int); 8] = [
    ("any", 0),
    ("mnt", libc::CLONE_NEWNS),
    ("user", libc::CLONE_NEWUSER),
    ("pid", libc::CLONE_NEWPID),
    ("net", libc::CLONE_NEWNET),
    ("uts", libc::CLONE_NEWUTS),
    ("ipc", libc::CLONE_NEWIPC),
    ("cgroup", libc::CLONE_NEWCGROUP),
];

/// `setns PATH KIND`: opens the namespace's file, then enters it.
pub(crate) fn setns(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a namespace's file")?;
    let kind = flags(words.text("a kind of namespace")?, &KINDS)?;
    let here = c_long::from(libc::AT_FDCWD);
    // SAFETY: `path` ends in a zero byte and lives to the end of the call.
    let opened = unsafe { call(libc::SYS_openat, [here, string(&path), O_CLOEXEC.into()]) };
    let descriptor = opened.told("openat");
    // SAFETY: the call takes numbers alone.
    unsafe { call(libc::SYS_setns, [descriptor, kind.into()]) }.told("setns");
    Ok(())
}

/// `setns-descriptor NUMBER KIND`
pub(crate) fn setns_descriptor(words: &mut Words<'_>) -> Result<(), Misuse> {
    let descriptor: c_int = words.number("a descriptor")?;
    let kind = flags(words.text("a kind of namespace")?, &KINDS)?;
    // SAFETY: the call takes numbers alone.
    unsafe { call(libc::SYS_setns, [descriptor.into(), kind.into()]) }.told("setns");
    Ok(())
}

/// `unshare KIND[,KIND]...`
pub(crate) fn unshare(words: &mut Words<'_>) -> Result<(), Misuse> {
    let kinds = flags(words.text("kinds of namespaces")?, &KINDS)?;
    // SAFETY: the call takes a number alone.
    unsafe { call(libc::SYS_unshare, [kinds.into()]) }.told("unshare");
    Ok(())
}
