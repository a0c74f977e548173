//! Files opened, and the directories where a task stands.

use detector_common::call;
use detector_common::record::{ActBody, flag};

use super::object::FileObject;
use super::path::ResolvedPath;
use super::section::Sections;
use super::text::Text;

/// Flags of open that this room reads (include/uapi/asm-generic/fcntl.h).
const O_ACCMODE: u64 = 0o3;
const O_RDONLY: u64 = 0o0;
const O_WRONLY: u64 = 0o1;
const O_PATH: u64 = 0o10_000_000;
const O_CREAT: u64 = 0o100;
/// The bit of `O_TMPFILE` that `O_DIRECTORY` lacks.
const O_TMPFILE: u64 = 0o20_000_000;

/// Permission for anybody to execute (include/uapi/linux/stat.h).
const S_IXUGO: u64 = 0o111;

/// open, openat, openat2, creat, open_by_handle_at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The opened file's path.
    pub path: Option<ResolvedPath>,
    /// The opened file.
    pub object: Option<FileObject>,
    /// Where a refused call's name counts from.
    pub base: Option<ResolvedPath>,
    /// The name as the caller gave it.
    pub name: Option<Text>,
    /// The directory's descriptor, `AT_FDCWD` for the working directory.
    pub directory: i32,
    /// Flags: `O_RDONLY` and so on.
    pub flags: u64,
    /// Permission bits for a file that is created.
    pub mode: u64,
    /// How openat2 was to resolve the name: `RESOLVE_BENEATH` and so on.
    pub resolve: u64,
    /// Of a request to an io_uring that asked for a place in the ring's own table and for no
    /// descriptor: that place, counted from 1, or [`ANY_PLACE`](Self::ANY_PLACE).
    pub direct: Option<u32>,
    /// It was submitted to an io_uring; its end is another record, or told to nobody.
    pub submitted: bool,
}

impl Open {
    /// Any place of a ring's table that is free (`IORING_FILE_INDEX_ALLOC`).
    pub const ANY_PLACE: u32 = u32::MAX;

    pub(super) fn new(header: u32, body: &ActBody, sections: Sections) -> Self {
        let [directory, _, flags, mode, resolve, direct] = body.call.args;
        let direct = direct as u32;
        // Only openat2 has 64 bits of flags; of others the kernel ignores the register's upper half.
        let flags = if body.call.number == call::OPENAT2 {
            flags
        } else {
            low_half(flags)
        };
        Self {
            path: sections.path,
            object: FileObject::new(&body.object),
            base: sections.cwd,
            name: sections.claim,
            directory: descriptor(directory),
            flags,
            mode,
            resolve,
            direct: (direct != 0).then_some(direct),
            submitted: header & flag::STARTED != 0,
        }
    }

    /// Whether the descriptor is for reading. One of `O_PATH` is for nothing but naming the file.
    pub fn reads(&self) -> bool {
        self.flags & O_PATH == 0 && self.flags & O_ACCMODE != O_WRONLY
    }

    /// Whether the descriptor is for writing. The access mode 3 needs the permission to write.
    pub fn writes(&self) -> bool {
        self.flags & O_PATH == 0 && self.flags & O_ACCMODE != O_RDONLY
    }

    /// Whether a file that does not exist was to become one that somebody may execute.
    pub fn makes_program(&self) -> bool {
        self.flags & (O_CREAT | O_TMPFILE) != 0 && self.mode & S_IXUGO != 0
    }
}

/// chdir, fchdir, chroot, pivot_root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The directory. A new root is told from the top of its mount tree, since in its own view
    /// every root is `/`.
    pub path: Option<ResolvedPath>,
    /// The directory.
    pub object: Option<FileObject>,
    /// Where a refused call's name counts from.
    pub base: Option<ResolvedPath>,
    /// The name as the caller gave it; none for fchdir.
    pub name: Option<Text>,
    /// The descriptor that fchdir was given.
    pub descriptor: Option<i32>,
    /// Where pivot_root was to put the old root, as the caller gave it.
    pub put_old: Option<Text>,
}

impl Place {
    pub(super) fn new(body: &ActBody, sections: Sections) -> Self {
        let [first, ..] = body.call.args;
        Self {
            path: sections.path,
            object: FileObject::new(&body.object),
            base: sections.cwd,
            name: sections.claim,
            descriptor: (body.call.number == call::FCHDIR).then(|| descriptor(first)),
            put_old: sections.claim2,
        }
    }
}

/// A descriptor out of a register, of which the kernel reads the lower half.
pub(super) fn descriptor(register: u64) -> i32 {
    register as u32 as i32
}

/// An `unsigned int` out of a register, or an `int` of flags.
pub(super) fn low_half(register: u64) -> u64 {
    register & 0xffff_ffff
}
