//! Sending: lanes, sequence numbers and budgets.

use core::ffi::c_void;

use aya_ebpf::bindings::BPF_RB_NO_WAKEUP;
use aya_ebpf::helpers::generated::{
    bpf_get_smp_processor_id, bpf_ktime_get_boot_ns, bpf_ringbuf_output,
};
use detector_common::record::{FORMAT, Kind, Lane, RECORD_MAX};
use detector_common::state::{
    BUDGET_PER_CONTAINER, BUDGET_PER_TASK, Budget, BudgetKey, Cause, ROUSE_INTERVAL,
};

use crate::facts::task::{Identity, Task};
use crate::maps::{ALARM, BUDGETS, LIFE_CYCLE, ROUSED, SEQUENCES, VOLUME};
use crate::record::Record;
use crate::record::account::{Made, lose};
use crate::tier;
use crate::watch::watched::Watched;

/// Nanoseconds of a second.
const SECOND: u64 = 1_000_000_000;

/// CLOCK_BOOTTIME in ns.
#[inline(always)]
pub fn now() -> u64 {
    // SAFETY: the helper has no precondition.
    unsafe { bpf_ktime_get_boot_ns() }
}

/// Who does something that may end in anybody's context.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Doer {
    tid: u32,
    /// Thread group.
    pub tgid: u32,
    start: u64,
    /// How it is watched.
    pub watched: Watched,
    exec_count: u32,
    reserved: u32,
}

impl Doer {
    /// The task that runs now.
    #[inline(always)]
    pub fn current(watched: &Watched) -> Self {
        let Identity {
            tid,
            tgid,
            start,
            exec_count,
        } = Task::current().identity();
        Self {
            tid,
            tgid,
            start,
            watched: *watched,
            exec_count,
            reserved: 0,
        }
    }

    /// Whether it is this thread.
    #[inline(always)]
    pub fn is(&self, tid: u32) -> bool {
        self.tid == tid
    }
}

/// Fills in the header: what was written, by whom, when.
#[inline(always)]
pub fn head(record: &mut Record, kind: Kind, task: Task, watched: &Watched) {
    write_head(record, kind, &task.identity(), watched);
}

/// As [`head`], for what was begun by somebody who need not run now.
#[inline(always)]
pub fn head_of(record: &mut Record, kind: Kind, doer: &Doer) {
    let identity = Identity {
        tid: doer.tid,
        tgid: doer.tgid,
        start: doer.start,
        exec_count: doer.exec_count,
    };
    write_head(record, kind, &identity, &doer.watched);
}

#[inline(always)]
fn write_head(record: &mut Record, kind: Kind, identity: &Identity, watched: &Watched) {
    record.mark(watched.flags);
    let header = record.header();
    header.format = FORMAT;
    header.kind = kind as u16;
    header.time = now();
    header.tid = identity.tid;
    header.tgid = identity.tgid;
    header.start = identity.start;
    header.cgroup = watched.cgroup;
    header.exec_count = identity.exec_count;
    header.phase = watched.phase;
}

/// Sends the record of an act and gives its scratch back.
#[inline(never)]
pub fn send(record: Record, lane: u32, made: Made) {
    let mut record = record;
    // SAFETY: this level of scratch belongs to this program.
    let (length, flags) = unsafe { ((*record.0).length, (*record.0).flags) };
    let sequence = next_sequence(lane);
    let header = record.header();
    header.lane = lane as u8;
    header.flags = flags;
    // SAFETY: the helper has no precondition.
    header.cpu = unsafe { bpf_get_smp_processor_id() } as u32;
    header.sequence = sequence;
    header.length = length;
    let time = header.time;
    // verifier: the length came from memory, and is bounded right before its use.
    let size = u64::from(length & (RECORD_MAX as u32 - 1));
    let data = record.at(0).cast::<c_void>();
    let (ring, lane) = match lane {
        0 => ((&raw const ALARM).cast_mut().cast::<c_void>(), Lane::Alarm),
        1 => (
            (&raw const LIFE_CYCLE).cast_mut().cast::<c_void>(),
            Lane::LifeCycle,
        ),
        _ => (
            (&raw const VOLUME).cast_mut().cast::<c_void>(),
            Lane::Volume,
        ),
    };
    let wake = lane as u32 == Lane::Alarm as u32 || rouse(time);
    let flags = if wake { 0 } else { u64::from(BPF_RB_NO_WAKEUP) };
    // SAFETY: `ring` is a ring buffer map; `data` has `RECORD_MAX` bytes behind it.
    let failed = unsafe { bpf_ringbuf_output(ring, data, size, flags) } != 0;
    record.end();
    if failed {
        lose(lane, Cause::RingFull);
    } else {
        made.leave();
    }
}

/// Whether the reader has to be woken for what happened at `time`: only where this CPU has not done
/// so a moment ago. A wake-up costs more than all the rest of a record. A reader that was woken
/// lingers for longer than that moment, and takes what comes meanwhile.
#[inline(always)]
fn rouse(time: u64) -> bool {
    ROUSED.get_ptr_mut(0).is_none_or(|roused| {
        // SAFETY: this CPU's own slot of a per-CPU array.
        unsafe {
            let due = time.wrapping_sub(*roused) >= ROUSE_INTERVAL;
            if due {
                *roused = time;
            }
            due
        }
    })
}

/// The next number of this CPU and lane, taken before the ring is asked: a loss leaves a hole.
#[inline(always)]
fn next_sequence(lane: u32) -> u64 {
    SEQUENCES.get_ptr_mut(lane).map_or(0, tier::next)
}

/// Whether the alarm lane has room for one more act like this.
///
/// Two budgets a second: of acts equal in task, kind, outcome and object, and of acts equal in
/// container, kind and outcome. The second stands against varied arguments and storms of short-lived
/// processes.
#[inline(never)]
pub fn affordable(kind: Kind, result: i64, object: u64, tgid: u32, watched: &Watched) -> bool {
    let outcome = if result < 0 { result } else { 0 };
    let mut key = BudgetKey {
        tgid,
        kind: kind as u32,
        outcome,
        object,
        cgroup: watched.outermost,
    };
    if !charge(&key, BUDGET_PER_TASK) {
        return false;
    }
    key.tgid = 0;
    key.object = 0;
    charge(&key, BUDGET_PER_CONTAINER)
}

#[inline(never)]
fn charge(key: &BudgetKey, limit: u32) -> bool {
    let second = now() / SECOND;
    let Some(budget) = BUDGETS.get_ptr_mut(key) else {
        let first = Budget {
            second,
            count: 1,
            suppressed: 0,
        };
        // A full map pushes out the oldest entry; a lost race lets one act more through.
        let _ = BUDGETS.insert(key, first, 0);
        return true;
    };
    // SAFETY: the entry stays mapped while the program runs; a race between CPUs costs a count.
    let budget = unsafe { &mut *budget };
    if budget.second != second {
        budget.second = second;
        budget.count = 0;
    }
    budget.count += 1;
    if budget.count <= u64::from(limit) {
        return true;
    }
    budget.suppressed += 1;
    false
}
