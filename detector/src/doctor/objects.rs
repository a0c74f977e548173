//! Watched objects: whether the kernel tells of changes, and how well it says who made them.

use std::os::fd::AsFd;
use std::time::Duration;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

use super::check::{Area, Check, Checks};
use crate::sensor::fanotify::{FileId, Marked, Watcher};

const MARKS: &str = "marks";
const PROCESS: &str = "process";
const COSTS: &str =
    "changes of agents' files, of logs and of the detector's own state are not told";

/// What there is to judge.
struct Facts {
    marked: Result<(), Errno>,
    tells_process: bool,
}

/// Tries it on the directory where this process stands, without changing anything.
pub(super) fn check() -> Vec<Check> {
    judge(&try_mark())
}

fn try_mark() -> Facts {
    let watcher = match Watcher::new() {
        Ok(watcher) => watcher,
        Err(error) => {
            return Facts {
                marked: Err(error),
                tells_process: false,
            };
        }
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let marked = openat(CWD, "/", flags, Mode::empty()).and_then(|directory| {
        FileId::of(directory.as_fd())?;
        watcher.mark(directory.as_fd(), None, Marked::Anchor)?;
        watcher.next(Duration::ZERO).map(drop)
    });
    Facts {
        marked,
        tells_process: watcher.tells_process(),
    }
}

fn judge(facts: &Facts) -> Vec<Check> {
    let mut checks = Checks::of(Area::Objects);
    let Facts {
        marked,
        tells_process,
    } = facts;
    match marked {
        Ok(()) => checks.ok(MARKS, "set on the root directory, with names"),
        Err(Errno::PERM) => checks.less(MARKS, "not permitted", COSTS, "start it with sudo"),
        Err(Errno::NOSYS | Errno::INVAL) => checks.less(
            MARKS,
            "this kernel has no fanotify that tells names",
            COSTS,
            "boot a kernel from 5.9 on with CONFIG_FANOTIFY=y",
        ),
        Err(error) => checks.less(
            MARKS,
            format!("the root's file system takes none: {error}"),
            "changes are told only of what lies on other file systems",
            "keep state directory, homes and workspaces on ext4, xfs or tmpfs",
        ),
    }
    match (marked, tells_process) {
        (Err(_), _) => checks.skipped(PROCESS, "there is no event to ask about", None),
        (Ok(()), true) => checks.ok(PROCESS, "told by a descriptor"),
        (Ok(()), false) => checks.less(
            PROCESS,
            "told by its number alone",
            "of a change by a process that ends at once, another may be named that got its number",
            "boot a kernel from 5.15 on",
        ),
    }
    checks.done()
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::verdicts;
    use super::*;

    fn judged(marked: Result<(), Errno>, tells_process: bool) -> Vec<&'static str> {
        let checks = judge(&Facts {
            marked,
            tells_process,
        });
        verdicts(&checks)
            .into_iter()
            .map(|(_, verdict)| verdict)
            .collect()
    }

    #[test]
    fn marks_and_processes_are_judged_apart() {
        assert_eq!(judged(Ok(()), true), ["ok", "ok"]);
        assert_eq!(judged(Ok(()), false), ["ok", "less"]);
        for error in [Errno::PERM, Errno::INVAL, Errno::OPNOTSUPP] {
            assert_eq!(judged(Err(error), true), ["less", "skipped"]);
        }
    }

    #[test]
    fn it_is_tried_here() {
        let facts = try_mark();
        let root = rustix::process::geteuid().is_root();
        assert!(facts.marked.is_ok() || !root, "{:?}", facts.marked);
    }
}
