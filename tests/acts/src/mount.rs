//! The mount family, old and new.

use std::ffi::CStr;

use libc::{MS_BIND, MS_RDONLY, c_long, c_ulong};

use crate::call::{Answer, address, call, string};
use crate::words::{Misuse, Words};

const HERE: c_long = libc::AT_FDCWD as c_long;
const FSCONFIG_SET_STRING: c_long = 1;
const FSCONFIG_CMD_CREATE: c_long = 6;
const MOVE_MOUNT_F_EMPTY_PATH: c_long = 4;
const OPEN_TREE_CLONE: c_long = 1;

/// `mount SOURCE TARGET TYPE [bind|ro|named-hierarchy]`
pub(crate) fn mount(words: &mut Words<'_>) -> Result<(), Misuse> {
    let source = words.c_string("a source")?;
    let target = words.c_string("a target")?;
    let fs_type = words.c_string("a file system type")?;
    let (flags, data): (c_ulong, _) = match words.optional() {
        Some("bind") => (MS_BIND, c""),
        Some("ro") => (MS_RDONLY, c""),
        // A cgroup v1 hierarchy of its own, which ends with its mount.
        Some("named-hierarchy") => (0, c"none,name=acts"),
        Some(other) => return Err(Misuse::unknown("mount option", other)),
        None => (0, c""),
    };
    let [source, target, fs_type, data] = [&*source, &target, &fs_type, data].map(string);
    // SAFETY: the strings end in a zero byte and live to the end of the call.
    unsafe {
        call(
            libc::SYS_mount,
            [source, target, fs_type, flags as c_long, data],
        )
    }
    .told("mount");
    Ok(())
}

/// `umount TARGET`
pub(crate) fn umount(words: &mut Words<'_>) -> Result<(), Misuse> {
    let target = words.c_string("a target")?;
    // SAFETY: `target` ends in a zero byte and lives to the end of the call.
    unsafe {
        call(
            libc::SYS_umount2,
            [string(&target), c_long::from(libc::MNT_DETACH)],
        )
    }
    .told("umount2");
    Ok(())
}

/// `new-mount TYPE SOURCE TARGET`: fsopen, fsconfig, fsmount, move_mount, each told.
pub(crate) fn new_mount(words: &mut Words<'_>) -> Result<(), Misuse> {
    let fs_type = words.c_string("a file system type")?;
    let source = words.c_string("a source")?;
    let target = words.c_string("a target")?;
    // SAFETY: `fs_type` ends in a zero byte and lives to the end of the call.
    let context = unsafe { call(libc::SYS_fsopen, [string(&fs_type), 0]) }.told("fsopen");
    configure(context, FSCONFIG_SET_STRING, c"source", &source).told("fsconfig");
    // SAFETY: this command takes neither key nor value.
    unsafe { call(libc::SYS_fsconfig, [context, FSCONFIG_CMD_CREATE]) }.told("fsconfig");
    // SAFETY: the call takes numbers alone.
    let mount = unsafe { call(libc::SYS_fsmount, [context, 0, 0]) }.told("fsmount");
    attach(mount, &target).told("move_mount");
    Ok(())
}

fn configure(context: c_long, command: c_long, key: &CStr, value: &CStr) -> Answer {
    // SAFETY: both strings end in a zero byte and live to the end of the call.
    unsafe {
        call(
            libc::SYS_fsconfig,
            [context, command, string(key), string(value), 0],
        )
    }
}

fn attach(mount: c_long, target: &CStr) -> Answer {
    let (from, to) = (string(c""), string(target));
    // SAFETY: both strings end in a zero byte and live to the end of the call.
    unsafe {
        call(
            libc::SYS_move_mount,
            [mount, from, HERE, to, MOVE_MOUNT_F_EMPTY_PATH],
        )
    }
}

/// `open-tree PATH TARGET`: clones the mount at `PATH` and attaches it at `TARGET`.
pub(crate) fn open_tree(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    let target = words.c_string("a target")?;
    // SAFETY: `path` ends in a zero byte and lives to the end of the call.
    let tree = unsafe { call(libc::SYS_open_tree, [HERE, string(&path), OPEN_TREE_CLONE]) };
    attach(tree.told("open_tree"), &target).told("move_mount");
    Ok(())
}

/// `fspick PATH`
pub(crate) fn fspick(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    // SAFETY: `path` ends in a zero byte and lives to the end of the call.
    unsafe { call(libc::SYS_fspick, [HERE, string(&path), 0]) }.told("fspick");
    Ok(())
}

/// `mount-attributes PATH`: asks for a mount that cannot be written to.
pub(crate) fn attributes(words: &mut Words<'_>) -> Result<(), Misuse> {
    const MOUNT_ATTR_RDONLY: u64 = 1;
    let path = words.c_string("a path")?;
    // attr_set, attr_clr, propagation, userns_fd
    let wished = [MOUNT_ATTR_RDONLY, 0, 0, 0];
    let size = size_of_val(&wished) as c_long;
    // SAFETY: `path` ends in a zero byte, `wished` has the size given; both live to the end.
    unsafe {
        call(
            libc::SYS_mount_setattr,
            [HERE, string(&path), 0, address(&wished), size],
        )
    }
    .told("mount_setattr");
    Ok(())
}
