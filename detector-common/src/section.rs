//! Sections: the parts of a record whose length varies.
//!
//! Each begins on a multiple of eight with a [`SectionHeader`], followed by its bytes. A reader
//! skips tags that it does not know.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::record::Endpoint;

/// Longest path text of one section, in bytes.
pub const PATH_MAX: usize = 4096;
/// Longest argument text, in bytes.
pub const ARGV_MAX: usize = 32 * 1024;
/// Longest environment text, in bytes.
pub const ENV_MAX: usize = 8 * 1024;
/// Longest string claimed by a caller, in bytes.
pub const CLAIM_MAX: usize = 4096;

macro_rules! tags {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        /// What a section holds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub enum Tag { $($(#[$doc])* $name = $number,)* }

        impl Tag {
            /// The tag of a number found in a record; `None` for one that a newer sensor wrote.
            pub const fn from_number(number: u16) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }
        }
    };
}

tags! {
    /// Path of the act's object: [`PathHeader`] and text.
    Path = 1;
    /// Path of the executable: [`PathHeader`] and text.
    ExePath = 2;
    /// Path of the working directory: [`PathHeader`] and text.
    Cwd = 3;
    /// Argument strings, each ended by NUL.
    Argv = 4;
    /// Environment strings, each ended by NUL.
    Env = 5;
    /// The call's first string: path, source or device; for exec the file name as given.
    Claim = 6;
    /// The call's second string: target, new path or value.
    Claim2 = 7;
    /// The call's third string: file system type.
    Claim3 = 8;
    /// A cgroup's path below the root of its hierarchy.
    CgroupPath = 9;
    /// `sun_path` as claimed by the caller; abstract names begin with NUL.
    SocketName = 10;
    /// What the inode of an executed file says: [`ExeFile`].
    ExeFile = 14;
    /// The standard descriptors of an executed program: [`StandardDescriptors`].
    Descriptors = 16;
    /// Path of the act's second object: [`PathHeader`] and text.
    Path2 = 26;
    /// The act's second object: a [`crate::record::Object`].
    Object2 = 27;
    /// At which process the act was aimed: [`crate::record::Target`].
    Target = 11;
    /// Path of that process's executable, from its own root: [`PathHeader`] and text.
    TargetExe = 12;
    /// The directory from which the call's second name counts: [`PathHeader`] and text.
    Base2 = 13;
    /// Of a watched object the directory for whose sake it is watched.
    ObjectPlace = 28;
    /// Session, process group and terminal of a process: [`Session`].
    Session = 30;
    /// The directory from which the call's first name counts, where its mount is of another mount
    /// namespace than the task's: a [`crate::record::Object`].
    BaseObject = 31;
}

/// The bits of [`SectionHeader::flags`].
pub mod section_flag {
    /// The text was cut: more existed.
    pub const TRUNCATED: u16 = 1 << 0;
    /// The text could not be read (a page of the caller's that is not resident).
    pub const UNREADABLE: u16 = 1 << 1;
}

/// What each section begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct SectionHeader {
    /// A [`Tag`].
    pub tag: u16,
    /// Bits of [`section_flag`].
    pub flags: u16,
    /// Bytes that follow, without the filling up to a multiple of eight.
    pub length: u32,
}

/// Bytes of a [`SectionHeader`].
pub const SECTION_HEADER_SIZE: usize = size_of::<SectionHeader>();

/// How a walk from a file up through its mounts ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum WalkEnd {
    /// At the task's own root: the text is the path in the container's view.
    Root = 1,
    /// At the top of a mount tree, not passing the task's root.
    Top = 2,
    /// At a dentry without a parent that is no mount's root: memfd, pipe, a detached tree.
    Disconnected = 3,
    /// At the bound of steps or bytes; the upper part is missing.
    Truncated = 4,
    /// At memory that could not be read.
    Unreadable = 5,
}

impl WalkEnd {
    /// The end of a number found in a record.
    pub const fn from_number(number: u16) -> Option<Self> {
        match number {
            1 => Some(Self::Root),
            2 => Some(Self::Top),
            3 => Some(Self::Disconnected),
            4 => Some(Self::Truncated),
            5 => Some(Self::Unreadable),
            _ => None,
        }
    }
}

/// What a path section begins with. The text behind it is three runs of components, each run in
/// order from the leaf upwards and each component with a `/` before it:
///
/// 1. from the file to the root of the mount through which it was reached;
/// 2. from that mount's root to the root of its file system (empty unless it is a bind mount of a
///    directory);
/// 3. from the mount point upwards, across further mounts, to where the walk ended.
///
/// Runs 1 and 3 make the path that the container sees, 1 and 2 the path inside the file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct PathHeader {
    /// A [`WalkEnd`].
    pub end: u16,
    /// Bytes of the first run.
    pub inside: u16,
    /// Bytes of the second run.
    pub mount_root: u16,
    /// Bytes of the third run.
    pub above: u16,
}

/// What the inode of an executed file says beside its identity. Of a file in the upper layer of an
/// overlay it is the inode of that layer.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ExeFile {
    /// When the inode was last changed (`ctime`), in ns of wall time. No call sets it.
    pub changed: i64,
    /// When the content was last written (`mtime`), in ns of wall time. Its owner may set it.
    pub written: i64,
    /// The user whom it belongs to, in the initial user namespace.
    pub owner: u32,
    /// The group that it belongs to, in the initial user namespace.
    pub group: u32,
}

/// Session, process group and terminal of a process at the moment of the record.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Session {
    /// The session's number, in the initial pid namespace.
    pub sid: u32,
    /// The process group's, there.
    pub pgid: u32,
    /// The process group's in the task's own pid namespace; 0 where it has none.
    pub vpgid: u32,
    /// Device number of the controlling terminal, as user space has it; 0 without one.
    pub terminal: u32,
}

/// One of the descriptors 0 to 2.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct StandardDescriptor {
    /// Type and permission bits (`i_mode`) of its file; 0 where it is closed.
    pub mode: u32,
    /// Zero.
    pub reserved: u32,
    /// Both ends of a socket; all zero for what is none.
    pub endpoint: Endpoint,
}

/// Descriptors 0, 1 and 2.
pub type StandardDescriptors = [StandardDescriptor; 3];
