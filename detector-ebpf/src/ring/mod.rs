//! io_uring: requests that do what system calls do, and that no system call tells of.
//!
//! Two hooks see each. When a request is submitted, the kernel has copied the name in it: a note
//! keeps that, since it is gone when the request ends. When the request ends, its descriptor is in
//! the process's table, whichever thread carried it out: the submitter, a worker or the thread that
//! polls the queue, all of them threads of the process. From there on a request goes the way of the
//! call that it equals, through the same families.
//!
//! Requests of one batch end together, after all of them were carried out: by then a descriptor may
//! have been closed and its number given to another file. So an open is told as soon as the hooks
//! see that it was carried out: when its thread submits the next request, or returns from the call.

pub mod acts;
pub mod names;
pub mod request;
pub mod setup;

use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::maps::ProgramArray;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::interest::want;
use detector_common::record::{ActBody, Kind, Lane, flag};
use detector_common::ring::SETTLED_SLOT;
use detector_common::section::{CLAIM_MAX, Tag};
use detector_common::state::{Cause, phase};

use crate::acts::act::{self, Gate, Pending};
use crate::acts::file;
use crate::acts::gate;
use crate::facts::task::Task;
use crate::kernel::{Address, constant, offset, read};
use crate::maps::{FAMILIES, PENDING, REQUEST_FAMILIES, SUBMIT_FAMILIES};
use crate::record::account::{Made, lose};
use crate::record::emit;
use crate::ring::request::{
    Request, are_opens_asked_for, has_two_names, is_of_names, is_open, take_last,
};
use crate::watch::interest;
use crate::watch::watched::{self, Watched};

/// What stands for a result that is not there yet.
const EINPROGRESS: i64 = -115;

/// Whether this kernel hands a request's end over as its queue entry, and not as numbers.
#[unsafe(no_mangle)]
static ENDS_AS_ENTRY: u32 = 0;

/// Runs when a request was taken from its queue and is about to be carried out.
#[btf_tracepoint(function = "io_uring_submit_req")]
pub fn request_submitted(ctx: BtfTracePointContext) -> i32 {
    let request = Request(ctx.arg(0));
    let (tgid, tid) = ids();
    let last = take_last(tid);
    let call = request.call();
    if call != 0 {
        let watched = watched::current(tgid);
        if watched.is() && watched.phase != phase::RUNTIME {
            submitted(request, call, (tgid, tid), &watched);
        }
    }
    if let Some(last) = last {
        settle(&ctx, last, (tgid, tid), Gate::Submitted);
    }
    0
}

#[inline(always)]
fn submitted(request: Request, call: u32, (tgid, tid): (u32, u32), watched: &Watched) {
    let unheard = request.may_end_unheard();
    if is_open(call) {
        request.remember(tid, watched);
        if unheard {
            announce(request, call, tgid, watched);
        }
    } else if is_of_names(call) {
        request.remember_names(call, watched);
        if unheard {
            announce_names(request, call, tgid, watched);
        }
    } else if unheard {
        let made = Made::act(Kind::Connect);
        let pending = pending(request, call, tgid, watched, EINPROGRESS);
        acts::connect(request, &pending, true, made);
    }
}

/// A watched task returns from the call that has requests carried out.
#[inline(always)]
pub fn entered(ctx: &BtfTracePointContext, gate: Gate) {
    let (tgid, tid) = ids();
    if let Some(last) = take_last(tid) {
        settle(ctx, last, (tgid, tid), gate);
    }
}

/// Tells of an open that its thread has carried out, before its end comes.
#[inline(always)]
fn settle(ctx: &BtfTracePointContext, request: Request, (tgid, tid): (u32, u32), gate: Gate) {
    let call = request.call();
    let Some(note) = request.note() else {
        return;
    };
    if note.told != 0 || !note.who.is(tid) || !is_open(call) {
        return;
    }
    let Some(result) = request.carried_out(note) else {
        return;
    };
    note.told = 1;
    let made = Made::act(Kind::Open);
    let pending = pending(request, call, tgid, &note.who.watched, result);
    pass_on(ctx, &pending, Kind::Open, gate, SETTLED_SLOT, made);
}

/// Tells that an open was asked for, by the name alone: it may be all that ever is told of it.
#[inline(always)]
fn announce(request: Request, call: u32, tgid: u32, watched: &Watched) {
    let made = Made::act(Kind::Open);
    let pending = pending(request, call, tgid, watched, EINPROGRESS);
    if !are_opens_asked_for(pending.wanted) {
        made.filtered();
        return;
    }
    let Some(record) = request.begin_open(&pending) else {
        return;
    };
    record.mark(flag::STARTED);
    file::claimed(record, &pending, Task::current(), request.name(), made);
}

/// Tells that an act on names was asked for, as [`announce`].
#[inline(always)]
fn announce_names(request: Request, call: u32, tgid: u32, watched: &Watched) {
    let made = Made::act(Kind::Alter);
    let pending = pending(request, call, tgid, watched, EINPROGRESS);
    if gate::goes_on(Kind::Alter as u32, pending.wanted, pending.result) {
        acts::names(request, &pending, true, made);
    } else {
        made.filtered();
    }
}

