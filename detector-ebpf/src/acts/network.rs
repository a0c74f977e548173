//! Connections: TCP when its handshake starts and when it ends, UDP and Unix sockets when the call
//! returns, and calls that never got that far as the caller's claim.

use core::ffi::c_void;

use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::helpers::generated::bpf_probe_read_user;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call;
use detector_common::interest::want;
use detector_common::record::{
    ConnectBody, Endpoint, Kind, Lane, Object, family, flag, object_flag,
};
use detector_common::section::{CLAIM_MAX, PATH_MAX, Tag};
use detector_common::state::{Cause, phase};

use crate::acts::act::{self, Pending, SHORT_PATH};
use crate::facts::identity;
use crate::facts::path::{self, Place};
use crate::facts::socket;
use crate::facts::task::Task;
use crate::kernel::arch::{self, older};
use crate::kernel::{Address, follow, offset, present, read};
use crate::maps::{BEGUN, CONNECTING, STARTED};
use crate::record::Record;
use crate::record::account::{Made, lose};
use crate::record::emit::{self, Doer};
use crate::watch::interest;
use crate::watch::watched::{self, Watched};

const TCP_ESTABLISHED: u32 = 1;
const TCP_SYN_SENT: u32 = 2;
const TCP_CLOSE: u32 = 7;
const IPPROTO_TCP: u16 = 6;
const EINPROGRESS: i64 = -115;
const EALREADY: i64 = -114;
const EISCONN: i64 = -106;
/// Where `sun_path` begins in `struct sockaddr_un`, and its length.
const SUN_PATH_AT: u64 = 2;
const SUN_PATH: usize = 108;

/// Runs when a TCP socket changes its state.
#[btf_tracepoint(function = "inet_sock_set_state")]
pub fn tcp_state(ctx: BtfTracePointContext) -> i32 {
    let socket: Address = ctx.arg(0);
    let before: u32 = ctx.arg(1);
    let after: u32 = ctx.arg(2);
    if before == TCP_CLOSE && after == TCP_SYN_SENT {
        started(socket);
    } else if before == TCP_SYN_SENT {
        ended(socket, after);
    }
    0
}

#[inline(always)]
fn started(socket: Address) {
    let ids = bpf_get_current_pid_tgid();
    let (tgid, tid) = ((ids >> 32) as u32, ids as u32);
    let watched = watched::current(tgid);
    if !watched.is() {
        return;
    }
    let made = Made::act(Kind::Connect);
    if watched.phase == phase::RUNTIME {
        made.filtered();
        return;
    }
    let task = Task::current();
    // Its connect call tells of it no more, and where it is not told at all, of its end neither.
    let _ = CONNECTING.insert(tid, socket as u64, 0);
    let _ = BEGUN.insert(socket as u64, tgid, 0);
    let wanted = interest::of(watched.level, call::CONNECT);
    let Some(mut record) = Record::begin::<ConnectBody>(Lane::Volume) else {
        return;
    };
    let body = record.body::<ConnectBody>();
    socket::internet(socket, &mut body.endpoint);
    if wanted & want::ANY == 0 && !body.endpoint.is_metadata() {
        record.end();
        made.filtered();
        return;
    }
    body.call = Default::default();
    body.call.number = call::CONNECT;
    body.call.result = EINPROGRESS;
    body.object = Object::default();
    task.describe(&mut body.subject);
    emit::head(&mut record, Kind::Connect, task, &watched);
    record.mark(flag::STARTED);
    expect_end(socket, &watched);
    finish(record, tgid, &watched, want::ANY, made);
}

/// Remembers who began a handshake, so that its end can be told.
#[inline(always)]
fn expect_end(socket: Address, watched: &Watched) {
    if STARTED
        .insert(socket as u64, Doer::current(watched), 0)
        .is_err()
    {
        lose(Lane::Volume, Cause::ConnectsFull);
    }
}

