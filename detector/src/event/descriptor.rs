//! Descriptors: where the standard ones of a program lead, and sockets that become standard ones.

use detector_common::call;
use detector_common::record::ConnectBody;
use detector_common::section;

use super::file::descriptor;
use super::network::Endpoint;
use super::object::{FileKind, FileObject};

/// Where one of the descriptors 0 to 2 leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standard {
    /// Nowhere: it is closed.
    Closed,
    /// To a file of this kind, which is no socket.
    File(FileKind),
    /// To a socket.
    Socket(Endpoint),
}

impl Standard {
    pub(super) fn new(raw: &section::StandardDescriptor) -> Self {
        match FileKind::of_mode(raw.mode) {
            _ if raw.mode == 0 && raw.endpoint.resolved == 0 => Self::Closed,
            FileKind::Socket => Self::Socket(Endpoint::new(&raw.endpoint)),
            kind => Self::File(kind),
        }
    }

    /// The socket, where it is one.
    pub fn socket(&self) -> Option<&Endpoint> {
        match self {
            Self::Socket(endpoint) => Some(endpoint),
            Self::Closed | Self::File(_) => None,
        }
    }
}

/// dup, dup2, dup3: a standard descriptor that now is an internet socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The descriptor that was doubled.
    pub old: i32,
    /// The flags of dup3.
    pub flags: u32,
    /// Both ends of the socket.
    pub endpoint: Endpoint,
    /// The socket's own inode.
    pub object: Option<FileObject>,
}

impl Descriptor {
    pub(super) fn new(body: &ConnectBody) -> Self {
        let [old, _, flags, ..] = body.call.args;
        Self {
            old: descriptor(old),
            flags: if body.call.number == call::DUP3 {
                flags as u32
            } else {
                0
            },
            endpoint: Endpoint::new(&body.endpoint),
            object: FileObject::new(&body.object),
        }
    }
}
