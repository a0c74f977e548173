//! Names and lengths of files.

use libc::{O_CLOEXEC, O_WRONLY, c_long};

use crate::call::{Answer, address, call, string};
use crate::words::{Misuse, Words};

const HERE: c_long = libc::AT_FDCWD as c_long;

/// `remove PATH unlink|unlinkat|rmdir`
pub(crate) fn remove(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    let name = string(&path);
    let way = words.text("a way")?;
    // SAFETY: `path` ends in a zero byte and lives to the end of the call.
    let answer = unsafe {
        match way {
            "unlink" => call(libc::SYS_unlink, [name]),
            "unlinkat" => call(libc::SYS_unlinkat, [HERE, name, 0]),
            "rmdir" => call(libc::SYS_rmdir, [name]),
            other => return Err(Misuse::unknown("way to remove", other)),
        }
    };
    answer.told(way);
    Ok(())
}

/// `name OLD NEW rename|renameat|exchange|link|linkat|symlink|symlinkat`
pub(crate) fn name(words: &mut Words<'_>) -> Result<(), Misuse> {
    let old = words.c_string("the old name")?;
    let new = words.c_string("the new name")?;
    let (from, to) = (string(&old), string(&new));
    let way = words.text("a way")?;
    // SAFETY: both strings end in a zero byte and live to the end of the call.
    let (told, answer) = unsafe {
        match way {
            "rename" => (way, call(libc::SYS_rename, [from, to])),
            "renameat" => (way, call(libc::SYS_renameat, [HERE, from, HERE, to])),
            "exchange" => {
                let flags = c_long::from(libc::RENAME_EXCHANGE);
                let arguments = [HERE, from, HERE, to, flags];
                ("renameat2", call(libc::SYS_renameat2, arguments))
            }
            "link" => (way, call(libc::SYS_link, [from, to])),
            "linkat" => (way, call(libc::SYS_linkat, [HERE, from, HERE, to, 0])),
            "symlink" => (way, call(libc::SYS_symlink, [from, to])),
            "symlinkat" => (way, call(libc::SYS_symlinkat, [from, HERE, to])),
            other => return Err(Misuse::unknown("way to name", other)),
        }
    };
    answer.told(told);
    Ok(())
}

/// `cut PATH truncate|ftruncate|open`: empties a file.
pub(crate) fn cut(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    let way = words.text("a way")?;
    let writes = c_long::from(O_WRONLY | O_CLOEXEC);
    // SAFETY: `path` ends in a zero byte and lives to the end of the calls.
    let open = |flags: c_long| unsafe { call(libc::SYS_openat, [HERE, string(&path), flags, 0]) };
    // SAFETY: as above.
    let (told, answer) = unsafe {
        match way {
            "truncate" => (way, call(libc::SYS_truncate, [string(&path), 0])),
            "ftruncate" => {
                let file = open(writes).descriptor().unwrap_or(-1);
                (way, call(libc::SYS_ftruncate, [file.into(), 0]))
            }
            "open" => ("openat", open(writes | c_long::from(libc::O_TRUNC))),
            other => return Err(Misuse::unknown("way to cut", other)),
        }
    };
    answer.told(told);
    Ok(())
}

/// `open-handle MOUNT PATH`: asks for a file's handle and opens it by that.
pub(crate) fn open_handle(words: &mut Words<'_>) -> Result<(), Misuse> {
    const BYTES: u32 = 128;
    let mount = words.c_string("a mount")?;
    let path = words.c_string("a path")?;
    // handle_bytes, handle_type, then the handle.
    let mut handle = [0_u32; 2 + BYTES as usize / 4];
    handle[0] = BYTES;
    let mut id = 0_i32;
    let at = (&raw mut handle).addr() as c_long;
    let id = (&raw mut id).addr() as c_long;
    let flags = c_long::from(O_CLOEXEC);
    // SAFETY: the strings end in a zero byte; the handle has room for the bytes that it says.
    let answer: Answer = unsafe {
        call(
            libc::SYS_name_to_handle_at,
            [HERE, string(&path), at, id, 0],
        );
        let there = call(libc::SYS_openat, [HERE, string(&mount), flags, 0]);
        let there = there.descriptor().unwrap_or(-1).into();
        call(libc::SYS_open_by_handle_at, [there, at, flags])
    };
    answer.told("open_by_handle_at");
    Ok(())
}

/// `refused-exec PATH [execveat]`: executes what cannot be executed.
pub(crate) fn refused_exec(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    let argv = [string(&path), 0];
    let (list, name) = (address(&argv), string(&path));
    // SAFETY: the path ends in a zero byte, the list in a null pointer; a null environment is an
    // empty one.
    let (told, answer) = unsafe {
        match words.optional() {
            None => ("execve", call(libc::SYS_execve, [name, list, 0])),
            Some("execveat") => (
                "execveat",
                call(libc::SYS_execveat, [HERE, name, list, 0, 0]),
            ),
            Some(other) => return Err(Misuse::unknown("way to execute", other)),
        }
    };
    answer.told(told);
    Ok(())
}

/// `new-process clone|clone3`: a process in a user and a mount namespace of its own, which ends at
/// once.
pub(crate) fn new_process(words: &mut Words<'_>) -> Result<(), Misuse> {
    let flags = c_long::from(libc::CLONE_NEWUSER | libc::CLONE_NEWNS);
    let way = words.text("a way")?;
    // flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls
    let arguments = [flags, 0, 0, 0, c_long::from(libc::SIGCHLD), 0, 0, 0];
    let size = size_of_val(&arguments) as c_long;
    // SAFETY: without CLONE_VM the child has a copy of everything, and ends at once.
    let answer = unsafe {
        let answer = match way {
            "clone" => call(libc::SYS_clone, [flags | c_long::from(libc::SIGCHLD)]),
            "clone3" => call(libc::SYS_clone3, [address(&arguments), size]),
            other => return Err(Misuse::unknown("way", other)),
        };
        if answer.descriptor() == Some(0) {
            libc::_exit(0);
        }
        answer
    };
    answer.told(way);
    Ok(())
}
