//! Settling a change: what of it is explained, where it leads, whether it is told.

use detector_common::boundary::{grade, part, way};
use detector_common::record::{BoundaryBody, Call, Kind, Lane};
use detector_common::section::Tag;

use crate::facts::identity::mount_namespace;
use crate::facts::path::{self, Place};
use crate::facts::task::Task;
use crate::kernel::Address;
use crate::record::Record;
use crate::record::account::Made;
use crate::record::emit;
use crate::watch::watched::Watched;

use super::finding::Finding;
use super::judge;
use super::seen::{self, Seen};
use super::{Scene, explain, given};

/// The longest path of a new root that is told.
const ROOT_PATH: u32 = 256;

/// What brought us to look.
#[derive(Clone, Copy)]
pub struct Occasion<'a> {
    /// How the task is watched.
    pub watched: &'a Watched,
    /// A [`way`].
    pub way: u32,
    /// The parts that this may change.
    pub explained: u32,
    /// The namespaces that this makes, where they changed.
    pub made: u32,
    /// Who did it, where that is another.
    pub actor: u32,
    /// The call that is returning.
    pub call: &'a Call,
}

impl<'a> Occasion<'a> {
    /// In place of a call where there is none.
    const NO_CALL: Call = Call {
        result: 0,
        args: [0; 6],
        number: u32::MAX,
        reserved: 0,
    };

    /// One that is no call.
    #[inline(always)]
    pub const fn without_call(watched: &'a Watched, way: u32) -> Self {
        Self {
            watched,
            way,
            explained: 0,
            made: 0,
            actor: 0,
            call: &Self::NO_CALL,
        }
    }
}

/// Compares a thread with what it was seen as, tells what is to be told, and remembers it as it is
/// now.
#[inline(always)]
pub fn settle(task: Task, before: *mut Seen, scene: &mut Scene, occasion: &Occasion<'_>) {
    // SAFETY: the value of a map that stays mapped while the program runs.
    let before = unsafe { &mut *before };
    let Scene { now, finding, .. } = scene;
    finding.clear();
    seen::compare(before, now, finding);
    finding.unexplained = finding.changed & !occasion.explained;
    explain::refute(before, now, finding);
    conclude(task, before, scene, occasion);
}

/// As [`settle`], after an execution.
#[inline(always)]
pub fn executed(
    task: Task,
    before: *mut Seen,
    scene: &mut Scene,
    watched: &Watched,
    binary: Address,
) {
    // SAFETY: as for `settle`.
    let before = unsafe { &mut *before };
    let Scene { now, finding, .. } = scene;
    finding.clear();
    seen::compare(before, now, finding);
    explain::execution(before, now, binary, finding);
    let cwd = task.cwd();
    now.standing.cwd_mount_ns = seen::namespace_number(&cwd);
    if !watched.is_service() {
        let (grade, target) = judge_place(&cwd, watched.outermost, given(task.tgid()));
        let was_outside = before.outside & part::CWD != 0;
        finding.changes(was_outside != (grade != grade::INSIDE), part::CWD);
        if !was_outside {
            finding.leads(part::CWD, grade, target);
        }
    }
    let occasion = Occasion::without_call(watched, way::EXEC);
    conclude(task, before, scene, &occasion);
}

/// Judges a process that was found at the start. What leads to the host or into another container is
/// told; the rest it has made itself.
#[inline(always)]
pub fn found(task: Task, scene: &mut Scene, watched: &Watched) {
    let Scene { now, finding, .. } = scene;
    finding.clear();
    let given = given(task.tgid());
    for (kind, at) in now.spaces.iter().enumerate() {
        let (grade, target) = judge::judge(kind as u32, *at, watched.outermost, given);
        if grade == grade::OUTSIDE {
            judge::made(kind, *at, watched.outermost);
        } else {
            finding.leads(judge::bit(kind as u32), grade, target);
        }
    }
    finding.changed = finding.outside;
    if finding.outside != 0 {
        let occasion = Occasion::without_call(watched, way::FOUND);
        tell(task, now, now, &occasion, finding);
    }
}

