//! Cgroups made and removed, and tasks moved into them. Only the v2 hierarchy counts.

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::record::{CgroupBody, Kind, Lane, TaskBody};
use detector_common::section::{CLAIM_MAX, Tag};
use detector_common::state::Cause;

use crate::boundary;
use crate::facts::task::{Task, cgroup_id};
use crate::kernel::{Address, follow, offset, read};
use crate::life::process;
use crate::maps::CGROUPS;
use crate::record::Record;
use crate::record::account::{Made, lose};
use crate::record::emit;
use crate::watch;
use crate::watch::watched::Watched;

/// Longest cgroup path that an alarm carries.
const PATH: usize = 512;
const _: () = assert!(PATH <= CLAIM_MAX);

/// Runs when a cgroup is made.
#[btf_tracepoint(function = "cgroup_mkdir")]
pub fn cgroup_made(ctx: BtfTracePointContext) -> i32 {
    let cgroup: Address = ctx.arg(0);
    if !is_v2(cgroup) {
        return 0;
    }
    let (id, parent) = (cgroup_id(cgroup), parent_id(cgroup));
    if CGROUPS
        .insert(id, watch::cgroup_made(id, parent), 0)
        .is_err()
    {
        lose(Lane::Alarm, Cause::CgroupsFull);
    }
    report(Kind::CgroupMade, cgroup, ctx.arg(1));
    0
}

/// Runs when a cgroup is removed; by then it has no tasks.
#[btf_tracepoint(function = "cgroup_rmdir")]
pub fn cgroup_removed(ctx: BtfTracePointContext) -> i32 {
    let cgroup: Address = ctx.arg(0);
    if !is_v2(cgroup) {
        return 0;
    }
    // User space takes the entry out, once no process of its tree needs it.
    boundary::forget(cgroup_id(cgroup));
    report(Kind::CgroupRemoved, cgroup, ctx.arg(1));
    0
}

#[inline(always)]
fn report(kind: Kind, cgroup: Address, path: Address) {
    let made = Made::act(kind);
    let Some(mut record) = Record::begin::<CgroupBody>(Lane::Alarm) else {
        return;
    };
    let task = Task::current();
    let id = cgroup_id(cgroup);
    emit::head(&mut record, kind, task, &Watched::host(id));
    let body = record.body::<CgroupBody>();
    body.id = id;
    body.parent = parent_id(cgroup);
    body.level = read(cgroup, offset!(cgroup_level));
    body.reserved = 0;
    record.kernel_string::<PATH>(Tag::CgroupPath, path);
    emit::send(record, Lane::Alarm as u32, made);
}

/// Runs when a task, or a whole group, has been moved into a cgroup.
#[btf_tracepoint(function = "cgroup_attach_task")]
pub fn cgroup_attached(ctx: BtfTracePointContext) -> i32 {
    let destination: Address = ctx.arg(0);
    let task = Task(ctx.arg(2));
    if !is_v2(destination) {
        return 0;
    }
    let Some(watched) = watch::attached(cgroup_id(destination), task) else {
        return 0;
    };
    let made = Made::act(Kind::Attach);
    let Some(mut record) = Record::begin::<TaskBody>(Lane::LifeCycle) else {
        return 0;
    };
    emit::head(&mut record, Kind::Attach, task, &watched);
    process::describe(&mut record, task, task.parent(), 0);
    process::session(record, task);
    record.body::<TaskBody>().actor_tgid = Task::current().tgid();
    let place = crate::facts::path::Place::of_file(task.exe_file());
    crate::facts::path::write(
        record,
        Tag::ExePath,
        &place,
        &task.root(),
        detector_common::section::PATH_MAX as u32,
    );
    emit::send(record, Lane::LifeCycle as u32, made);
    boundary::moved(task, cgroup_id(destination), &watched);
    0
}

/// The v2 hierarchy is the one with number 0.
#[inline(always)]
fn is_v2(cgroup: Address) -> bool {
    let root = follow(cgroup, offset!(cgroup_root));
    !root.is_null() && read::<u32>(root, offset!(cgroup_root_hierarchy_id)) == 0
}

#[inline(always)]
fn parent_id(cgroup: Address) -> u64 {
    let node = follow(cgroup, offset!(cgroup_kn));
    read(
        follow(node, offset!(kernfs_node_parent)),
        offset!(kernfs_node_id),
    )
}
