//! Connections, and something to connect to.

use std::io::Write;
use std::net::{IpAddr, SocketAddr, SocketAddrV6, TcpListener};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use libc::{AF_INET, AF_INET6, AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM};
use libc::{c_int, c_long};

use crate::call::{Answer, address, call};
use crate::words::{Misuse, Words};

/// `connect unix PATH`, `connect tcp|udp ADDRESS PORT [nonblocking]`
pub(crate) fn connect(words: &mut Words<'_>) -> Result<(), Misuse> {
    let transport = words.text("unix, tcp or udp")?;
    if transport == "unix" {
        let peer = unix_address(Path::new(words.text("a path")?))?;
        open_and_connect(AF_UNIX, SOCK_STREAM, &peer).told("connect");
        return Ok(());
    }
    let kind = match transport {
        "tcp" => SOCK_STREAM,
        "udp" => SOCK_DGRAM,
        other => return Err(Misuse::unknown("transport", other)),
    };
    let peer = SocketAddr::new(words.number("an address")?, words.number("a port")?);
    let waiting = match words.optional() {
        None => 0,
        Some("nonblocking") => SOCK_NONBLOCK,
        Some(other) => return Err(Misuse::unknown("way to connect", other)),
    };
    let (family, bytes) = inet_address(peer);
    open_and_connect(family, kind | waiting, &bytes).told("connect");
    Ok(())
}

fn open_and_connect(family: c_int, kind: c_int, peer: &[u8]) -> Answer {
    let kind = c_long::from(kind | SOCK_CLOEXEC);
    // SAFETY: the call takes numbers alone.
    let socket = unsafe { call(libc::SYS_socket, [family.into(), kind, 0]) };
    match socket.descriptor() {
        // SAFETY: `peer` has the length given and lives to the end of the call.
        Some(fd) => unsafe {
            call(
                libc::SYS_connect,
                [fd.into(), address(peer), peer.len() as c_long],
            )
        },
        None => socket,
    }
}

/// `sockaddr_un` as bytes.
pub(crate) fn unix_address(path: &Path) -> Result<Vec<u8>, Misuse> {
    let path = path.as_os_str().as_bytes();
    if path.len() > 107 {
        return Err(Misuse::new("a socket's path has at most 107 bytes"));
    }
    let mut bytes = (AF_UNIX as u16).to_ne_bytes().to_vec();
    bytes.extend_from_slice(path);
    bytes.push(0);
    Ok(bytes)
}

/// `sockaddr_in` or `sockaddr_in6` as bytes. An address such as `::ffff:10.0.0.1` stays IPv6.
pub(crate) fn inet_address(peer: SocketAddr) -> (c_int, Vec<u8>) {
    let port = peer.port().to_be_bytes();
    match peer.ip() {
        IpAddr::V4(ip) => {
            let mut bytes = (AF_INET as u16).to_ne_bytes().to_vec();
            bytes.extend(port);
            bytes.extend(ip.octets());
            bytes.extend([0; 8]);
            (AF_INET, bytes)
        }
        IpAddr::V6(ip) => {
            let mut bytes = (AF_INET6 as u16).to_ne_bytes().to_vec();
            bytes.extend(port);
            bytes.extend([0; 4]);
            bytes.extend(ip.octets());
            bytes.extend([0; 4]);
            (AF_INET6, bytes)
        }
    }
}

/// `listen PORT`: accepts TCP connections of both families until it is killed.
pub(crate) fn listen(words: &mut Words<'_>) -> Result<(), Misuse> {
    let port = words.number("a port")?;
    let anywhere = SocketAddrV6::new(std::net::Ipv6Addr::UNSPECIFIED, port, 0, 0);
    let listener = TcpListener::bind(anywhere)
        .map_err(|error| Misuse::new(format!("cannot listen on port {port}: {error}")))?;
    println!("{{\"act\":\"listen\",\"result\":0,\"errno\":\"SUCCESS\"}}");
    for connection in listener.incoming() {
        // Whoever connects wants no more than an answer.
        connection
            .and_then(|mut peer| peer.write_all(b"none\n"))
            .unwrap_or_default();
    }
    Ok(())
}
