//! Looks at files inside a container, from outside, without being led astray or held up.
//!
//! What stands in a container was put there by somebody hostile: links that lead out, file systems
//! that answer when they like. A name is therefore resolved below the process's own root and without
//! magic links, nothing is opened, and attributes are taken as the kernel has them. First only its
//! cache is asked (RESOLVE_CACHED), which never waits; where that does not know, a thread of its own
//! asks the file system, and is waited for no longer than [`PATIENCE`]. No answer is an answer too.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, StatxFlags, openat, openat2, statx};
use rustix::io::Errno;

use super::procfs;
use crate::event::{FileKind, ProcessKey, Tgid};

/// Names of a process's own root, which its files are reached through as well.
const OWN_ROOTS: [&[u8]; 2] = [b"/proc/self/root", b"/proc/thread-self/root"];

/// How long a file system may take to answer.
const PATIENCE: Duration = Duration::from_millis(20);

/// A question: what a name of a process stands for.
type Question = (ProcessKey, Vec<u8>);

/// What the kernel says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Known(FileKind),
    Nothing,
    /// The cache does not know; the file system may.
    Uncached,
}

/// The thread that asks file systems.
#[derive(Debug)]
struct Thread {
    questions: SyncSender<Question>,
    answers: Receiver<Answer>,
}

/// Finds out what names inside containers stand for.
#[derive(Debug, Default)]
pub(super) struct Lookout {
    thread: Option<Thread>,
    /// Whether the thread still works on a question that was given up.
    held_up: bool,
}

impl Lookout {
    /// What a name of a process stands for, as far as the kernel's cache knows.
    pub(super) fn cached(process: ProcessKey, name: &[u8]) -> Option<FileKind> {
        match look(process, name, ResolveFlags::CACHED) {
            Answer::Known(kind) => Some(kind),
            Answer::Nothing | Answer::Uncached => None,
        }
    }

    /// What a name of a process stands for; where the cache does not know, by asking the file system
    /// for a bounded time.
    pub(super) fn kind(&mut self, process: ProcessKey, name: &[u8]) -> Option<FileKind> {
        match look(process, name, ResolveFlags::CACHED) {
            Answer::Known(kind) => Some(kind),
            Answer::Nothing => None,
            Answer::Uncached => self.ask((process, name.to_vec())),
        }
    }

    fn ask(&mut self, question: Question) -> Option<FileKind> {
        if self.thread.is_none() {
            self.thread = start();
        }
        let thread = self.thread.as_ref()?;
        if self.held_up {
            // The answer to a question that was given up; without it the thread is still held up.
            thread.answers.try_recv().ok()?;
            self.held_up = false;
        }
        thread.questions.try_send(question).ok()?;
        match thread.answers.recv_timeout(PATIENCE) {
            Ok(Answer::Known(kind)) => Some(kind),
            Ok(Answer::Nothing | Answer::Uncached) => None,
            Err(_) => {
                self.held_up = true;
                None
            }
        }
    }
}

fn start() -> Option<Thread> {
    let (questions, asked) = sync_channel::<Question>(1);
    let (answer, answers) = sync_channel(1);
    let work = move || {
        while let Ok((process, name)) = asked.recv() {
            if answer
                .send(look(process, &name, ResolveFlags::empty()))
                .is_err()
            {
                break;
            }
        }
    };
    thread::Builder::new()
        .name("lookout".into())
        .spawn(work)
        .ok()?;
    Some(Thread { questions, answers })
}

fn look(process: ProcessKey, name: &[u8], how: ResolveFlags) -> Answer {
    if !name.starts_with(b"/") {
        return Answer::Nothing;
    }
    match resolve(process, name, how) {
        Ok(kind) => Answer::Known(kind),
        Err(Errno::AGAIN) => Answer::Uncached,
        Err(_) => Answer::Nothing,
    }
}

fn resolve(process: ProcessKey, name: &[u8], how: ResolveFlags) -> Result<FileKind, Errno> {
    let Tgid(pid) = process.tgid;
    let path = OFlags::PATH | OFlags::CLOEXEC;
    let root = openat(
        CWD,
        format!("/proc/{pid}/root"),
        path | OFlags::DIRECTORY,
        Mode::empty(),
    )?;
    if !procfs::is_running(process) {
        return Err(Errno::SRCH);
    }
    let how = how | ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    let file = openat2(
        root,
        OsStr::from_bytes(strip(name)),
        path,
        Mode::empty(),
        how,
    )?;
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    let found = statx(file, c"", flags, StatxFlags::TYPE)?;
    Ok(FileKind::of_mode(found.stx_mode.into()))
}

/// Takes names of the process's own root away from the beginning of a path.
fn strip(mut name: &[u8]) -> &[u8] {
    loop {
        let rest = OWN_ROOTS.iter().find_map(|root| name.strip_prefix(*root));
        match rest {
            Some(b"") => return b"/",
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
    fn what_is_there_is_known_and_another_process_is_not_asked() {
        let own = procfs::own();
        let mut lookout = Lookout::default();
        assert_eq!(lookout.kind(own, b"/dev/null"), Some(FileKind::Char));
        assert_eq!(Lookout::cached(own, b"/dev"), Some(FileKind::Directory));
        assert_eq!(lookout.kind(own, b"dev"), None);
        assert_eq!(lookout.kind(own, b"/no such thing"), None);
        let mut other = own;
        other.start.0 -= 1_000_000_000;
        assert_eq!(lookout.kind(other, b"/dev/null"), None);
    }

    #[test]
    fn a_question_that_was_given_up_does_not_answer_the_next() {
        let own = procfs::own();
        let (questions, _asked) = sync_channel(1);
        let (late, answers) = sync_channel(1);
        let mut lookout = Lookout {
            thread: Some(Thread { questions, answers }),
            held_up: false,
        };
        assert_eq!(lookout.ask((own, b"/dev/null".to_vec())), None);
        assert!(lookout.held_up);
        assert_eq!(lookout.ask((own, b"/dev".to_vec())), None, "still held up");
        late.send(Answer::Known(FileKind::Block)).unwrap();
        assert_eq!(
            lookout.ask((own, b"/dev".to_vec())),
            None,
            "the late answer is nobody's"
        );
    }
}
