//! Who is watched, and whether it is the container's runtime or its workload.
//!
//! A container's runtime sets it up from inside its cgroup: mounts, namespaces, pivot_root. Only the
//! workload's acts are worth an alarm. The workload begins at the first exec by a task whose root is
//! no longer that of whoever put it into the cgroup, and never ends; nothing is decided by a name.
//! State belongs to the thread group and is inherited at fork.

use aya_ebpf::helpers::generated::bpf_get_current_cgroup_id;
use detector_common::call;
use detector_common::record::{Lane, flag};
use detector_common::state::{Cause, TaskState, decision, phase};

use crate::account::lose;
use crate::maps::{CGROUPS, OWN_ROOT, TASKS};
use crate::task::Task;

/// `CLONE_NEWNS` of include/uapi/linux/sched.h.
const CLONE_NEWNS: u64 = 0x0002_0000;

/// How a task is watched.
#[derive(Clone, Copy)]
pub struct Watched {
    /// A [`phase`]; `HOST` means not watched.
    pub phase: u32,
    /// Bits of [`flag`] that go into its records.
    pub flags: u32,
    /// The cgroup in which it was first tracked; for a host task the one that it is in.
    pub cgroup: u64,
    /// The outermost container cgroup above that.
    pub outermost: u64,
}

impl Watched {
    /// Whether it is watched at all.
    #[inline(always)]
    pub fn is(&self) -> bool {
        self.phase != phase::HOST
    }
}

/// What is known of a cgroup: `None` for one that nobody watches.
#[inline(always)]
fn cgroup(id: u64) -> Option<(u64, u32)> {
    let state = CGROUPS.get_ptr(id)?;
    // SAFETY: the entry stays mapped while the program runs.
    let (decision, outermost) = unsafe { ((*state).decision, (*state).outermost) };
    match decision {
        decision::WATCHED => Some((outermost, 0)),
        decision::UNDECIDED => Some((outermost, flag::UNDECIDED)),
        _ => None,
    }
}

/// The state of a thread group, or `None` for one that is not tracked. Drops the state of a group
/// whose cgroup turned out to be nobody's concern.
#[inline(always)]
fn tracked(tgid: u32) -> Option<Watched> {
    let state = TASKS.get_ptr(tgid)?;
    // SAFETY: the entry stays mapped while the program runs.
    let (phase, id) = unsafe { ((*state).phase, (*state).cgroup) };
    match CGROUPS.get_ptr(id) {
        None => Some(Watched {
            phase,
            flags: 0,
            cgroup: id,
            outermost: id,
        }),
        Some(_) => match cgroup(id) {
            Some((outermost, flags)) => Some(Watched {
                phase,
                flags,
                cgroup: id,
                outermost,
            }),
            None => {
                let _ = TASKS.remove(tgid);
                None
            }
        },
    }
}

/// How the current task is watched. A task without state in a watched cgroup counts as workload.
#[inline(always)]
pub fn current(tgid: u32) -> Watched {
    if let Some(watched) = tracked(tgid) {
        return watched;
    }
    // SAFETY: the helper has no precondition.
    let id = unsafe { bpf_get_current_cgroup_id() };
    match cgroup(id) {
        Some((outermost, flags)) => {
            lose(Lane::LifeCycle, Cause::MissedState);
            track(
                tgid,
                TaskState {
                    phase: phase::WORKLOAD,
                    armed: 0,
                    maker_root: 0,
                    cgroup: id,
                },
            );
            let flags = flags | flag::MISSED_STATE;
            Watched {
                phase: phase::WORKLOAD,
                flags,
                cgroup: id,
                outermost,
            }
        }
        None => Watched {
            phase: phase::HOST,
            flags: 0,
            cgroup: id,
            outermost: id,
        },
    }
}

#[inline(always)]
fn track(tgid: u32, state: TaskState) {
    if TASKS.insert(tgid, state, 0).is_err() {
        lose(Lane::LifeCycle, Cause::TasksFull);
    }
}

