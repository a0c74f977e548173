//! Whether the kernel audits: asked over netlink, as auditctl does (include/uapi/linux/audit.h).

use std::time::Duration;

use rustix::io::Errno;
use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with,
};

const AUDIT_GET: u16 = 1000;
const AUDIT_LIST_RULES: u16 = 1013;
/// Of include/uapi/linux/netlink.h.
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLM_F_REQUEST: u16 = 1;
/// Bytes of `struct nlmsghdr`.
const HEADER: usize = 16;
/// The most messages of an answer that are read.
const MESSAGES: usize = 65_536;

/// What the kernel does.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Audit {
    /// It audits nothing.
    Off,
    /// It audits, or has rules.
    On { rules: usize },
    /// It does not say; why.
    Unknown(String),
}

/// Asks the kernel.
pub(crate) fn ask() -> Audit {
    match enabled().and_then(|enabled| Ok((enabled, rules()?))) {
        Ok((false, 0)) => Audit::Off,
        Ok((_, rules)) => Audit::On { rules },
        // A kernel without auditing knows no such protocol.
        Err(Errno::PROTONOSUPPORT) => Audit::Off,
        Err(error) => Audit::Unknown(error.to_string()),
    }
}

/// Whether auditing is on: the second number of `struct audit_status`.
fn enabled() -> Result<bool, Errno> {
    let mut on = None;
    exchange(AUDIT_GET, |kind, body| {
        if kind == AUDIT_GET {
            on = word(body, 4).map(|enabled| enabled != 0);
        }
        on.is_some()
    })?;
    on.ok_or(Errno::PROTO)
}

/// The number of rules.
fn rules() -> Result<usize, Errno> {
    let mut rules = 0;
    exchange(AUDIT_LIST_RULES, |kind, _| {
        rules += usize::from(kind == AUDIT_LIST_RULES);
        kind == NLMSG_DONE
    })?;
    Ok(rules)
}

/// Sends a request without a body, and shows each message of the answer to `last` until that was it.
fn exchange(kind: u16, mut last: impl FnMut(u16, &[u8]) -> bool) -> Result<(), Errno> {
    let audit = Some(netlink::AUDIT);
    let flags = SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, audit)?;
    set_socket_timeout(&socket, Timeout::Recv, Some(Duration::from_secs(2)))?;
    let mut request = Vec::with_capacity(HEADER);
    request.extend((HEADER as u32).to_ne_bytes());
    request.extend(kind.to_ne_bytes());
    request.extend(NLM_F_REQUEST.to_ne_bytes());
    request.extend([1_u32, 0].map(u32::to_ne_bytes).concat());
    let kernel = SocketAddrNetlink::new(0, 0);
    sendto(&socket, &request, SendFlags::empty(), &kernel)?;
    let mut answer = vec![0; 16 << 10];
    for _ in 0..MESSAGES {
        let (length, _) = recv(&socket, answer.as_mut_slice(), RecvFlags::empty())?;
        let message = answer.get(..length).unwrap_or_default();
        let kind = message.get(4..6).and_then(|bytes| bytes.try_into().ok());
        let kind = kind.map(u16::from_ne_bytes).ok_or(Errno::PROTO)?;
        let body = message.get(HEADER..).unwrap_or_default();
        if kind == NLMSG_ERROR {
            let code = word(body, 0).unwrap_or_default().cast_signed();
            return Err(Errno::from_raw_os_error(code.saturating_neg()));
        }
        if last(kind, body) {
            return Ok(());
        }
    }
    Err(Errno::MSGSIZE)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_ne_bytes(bytes.try_into().ok()?))
}
