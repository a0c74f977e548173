//! fanotify: the kernel tells what is done to marked files and directories, and by which process.
//!
//! Marks stand on inodes, so whoever reaches one by another mount or another name is told all the
//! same. Directories are marked for names that come and go in them, files for what is done to them.
//! Events carry file handles and names (Linux 5.9); where the kernel has it, a descriptor of the
//! process besides (5.15), by which a reused process id is told apart.
//!
//! File systems that give no handles (some overlays, btrfs below a subvolume before 6.8) take no such
//! marks: [`Watcher::mark`] then fails, and whoever asked says so.

mod handle;
mod notice;

use std::ffi::CStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

use libc::c_uint;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{self, Errno};

pub use handle::FileId;
pub use notice::{Notice, Process, What};

/// What is told of the names in a directory, and of the directory itself.
const IN_DIRECTORY: u64 = libc::FAN_CREATE
    | libc::FAN_DELETE
    | libc::FAN_MOVED_FROM
    | libc::FAN_MOVED_TO
    | libc::FAN_MOVE_SELF
    | libc::FAN_DELETE_SELF
    | libc::FAN_ATTRIB
    | libc::FAN_ONDIR;

/// What is told of a file. Not when it is opened: that would tell of every reader.
const OF_FILE: u64 = libc::FAN_MODIFY | libc::FAN_ATTRIB | libc::FAN_CLOSE_WRITE;

/// Bytes that one reading takes.
const BUFFER: usize = 64 * 1024;

/// What a mark is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// Of the names in a directory, and of itself.
    Directory,
    /// Of a directory that it is moved or removed, and no more.
    Anchor,
    /// Of a file.
    File,
}

impl Marked {
    const fn mask(self) -> u64 {
        match self {
            Self::Directory => IN_DIRECTORY,
            Self::Anchor => libc::FAN_MOVE_SELF | libc::FAN_DELETE_SELF | libc::FAN_ONDIR,
            Self::File => OF_FILE,
        }
    }
}

/// The kernel's end of all marks; they go with the value.
#[derive(Debug)]
pub struct Watcher {
    queue: OwnedFd,
    tells_process: bool,
}

impl Watcher {
    /// An empty set of marks.
    ///
    /// # Errors
    /// Without CAP_SYS_ADMIN (`EPERM`), without fanotify (`ENOSYS`), or before Linux 5.9 (`EINVAL`).
    pub fn new() -> io::Result<Self> {
        match init(libc::FAN_REPORT_PIDFD) {
            Err(Errno::INVAL) => init(0).map(|queue| Self {
                queue,
                tells_process: false,
            }),
            queue => queue.map(|queue| Self {
                queue,
                tells_process: true,
            }),
        }
    }

    /// Whether events come with a descriptor of the process.
    #[must_use]
    pub const fn tells_process(&self) -> bool {
        self.tells_process
    }

    /// Marks what has this name in a directory, or the directory itself. A symbolic link is marked
    /// as such, never followed.
    ///
    /// # Errors
    /// If nothing has that name, if the file system gives no handles (`EOPNOTSUPP`, `ENODEV`,
    /// `EXDEV`), or without memory.
    pub fn mark(
        &self,
        directory: BorrowedFd<'_>,
        name: Option<&CStr>,
        what: Marked,
    ) -> io::Result<()> {
        self.change(libc::FAN_MARK_ADD, directory, name, what)
    }

    /// Takes such a mark away.
    ///
    /// # Errors
    /// If nothing has that name, or no such mark.
    pub fn unmark(
        &self,
        directory: BorrowedFd<'_>,
        name: Option<&CStr>,
        what: Marked,
    ) -> io::Result<()> {
        self.change(libc::FAN_MARK_REMOVE, directory, name, what)
    }

    fn change(
        &self,
        how: c_uint,
        directory: BorrowedFd<'_>,
        name: Option<&CStr>,
        what: Marked,
    ) -> io::Result<()> {
        let flags = how | libc::FAN_MARK_DONT_FOLLOW;
        let name = name.map_or(std::ptr::null(), CStr::as_ptr);
        // SAFETY: both descriptors are open while they are borrowed, and the name is null or ends
        // with NUL; the kernel only reads it.
        let marked = unsafe {
            libc::fanotify_mark(
                self.queue.as_raw_fd(),
                flags,
                what.mask(),
                directory.as_raw_fd(),
                name,
            )
        };
        answer(marked).map(drop)
    }

    /// Waits for events, at most for a time, and takes some of them.
    ///
    /// # Errors
    /// When the queue cannot be read.
    pub fn next(&self, patience: Duration) -> io::Result<Vec<Notice>> {
        let timeout = Timespec::try_from(patience).map_err(|_| Errno::INVAL)?;
        let mut waiting = [PollFd::new(&self.queue, PollFlags::IN)];
        match poll(&mut waiting, Some(&timeout)) {
            Ok(0) | Err(Errno::INTR) => return Ok(Vec::new()),
            Ok(_) => {}
            Err(error) => return Err(error),
        }
        let mut buffer = vec![0; BUFFER];
        match io::read(&self.queue, &mut buffer) {
            Ok(length) => Ok(notice::read(buffer.get(..length).unwrap_or_default())),
            Err(Errno::AGAIN | Errno::INTR) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

impl AsFd for Watcher {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}

fn init(more: c_uint) -> io::Result<OwnedFd> {
    let flags = libc::FAN_CLASS_NOTIF
        | libc::FAN_CLOEXEC
        | libc::FAN_NONBLOCK
        | libc::FAN_UNLIMITED_MARKS
        | libc::FAN_REPORT_FID
        | libc::FAN_REPORT_DFID_NAME
        | more;
    // SAFETY: the call takes two numbers and touches no memory of ours.
    let queue = answer(unsafe { libc::fanotify_init(flags, libc::O_RDONLY as c_uint) })?;
    // SAFETY: the descriptor is new, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(queue) })
}

/// What a call of the C library returned.
fn answer(returned: libc::c_int) -> io::Result<libc::c_int> {
    if returned < 0 {
        let error = std::io::Error::last_os_error();
        return Err(Errno::from_io_error(&error).unwrap_or(Errno::IO));
    }
    Ok(returned)
}

#[cfg(test)]
mod tests;