#[inline(always)]
fn ended(socket: Address, state: u32) {
    let key = socket as u64;
    let Some(doer) = STARTED.get_ptr(key) else {
        return;
    };
    // SAFETY: the entry stays mapped while the program runs.
    let doer = unsafe { *doer };
    let _ = STARTED.remove(key);
    let made = Made::act(Kind::Connect);
    let Some(mut record) = Record::begin::<ConnectBody>(Lane::Volume) else {
        return;
    };
    emit::head_of(&mut record, Kind::Connect, &doer);
    record.mark(flag::RESULT);
    let body = record.body::<ConnectBody>();
    body.subject = Default::default();
    body.call = Default::default();
    body.call.number = call::CONNECT;
    let error: u32 = read(socket, offset!(sock_sk_err));
    body.call.result = if state == TCP_ESTABLISHED {
        0
    } else {
        -i64::from(error)
    };
    body.object = Object::default();
    socket::internet(socket, &mut body.endpoint);
    emit::send(record, Lane::Volume as u32, made);
}

/// Family of connect: what the socket's own state does not tell.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_connect(ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Connect as u32);
    if let Some(pending) = act::pending() {
        report(&ctx, pending, made);
    }
    0
}

#[inline(always)]
fn report(ctx: &BtfTracePointContext, pending: &Pending, made: Made) {
    let task = Task::current();
    let mut arguments = [0_u64; 6];
    arch::arguments(ctx, pending.compat, &mut arguments);
    let unread = pending.is_older(older::SOCKETCALL) && !arch::unpack_socketcall(&mut arguments);
    let socket = socket::behind(task.file(u64::from(arguments[0] as u32)));
    let begun = began(task.tid(), socket);
    let Some(record) = Record::begin::<ConnectBody>(Lane::Volume) else {
        return;
    };
    if unread {
        record.mark(flag::INCOMPLETE);
    }
    connected(record, pending, task, socket, &arguments, begun, made);
}

/// Tells of a connect that has ended, unless its handshake told of it.
#[inline(always)]
pub fn connected(
    record: Record,
    pending: &Pending,
    task: Task,
    socket: Address,
    arguments: &[u64; 6],
    begun: bool,
    made: Made,
) {
    let mut record = record;
    let family: u16 = read(socket, offset!(sock_skc_family));
    let protocol: u16 = read(socket, offset!(sock_sk_protocol));
    let again = pending.result >= 0 || matches!(pending.result, EALREADY | EISCONN);
    let later = protocol == IPPROTO_TCP && family != family::UNIX && again;
    if begun || later {
        // The handshake was reported when it started.
        record.end();
        made.filtered();
        return;
    }
    emit::head(&mut record, Kind::Connect, task, &pending.watched);
    act::entry(&record, pending);
    let body = record.body::<ConnectBody>();
    task.describe(&mut body.subject);
    body.call.result = pending.result;
    body.call.number = pending.number;
    body.call.args = *arguments;
    body.call.reserved = 0;
    body.object = Object::default();
    body.endpoint = Endpoint::default();
    if pending.result < 0 {
        claim(record, arguments[1], arguments[2]);
        finish(record, pending.tgid, &pending.watched, pending.wanted, made);
    } else if family == family::UNIX {
        unix(record, socket, task, pending, made);
    } else {
        socket::internet(socket, &mut body.endpoint);
        finish(record, pending.tgid, &pending.watched, pending.wanted, made);
    }
}

/// Whether the call that returns has begun the handshake of this socket. Data sent with the first
/// packet begins one outside of any connect: that must not hide a later connect to somebody else.
#[inline(always)]
fn began(tid: u32, socket: Address) -> bool {
    let Some(begun) = CONNECTING.get_ptr(tid) else {
        return false;
    };
    // SAFETY: the entry stays mapped while the program runs.
    let begun = unsafe { *begun };
    let _ = CONNECTING.remove(tid);
    begun == socket as u64
}

/// As [`began`], for a request, which one thread may carry out and another end.
#[inline(always)]
pub fn began_for(tgid: u32, socket: Address) -> bool {
    let key = socket as u64;
    let Some(begun) = BEGUN.get_ptr(key) else {
        return false;
    };
    // SAFETY: the entry stays mapped while the program runs.
    let begun = unsafe { *begun };
    let _ = BEGUN.remove(key);
    begun == tgid
}

