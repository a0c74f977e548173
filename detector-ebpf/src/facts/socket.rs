//! Sockets: what stands behind an open file, and both ends of an internet connection.

use detector_common::record::{Endpoint, family};

use crate::kernel::{Address, follow, offset, present, read};

/// The socket behind an open file.
#[inline(always)]
pub fn behind(file: Address) -> Address {
    follow(follow(file, offset!(file_private_data)), offset!(socket_sk))
}

/// Whether a socket is an internet socket.
#[inline(always)]
pub fn is_internet(socket: Address) -> bool {
    let family: u16 = read(socket, offset!(sock_skc_family));
    family == family::INET || family == family::INET6
}

/// Writes both ends of an internet socket.
#[inline(always)]
pub fn internet(socket: Address, into: &mut Endpoint) {
    *into = Endpoint::default();
    into.family = read(socket, offset!(sock_skc_family));
    into.protocol = read(socket, offset!(sock_sk_protocol));
    into.socket_type = u32::from(read::<u16>(socket, offset!(sock_sk_type)));
    into.local_port = read(socket, offset!(sock_skc_num));
    into.remote_port = u16::from_be(read(socket, offset!(sock_skc_dport)));
    into.resolved = 1;
    if into.family == family::INET6 && present(offset!(sock_skc_v6_daddr)) {
        into.remote = read(socket, offset!(sock_skc_v6_daddr));
        into.local = read(socket, offset!(sock_skc_v6_rcv_saddr));
    } else {
        into.remote[..4].copy_from_slice(&read::<[u8; 4]>(socket, offset!(sock_skc_daddr)));
        into.local[..4].copy_from_slice(&read::<[u8; 4]>(socket, offset!(sock_skc_rcv_saddr)));
    }
}
