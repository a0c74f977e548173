//! Connections: internet and Unix sockets, from the socket itself where the kernel got that far,
//! else as the caller's claim.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use bytes::Bytes;
use detector_common::record::{self, ConnectBody, family, flag};

use super::file::descriptor;
use super::object::FileObject;
use super::path::{ResolvedPath, Truth};
use super::section::Sections;
use super::text::Text;

/// In place of a request's descriptor, which is forgotten when the request ends.
const UNKNOWN: i32 = -1;

/// connect, and a TCP handshake that starts or ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connect {
    /// Both ends.
    pub endpoint: Endpoint,
    /// Who says where it leads.
    pub truth: Truth,
    /// The socket's descriptor, where a call was watched that named one.
    pub descriptor: Option<i32>,
    /// What the record tells of the connection.
    pub stage: Stage,
    /// Of a Unix socket, the path of the peer's file.
    pub path: Option<ResolvedPath>,
    /// Of a Unix socket, the peer's file.
    pub object: Option<FileObject>,
    /// Where a refused call's socket name counts from.
    pub base: Option<ResolvedPath>,
    /// Of a Unix socket, its name as the caller gave it. An abstract one begins with NUL.
    pub socket_name: Option<Text>,
}

/// What a record tells of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// All of it: the call has returned.
    Whole,
    /// A TCP handshake has begun; its end is another record.
    Started,
    /// The end of a TCP handshake.
    Ended,
}

impl Stage {
    fn new(flags: u32) -> Self {
        if flags & flag::STARTED != 0 {
            Self::Started
        } else if flags & flag::RESULT != 0 {
            Self::Ended
        } else {
            Self::Whole
        }
    }
}

/// Both ends of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// An internet socket. Addresses are canonical: IPv4 mapped into IPv6 is IPv4.
    Internet {
        /// `None` in a claim: the caller names only the peer.
        protocol: Option<Protocol>,
        /// `None` in a claim.
        local: Option<SocketAddr>,
        /// The peer.
        remote: SocketAddr,
    },
    /// A Unix socket: see path and socket name.
    Unix,
    /// A socket of another address family.
    Other {
        /// `AF_*`.
        family: u16,
    },
}

/// An internet protocol's number (`IPPROTO_*` of include/uapi/linux/in.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Protocol(pub u16);

impl Protocol {
    /// The name that fields use.
    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "icmp",
            6 => "tcp",
            17 => "udp",
            58 => "icmpv6",
            132 => "sctp",
            255 => "raw",
            262 => "mptcp",
            _ => return None,
        })
    }
}

impl Connect {
    pub(super) fn new(flags: u32, body: &ConnectBody, sections: Sections) -> Self {
        let resolved = body.endpoint.resolved != 0;
        let stage = Stage::new(flags);
        let [socket, ..] = body.call.args;
        Self {
            endpoint: Endpoint::new(&body.endpoint),
            truth: if resolved {
                Truth::Kernel
            } else {
                Truth::Claim
            },
            descriptor: (stage == Stage::Whole)
                .then(|| descriptor(socket))
                .filter(|socket| *socket != UNKNOWN),
            stage,
            path: sections.path,
            object: FileObject::new(&body.object),
            base: sections.cwd,
            socket_name: sections.socket_name.map(socket_name),
        }
    }

    /// The name of an abstract socket, with `@` in place of the NUL as /proc/net/unix has it.
    pub fn abstract_name(&self) -> Option<Vec<u8>> {
        let name = self.socket_name.as_ref()?.known()?.strip_prefix(&[0])?;
        Some([b"@", name].concat())
    }
}

impl Endpoint {
    pub(super) fn new(raw: &record::Endpoint) -> Self {
        let ends = match raw.family {
            family::UNIX => return Self::Unix,
            family::INET => [raw.local, raw.remote].map(v4),
            family::INET6 => [raw.local, raw.remote].map(v6),
            family => return Self::Other { family },
        };
        let [local, remote] = ends;
        let resolved = raw.resolved != 0;
        Self::Internet {
            protocol: resolved.then_some(Protocol(raw.protocol)),
            local: resolved.then_some(SocketAddr::new(local, raw.local_port)),
            remote: SocketAddr::new(remote, raw.remote_port),
        }
    }

    /// Both ends of an internet socket in one text: `10.0.0.2:40000->10.0.0.1:80`, in a claim
    /// without the first.
    pub fn tuple(&self) -> Option<String> {
        let end = |end: SocketAddr| format!("{}:{}", end.ip(), end.port());
        let local = self.local().map(end).unwrap_or_default();
        self.remote()
            .map(|remote| format!("{local}->{}", end(remote)))
    }

    /// What kind of socket it is, as fields name it.
    pub fn type_name(&self) -> Option<&'static str> {
        match self {
            Self::Internet { remote, .. } if remote.is_ipv4() => Some("ipv4"),
            Self::Internet { .. } => Some("ipv6"),
            Self::Unix => Some("unix"),
            Self::Other { .. } => None,
        }
    }

    /// The protocol of an internet socket.
    pub fn protocol(&self) -> Option<Protocol> {
        match self {
            Self::Internet { protocol, .. } => *protocol,
            _ => None,
        }
    }

    /// The own end of an internet socket.
    pub fn local(&self) -> Option<SocketAddr> {
        match self {
            Self::Internet { local, .. } => *local,
            _ => None,
        }
    }

    /// The peer of an internet socket.
    pub fn remote(&self) -> Option<SocketAddr> {
        match self {
            Self::Internet { remote, .. } => Some(*remote),
            _ => None,
        }
    }
}

/// An IPv4 address stands in the first four bytes.
fn v4([a, b, c, d, ..]: [u8; 16]) -> IpAddr {
    IpAddr::from([a, b, c, d])
}

fn v6(bytes: [u8; 16]) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical()
}

/// Takes from `sun_path` what the kernel takes: a path up to the first NUL, an abstract name whole.
fn socket_name(text: Text) -> Text {
    let Text { bytes, extent } = text;
    let end = match bytes.iter().position(|byte| *byte == 0) {
        None | Some(0) => bytes.len(),
        Some(end) => end,
    };
    let bytes: Bytes = bytes.slice(..end);
    Text { bytes, extent }
}