/// Tells of a Unix socket's peer by the file that it was bound to, whatever name led there.
#[inline(always)]
fn unix(record: Record, socket: Address, task: Task, pending: &Pending, made: Made) {
    let mut record = record;
    if !present(offset!(unix_sock_peer)) {
        // Where the peer cannot be told, it may be anybody.
        record.mark(flag::INCOMPLETE);
        emit::send(record, Lane::Volume as u32, made);
        return;
    }
    let peer = follow(socket, offset!(unix_sock_peer));
    let place = Place {
        mount: follow(peer, offset!(unix_sock_path_mnt)),
        dentry: follow(peer, offset!(unix_sock_path_dentry)),
    };
    let body = record.body::<ConnectBody>();
    body.endpoint.family = family::UNIX;
    body.endpoint.resolved = 1;
    identity::identify(&place, task, &mut body.object);
    let (inode, flags) = (body.object.inode, body.object.flags);
    let args = body.call.args;
    // A peer that was bound in another mount namespace is somebody outside.
    let alarm = flags & object_flag::OTHER_MOUNT_NS != 0;
    if !alarm && pending.wanted & want::ANY == 0 {
        record.end();
        made.filtered();
        return;
    }
    if alarm && !emit::affordable(Kind::Connect, 0, inode, pending.tgid, &pending.watched) {
        record.end();
        made.suppressed();
        return;
    }
    let (lane, limit) = if alarm {
        (Lane::Alarm, SHORT_PATH)
    } else {
        (Lane::Volume, PATH_MAX as u32)
    };
    path::write(record, Tag::Path, &place, &task.root(), limit);
    name(record, args[1], args[2]);
    emit::send(record, lane as u32, made);
}

/// Tells what the caller asked for, where the kernel resolved nothing.
#[inline(always)]
fn claim(record: Record, address: u64, length: u64) {
    let mut record = record;
    let mut head = [0_u8; 28];
    // SAFETY: `head` has the size that is read; the helper checks the address.
    let short = unsafe { bpf_probe_read_user((&raw mut head).cast::<c_void>(), 16, address as _) };
    // SAFETY: as above. An IPv6 address is longer; an IPv4 one may end at a page's end.
    unsafe {
        if bpf_probe_read_user((&raw mut head).cast::<c_void>(), 28, address as _) < 0 && short < 0
        {
            record.mark(flag::INCOMPLETE);
        }
    }
    let endpoint = &mut record.body::<ConnectBody>().endpoint;
    endpoint.family = u16::from_le_bytes([head[0], head[1]]);
    endpoint.remote_port = u16::from_be_bytes([head[2], head[3]]);
    match endpoint.family {
        family::INET => endpoint.remote[..4].copy_from_slice(&head[4..8]),
        family::INET6 => endpoint.remote.copy_from_slice(&head[8..24]),
        family::UNIX => {
            endpoint.remote_port = 0;
            name(record, address, length);
            path::write(
                record,
                Tag::Cwd,
                &Task::current().cwd(),
                &Task::current().root(),
                CLAIM_MAX as u32,
            );
        }
        _ => endpoint.remote_port = 0,
    }
}

/// Adds the caller's `sun_path`.
#[inline(always)]
fn name(record: Record, address: u64, length: u64) {
    let length = (length & 0xffff_ffff).saturating_sub(SUN_PATH_AT);
    let length = if length > SUN_PATH as u64 {
        SUN_PATH as u64
    } else {
        length
    };
    record.user_bytes::<SUN_PATH>(Tag::SocketName, address.wrapping_add(SUN_PATH_AT), length);
}

/// Sends the record of an internet connection: in the alarm lane where it leads to a metadata
/// service, else where it is wanted.
#[inline(always)]
fn finish(record: Record, tgid: u32, watched: &Watched, wanted: u8, made: Made) {
    let mut record = record;
    let body = record.body::<ConnectBody>();
    let result = body.call.result;
    if !body.endpoint.is_metadata() {
        if wanted & want::ANY != 0 {
            emit::send(record, Lane::Volume as u32, made);
        } else {
            record.end();
            made.filtered();
        }
    } else if emit::affordable(Kind::Connect, result, u64::MAX, tgid, watched) {
        emit::send(record, Lane::Alarm as u32, made);
    } else {
        record.end();
        made.suppressed();
    }
}