/// Tells that a task has got out of its container's cgroup, to where that grade and target are of.
#[inline(always)]
pub fn left_cgroup(task: Task, scene: &mut Scene, watched: &Watched, to: (u32, u64)) {
    let Scene { now, finding, .. } = scene;
    finding.clear();
    finding.changes(true, part::CGROUP);
    finding.leads(part::CGROUP, to.0, to.1);
    let occasion = Occasion {
        actor: Task::current().tgid(),
        ..Occasion::without_call(watched, way::ATTACH)
    };
    tell(task, now, now, &occasion, finding);
}

#[inline(always)]
fn conclude(task: Task, before: &mut Seen, scene: &mut Scene, occasion: &Occasion<'_>) {
    let Scene { now, finding, .. } = scene;
    if before.root_changes != now.root_changes {
        // Another thread that shares the root has moved it, or a pivot_root that of all.
        finding.unexplained &= !part::ROOT;
    }
    if !occasion.watched.is_service() {
        judge_spaces(finding, now, task, occasion);
        if finding.outside & part::ROOT == 0 {
            // Seen between another thread's chroot and the return of that, it is not counted yet.
            finding.unexplained &= !part::ROOT;
        }
    }
    now.outside = (before.outside & !finding.changed) | finding.outside;
    let tells = finding.unexplained | finding.outside | finding.changed & part::NAMESPACES;
    if tells != 0 {
        tell(task, before, now, occasion, finding);
    }
    *before = *now;
}

/// Where the changed namespaces and the changed root lead.
#[inline(always)]
fn judge_spaces(finding: &mut Finding, now: &Seen, task: Task, occasion: &Occasion<'_>) {
    let container = occasion.watched.outermost;
    let given = given(task.tgid());
    for (kind, at) in now.spaces.iter().enumerate() {
        let bit = judge::bit(kind as u32);
        if finding.changed & bit == 0 {
            continue;
        }
        if occasion.made & bit != 0 {
            judge::made(kind, *at, container);
        } else {
            let (grade, target) = judge::judge(kind as u32, *at, container, given);
            finding.leads(bit, grade, target);
        }
    }
    if finding.changed & part::ROOT != 0 {
        let (grade, target) = judge_place(&task.root(), container, given);
        finding.leads(part::ROOT, grade, target);
    }
}

/// Where a directory's mount leads. What is in no mount namespace, or in an anonymous one, is not
/// attached anywhere.
#[inline(always)]
fn judge_place(place: &Place, container: u64, given: u32) -> (u32, u64) {
    let namespace = mount_namespace(place);
    if namespace.is_null() {
        (grade::INSIDE, 0)
    } else {
        judge::judge(1, namespace as u64, container, given)
    }
}

/// Writes the record.
#[inline(never)]
fn tell(task: Task, before: &Seen, now: &Seen, occasion: &Occasion<'_>, finding: &Finding) {
    let watched = occasion.watched;
    let kind = if finding.unexplained == 0 {
        Kind::Crossing
    } else {
        Kind::Unexplained
    };
    let made = Made::act(kind);
    // Equal are those that change the same parts and lead to the same.
    let object = u64::from(finding.changed) << 32
        | u64::from(finding.outside) << 8
        | u64::from(finding.grade);
    if !emit::affordable(kind, 0, object, task.tgid(), watched) {
        made.suppressed();
        return;
    }
    let Some(mut record) = Record::begin::<BoundaryBody>(Lane::Alarm) else {
        return;
    };
    emit::head(&mut record, kind, task, watched);
    let body = record.body::<BoundaryBody>();
    task.describe(&mut body.subject);
    body.call = *occasion.call;
    body.before = before.standing;
    body.after = now.standing;
    body.changed = finding.changed;
    body.unexplained = finding.unexplained;
    body.outside = finding.outside;
    body.grade = finding.grade;
    body.target = finding.target;
    body.way = occasion.way;
    body.actor_tgid = occasion.actor;
    if finding.changed & part::ROOT != 0 {
        let top = Place::nowhere();
        path::write(record, Tag::Path, &task.root(), &top, ROOT_PATH);
    }
    emit::send(record, Lane::Alarm as u32, made);
}
