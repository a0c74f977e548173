//! On what: a file as the kernel resolved it, whatever name the caller used.

use std::fmt::{self, Display, Formatter};

use detector_common::record::{self, object_flag};
use detector_common::section;

use super::id::{Device, NamespaceId};
use super::render;

/// A file's identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileObject {
    /// Inode number.
    pub inode: u64,
    /// Inode number below an overlay's own.
    pub real_inode: Option<u64>,
    /// Its file system's device.
    pub device: Device,
    /// Its file system's type.
    pub file_system: FileSystem,
    /// Type and permission bits.
    pub mode: u32,
    /// The device that a device node stands for; 0:0 for other files.
    pub rdev: Device,
    /// Mount namespace of the mount through which it was reached.
    pub mount_ns: Option<NamespaceId>,
    /// Where that mount belongs.
    pub mount: MountOwner,
    /// The layer of an overlay that holds it.
    pub layer: Layer,
    /// Whether it has no name left: unlinked, or a memfd.
    pub unlinked: bool,
    /// Whether it lies outside of the directory that its mount shows.
    pub outside_mount: bool,
}

/// Where a mount belongs, as seen by the task that used it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MountOwner {
    /// To the task's own mount namespace.
    Own,
    /// To another mount namespace, and the sensor did not tell whose that is.
    Other,
    /// To another mount namespace that is its container's own.
    Made,
    /// To another mount namespace that is not its container's.
    Foreign,
    /// To none, or to an anonymous one: not attached yet, or no longer.
    Detached,
    /// To the kernel: memfd, pipe, socket.
    Internal,
}

/// The number of every anonymous mount namespace since Linux 6.18 (`MNT_NS_ANON_INO` of
/// include/uapi/linux/nsfs.h); before, those have 0.
const ANONYMOUS: u32 = 0xefff_fff7;

impl MountOwner {
    fn new(raw: &record::Object) -> Self {
        let has = |flag| raw.flags & flag != 0;
        if has(object_flag::INTERNAL) {
            Self::Internal
        } else if has(object_flag::DETACHED) {
            Self::Detached
        } else if has(object_flag::OTHER_MOUNT_NS) {
            // What open_tree and fsmount make lies in an anonymous namespace until it is attached.
            if matches!(raw.mount_ns, 0 | ANONYMOUS) {
                Self::Detached
            } else if has(object_flag::FOREIGN_MOUNT_NS) {
                Self::Foreign
            } else if has(object_flag::OWN_MOUNT_NS) {
                Self::Made
            } else {
                Self::Other
            }
        } else {
            Self::Own
        }
    }
}

/// The layer of an overlay in which a file lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// No overlay, or the kernel does not let us look.
    Unknown,
    /// The writable one: made or changed since the container began.
    Upper,
    /// One of the image's.
    Lower,
}

impl Layer {
    fn new(flags: u32) -> Self {
        if flags & object_flag::UPPER != 0 {
            Self::Upper
        } else if flags & object_flag::LAYER_KNOWN != 0 {
            Self::Lower
        } else {
            Self::Unknown
        }
    }
}

/// The type of a file system, by the magic number of its superblock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileSystem(pub u32);

impl FileSystem {
    /// tmpfs, which memfds live on as well.
    pub const TMPFS: Self = Self(0x0102_1994);
    /// Namespaces as files.
    pub const NSFS: Self = Self(0x6e73_6673);
    /// Overlays.
    pub const OVERLAY: Self = Self(0x794c_7630);

    /// The name by which mount(2) knows it, where the number has one.
    pub fn name(self) -> Option<&'static str> {
        render::file_system(self.0)
    }
}

impl Display for FileSystem {
    /// The name, or the number where it is of no known file system.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#x}", self.0),
        }
    }
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Data.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A block device.
    Block,
    /// A character device.
    Char,
    /// A pipe.
    Fifo,
    /// A socket.
    Socket,
    /// None of these: the kernel's anonymous files have no type.
    Anonymous,
}

