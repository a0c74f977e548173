//! Namespaces changed: setns and unshare. The subject is the task after the call.

use detector_common::call;
use detector_common::record::ActBody;

use super::file::{descriptor, low_half};
use super::id::NamespaceId;
use super::object::{FileObject, FileSystem};

/// `CLONE_NEWUSER` of include/uapi/linux/sched.h.
const CLONE_NEWUSER: u64 = 0x1000_0000;

/// A call that changes namespaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// setns
    Enter {
        /// The descriptor of a namespace, or of a process.
        descriptor: i32,
        /// `CLONE_NEWNS` and so on; 0 for whatever the descriptor is of.
        types: u64,
        /// What the descriptor stands for, told of refused calls too.
        object: Option<FileObject>,
    },
    /// unshare
    Leave {
        /// `CLONE_NEWUSER` and so on.
        flags: u64,
    },
}

impl Namespace {
    /// `None` for a call that is not of this family.
    pub(super) fn new(body: &ActBody) -> Option<Self> {
        let [first, second, ..] = body.call.args;
        match body.call.number {
            call::SETNS => Some(Self::Enter {
                descriptor: descriptor(first),
                types: low_half(second),
                object: FileObject::new(&body.object),
            }),
            call::UNSHARE => Some(Self::Leave { flags: first }),
            _ => None,
        }
    }

    /// The file behind the descriptor of setns.
    pub fn object(&self) -> Option<&FileObject> {
        match self {
            Self::Enter { object, .. } => object.as_ref(),
            Self::Leave { .. } => None,
        }
    }

    /// The namespace that setns was to enter; `None` where the descriptor is of a process.
    pub fn entered(&self) -> Option<NamespaceId> {
        let object = self
            .object()
            .filter(|object| object.file_system == FileSystem::NSFS)?;
        u32::try_from(object.inode).ok().map(NamespaceId)
    }

    /// The types of namespaces that the caller named.
    pub fn types(&self) -> u64 {
        match self {
            Self::Enter { types, .. } => *types,
            Self::Leave { flags } => *flags,
        }
    }

    /// Whether a user namespace is among them.
    pub fn names_user(&self) -> bool {
        self.types() & CLONE_NEWUSER != 0
    }
}
