//! Who is watched from when on, and whether it is the container's runtime or its workload.
//!
//! A container's runtime sets it up from inside its cgroup: mounts, namespaces, pivot_root. Only the
//! workload's acts are worth an alarm. The workload begins at the first exec by a task whose root is
//! no longer that of whoever put it into the cgroup, and never ends; nothing is decided by a name.
//! State belongs to the thread group and is inherited at fork.
//!
//! What is watched without a container, as a service or chosen for itself, is workload from the
//! start. When it sets up a container, it stays what it was until that same exec.

pub mod interest;
pub mod watched;

use detector_common::call;
use detector_common::interest::level;
use detector_common::state::{CgroupState, MET, TICK, TaskState, decision, phase};

use crate::boundary;
use crate::facts::identity::mount_namespace;
use crate::facts::path::Place;
use crate::facts::task::Task;
use crate::kernel::{Address, follow, offset};
use crate::maps::{CHOSEN, OWN_ROOT, TASKS};
use crate::tier;
use crate::watch::watched::{
    Watched, cgroup, current, is_detector, track, tracked, watched_cgroup,
};

/// `CLONE_NEWNS` of include/uapi/linux/sched.h.
const CLONE_NEWNS: u64 = 0x0002_0000;

/// What holds of a cgroup that was just made: below a container everything is the container's; else
/// user space decides by the path, and until then it is looked at most closely.
#[inline(always)]
pub fn cgroup_made(id: u64, parent: u64) -> CgroupState {
    let above = cgroup(parent);
    let decision = match above.map(|above| above.decision) {
        Some(decision::SERVICE | decision::UNDECIDED_SERVICE) => decision::UNDECIDED_SERVICE,
        Some(decision::UNWATCHED) | None => decision::UNDECIDED,
        Some(of_container) => of_container,
    };
    match above {
        Some(above) if above.decision == decision => above,
        _ => CgroupState {
            decision,
            level: level::ALL,
            outermost: id,
        },
    }
}

/// A task was moved into a cgroup, by the current task. Returns how it is watched now: a container's
/// wherever it goes, any other only where the destination is watched.
#[inline(always)]
pub fn attached(destination: u64, task: Task) -> Option<Watched> {
    let tgid = task.tgid();
    let maker_root = Task::current().root().dentry as u64;
    if tracked(tgid).is_some() {
        if let Some(state) = TASKS.get_ptr_mut(tgid) {
            // SAFETY: the entry stays mapped while the program runs.
            let state = unsafe { &mut *state };
            if came_before_it_was_told(state, destination) {
                *state = entry(destination, maker_root);
            } else {
                moved(state, destination, maker_root);
            }
        }
        let watched = tracked(tgid)?;
        if watched.is_service() {
            watched_cgroup(destination)?;
        }
        return Some(watched);
    }
    watched_cgroup(destination)?;
    if is_detector(tgid) {
        return None;
    }
    track(tgid, &entry(destination, maker_root));
    tracked(tgid)
}

/// Whether a task that somebody from outside puts into a cgroup has made a call there already: the
/// kernel tells of a move once it is done (`cgroup_attach_task`), and who was met in between had no
/// state, so that it counted as workload.
#[inline(always)]
fn came_before_it_was_told(state: &TaskState, destination: u64) -> bool {
    is_met(state) && state.cgroup == destination && TASKS.get_ptr(Task::current().tgid()).is_none()
}

/// Whether nobody told of a group, so that nothing is known of it but where it was met.
#[inline(always)]
fn is_met(state: &TaskState) -> bool {
    state.given & MET != 0 && state.chosen == 0
}

/// The state of a task that somebody put into a container's cgroup from outside.
#[inline(always)]
fn entry(cgroup: u64, maker_root: u64) -> TaskState {
    TaskState {
        phase: phase::RUNTIME,
        maker_root,
        cgroup,
        ..TaskState::default()
    }
}

