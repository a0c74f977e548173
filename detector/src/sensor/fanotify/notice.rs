//! What fanotify tells, read from its queue.
//!
//! An event is `struct fanotify_event_metadata`, then records of their own length
//! (include/uapi/linux/fanotify.h): the directory and the name by which it was reached, the file, the
//! process. Every length is checked; what does not fit is left out.

use std::os::fd::{FromRawFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use zerocopy::{FromBytes, Immutable, KnownLayout};

use super::FileId;

/// What was done, and to what.
#[derive(Debug)]
pub struct Notice {
    /// What.
    pub what: What,
    /// By whom.
    pub process: Process,
    /// The directory and the name through which it was done.
    pub through: Option<(FileId, Vec<u8>)>,
    /// The file that it was done to; not told of names that come and go.
    pub file: Option<FileId>,
}

/// What was done: several things, where the kernel has merged equal events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct What(u64);

#[cfg(test)]
impl What {
    pub(crate) const MODIFIED: u64 = libc::FAN_MODIFY;
    pub(crate) const CLOSED: u64 = libc::FAN_CLOSE_WRITE;
    pub(crate) const ATTRIBUTES: u64 = libc::FAN_ATTRIB;

    /// By the kernel's bits.
    pub(crate) const fn of(bits: u64) -> Self {
        Self(bits)
    }
}

impl What {
    /// The queue was full: events were lost.
    #[must_use]
    pub const fn overflow(self) -> bool {
        self.0 & libc::FAN_Q_OVERFLOW != 0
    }

    /// A name was made.
    #[must_use]
    pub const fn created(self) -> bool {
        self.0 & libc::FAN_CREATE != 0
    }

    /// A name was removed.
    #[must_use]
    pub const fn removed(self) -> bool {
        self.0 & libc::FAN_DELETE != 0
    }

    /// Something was moved away from a name.
    #[must_use]
    pub const fn moved_away(self) -> bool {
        self.0 & libc::FAN_MOVED_FROM != 0
    }

    /// Something was moved to a name.
    #[must_use]
    pub const fn moved_in(self) -> bool {
        self.0 & libc::FAN_MOVED_TO != 0
    }

    /// The file was written to.
    #[must_use]
    pub const fn modified(self) -> bool {
        self.0 & libc::FAN_MODIFY != 0
    }

    /// What was open for writing is no more: a mapping of it too.
    #[must_use]
    pub const fn closed(self) -> bool {
        self.0 & libc::FAN_CLOSE_WRITE != 0
    }

    /// The file's inode was changed.
    #[must_use]
    pub const fn attributes(self) -> bool {
        self.0 & libc::FAN_ATTRIB != 0
    }

    /// The directory itself was moved.
    #[must_use]
    pub const fn self_moved(self) -> bool {
        self.0 & libc::FAN_MOVE_SELF != 0
    }

    /// The directory itself was removed.
    #[must_use]
    pub const fn self_removed(self) -> bool {
        self.0 & libc::FAN_DELETE_SELF != 0
    }
}

/// The process that acted.
#[derive(Debug)]
pub struct Process {
    /// Its id; 0 where the kernel cannot say it.
    pub pid: u32,
    descriptor: Option<OwnedFd>,
    /// Whether it had gone before the event was read.
    gone: bool,
}

impl Process {
    /// Whether it has ended, and its id may be another's: only told where the kernel gives
    /// descriptors.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.gone
            || self.descriptor.as_ref().is_some_and(|process| {
                let mut ended = [PollFd::new(process, PollFlags::IN)];
                poll(&mut ended, Some(&Timespec::default())) == Ok(1)
            })
    }
}

#[derive(FromBytes, KnownLayout, Immutable)]
#[repr(C)]
struct Metadata {
    length: u32,
    version: u8,
    reserved: u8,
    own_length: u16,
    mask: u64,
    descriptor: i32,
    pid: i32,
}

#[derive(FromBytes, KnownLayout, Immutable)]
#[repr(C)]
struct InfoHead {
    kind: u8,
    padding: u8,
    length: u16,
}

#[derive(FromBytes, KnownLayout, Immutable)]
#[repr(C)]
struct Fid {
    file_system: [u8; 8],
    bytes: u32,
    kind: i32,
}

/// Reads what a reading took.
pub(super) fn read(mut bytes: &[u8]) -> Vec<Notice> {
    let mut notices = Vec::new();
    while let Ok((metadata, _)) = Metadata::read_from_prefix(bytes) {
        let length = metadata.length as usize;
        let own = usize::from(metadata.own_length);
        let (Some(event), Some(rest)) = (bytes.get(own..length), bytes.get(length..)) else {
            break;
        };
        if metadata.version != libc::FANOTIFY_METADATA_VERSION || length == 0 {
            break;
        }
        notices.push(one(&metadata, event));
        bytes = rest;
    }
    notices
}

fn one(metadata: &Metadata, mut infos: &[u8]) -> Notice {
    let mut notice = Notice {
        what: What(metadata.mask),
        process: Process {
            pid: u32::try_from(metadata.pid).unwrap_or(0),
            descriptor: None,
            gone: false,
        },
        through: None,
        file: None,
    };
    while let Ok((head, _)) = InfoHead::read_from_prefix(infos) {
        let length = usize::from(head.length);
        let body = infos.get(size_of::<InfoHead>()..length);
        let (Some(body), Some(rest)) = (body, infos.get(length..)) else {
            break;
        };
        match head.kind {
            libc::FAN_EVENT_INFO_TYPE_DFID_NAME => {
                notice.through = fid(body).map(|(id, name)| (id, text(name)));
            }
            // Of a directory's own events, which have no name.
            libc::FAN_EVENT_INFO_TYPE_FID | libc::FAN_EVENT_INFO_TYPE_DFID => {
                notice.file = fid(body).map(|(id, _)| id);
            }
            libc::FAN_EVENT_INFO_TYPE_PIDFD => process(body, &mut notice.process),
            _ => {}
        }
        infos = rest;
    }
    notice
}

fn fid(body: &[u8]) -> Option<(FileId, &[u8])> {
    let (fid, rest) = Fid::read_from_prefix(body).ok()?;
    let (handle, name) = rest.split_at_checked(fid.bytes as usize)?;
    let id = FileId {
        file_system: fid.file_system,
        kind: fid.kind,
        handle: handle.into(),
    };
    Some((id, name))
}

/// A name ends with the first NUL; what follows fills up.
fn text(name: &[u8]) -> Vec<u8> {
    let end = name.iter().position(|byte| *byte == 0);
    name.get(..end.unwrap_or(name.len()))
        .unwrap_or_default()
        .to_vec()
}

fn process(body: &[u8], process: &mut Process) {
    let Ok((descriptor, _)) = i32::read_from_prefix(body) else {
        return;
    };
    if descriptor >= 0 {
        // SAFETY: the kernel has made this descriptor for us with the event that was just read, and
        // nobody else knows it.
        process.descriptor = Some(unsafe { OwnedFd::from_raw_fd(descriptor) });
    } else {
        process.gone = descriptor == libc::FAN_NOPIDFD;
    }
}
