//! io_uring: requests that do what system calls do, and that no system call tells of.
//!
//! Two hooks see each. When a request is submitted, the kernel has copied the name in it: a note
//! keeps that, since it is gone when the request ends. When the request ends, its descriptor is in
//! the process's table, whichever thread carried it out: the submitter, a worker or the thread that
//! polls the queue, all of them threads of the process. From there on a request goes the way of the
//! call that it equals, through the same family.

use core::ffi::c_void;

use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::helpers::generated::bpf_probe_read_kernel_str;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call;
use detector_common::interest::want;
use detector_common::record::{ActBody, ConnectBody, Kind, Lane, Object, flag};
use detector_common::ring::OPERATION_LIMIT;
use detector_common::section::CLAIM_MAX;
use detector_common::state::{Cause, phase};

use crate::account::{Made, lose};
use crate::act::{self, Pending};
use crate::emit;
use crate::file::{self, Name};
use crate::gate;
use crate::interest;
use crate::kernel::{Address, constant, follow, is_error, offset, read};
use crate::maps::{NOTE, PENDING, REQUEST_FAMILIES, REQUESTS};
use crate::network;
use crate::record::Record;
use crate::task::Task;
use crate::watched::{self, Watched};

/// What stands for a result that is not there yet.
const EINPROGRESS: i64 = -115;
/// `IOSQE_CQE_SKIP_SUCCESS` of include/uapi/linux/io_uring.h; a request's flags begin with the entry's.
const SKIPS_ITS_END: u32 = 1 << 6;

/// The number of the call that each request equals, written by user space before load.
#[unsafe(no_mangle)]
static REQUEST_CALLS: [u16; OPERATION_LIMIT] = [0; OPERATION_LIMIT];

/// Whether this kernel hands a request's end over as its queue entry, and not as numbers.
#[unsafe(no_mangle)]
static ENDS_AS_ENTRY: u32 = 0;

/// What is remembered of a request until it ends.
#[repr(C)]
pub struct Note {
    /// Who submitted it.
    who: Submitter,
    /// Room before the string: kernels from 5.8 to 6.1 may write a word there when the read faults.
    pad: [u8; 8],
    /// The name, as the kernel took it.
    name: [u8; CLAIM_MAX],
}

/// Who submitted a request: it may end in anybody's context.
#[repr(C)]
#[derive(Clone, Copy)]
struct Submitter {
    tid: u32,
    tgid: u32,
    start: u64,
    watched: Watched,
    exec_count: u32,
    reserved: u32,
}

/// Runs when a request was taken from its queue and is about to be carried out.
#[btf_tracepoint(function = "io_uring_submit_req")]
pub fn request_submitted(ctx: BtfTracePointContext) -> i32 {
    let request: Address = ctx.arg(0);
    let number = equal(request);
    if !is_open(number) {
        return 0;
    }
    let ids = bpf_get_current_pid_tgid();
    let (tgid, tid) = ((ids >> 32) as u32, ids as u32);
    let watched = watched::current(tgid);
    if !watched.is() || watched.phase == phase::RUNTIME {
        return 0;
    }
    remember(request, tid, &watched);
    let flags: u32 = read(request, offset!(io_kiocb_flags));
    if flags & SKIPS_ITS_END != 0 {
        announce(request, number, tgid, &watched);
    }
    0
}

/// Keeps the name and who asks.
#[inline(always)]
fn remember(request: Address, tid: u32, watched: &Watched) {
    let Some(note) = NOTE.get_ptr_mut(0) else {
        return;
    };
    let task = Task::current();
    let filename = follow(request, offset!(io_open_filename));
    let name = if is_error(filename) {
        core::ptr::null()
    } else {
        follow(filename, offset!(filename_name))
    };
    // SAFETY: this CPU's own slot, and no other program that uses it can come between; the helper
    // checks the address and writes no more than the name's room.
    unsafe {
        (*note).who = Submitter {
            tid,
            tgid: task.tgid(),
            start: task.group_start(),
            watched: *watched,
            exec_count: task.exec_count(),
            reserved: 0,
        };
        let room = (&raw mut (*note).name).cast::<c_void>();
        if bpf_probe_read_kernel_str(room, CLAIM_MAX as u32, name.cast::<c_void>()) < 0 {
            (*note).name[0] = 0;
        }
        let _ = REQUESTS.insert(request as u64, &*note, 0);
    }
}

