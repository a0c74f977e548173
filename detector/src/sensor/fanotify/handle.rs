//! By what a file is known across names, mounts and renames: its file system and its handle there.

use std::os::fd::{AsRawFd, BorrowedFd};

use rustix::fs::fstatfs;
use rustix::io::{self, Errno};

use super::answer;

/// The longest handle that a file system gives (`MAX_HANDLE_SZ` of include/linux/fs.h).
const LONGEST: usize = 128;

/// A file, as the events of fanotify name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId {
    pub(super) file_system: [u8; 8],
    pub(super) kind: i32,
    pub(super) handle: Box<[u8]>,
}

/// `struct file_handle` with room for any handle.
#[repr(C)]
struct RawHandle {
    bytes: u32,
    kind: i32,
    handle: [u8; LONGEST],
}

impl FileId {
    /// The file behind a descriptor, of whatever kind that is.
    ///
    /// # Errors
    /// If the file system gives no handles.
    pub fn of(file: BorrowedFd<'_>) -> io::Result<Self> {
        let mut raw = RawHandle {
            bytes: LONGEST as u32,
            kind: 0,
            handle: [0; LONGEST],
        };
        let mut mount = 0;
        // SAFETY: the descriptor is open while it is borrowed, the name ends with NUL, and `raw` has
        // the layout of `struct file_handle` with as many bytes behind it as it says.
        let told = unsafe {
            libc::name_to_handle_at(
                file.as_raw_fd(),
                c"".as_ptr(),
                (&raw mut raw).cast(),
                &raw mut mount,
                libc::AT_EMPTY_PATH,
            )
        };
        answer(told)?;
        let handle = raw.handle.get(..raw.bytes as usize).ok_or(Errno::IO)?;
        Ok(Self {
            file_system: fsid(&fstatfs(file)?.f_fsid),
            kind: raw.kind,
            handle: handle.into(),
        })
    }
}

fn fsid(id: &rustix::fs::Fsid) -> [u8; 8] {
    // SAFETY: both are eight bytes without padding: it is two `int`, which the library keeps
    // to itself.
    unsafe { std::mem::transmute_copy(id) }
}
const _: () = assert!(size_of::<rustix::fs::Fsid>() == 8);
