//! Looks at files inside a container, from outside, without being led astray or held up.
//!
//! What stands in a container was put there by somebody hostile: links that lead out, file systems
//! that answer when they like. A name is therefore resolved below the process's own root, without
//! magic links, and only as far as the kernel has it in its cache (RESOLVE_CACHED): nothing is
//! opened, no file system is asked, and the question never waits. No answer is an answer too.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, StatxFlags, openat, openat2, statx};

use super::procfs;
use crate::event::{FileKind, ProcessKey, Tgid};

/// Names of a process's own root, which its files are reached through as well.
const OWN_ROOTS: [&[u8]; 2] = [b"/proc/self/root", b"/proc/thread-self/root"];

/// What a name of a process stands for, if the kernel knows it at once.
pub(super) fn kind(process: ProcessKey, name: &[u8]) -> Option<FileKind> {
    if !name.starts_with(b"/") {
        return None;
    }
    let Tgid(pid) = process.tgid;
    let path = OFlags::PATH | OFlags::CLOEXEC;
    let root = openat(
        CWD,
        format!("/proc/{pid}/root"),
        path | OFlags::DIRECTORY,
        Mode::empty(),
    );
    let root = root.ok()?;
    if !procfs::is_running(process) {
        return None;
    }
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS | ResolveFlags::CACHED;
    let name = OsStr::from_bytes(strip(name));
    let file = openat2(root, name, path, Mode::empty(), resolve).ok()?;
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    let found = statx(file, c"", flags, StatxFlags::TYPE).ok()?;
    Some(FileKind::of_mode(found.stx_mode.into()))
}

/// Takes names of the process's own root away from the beginning of a path.
fn strip(mut name: &[u8]) -> &[u8] {
    loop {
        let rest = OWN_ROOTS.iter().find_map(|root| name.strip_prefix(*root));
        match rest {
            Some(rest) if rest.is_empty() => return b"/",
            Some(rest) if rest.starts_with(b"/") => name = rest,
            _ => return name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_roots_are_seen_through() {
        assert_eq!(
            strip(b"/proc/self/root/proc/thread-self/root/dev/sda"),
            b"/dev/sda"
        );
        assert_eq!(strip(b"/proc/self/root"), b"/");
        assert_eq!(strip(b"/proc/self/roots/x"), b"/proc/self/roots/x");
    }

    #[test]
    fn what_is_cached_is_known_and_another_process_is_not_asked() {
        let own = procfs::own();
        // Looked at, and thereby cached.
        std::fs::metadata("/dev/null").unwrap();
        assert_eq!(kind(own, b"/dev/null"), Some(FileKind::Char));
        assert_eq!(kind(own, b"/dev"), Some(FileKind::Directory));
        assert_eq!(kind(own, b"dev"), None);
        assert_eq!(kind(own, b"/no such thing"), None);
        let mut other = own;
        other.start.0 -= 1_000_000_000;
        assert_eq!(kind(other, b"/dev/null"), None);
    }
}