impl FileKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Regular,
        Self::Directory,
        Self::Symlink,
        Self::Block,
        Self::Char,
        Self::Fifo,
        Self::Socket,
        Self::Anonymous,
    ];

    /// From `i_mode` (include/uapi/linux/stat.h).
    pub fn of_mode(mode: u32) -> Self {
        match mode & 0o170_000 {
            0o100_000 => Self::Regular,
            0o040_000 => Self::Directory,
            0o120_000 => Self::Symlink,
            0o060_000 => Self::Block,
            0o020_000 => Self::Char,
            0o010_000 => Self::Fifo,
            0o140_000 => Self::Socket,
            _ => Self::Anonymous,
        }
    }

    /// The name in fields.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Directory => "directory",
            Self::Symlink => "symlink",
            Self::Block => "block",
            Self::Char => "char",
            Self::Fifo => "fifo",
            Self::Socket => "socket",
            Self::Anonymous => "anonymous",
        }
    }
}

impl FileObject {
    /// `None` where the kernel resolved nothing.
    pub(super) fn new(raw: &record::Object) -> Option<Self> {
        let has = |flag| raw.flags & flag != 0;
        has(object_flag::RESOLVED).then(|| Self {
            inode: raw.inode,
            real_inode: (raw.real_inode != 0).then_some(raw.real_inode),
            device: Device::from_kernel(raw.device),
            file_system: FileSystem(raw.magic),
            mode: raw.mode,
            rdev: Device::from_kernel(raw.rdev),
            mount_ns: NamespaceId::known(raw.mount_ns),
            mount: MountOwner::new(raw),
            layer: Layer::new(raw.flags),
            unlinked: has(object_flag::UNLINKED),
            outside_mount: has(object_flag::OUTSIDE_MOUNT),
        })
    }

    /// What it is.
    pub fn kind(&self) -> FileKind {
        FileKind::of_mode(self.mode)
    }

    /// Whether it lives in memory only and never had a name: memfd_create(2), on tmpfs or hugetlbfs.
    pub fn is_memfd(&self) -> bool {
        self.unlinked && self.mount == MountOwner::Internal && self.kind() == FileKind::Regular
    }
}

/// What the inode of an executed file says beside its identity. Of a file in the upper layer of an
/// overlay it is the inode of that layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl ExeFile {
    pub(super) fn new(raw: &section::ExeFile) -> Self {
        let section::ExeFile {
            changed,
            written,
            owner,
            group,
        } = *raw;
        Self {
            changed,
            written,
            owner,
            group,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(flags: u32) -> record::Object {
        record::Object {
            flags,
            mode: 0o100_755,
            magic: 0x0102_1994,
            ..Default::default()
        }
    }

    #[test]
    fn nothing_resolved_is_no_object() {
        assert_eq!(FileObject::new(&object(object_flag::OTHER_MOUNT_NS)), None);
    }

    #[test]
    fn a_memfd_is_internal_and_has_no_name() {
        let memfd = object_flag::RESOLVED | object_flag::INTERNAL | object_flag::UNLINKED;
        let memfd = FileObject::new(&object(memfd)).unwrap();
        assert!(memfd.is_memfd());
        assert_eq!(memfd.file_system, FileSystem::TMPFS);
        let deleted = object_flag::RESOLVED | object_flag::UNLINKED;
        assert!(!FileObject::new(&object(deleted)).unwrap().is_memfd());
    }

    #[test]
    fn a_mount_in_an_anonymous_namespace_is_detached() {
        let owner = |mount_ns| {
            let flags = object_flag::RESOLVED | object_flag::OTHER_MOUNT_NS;
            FileObject::new(&record::Object {
                mount_ns,
                ..object(flags)
            })
            .unwrap()
            .mount
        };
        assert_eq!(owner(4_026_531_841), MountOwner::Other);
        assert_eq!(owner(0), MountOwner::Detached);
        assert_eq!(owner(0xefff_fff7), MountOwner::Detached);
    }

    #[test]
    fn a_layer_is_told_only_where_it_is_known() {
        let layer = |flags| {
            FileObject::new(&object(object_flag::RESOLVED | flags))
                .unwrap()
                .layer
        };
        assert_eq!(layer(0), Layer::Unknown);
        assert_eq!(layer(object_flag::LAYER_KNOWN), Layer::Lower);
        assert_eq!(
            layer(object_flag::LAYER_KNOWN | object_flag::UPPER),
            Layer::Upper
        );
    }

    #[test]
    fn file_systems_have_names_or_numbers() {
        assert_eq!(FileSystem(0x9fa0).to_string(), "proc");
        assert_eq!(FileSystem(0x1234_5678).to_string(), "0x12345678");
    }

    #[test]
    fn kinds_follow_the_mode() {
        assert_eq!(FileKind::of_mode(0o060_660).name(), "block");
        assert_eq!(FileKind::of_mode(0o600).name(), "anonymous");
    }
}
