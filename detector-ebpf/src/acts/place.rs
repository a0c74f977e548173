//! Where a task stands: chdir, fchdir, chroot, pivot_root.

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call;
use detector_common::record::{ActBody, Kind, Lane, object_flag};
use detector_common::section::{CLAIM_MAX, Tag};

use crate::acts::act::{self, Limits, Pending, SHORT_TEXT};
use crate::facts::identity;
use crate::facts::path::{self, Place};
use crate::facts::task::Task;
use crate::record::account::Made;
use crate::record::emit;

/// Family of the calls that change a task's working or root directory.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_place(ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Place as u32);
    if let Some(pending) = act::pending() {
        report(&ctx, pending, made);
    }
    0
}

#[inline(always)]
fn report(ctx: &BtfTracePointContext, pending: &Pending, made: Made) {
    let task = Task::current();
    let number = pending.number;
    let by_name = number != call::FCHDIR;
    let new_root = number == call::CHROOT || number == call::PIVOT_ROOT;
    let Some(mut record) = act::begin(ctx, pending, Kind::Place, Lane::Volume, task) else {
        return;
    };
    let args = record.body::<ActBody>().call.args;
    // The new root ends its own walk at once: it is told from the top of the mount tree.
    let (place, stop) = if new_root {
        (task.root(), Place::nowhere())
    } else if pending.result >= 0 {
        (task.cwd(), task.root())
    } else if by_name {
        (Place::nowhere(), Place::nowhere())
    } else {
        (Place::of_file(task.file(args[0])), task.root())
    };
    let done = pending.result >= 0;
    let mut object = 0;
    let mut foreign = false;
    if done {
        identity::identify(&place, task, &mut record.body::<ActBody>().object);
        let identity = record.body::<ActBody>().object;
        object = identity.inode;
        foreign = identity.flags & object_flag::OTHER_MOUNT_NS != 0;
    }
    let lane = if new_root || foreign {
        Lane::Alarm
    } else {
        Lane::Volume
    };
    let affordable = !matches!(lane, Lane::Alarm)
        || emit::affordable(
            Kind::Place,
            pending.result,
            object,
            pending.tgid,
            &pending.watched,
        );
    if !affordable {
        record.end();
        made.suppressed();
        return;
    }
    let limits = Limits::of(lane);
    if done || !by_name {
        path::write(record, Tag::Path, &place, &stop, limits.path);
    }
    if by_name {
        if limits.short {
            record.user_string::<SHORT_TEXT>(Tag::Claim, args[0]);
        } else {
            record.user_string::<CLAIM_MAX>(Tag::Claim, args[0]);
        }
        if number == call::PIVOT_ROOT {
            record.user_string::<SHORT_TEXT>(Tag::Claim2, args[1]);
        }
        if !done && !new_root {
            path::write(record, Tag::Cwd, &task.cwd(), &task.root(), limits.path);
        }
    }
    emit::send(record, lane as u32, made);
}