/// Runs when a request has ended. Where its submitter has gone first, that is in a kernel thread.
#[btf_tracepoint(function = "io_uring_complete")]
pub fn request_ended(ctx: BtfTracePointContext) -> i32 {
    let request = Request(ctx.arg(1));
    if request.0.is_null() {
        return 0;
    }
    let call = request.call();
    if call == 0 {
        return 0;
    }
    let (tgid, tid) = ids();
    let watched = watched::current(tgid);
    if watched.is() {
        ended(&ctx, request, call, (tgid, tid), &watched);
        // Only where nothing is told, or its family is not loaded, this is reached.
        request.forget();
    } else if kind(call) as u32 != Kind::Connect as u32 {
        orphaned(&ctx, request, call);
        request.forget();
    }
    0
}

/// The family of the call that a request equals.
#[inline(always)]
fn kind(call: u32) -> Kind {
    if is_open(call) {
        Kind::Open
    } else if is_of_names(call) {
        Kind::Alter
    } else {
        Kind::Connect
    }
}

#[inline(always)]
fn ended(
    ctx: &BtfTracePointContext,
    request: Request,
    call: u32,
    (tgid, tid): (u32, u32),
    watched: &Watched,
) {
    let open = is_open(call);
    let result = result(ctx);
    if open && let Some(note) = request.note() {
        if note.told != 0 {
            return;
        }
        // A worker has carried it out, and its end has waited for this thread since: what stands
        // behind the descriptor now need not be what was opened.
        let waited = note.who.is(tid) && result >= 0 && request.was_passed_on(note);
        if waited && !request.may_end_unheard() {
            announce(request, call, tgid, watched);
        }
    }
    let kind = kind(call);
    let made = Made::act(kind);
    let pending = pending(request, call, tgid, watched, result);
    if watched.phase == phase::RUNTIME || !gate::goes_on(kind as u32, pending.wanted, result) {
        made.filtered();
        return;
    }
    pass_on(ctx, &pending, kind, Gate::Ended, kind as u32, made);
}

/// An open or an act on names that ended after its process: no table holds its descriptors, and the
/// note alone tells whose it was.
#[inline(always)]
fn orphaned(ctx: &BtfTracePointContext, request: Request, call: u32) {
    let Some(note) = request.note() else {
        return;
    };
    let who = note.who;
    if note.told != 0 {
        return;
    }
    let kind = kind(call);
    let made = Made::act(kind);
    let pending = pending(request, call, who.tgid, &who.watched, result(ctx));
    let opens = is_open(call);
    let asked = if opens {
        are_opens_asked_for(pending.wanted)
    } else {
        pending.wanted & want::ANY != 0
    };
    if !asked {
        made.filtered();
        return;
    }
    let begun = if opens {
        request.begin_open(&pending)
    } else {
        request.begin_names(&pending)
    };
    let Some(mut record) = begun else {
        return;
    };
    emit::head_of(&mut record, kind, &who);
    act::entry(&record, &pending);
    record.mark(flag::INCOMPLETE);
    record.body::<ActBody>().subject = Default::default();
    request.name().write::<CLAIM_MAX>(record);
    if has_two_names(call) {
        request
            .other_name()
            .write_as::<CLAIM_MAX>(record, Tag::Claim2);
    }
    emit::send(record, Lane::Volume as u32, made);
}

#[inline(always)]
fn pending(request: Request, call: u32, tgid: u32, watched: &Watched, result: i64) -> Pending {
    Pending {
        result,
        watched: *watched,
        number: call,
        entry: call,
        tgid,
        family: 0,
        compat: false,
        wanted: interest::of(watched.level, call),
        request: request.0 as u64,
    }
}

/// Leaves a note and passes on to the program of the family.
#[inline(always)]
fn pass_on(
    ctx: &BtfTracePointContext,
    pending: &Pending,
    kind: Kind,
    gate: Gate,
    slot: u32,
    made: Made,
) {
    let Some(note) = PENDING.get_ptr_mut(gate as u32) else {
        return;
    };
    // SAFETY: this CPU's own place for this gate; see `Gate`.
    unsafe { *note = *pending };
    made.leave();
    let families: &ProgramArray = match gate {
        Gate::Call | Gate::Again => &FAMILIES,
        Gate::Submitted => &SUBMIT_FAMILIES,
        Gate::Ended => &REQUEST_FAMILIES,
    };
    // SAFETY: the programs in the array are of this program's type and attach target.
    unsafe { families.tail_call(ctx, slot) };
    lose(Lane::Volume, Cause::NoProgram);
    drop(Made::passed(kind as u32));
}

/// Thread group and thread.
#[inline(always)]
fn ids() -> (u32, u32) {
    let ids = bpf_get_current_pid_tgid();
    ((ids >> 32) as u32, ids as u32)
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