/// Tells that an open was asked for whose end, if it succeeds, is told to nobody.
#[inline(always)]
fn announce(request: Address, number: u32, tgid: u32, watched: &Watched) {
    let made = Made::act(Kind::Open);
    let pending = Pending {
        result: EINPROGRESS,
        watched: *watched,
        number,
        tgid,
        compat: false,
        wanted: interest::of(watched.level, number),
        request: request as u64,
    };
    if !asked_for(pending.wanted) {
        made.filtered();
        return;
    }
    let Some(record) = begin_open(&pending) else {
        return;
    };
    record.mark(flag::STARTED);
    file::claimed(record, &pending, Task::current(), noted(request), made);
}

/// Runs when a request has ended. Where its submitter has gone first, that is in a kernel thread.
#[btf_tracepoint(function = "io_uring_complete")]
pub fn request_ended(ctx: BtfTracePointContext) -> i32 {
    let request: Address = ctx.arg(1);
    if request.is_null() {
        return 0;
    }
    let number = equal(request);
    if number == 0 {
        return 0;
    }
    let tgid = (bpf_get_current_pid_tgid() >> 32) as u32;
    let watched = watched::current(tgid);
    if watched.is() {
        ended(&ctx, request, number, tgid, watched);
        // Only an end that is not told, or whose family is not loaded, comes here.
        forget(request);
    } else if is_open(number) {
        orphaned(&ctx, request, number);
        forget(request);
    }
    0
}

#[inline(always)]
fn ended(ctx: &BtfTracePointContext, request: Address, number: u32, tgid: u32, watched: Watched) {
    let kind = if is_open(number) {
        Kind::Open
    } else {
        Kind::Connect
    };
    let made = Made::act(kind);
    let result = result(ctx);
    let wanted = interest::of(watched.level, number);
    if watched.phase == phase::RUNTIME || !gate::goes_on(kind as u32, wanted, result) {
        made.filtered();
        return;
    }
    let Some(pending) = PENDING.get_ptr_mut(0) else {
        return;
    };
    let note = Pending {
        result,
        watched,
        number,
        tgid,
        compat: false,
        wanted,
        request: request as u64,
    };
    // SAFETY: this CPU's own slot; see `Pending`.
    unsafe { *pending = note };
    made.leave();
    // SAFETY: the programs in the array are of this program's type and attach target.
    unsafe { REQUEST_FAMILIES.tail_call(ctx, kind as u32) };
    lose(Lane::Volume, Cause::NoProgram);
    drop(Made::passed(kind as u32));
}

/// An open that ended after its process: no table holds its descriptor, and the note alone tells
/// whose it was.
#[inline(always)]
fn orphaned(ctx: &BtfTracePointContext, request: Address, number: u32) {
    let Some(note) = REQUESTS.get_ptr(request as u64) else {
        return;
    };
    // SAFETY: the entry stays mapped while the program runs.
    let who = unsafe { (*note).who };
    let made = Made::act(Kind::Open);
    let pending = Pending {
        result: result(ctx),
        watched: who.watched,
        number,
        tgid: who.tgid,
        compat: false,
        wanted: interest::of(who.watched.level, number),
        request: request as u64,
    };
    if !asked_for(pending.wanted) {
        made.filtered();
        return;
    }
    let Some(mut record) = begin_open(&pending) else {
        return;
    };
    emit::head(&mut record, Kind::Open, Task::current(), &who.watched);
    act::entry(&record, &pending);
    record.mark(flag::INCOMPLETE);
    let header = record.header();
    header.tid = who.tid;
    header.tgid = who.tgid;
    header.start = who.start;
    header.exec_count = who.exec_count;
    record.body::<ActBody>().subject = Default::default();
    noted(request).write::<CLAIM_MAX>(record);
    emit::send(record, Lane::Volume as u32, made);
}

