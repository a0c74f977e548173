//! The boundary of a container: a task of its workload that stands elsewhere than it stood, or is
//! something else than it was.
//!
//! Each thread of a workload is compared with what it was seen as (`seen`): at every call that is
//! looked at, at each execution, for each task made. A change that the call explains (`explain`) is
//! taken over; one that nothing explains is told, for then something other than a system call made
//! it. A changed namespace or root is judged (`judge`): inside the container's own, or in another
//! container, on the host. Each change is told once, and what comes of a told task is not told again.
//!
//! What a service does is not judged: it has no boundary but the host's.

mod explain;
mod finding;
mod judge;
mod seen;
mod settle;

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::boundary::{grade, part, way};
use detector_common::record::{Call, Lane};
use detector_common::state::{BORN, Cause, MET, phase};

use crate::acts::act::{self, Gate};
use crate::acts::again;
use crate::acts::gate;
use crate::facts::task::Task;
use crate::kernel::Address;
use crate::kernel::arch;
use crate::maps::{BIRTHS, HOST_SPACES, NOW, SEEN, TASKS};
use crate::record::account::lose;
use crate::watch::watched::{self, Watched};

use finding::Finding;
pub use judge::{Birth, Membership, Space, forget, is_born_with};
pub use seen::Seen;
use settle::Occasion;

/// A thread while it is compared.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Scene {
    /// What it is now.
    now: Seen,
    /// What was found.
    finding: Finding,
    /// Room for what its container was born with.
    birth: Birth,
}

/// Whether anything of the current thread is other than it was seen.
#[inline(always)]
pub fn is_changed(task: Task, tid: u32) -> bool {
    match SEEN.get_ptr(tid) {
        // SAFETY: the entry stays mapped while the program runs.
        Some(seen) => seen::differs(task, unsafe { &*seen }),
        None => true,
    }
}

/// Called by the gate, in place of the family, for a thread that is other than it was seen; then
/// goes on to the family.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_boundary(ctx: BtfTracePointContext) -> i32 {
    returned(&ctx);
    gate::go_on(&ctx);
    0
}

#[inline(always)]
fn returned(ctx: &BtfTracePointContext) {
    let Some(pending) = act::pending() else {
        return;
    };
    let task = Task::current();
    let mut call = Call {
        result: pending.result,
        number: pending.number,
        ..Call::default()
    };
    arch::arguments(ctx, pending.compat, &mut call.args);
    let mut occasion = Occasion {
        call: &call,
        ..Occasion::without_call(&pending.watched, way::CALL)
    };
    if pending.result >= 0 {
        occasion.explained = explain::by_call(call.number, call.args[0]);
        occasion.made = explain::made_by_call(call.number, call.args[0]);
        if explain::moves_roots(call.number) {
            root_changed(pending.watched.outermost);
        }
    }
    let Some(scene) = look(task, &pending.watched, place()) else {
        return;
    };
    match SEEN.get_ptr_mut(task.tid()) {
        Some(before) => settle::settle(task, before, scene, &occasion),
        None => remember(task.tid(), &scene.now),
    }
}

/// The current task has executed a program; `begins` with it a container's workload.
#[inline(always)]
pub fn executed(task: Task, old_tid: u32, binary: Address, watched: &Watched, begins: bool) {
    if watched.phase != phase::WORKLOAD {
        return;
    }
    let Some(scene) = look(task, watched, way::EXEC) else {
        return;
    };
    let tid = task.tid();
    let before = if begins {
        None
    } else {
        SEEN.get_ptr_mut(old_tid)
    };
    let before = if let (Some(before), true) = (before, old_tid == tid) {
        before
    } else {
        // A thread that executes gets its leader's number.
        // SAFETY: the entry stays mapped while the program runs.
        remember(tid, before.map_or(&scene.now, |before| unsafe { &*before }));
        if old_tid != tid {
            let _ = SEEN.remove(old_tid);
        }
        match SEEN.get_ptr_mut(tid) {
            Some(before) => before,
            None => return,
        }
    };
    settle::executed(task, before, scene, watched, binary);
}

/// A task was made by the current one.
#[inline(always)]
pub fn task_made(child: Task, clone_flags: u64, watched: &Watched) {
    if watched.phase != phase::WORKLOAD {
        return;
    }
    let Some(scene) = look(child, watched, way::TASK_MADE) else {
        return;
    };
    let (tid, maker) = (child.tid(), Task::current());
    let Some(seen) = SEEN.get_ptr(maker.tid()) else {
        remember(tid, &scene.now);
        return;
    };
    // SAFETY: the entry stays mapped while the program runs.
    remember(tid, unsafe { &*seen });
    let Some(before) = SEEN.get_ptr_mut(tid) else {
        return;
    };
    let explained = explain::by_flags(clone_flags);
    let occasion = Occasion {
        explained,
        made: explained & part::NAMESPACES,
        actor: maker.tgid(),
        ..Occasion::without_call(watched, way::TASK_MADE)
    };
    settle::settle(child, before, scene, &occasion);
    if !watched.is_service()
        && let Some(to) = judge::cgroup(child.cgroup(), watched.outermost)
        && maker.cgroup() != child.cgroup()
    {
        settle::left_cgroup(child, scene, watched, to);
    }
}