/// A tracked group has got into another cgroup. A container's stays that container's wherever it
/// goes; any other may be about to enter a container.
#[inline(always)]
fn moved(state: &mut TaskState, destination: u64, maker_root: u64) {
    let of_container = match cgroup(state.cgroup) {
        Some(from) => matches!(from.decision, decision::WATCHED | decision::UNDECIDED),
        None => true,
    };
    if of_container || destination == state.cgroup {
        return;
    }
    state.entering = destination;
    state.maker_root = maker_root;
    state.armed = 0;
}

/// A process was made. Returns how the child is watched.
#[inline(always)]
pub fn made(child: Task, parent: Task) -> Option<Watched> {
    let tgid = child.tgid();
    let (id, from) = (child.cgroup(), parent.cgroup());
    let maker_root = parent.root().dentry as u64;
    if let Some(state) = TASKS.get_ptr(parent.tgid()) {
        // SAFETY: the entry stays mapped while the program runs.
        let mut inherited = unsafe { *state };
        if id != from {
            // CLONE_INTO_CGROUP: no attach is told.
            moved(&mut inherited, id, maker_root);
        }
        track(tgid, &inherited);
        return tracked(tgid);
    }
    watched_cgroup(id)?;
    let state = if id == from {
        // The parent escaped our notice: it was made before the programs were attached.
        bootstrapped(child, id)
    } else {
        entry(id, maker_root)
    };
    track(tgid, &state);
    tracked(tgid)
}

/// The state of a task that was there before us: workload unless its root is still the detector's.
#[inline(always)]
fn bootstrapped(task: Task, cgroup: u64) -> TaskState {
    let mut state = entry(cgroup, own_root());
    if task.root().dentry as u64 != state.maker_root {
        state.phase = phase::WORKLOAD;
    }
    state
}

/// The root directory of the detector.
#[inline(always)]
fn own_root() -> u64 {
    OWN_ROOT.get(0).copied().unwrap_or(0)
}

/// A process was found by the iterator, its executable there. Returns how it is watched.
#[inline(always)]
pub fn found(task: Task, exe: &Place) -> Option<Watched> {
    let tgid = task.tgid();
    // SAFETY: the entry stays mapped while the program runs.
    let told = |state: *const TaskState| !is_met(unsafe { &*state });
    if TASKS.get_ptr(tgid).is_some_and(told)
        && let Some(watched) = tracked(tgid)
    {
        return Some(watched);
    }
    let id = task.cgroup();
    watched_cgroup(id)?;
    if is_detector(tgid) {
        return None;
    }
    let mut state = bootstrapped(task, id);
    if is_detached(exe) && state.phase == phase::WORKLOAD {
        // The runtime's own binary, waiting in the container's root for the start.
        state.phase = phase::RUNTIME;
    } else if is_of_no_runtime(task, id, exe) {
        // With the detector's root it has escaped.
        state.phase = phase::WORKLOAD;
    }
    track(tgid, &state);
    tracked(tgid)
}

/// Whether an executable's mount is in no mount namespace: the runtime's own binary, which it runs
/// from a detached mount.
#[inline(always)]
fn is_detached(exe: &Place) -> bool {
    let mount = (exe.mount as usize).wrapping_sub(offset!(mount_mnt) as usize) as Address;
    !exe.mount.is_null() && follow(mount, offset!(mount_mnt_ns)).is_null()
}

/// Whether a task in this cgroup runs a program out of its container's own mounts, or was made by the
/// container's workload: a runtime does neither.
#[inline(always)]
fn is_of_no_runtime(task: Task, id: u64, exe: &Place) -> bool {
    let Some(own) = cgroup(id) else {
        return false;
    };
    if boundary::is_born_with(mount_namespace(exe), own.outermost) {
        return true;
    }
    let Some(parent) = TASKS.get_ptr(task.parent().tgid()) else {
        return false;
    };
    // SAFETY: the entry stays mapped while the program runs.
    let parent = unsafe { &*parent };
    parent.phase == phase::WORKLOAD
        && cgroup(parent.cgroup).is_some_and(|of_parent| of_parent.outermost == own.outermost)
}

