//! What was there before the sensor, or before somebody asked for it: iterators that user space runs
//! at the start, and when something more is to be watched.

use core::ffi::c_void;

use detector_common::record::{Kind, Lane, TaskBody};
use detector_common::section::{PATH_MAX, Tag};

use crate::boundary;
use crate::facts::path::{self, Place};
use crate::facts::task::Task;
use crate::kernel::Address;
use crate::life::process;
use crate::maps::OWN_ROOT;
use crate::record::Record;
use crate::record::account::Made;
use crate::record::emit;
use crate::watch;
use crate::watch::watched::Watched;

/// `struct bpf_iter__task`: aya-ebpf has no type for it.
#[repr(C)]
pub struct TaskIteration {
    meta: *const c_void,
    task: Address,
}

/// Finds the detector's own root, by the task that runs the iterator, and tells how the detector's
/// process looks from here: user space compares that with what /proc says before it trusts the rest.
#[unsafe(no_mangle)]
#[unsafe(link_section = "iter/task")]
pub extern "C" fn find_own_root(ctx: *mut TaskIteration) -> i32 {
    // SAFETY: the kernel passes a valid context.
    let address = unsafe { (*ctx).task };
    let task = Task(address);
    if address.is_null() || task.leader().0 != address || task.tgid() != Task::current().tgid() {
        return 0;
    }
    let root = task.root().dentry as u64;
    let _ = OWN_ROOT.set(0, root, 0);
    boundary::set_host(task);
    let watched = Watched::host(task.cgroup());
    report(
        task,
        &Place::of_file(task.exe_file()),
        &watched,
        Made::nothing(),
    );
    0
}

/// Gives every process of a watched cgroup its state, and tells of it.
#[unsafe(no_mangle)]
#[unsafe(link_section = "iter/task")]
pub extern "C" fn find_tasks(ctx: *mut TaskIteration) -> i32 {
    // SAFETY: the kernel passes a valid context.
    let address = unsafe { (*ctx).task };
    if address.is_null() {
        return 0;
    }
    let task = Task(address);
    if task.leader().0 != address {
        return 0;
    }
    let place = Place::of_file(task.exe_file());
    let Some(watched) = watch::found(task, &place) else {
        return 0;
    };
    report(task, &place, &watched, Made::act(Kind::Alive));
    boundary::found(task, &watched);
    0
}

/// Marks the processes that were chosen for themselves and all that descend from them, and tells of
/// each.
#[unsafe(no_mangle)]
#[unsafe(link_section = "iter/task")]
pub extern "C" fn find_chosen(ctx: *mut TaskIteration) -> i32 {
    // SAFETY: the kernel passes a valid context.
    let address = unsafe { (*ctx).task };
    if address.is_null() {
        return 0;
    }
    let task = Task(address);
    if task.leader().0 != address {
        return 0;
    }
    let Some(watched) = watch::choose(task) else {
        return 0;
    };
    let place = Place::of_file(task.exe_file());
    report(task, &place, &watched, Made::act(Kind::Alive));
    0
}

#[inline(always)]
fn report(task: Task, exe: &Place, watched: &Watched, made: Made) {
    let Some(mut record) = Record::begin::<TaskBody>(Lane::LifeCycle) else {
        return;
    };
    emit::head(&mut record, Kind::Alive, task, watched);
    process::describe(&mut record, task, task.parent(), 0);
    process::session(record, task);
    path::write(record, Tag::ExePath, exe, &task.root(), PATH_MAX as u32);
    path::write(record, Tag::Cwd, &task.cwd(), &task.root(), PATH_MAX as u32);
    emit::send(record, Lane::LifeCycle as u32, made);
}