/// A task of a workload was moved into another cgroup, by the current task.
#[inline(always)]
pub fn moved(task: Task, destination: u64, watched: &Watched) {
    let by_workload = watched::tracked(Task::current().tgid())
        .is_some_and(|actor| actor.phase == phase::WORKLOAD);
    if watched.phase != phase::WORKLOAD || !by_workload || watched.is_service() {
        return;
    }
    if let Some(to) = judge::cgroup(destination, watched.outermost)
        && let Some(scene) = look(task, watched, way::ATTACH)
    {
        settle::left_cgroup(task, scene, watched, to);
    }
}

/// The sensor has found a process of a workload that was there before.
#[inline(always)]
pub fn found(task: Task, watched: &Watched) {
    if watched.phase != phase::WORKLOAD || watched.is_service() {
        return;
    }
    let begun = born_like_the_first(task.tgid(), watched.outermost);
    // Who has ended and is not waited for has no namespaces (exit_task_namespaces), and stands nowhere.
    if task.mount_namespace().is_null() {
        return;
    }
    let Some(scene) = look(task, watched, way::FOUND) else {
        return;
    };
    remember_first(task.tid(), &scene.now);
    if begun {
        settle::found(task, scene, watched);
    }
}

/// Gives a group that was there before us what of the host's its container was born with, so that what
/// else it has by now is not taken for that. False for the first group of a container that is found:
/// its standing is taken for the birth.
#[inline(always)]
fn born_like_the_first(tgid: u32, container: u64) -> bool {
    let (Some(birth), Some(state)) = (BIRTHS.get_ptr(container), TASKS.get_ptr_mut(tgid)) else {
        return false;
    };
    // SAFETY: the entries stay mapped while the program runs.
    unsafe { (*state).given = (*birth).given | BORN };
    true
}

/// A thread has gone.
#[inline(always)]
pub fn exited(task: Task) {
    let _ = SEEN.remove(task.tid());
}

/// Takes the detector's own namespaces for the host's.
#[inline(always)]
pub fn set_host(task: Task) {
    let Some(scene) = NOW.get_ptr_mut(way::FOUND) else {
        return;
    };
    // SAFETY: as in `look`; iterators run for the detector alone, one after the other.
    let now = unsafe { &mut (*scene).now };
    seen::look(task, now);
    for (kind, at) in now.spaces.iter().enumerate() {
        let _ = HOST_SPACES.set(kind as u32, judge::space(kind, *at), 0);
    }
}

/// Whether a mount namespace is the own of the container that the current task is of; nothing where
/// it is of none.
#[inline(always)]
pub fn owns_mounts(task: Task, namespace: Address) -> Option<bool> {
    let tgid = task.tgid();
    let watched = watched::tracked(tgid)?;
    if watched.is_service() {
        return None;
    }
    let (grade, _) = judge::judge(1, namespace as u64, watched.outermost, given(tgid));
    Some(grade == grade::INSIDE)
}

/// The place of the gate through which the current task has come.
#[inline(always)]
fn place() -> u32 {
    match again::gate() {
        Gate::Again => way::WAYS,
        _ => way::CALL,
    }
}

/// Looks at a thread as it is now, and records the birth of its group where that is still to come.
/// What was found is that of another time. The place is that of the program: its [`way`],
/// or [`place`].
#[inline(always)]
fn look(task: Task, watched: &Watched, place: u32) -> Option<&'static mut Scene> {
    let scene = NOW.get_ptr_mut(place)?;
    // SAFETY: this CPU's own place for one program, which the kernel does not run again on this CPU
    // before it has ended.
    let scene = unsafe { &mut *scene };
    seen::look(task, &mut scene.now);
    let state = TASKS.get_ptr_mut(task.tgid())?;
    // SAFETY: the entry stays mapped while the program runs.
    let state = unsafe { &mut *state };
    if state.given & BORN == 0 && !watched.is_service() {
        if state.given & MET == 0 {
            state.given = judge::born(&scene.now, watched.outermost, &mut scene.birth) | BORN;
        } else if let Some(birth) = BIRTHS.get_ptr(watched.outermost) {
            // SAFETY: as above.
            state.given = unsafe { (*birth).given } | BORN | MET;
        } else {
            return None;
        }
    }
    if let Some(birth) = BIRTHS.get_ptr(watched.outermost) {
        // SAFETY: as above.
        scene.now.root_changes = unsafe { (*birth).root_changes };
    }
    Some(scene)
}

/// What of the host's a group was given at its birth.
#[inline(always)]
fn given(tgid: u32) -> u32 {
    match TASKS.get_ptr(tgid) {
        // SAFETY: the entry stays mapped while the program runs.
        Some(state) => unsafe { (*state).given },
        None => 0,
    }
}

/// Remembers what a thread is seen as.
#[inline(always)]
fn remember(tid: u32, seen: &Seen) {
    if SEEN.insert(tid, seen, 0).is_err() {
        lose(Lane::Alarm, Cause::SeenFull);
    }
}

/// As [`remember`], but what it has been seen as since stands: it was looked at later.
#[inline(always)]
fn remember_first(tid: u32, seen: &Seen) {
    // BPF_NOEXIST of include/uapi/linux/bpf.h.
    if SEEN.insert(tid, seen, 1).is_err() && SEEN.get_ptr(tid).is_none() {
        lose(Lane::Alarm, Cause::SeenFull);
    }
}

/// A task of a container changes a root directory, perhaps that of others too.
#[inline(always)]
fn root_changed(container: u64) {
    if let Some(birth) = BIRTHS.get_ptr_mut(container) {
        // SAFETY: the entry stays mapped while the program runs; of two at once one may be lost,
        // and the other still makes a difference.
        unsafe { (*birth).root_changes += 1 };
    }
}