/// A process was found by the iterator that looks for chosen ones and what descends from them.
/// Returns how it is watched, if it is one.
#[inline(always)]
pub fn choose(task: Task) -> Option<Watched> {
    let tgid = task.tgid();
    let mut search = Search { at: task, found: 0 };
    tier::climb(&mut search);
    if search.found == 0 {
        return None;
    }
    if let Some(state) = TASKS.get_ptr_mut(tgid) {
        // SAFETY: the entry stays mapped while the program runs.
        unsafe { (*state).chosen = search.found };
        return tracked(tgid);
    }
    if is_detector(tgid) {
        return None;
    }
    let state = TaskState {
        phase: phase::WORKLOAD,
        cgroup: task.cgroup(),
        chosen: search.found,
        ..TaskState::default()
    };
    track(tgid, &state);
    tracked(tgid)
}

/// The look for a chosen process among ancestors.
pub struct Search {
    at: Task,
    found: u32,
}

/// One step upwards; returns 1 when the search is over.
#[inline(always)]
pub fn ascend(search: &mut Search) -> i64 {
    let tgid = search.at.tgid();
    if let Some(chosen) = CHOSEN.get_ptr(tgid) {
        // SAFETY: the entry stays mapped while the program runs.
        if unsafe { (*chosen).start } == search.at.group_start() / TICK {
            search.found = tgid;
            return 1;
        }
    }
    search.at = search.at.leader().parent();
    // The first process has none above it but the idle task, whose number is 0.
    i64::from(tgid == 0 || search.at.0.is_null())
}

/// The current task has executed a program. Returns how it is watched now, and whether with this it
/// has become a container's workload.
#[inline(always)]
pub fn executed(task: Task, tgid: u32) -> (Watched, bool) {
    let mut watched = current(tgid);
    let Some(state) = TASKS.get_ptr_mut(tgid) else {
        return (watched, false);
    };
    // SAFETY: the entry stays mapped while the program runs.
    let state = unsafe { &mut *state };
    if is_met(state) && task.root().dentry as u64 != own_root() {
        state.given &= !MET;
    }
    let inside = task.root().dentry as u64 != state.maker_root || state.armed != 0;
    if state.entering != 0 && inside {
        let entered = entered(state);
        if let Some(now) = tracked(tgid) {
            watched = now;
        } else {
            // It has become nobody's: this is the last that is told of it.
            watched.cgroup = task.cgroup();
        }
        return (watched, entered);
    }
    // Whatever runs below a service is more likely to be its own than a container's runtime.
    let begins = inside || watched.decision == decision::UNDECIDED_SERVICE;
    if state.phase != phase::RUNTIME || !begins {
        return (watched, false);
    }
    state.phase = phase::WORKLOAD;
    watched.phase = phase::WORKLOAD;
    (watched, true)
}

/// A group that was no container's executes its first program in the cgroup that it was moved into:
/// if that is a container's, watched or not, it is that container's from now on.
#[inline(always)]
fn entered(state: &mut TaskState) -> bool {
    let destination = state.entering;
    state.entering = 0;
    let of_container = cgroup(destination).is_some_and(|cgroup| {
        matches!(
            cgroup.decision,
            decision::WATCHED | decision::UNDECIDED | decision::FOREIGN
        )
    });
    if of_container {
        state.cgroup = destination;
        state.phase = phase::WORKLOAD;
    }
    of_container
}

/// A call has succeeded; if it changed the root, the next exec is the workload's, even where the
/// container's root is the host's own.
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

/// A workload can do as it likes with a process: if that was the runtime, what it does from now on
/// is the workload's.
#[inline(always)]
pub fn tampered_with(tgid: u32) {
    if let Some(state) = TASKS.get_ptr_mut(tgid) {
        // SAFETY: the entry stays mapped while the program runs.
        unsafe { (*state).phase = phase::WORKLOAD };
    }
}

/// The last thread of a group has gone. Returns how it was watched.
#[inline(always)]
pub fn exited(tgid: u32) -> Option<Watched> {
    let watched = tracked(tgid)?;
    let _ = TASKS.remove(tgid);
    Some(watched)
}
