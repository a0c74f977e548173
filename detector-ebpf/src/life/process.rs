//! The life of processes: made, executing a program, gone.

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::record::{ExecBody, ExitBody, Kind, Lane, TaskBody, object_flag};
use detector_common::section::{ARGV_MAX, CLAIM_MAX, ENV_MAX, PATH_MAX, Session, Tag};

use crate::boundary;
use crate::facts::identity;
use crate::facts::image;
use crate::facts::path::{self, Place};
use crate::facts::task::Task;
use crate::kernel::{Address, follow, offset, present, read};
use crate::record::Record;
use crate::record::account::Made;
use crate::record::emit;
use crate::watch;
use crate::watch::watched::{Watched, tracked};

/// `CLONE_THREAD` of include/uapi/linux/sched.h.
const CLONE_THREAD: u64 = 0x0001_0000;

/// Runs when a task is made, by fork, vfork, clone or clone3; for io_uring's workers too.
#[btf_tracepoint(function = "task_newtask")]
pub fn task_made(ctx: BtfTracePointContext) -> i32 {
    let child = Task(ctx.arg(0));
    let clone_flags: u64 = ctx.arg(1);
    // A thread shares its group's state; the tree knows thread groups only.
    if clone_flags & CLONE_THREAD != 0 {
        if let Some(watched) = tracked(child.tgid()) {
            boundary::task_made(child, clone_flags, &watched);
        }
        return 0;
    }
    let parent = Task::current();
    if let Some(watched) = watch::made(child, parent) {
        tell_made(child, parent, clone_flags, &watched);
        boundary::task_made(child, clone_flags, &watched);
    }
    0
}

#[inline(always)]
fn tell_made(child: Task, parent: Task, clone_flags: u64, watched: &Watched) {
    let made = Made::act(Kind::TaskMade);
    let Some(mut record) = Record::begin::<TaskBody>(Lane::LifeCycle) else {
        return;
    };
    emit::head(&mut record, Kind::TaskMade, child, watched);
    describe(&mut record, child, parent, clone_flags);
    session(record, child);
    emit::send(record, Lane::LifeCycle as u32, made);
}

/// Writes the body of a record about a process.
#[inline(always)]
pub fn describe(record: &mut Record, task: Task, parent: Task, clone_flags: u64) {
    let body = record.body::<TaskBody>();
    task.describe(&mut body.subject);
    body.parent_start = parent.group_start();
    body.parent_tgid = parent.tgid();
    body.clone_flags = clone_flags;
    body.actor_tgid = 0;
    let place = Place::of_file(task.exe_file());
    identity::identify(&place, task, &mut body.exe);
}

/// Adds a process's session, process group and terminal, where this kernel lets them be read.
#[inline(always)]
pub fn session(record: Record, task: Task) {
    if present(offset!(signal_pids)) {
        record.numbers::<Session>(Tag::Session, |into| task.session(into));
    }
}

/// Runs when an exec can no longer fail: the new program is in place.
#[btf_tracepoint(function = "sched_process_exec")]
pub fn executed(ctx: BtfTracePointContext) -> i32 {
    let task = Task(ctx.arg(0));
    let old_tid: u32 = ctx.arg(1);
    let binary: Address = ctx.arg(2);
    let (watched, entered) = watch::executed(task, task.tgid());
    if watched.is() {
        tell_executed(task, old_tid, binary, &watched, entered);
        boundary::executed(task, old_tid, binary, &watched, entered);
    }
    0
}

/// Apart from its caller: what both keep on the stack is too much for one path of calls.
#[inline(never)]
fn tell_executed(task: Task, old_tid: u32, binary: Address, watched: &Watched, entered: bool) {
    let made = Made::act(Kind::Exec);
    let Some(mut record) = Record::begin::<ExecBody>(Lane::LifeCycle) else {
        return;
    };
    emit::head(&mut record, Kind::Exec, task, watched);
    let memory = follow(task.0, offset!(task_mm));
    let (argv, argv_length) = span(memory, offset!(mm_arg_start), offset!(mm_arg_end));
    let (_, env_length) = span(memory, offset!(mm_env_start), offset!(mm_env_end));
    let file = follow(binary, offset!(linux_binprm_file));
    let body = record.body::<ExecBody>();
    task.describe(&mut body.subject);
    identity::identify(&Place::of_file(file), task, &mut body.exe);
    let parent = task.parent();
    body.parent_start = parent.group_start();
    body.parent_tgid = parent.tgid();
    body.old_tid = old_tid;
    body.argv_length = argv_length as u32;
    body.env_length = env_length as u32;
    // The arguments come first: at an offset that is a constant their length needs no room behind.
    record.first_user_bytes::<ExecBody, ARGV_MAX>(Tag::Argv, argv, argv_length);
    paths(record, task, file);
    image::descriptors(record, task);
    record.kernel_string::<CLAIM_MAX>(Tag::Claim, follow(binary, offset!(linux_binprm_filename)));
    if entered {
        // The first program of an entry: its environment was written by the engine or the agent.
        let (env, length) = span(memory, offset!(mm_env_start), offset!(mm_env_end));
        record.user_bytes::<ENV_MAX>(Tag::Env, env, length);
    }
    emit::send(record, Lane::LifeCycle as u32, made);
}

/// Where a part of the memory begins, and its length, by the fields that have begin and end.
#[inline(always)]
fn span(memory: Address, start: u32, end: u32) -> (u64, u64) {
    let begin: u64 = read(memory, start);
    (begin, read::<u64>(memory, end).saturating_sub(begin))
}

/// Adds where program and working directory lie, and the program's file. Apart, for the stack as well.
#[inline(never)]
fn paths(record: Record, task: Task, file: Address) {
    let mut record = record;
    let (place, root) = (Place::of_file(file), task.root());
    path::write(record, Tag::ExePath, &place, &root, PATH_MAX as u32);
    if path::is_outside(record) {
        record.body::<ExecBody>().exe.flags |= object_flag::OUTSIDE_MOUNT;
    }
    path::write(record, Tag::Cwd, &task.cwd(), &root, PATH_MAX as u32);
    image::file(record, &place);
    session(record, task);
}

/// Runs when a thread exits; tells of it when it is the last of its group.
#[btf_tracepoint(function = "sched_process_exit")]
pub fn exited(ctx: BtfTracePointContext) -> i32 {
    let task = Task(ctx.arg(0));
    boundary::exited(task);
    if task.live_threads() != 0 {
        return 0;
    }
    let Some(watched) = watch::exited(task.tgid()) else {
        return 0;
    };
    let made = Made::act(Kind::Exit);
    let Some(mut record) = Record::begin::<ExitBody>(Lane::LifeCycle) else {
        return 0;
    };
    emit::head(&mut record, Kind::Exit, task, &watched);
    let body = record.body::<ExitBody>();
    body.code = task.exit_code();
    body.reserved = 0;
    emit::send(record, Lane::LifeCycle as u32, made);
    0
}