/// Family of requests to open a file.
#[btf_tracepoint(function = "io_uring_complete")]
pub fn request_open(_ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Open as u32);
    let Some(pending) = act::pending() else {
        return 0;
    };
    let request = pending.request as Address;
    let task = Task::current();
    let Some(mut record) = begin_open(pending) else {
        forget(request);
        return 0;
    };
    let direct = record.body::<ActBody>().call.args[5] != 0;
    let name = noted(request);
    if pending.result < 0 {
        file::claimed(record, pending, task, name, made);
    } else if !direct {
        file::opened(record, pending, task, name, made);
    } else if asked_for(pending.wanted) {
        // It has a place in the ring's own table, and no descriptor.
        file::claimed(record, pending, task, name, made);
    } else {
        record.end();
        made.filtered();
    }
    forget(request);
    0
}

/// Family of requests to connect a socket.
#[btf_tracepoint(function = "io_uring_complete")]
pub fn request_connect(_ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Connect as u32);
    let Some(pending) = act::pending() else {
        return 0;
    };
    let request = pending.request as Address;
    let task = Task::current();
    let socket = network::behind(follow(request, offset!(io_kiocb_file)));
    let begun = network::began_for(pending.tgid, socket);
    let mut arguments = [0; 6];
    // Which descriptor it was is forgotten by now.
    arguments[0] = u64::MAX;
    arguments[1] = read(request, offset!(io_connect_addr));
    arguments[2] = u64::from(read::<u32>(request, offset!(io_connect_addr_len)));
    let Some(record) = Record::begin::<ConnectBody>(Lane::Volume) else {
        return 0;
    };
    network::connected(record, pending, task, socket, &arguments, begun, made);
    0
}

/// Begins the record of an open, with the arguments of openat2 and the direct descriptor behind them.
#[inline(always)]
fn begin_open(pending: &Pending) -> Option<Record> {
    let request = pending.request as Address;
    let mut record = Record::begin::<ActBody>(Lane::Volume)?;
    let body = record.body::<ActBody>();
    body.call.result = pending.result;
    body.call.number = pending.number;
    body.call.reserved = 0;
    body.call.args[0] = u64::from(read::<u32>(request, offset!(io_open_dfd)));
    body.call.args[1] = 0;
    body.call.args[2] = read(request, offset!(io_open_how_flags));
    body.call.args[3] = read(request, offset!(io_open_how_mode));
    body.call.args[4] = read(request, offset!(io_open_how_resolve));
    body.call.args[5] = u64::from(read::<u32>(request, offset!(io_open_file_slot)));
    body.object = Object::default();
    Some(record)
}

/// The name that was noted when a request was submitted.
#[inline(always)]
fn noted(request: Address) -> Name {
    let Some(note) = REQUESTS.get_ptr(request as u64) else {
        lose(Lane::Volume, Cause::RequestForgotten);
        return Name::Kernels(core::ptr::null());
    };
    // SAFETY: the entry stays mapped while the program runs.
    Name::Kernels(unsafe { &raw const (*note).name }.cast())
}

#[inline(always)]
fn forget(request: Address) {
    let _ = REQUESTS.remove(request as u64);
}

/// Whether opens are asked for at all: a claim stands for whatever it may have opened.
#[inline(always)]
fn asked_for(wanted: u8) -> bool {
    wanted & (want::READS | want::WRITES | want::NAMED_READS | want::NAMED_WRITES) != 0
}

/// The number of the call that a request equals; 0 for one that is of no interest.
#[inline(always)]
fn equal(request: Address) -> u32 {
    let operation = read::<u8>(request, offset!(io_kiocb_opcode)) as usize;
    if operation >= OPERATION_LIMIT {
        return 0;
    }
    let entry = (&raw const REQUEST_CALLS).cast::<u16>();
    // SAFETY: the number was compared with the table's length.
    u32::from(constant(unsafe {
        entry.add(operation & (OPERATION_LIMIT - 1))
    }))
}

#[inline(always)]
const fn is_open(number: u32) -> bool {
    matches!(number, call::OPENAT | call::OPENAT2)
}

/// What came of the request that ends.
#[inline(always)]
fn result(ctx: &BtfTracePointContext) -> i64 {
    let result: i32 = if constant(&raw const ENDS_AS_ENTRY) != 0 {
        read(ctx.arg::<Address>(2), offset!(io_uring_cqe_res))
    } else {
        ctx.arg(3)
    };
    i64::from(result)
}
