//! An act by system call: from the gate's note to a record with everything but its object.

use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call::NUMBER_LIMIT;
use detector_common::record::{ActBody, Kind, Lane, Object, flag};
use detector_common::section::Tag;

use crate::acts::again;
use crate::facts::path::{self, Place};
use crate::facts::task::Task;
use crate::kernel::arch;
use crate::maps::PENDING;
use crate::record::Record;
use crate::record::emit;
use crate::watch::watched::Watched;

/// The programs that pass on to those of the families. Each leaves its notes at a place of its own: from
/// kernel 7.0 on another task may preempt it, and run another of them.
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum Gate {
    /// At the return of a system call.
    Call = 0,
    /// When a request to an io_uring was submitted.
    Submitted = 1,
    /// When such a request has ended.
    Ended = 2,
    /// At the return of a system call for which the first was skipped; see [`crate::acts::again`].
    Again = 3,
}

/// How many gates there are.
pub const GATES: u32 = 4;

/// What a gate found out, for the program of the family, which the tail call starts at once.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Pending {
    /// What the call returned.
    pub result: i64,
    /// How the caller is watched.
    pub watched: Watched,
    /// Number of the call.
    pub number: u32,
    /// Number by which it was made: see [`arch::Returning::entry`].
    pub entry: u32,
    /// Thread group of the caller.
    pub tgid: u32,
    /// What the table of calls says of it: a kind, and [`detector_common::call::ANY_TASK`].
    pub family: u8,
    /// Whether it came through the 32-bit entry.
    pub compat: bool,
    /// What the caller's level wants of this call: bits of [`detector_common::interest::want`].
    pub wanted: u8,
    /// The request to an io_uring that equals the call; 0 for a call.
    pub request: u64,
}

/// Text limits of a lane.
pub struct Limits {
    /// Bytes of a path.
    pub path: u32,
    /// Whether strings are cut to fit the alarm lane's bound.
    pub short: bool,
}

/// Limits within which the longest alarm stays below [`detector_common::record::ALARM_MAX`]: header
/// and body take 300 bytes, a path 416, two strings 136 each.
pub const SHORT_PATH: u32 = 400;
/// Bytes of the path of a program of the host, beside a target's.
const INTRODUCTION: u32 = 160;
/// Bytes of a string in the alarm lane.
pub const SHORT_TEXT: usize = 128;

/// The note of the gate at system calls through which this task came.
#[inline(always)]
pub fn pending() -> Option<&'static Pending> {
    pending_of(again::gate())
}

/// The note of a gate.
#[inline(always)]
pub fn pending_of(gate: Gate) -> Option<&'static Pending> {
    let pending = PENDING.get_ptr(gate as u32)?;
    // SAFETY: this CPU's own place for one gate, which wrote it right before and is not run again on this
    // CPU until its family has ended.
    let pending = unsafe { &*pending };
    if pending.number < NUMBER_LIMIT as u32 {
        Some(pending)
    } else {
        None
    }
}

/// Begins the record of an act.
#[inline(always)]
pub fn begin(
    ctx: &BtfTracePointContext,
    pending: &Pending,
    kind: Kind,
    lane: Lane,
    task: Task,
) -> Option<Record> {
    let mut record = begin_call(ctx, pending, lane)?;
    by(&mut record, pending, kind, task);
    Some(record)
}

/// Says who did it.
#[inline(always)]
pub fn by(record: &mut Record, pending: &Pending, kind: Kind, task: Task) {
    emit::head(record, kind, task, &pending.watched);
    entry(record, pending);
    task.describe(&mut record.body::<ActBody>().subject);
}

/// Marks the way by which the kernel was asked.
#[inline(always)]
pub fn entry(record: &Record, pending: &Pending) {
    if pending.compat {
        record.mark(flag::COMPAT);
    }
    if pending.request != 0 {
        record.mark(flag::VIA_IO_URING);
    }
}

/// As [`begin`], but who did it is yet to be said, by [`by`].
#[inline(always)]
pub fn begin_call(ctx: &BtfTracePointContext, pending: &Pending, lane: Lane) -> Option<Record> {
    let mut record = Record::begin::<ActBody>(lane)?;
    let body = record.body::<ActBody>();
    body.call.result = pending.result;
    body.call.number = pending.number;
    body.call.reserved = 0;
    arch::arguments(ctx, pending.compat, &mut body.call.args);
    body.object = Object::default();
    Some(record)
}

/// Tells which program a task of the host runs: nobody has told of it before, and it may be gone by
/// the time that anybody asks. One that is watched until its cgroup is decided of may turn out to be
/// the host's, and then what was told of it is dropped.
#[inline(always)]
pub fn introduce(record: Record, watched: &Watched, task: Task) {
    if watched.is() && watched.flags & flag::UNDECIDED == 0 {
        return;
    }
    let place = Place::of_file(task.exe_file());
    path::write(record, Tag::ExePath, &place, &task.root(), INTRODUCTION);
}

impl Pending {
    /// Whether the call came through this number of the 32-bit entry.
    #[inline(always)]
    pub fn is_older(&self, entry: u32) -> bool {
        self.compat && self.entry == entry
    }
}

impl Limits {
    /// The limits of a lane.
    #[inline(always)]
    pub fn of(lane: Lane) -> Self {
        match lane {
            Lane::Alarm => Self {
                path: SHORT_PATH,
                short: true,
            },
            _ => Self {
                path: detector_common::section::PATH_MAX as u32,
                short: false,
            },
        }
    }
}
