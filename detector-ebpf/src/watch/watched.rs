//! How a task is watched at this moment, from what is known of its thread group and its cgroup.
//!
//! Nothing of it is stored ready-made: what user space decides of a cgroup counts at the next look,
//! for every task that is tracked by it.

use aya_ebpf::helpers::generated::bpf_get_current_cgroup_id;
use detector_common::interest::level;
use detector_common::record::{Lane, flag};
use detector_common::state::{Cause, CgroupState, MET, TaskState, decision, phase};

use crate::maps::{CGROUPS, CHOSEN, TASKS};
use crate::record::account::lose;

/// The detector's own thread group. It is never watched: what it looks up about an event would be
/// the next one.
#[unsafe(no_mangle)]
static DETECTOR_TGID: u32 = 0;

/// How a task is watched.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Watched {
    /// A [`phase`]; `HOST` means not watched.
    pub phase: u32,
    /// Bits of [`flag`] that go into its records.
    pub flags: u32,
    /// A [`level`].
    pub level: u32,
    /// A [`decision`].
    pub decision: u32,
    /// The cgroup by which it is tracked; for a host task the one that it is in.
    pub cgroup: u64,
    /// The outermost cgroup of its container or service.
    pub outermost: u64,
}

impl Watched {
    /// Whether it is watched at all.
    #[inline(always)]
    pub fn is(&self) -> bool {
        self.phase != phase::HOST
    }

    /// Whether it is watched without being a container's.
    #[inline(always)]
    pub fn is_service(&self) -> bool {
        !matches!(
            self.decision,
            decision::WATCHED | decision::UNDECIDED | decision::FOREIGN
        )
    }

    /// Not watched.
    #[inline(always)]
    pub fn host(cgroup: u64) -> Self {
        Self {
            phase: phase::HOST,
            flags: 0,
            level: level::RULES,
            decision: decision::UNWATCHED,
            cgroup,
            outermost: cgroup,
        }
    }

    /// A task with this phase of its own, in a cgroup.
    #[inline(always)]
    fn within(cgroup: u64, state: &CgroupState, own_phase: u32) -> Self {
        let undecided = matches!(
            state.decision,
            decision::UNDECIDED | decision::UNDECIDED_SERVICE
        );
        let service = state.decision == decision::SERVICE;
        Self {
            phase: if service { phase::WORKLOAD } else { own_phase },
            flags: if undecided { flag::UNDECIDED } else { 0 },
            level: state.level,
            decision: state.decision,
            cgroup,
            outermost: state.outermost,
        }
    }
}

/// What is known of a cgroup: `None` for one that was never seen.
#[inline(always)]
pub fn cgroup(id: u64) -> Option<CgroupState> {
    let state = CGROUPS.get_ptr(id)?;
    // SAFETY: the entry stays mapped while the program runs.
    Some(unsafe { *state })
}

/// As [`cgroup`], for one that is watched.
#[inline(always)]
pub fn watched_cgroup(id: u64) -> Option<CgroupState> {
    cgroup(id).filter(|state| !matches!(state.decision, decision::UNWATCHED | decision::FOREIGN))
}

/// How the tasks of a thread group are watched, or `None` for one that is not tracked. Drops the
/// state of a group that turned out to be nobody's concern.
#[inline(always)]
pub fn tracked(tgid: u32) -> Option<Watched> {
    let state = TASKS.get_ptr_mut(tgid)?;
    // SAFETY: the entry stays mapped while the program runs.
    let state = unsafe { &mut *state };
    let id = state.cgroup;
    // The table was full when this cgroup was made: in doubt it is a container's.
    let cgroup = cgroup(id).unwrap_or(CgroupState {
        decision: decision::WATCHED,
        level: level::ALL,
        outermost: id,
    });
    let mut watched = Watched::within(id, &cgroup, state.phase);
    if state.given & MET != 0 {
        watched.flags |= flag::MISSED_STATE;
    }
    // Workload it stays, even when its cgroup is removed behind it.
    state.phase = watched.phase;
    let nobody = matches!(cgroup.decision, decision::UNWATCHED | decision::FOREIGN);
    match chosen(state) {
        Some(level) => {
            watched.flags |= flag::CHOSEN;
            if nobody || level > watched.level {
                watched.level = level;
            }
        }
        None if nobody => {
            let _ = TASKS.remove(tgid);
            return None;
        }
        None => {}
    }
    Some(watched)
}

/// The level at which a group is watched for itself.
#[inline(always)]
fn chosen(state: &TaskState) -> Option<u32> {
    if state.chosen == 0 {
        return None;
    }
    let chosen = CHOSEN.get_ptr(state.chosen)?;
    // SAFETY: the entry stays mapped while the program runs.
    Some(unsafe { (*chosen).level })
}

/// How the current task is watched. A task without state in a watched cgroup counts as workload.
#[inline(always)]
pub fn current(tgid: u32) -> Watched {
    if let Some(watched) = tracked(tgid) {
        return watched;
    }
    // SAFETY: the helper has no precondition.
    let id = unsafe { bpf_get_current_cgroup_id() };
    let Some(cgroup) = watched_cgroup(id) else {
        return Watched::host(id);
    };
    if is_detector(tgid) {
        return Watched::host(id);
    }
    lose(Lane::LifeCycle, Cause::MissedState);
    track(
        tgid,
        &TaskState {
            phase: phase::WORKLOAD,
            cgroup: id,
            given: MET,
            ..TaskState::default()
        },
    );
    let mut watched = Watched::within(id, &cgroup, phase::WORKLOAD);
    watched.flags |= flag::MISSED_STATE;
    watched
}

/// Remembers a thread group's state.
#[inline(always)]
pub fn track(tgid: u32, state: &TaskState) {
    if TASKS.insert(tgid, state, 0).is_err() {
        lose(Lane::LifeCycle, Cause::TasksFull);
    }
}

/// Whether a thread group is the detector.
#[inline(always)]
pub fn is_detector(tgid: u32) -> bool {
    // SAFETY: a live static; volatile as for the offsets.
    tgid == unsafe { core::ptr::read_volatile(&raw const DETECTOR_TGID) }
}
