//! The families of requests to io_urings: each goes the way of the call that it equals.

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::record::{ConnectBody, Kind, Lane, flag};

use crate::acts::act::{self, Gate, Pending};
use crate::acts::again;
use crate::acts::alter;
use crate::acts::file;
use crate::acts::network;
use crate::facts::socket;
use crate::facts::task::Task;
use crate::kernel::{Address, follow, offset, read};
use crate::record::Record;
use crate::record::account::Made;
use crate::ring::request::{Request, are_opens_asked_for};

/// Family of requests to open a file, when they end.
#[btf_tracepoint(function = "io_uring_complete")]
pub fn request_open(_ctx: BtfTracePointContext) -> i32 {
    if let Some(request) = open(Gate::Ended) {
        request.forget();
    }
    0
}

/// The same, when another request is submitted.
#[btf_tracepoint(function = "io_uring_submit_req")]
pub fn request_open_before(_ctx: BtfTracePointContext) -> i32 {
    open(Gate::Submitted);
    0
}

/// The same, when the call returns that had it carried out.
#[btf_tracepoint(function = "sys_exit")]
pub fn request_open_after(_ctx: BtfTracePointContext) -> i32 {
    open(again::gate());
    0
}

#[inline(always)]
fn open(gate: Gate) -> Option<Request> {
    let made = Made::passed(Kind::Open as u32);
    let pending = act::pending_of(gate)?;
    let request = Request(pending.request as Address);
    let task = Task::current();
    let Some(record) = request.begin_open(pending) else {
        return Some(request);
    };
    let name = request.name();
    let file = request.file(task, pending.result);
    if pending.result < 0 {
        file::claimed(record, pending, task, name, made);
    } else if !file.is_null() {
        file::opened(record, pending, task, file, name, made);
    } else if are_opens_asked_for(pending.wanted) {
        // It is in the ring's own table, which this kernel does not let be read, or gone already.
        file::claimed(record, pending, task, name, made);
    } else {
        record.end();
        made.filtered();
    }
    Some(request)
}

/// Family of requests that act on names.
#[btf_tracepoint(function = "io_uring_complete")]
pub fn request_alter(_ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Alter as u32);
    if let Some(pending) = act::pending_of(Gate::Ended) {
        let request = Request(pending.request as Address);
        names(request, pending, false, made);
        request.forget();
    }
    0
}

/// Tells of a request that acts on names: what came of it, or that it was submitted.
#[inline(always)]
pub fn names(request: Request, pending: &Pending, begins: bool, made: Made) {
    let Some(record) = request.begin_names(pending) else {
        return;
    };
    if begins {
        record.mark(flag::STARTED);
    }
    let names = (request.name(), request.other_name());
    alter::told(record, pending, Task::current(), names, made);
}

/// Family of requests to connect a socket.
#[btf_tracepoint(function = "io_uring_complete")]
pub fn request_connect(_ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Connect as u32);
    if let Some(pending) = act::pending_of(Gate::Ended) {
        connect(Request(pending.request as Address), pending, false, made);
    }
    0
}

/// Tells of a request to connect a socket: what came of it, or that it was submitted.
#[inline(always)]
pub fn connect(request: Request, pending: &Pending, begins: bool, made: Made) {
    let request = request.0;
    let socket = socket::behind(follow(request, offset!(io_kiocb_file)));
    let begun = !begins && network::began_for(pending.tgid, socket);
    let mut arguments = [0; 6];
    // Which descriptor it was is forgotten by now.
    arguments[0] = u64::MAX;
    arguments[1] = read(request, offset!(io_connect_addr));
    arguments[2] = u64::from(read::<u32>(request, offset!(io_connect_addr_len)));
    let Some(record) = Record::begin::<ConnectBody>(Lane::Volume) else {
        return;
    };
    if begins {
        record.mark(flag::STARTED);
    }
    network::connected(
        record,
        pending,
        Task::current(),
        socket,
        &arguments,
        begun,
        made,
    );
}
