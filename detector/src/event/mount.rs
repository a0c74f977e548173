//! The mount tree changed: mount and umount2, and the newer family that builds mounts in steps.

use detector_common::call;
use detector_common::record::ActBody;

use super::file::{descriptor, low_half};
use super::object::FileObject;
use super::path::ResolvedPath;
use super::section::Sections;
use super::text::Text;

/// A call of the mount family. Texts are the caller's; paths and objects are the kernel's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mount {
    /// mount
    Mount {
        /// What was mounted: a device, a directory, or a word that means nothing.
        source: Option<Text>,
        /// Where.
        target: Option<Text>,
        /// The file system's type; none for a bind mount, a remount, a move.
        fs_type: Option<Text>,
        /// `MS_BIND` and so on.
        flags: u64,
    },
    /// umount2
    Unmount {
        /// Where.
        target: Option<Text>,
        /// `MNT_DETACH` and so on.
        flags: u64,
    },
    /// open_tree
    OpenTree {
        /// The directory's descriptor from which the name counts.
        directory: i32,
        /// What was opened.
        name: Option<Text>,
        /// `OPEN_TREE_CLONE` and so on.
        flags: u64,
        /// What the descriptor stands for.
        tree: Tree,
    },
    /// move_mount
    MoveMount {
        /// The descriptor from which the source counts.
        from: i32,
        /// What was moved; empty where the descriptor itself is.
        source: Option<Text>,
        /// The descriptor from which the target counts.
        to: i32,
        /// Where it was moved.
        target: Option<Text>,
        /// `MOVE_MOUNT_F_EMPTY_PATH` and so on.
        flags: u64,
        /// The file behind the first descriptor.
        object: Option<FileObject>,
    },
    /// fsopen
    FsOpen {
        /// The file system's type.
        fs_type: Option<Text>,
        /// `FSOPEN_CLOEXEC`.
        flags: u64,
    },
    /// fsconfig
    FsConfig {
        /// The descriptor of the file system in the making.
        descriptor: i32,
        /// `FSCONFIG_SET_STRING` and so on.
        command: u64,
        /// The option; `source` names what is mounted.
        key: Option<Text>,
        /// Its value, where that is a text.
        value: Option<Text>,
    },
    /// fsmount
    FsMount {
        /// The descriptor of the file system that was made.
        descriptor: i32,
        /// `FSMOUNT_CLOEXEC`.
        flags: u64,
        /// `MOUNT_ATTR_RDONLY` and so on.
        attributes: u64,
        /// What the new descriptor stands for.
        tree: Tree,
    },
    /// fspick
    FsPick {
        /// The directory's descriptor from which the name counts.
        directory: i32,
        /// The mount whose file system is to be configured.
        name: Option<Text>,
        /// `FSPICK_EMPTY_PATH` and so on.
        flags: u64,
    },
    /// mount_setattr
    SetAttributes {
        /// The descriptor from which the name counts.
        directory: i32,
        /// The mount that is changed; empty where the descriptor itself is.
        name: Option<Text>,
        /// `AT_RECURSIVE` and so on.
        flags: u64,
        /// `MOUNT_ATTR_RDONLY` and so on that are set. As all that follows the caller's claim.
        set: u64,
        /// Those that are cleared.
        cleared: u64,
        /// `MS_SHARED` and so on; 0 for no change.
        propagation: u64,
        /// The file behind the descriptor.
        object: Option<FileObject>,
    },
}

/// A mount that a descriptor stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// Its root's path.
    pub path: Option<ResolvedPath>,
    /// Its root.
    pub object: Option<FileObject>,
}

impl Mount {
    /// `None` for a call that is not of this family.
    pub(super) fn new(body: &ActBody, sections: Sections) -> Option<Self> {
        let Sections {
            path,
            claim,
            claim2,
            claim3,
            ..
        } = sections;
        let [first, second, third, fourth, fifth, sixth] = body.call.args;
        let object = FileObject::new(&body.object);
        Some(match body.call.number {
            call::MOUNT => Self::Mount {
                source: claim,
                target: claim2,
                fs_type: claim3,
                flags: fourth,
            },
            call::UMOUNT2 => Self::Unmount {
                target: claim,
                flags: low_half(second),
            },
            call::OPEN_TREE => Self::OpenTree {
                directory: descriptor(first),
                name: claim,
                flags: low_half(third),
                tree: Tree { path, object },
            },
            call::MOVE_MOUNT => Self::MoveMount {
                from: descriptor(first),
                source: claim,
                to: descriptor(third),
                target: claim2,
                flags: low_half(fifth),
                object,
            },
            call::FSOPEN => Self::FsOpen {
                fs_type: claim,
                flags: low_half(second),
            },
            call::FSCONFIG => Self::FsConfig {
                descriptor: descriptor(first),
                command: low_half(second),
                key: claim,
                value: claim2,
            },
            call::FSMOUNT => Self::FsMount {
                descriptor: descriptor(first),
                flags: low_half(second),
                attributes: low_half(third),
                tree: Tree { path, object },
            },
            call::FSPICK => Self::FsPick {
                directory: descriptor(first),
                name: claim,
                flags: low_half(third),
            },
            call::MOUNT_SETATTR => Self::SetAttributes {
                directory: descriptor(first),
                name: claim,
                flags: low_half(third),
                set: fourth,
                cleared: fifth,
                propagation: sixth,
                object,
            },
            _ => return None,
        })
    }

    /// What was mounted, opened or moved, in the caller's words.
    pub fn source(&self) -> Option<&Text> {
        match self {
            Self::Mount { source, .. } | Self::MoveMount { source, .. } => source.as_ref(),
            Self::OpenTree { name, .. } => name.as_ref(),
            Self::FsConfig { key, value, .. } => {
                let key = key.as_ref()?;
                if key.known() == Some(b"source") {
                    value.as_ref()
                } else {
                    None
                }
            }
            Self::Unmount { .. }
            | Self::FsOpen { .. }
            | Self::FsMount { .. }
            | Self::FsPick { .. }
            | Self::SetAttributes { .. } => None,
        }
    }

    /// Where, in the caller's words.
    pub fn target(&self) -> Option<&Text> {
        match self {
            Self::Mount { target, .. }
            | Self::Unmount { target, .. }
            | Self::MoveMount { target, .. } => target.as_ref(),
            Self::FsPick { name, .. } | Self::SetAttributes { name, .. } => name.as_ref(),
            Self::OpenTree { .. }
            | Self::FsOpen { .. }
            | Self::FsConfig { .. }
            | Self::FsMount { .. } => None,
        }
    }

    /// The file system's type, in the caller's words.
    pub fn fs_type(&self) -> Option<&Text> {
        match self {
            Self::Mount { fs_type, .. } | Self::FsOpen { fs_type, .. } => fs_type.as_ref(),
            _ => None,
        }
    }

    /// The root of the mount that was opened, made or moved.
    pub fn object(&self) -> Option<&FileObject> {
        match self {
            Self::OpenTree { tree, .. } | Self::FsMount { tree, .. } => tree.object.as_ref(),
            Self::MoveMount { object, .. } | Self::SetAttributes { object, .. } => object.as_ref(),
            _ => None,
        }
    }

    /// Where that root is.
    pub fn path(&self) -> Option<&ResolvedPath> {
        match self {
            Self::OpenTree { tree, .. } | Self::FsMount { tree, .. } => tree.path.as_ref(),
            _ => None,
        }
    }
}