/// A task was moved into a cgroup, by the current task. Returns how it is watched now.
#[inline(always)]
pub fn attached(destination: u64, task: Task) -> Option<Watched> {
    let (outermost, flags) = cgroup(destination)?;
    let tgid = task.tgid();
    if let Some(watched) = tracked(tgid) {
        return Some(watched);
    }
    let maker_root = Task::current().root().dentry as u64;
    track(
        tgid,
        TaskState {
            phase: phase::RUNTIME,
            armed: 0,
            maker_root,
            cgroup: destination,
        },
    );
    Some(Watched {
        phase: phase::RUNTIME,
        flags,
        cgroup: destination,
        outermost,
    })
}

/// A process was made. Returns how the child is watched.
#[inline(always)]
pub fn made(child: Task, parent: Task) -> Option<Watched> {
    let tgid = child.tgid();
    if let Some(state) = TASKS.get_ptr(parent.tgid()) {
        // SAFETY: the entry stays mapped while the program runs.
        let inherited = unsafe { *state };
        track(tgid, inherited);
        return tracked(tgid);
    }
    let id = child.cgroup();
    let (outermost, flags) = cgroup(id)?;
    let state = if parent.cgroup() == id {
        // The parent escaped our notice: it was made before the programs were attached.
        bootstrapped(child, id)
    } else {
        // CLONE_INTO_CGROUP: made from outside, without any attach.
        let maker_root = parent.root().dentry as u64;
        TaskState {
            phase: phase::RUNTIME,
            armed: 0,
            maker_root,
            cgroup: id,
        }
    };
    track(tgid, state);
    Some(Watched {
        phase: state.phase,
        flags,
        cgroup: id,
        outermost,
    })
}

/// The state of a task that was there before us: workload unless its root is still the detector's.
#[inline(always)]
fn bootstrapped(task: Task, cgroup: u64) -> TaskState {
    let own = OWN_ROOT.get(0).copied().unwrap_or(0);
    let root = task.root().dentry as u64;
    let phase = if root == own {
        phase::RUNTIME
    } else {
        phase::WORKLOAD
    };
    TaskState {
        phase,
        armed: 0,
        maker_root: own,
        cgroup,
    }
}

/// A process was found at start-up. Returns how it is watched.
#[inline(always)]
pub fn found(task: Task, outside_root: bool) -> Option<Watched> {
    let tgid = task.tgid();
    if let Some(watched) = tracked(tgid) {
        return Some(watched);
    }
    let id = task.cgroup();
    let (outermost, flags) = cgroup(id)?;
    let mut state = bootstrapped(task, id);
    if outside_root && state.phase == phase::WORKLOAD {
        // The runtime's own binary, waiting in the container's root for the start.
        state.phase = phase::RUNTIME;
    }
    track(tgid, state);
    Some(Watched {
        phase: state.phase,
        flags,
        cgroup: id,
        outermost,
    })
}

/// The current task has executed a program. Returns how it is watched now, and whether with this it
/// has become the workload.
#[inline(always)]
pub fn executed(task: Task, tgid: u32) -> (Watched, bool) {
    let mut watched = current(tgid);
    if watched.phase != phase::RUNTIME {
        return (watched, false);
    }
    let Some(state) = TASKS.get_ptr_mut(tgid) else {
        return (watched, false);
    };
    let root = task.root().dentry as u64;
    // SAFETY: the entry stays mapped while the program runs.
    let state = unsafe { &mut *state };
    if root == state.maker_root && state.armed == 0 {
        return (watched, false);
    }
    state.phase = phase::WORKLOAD;
    watched.phase = phase::WORKLOAD;
    (watched, true)
}

/// A call of the runtime succeeded; if it changed the root, the next exec is the workload's, even
/// where the container's root is the host's own.
#[inline(always)]
pub fn arm(tgid: u32, number: u32, flags: u64) {
    let changes_root = match number {
        call::PIVOT_ROOT | call::CHROOT => true,
        call::SETNS => flags & CLONE_NEWNS != 0,
        _ => false,
    };
    if !changes_root {
        return;
    }
    if let Some(state) = TASKS.get_ptr_mut(tgid) {
        // SAFETY: the entry stays mapped while the program runs.
        unsafe { (*state).armed = 1 };
    }
}

/// The last thread of a group has gone. Returns how it was watched.
#[inline(always)]
pub fn exited(tgid: u32) -> Option<Watched> {
    let watched = tracked(tgid)?;
    let _ = TASKS.remove(tgid);
    Some(watched)
}
