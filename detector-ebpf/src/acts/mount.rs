//! The mount family, old and new: mount, umount2, open_tree, move_mount, fsopen, fsconfig, fsmount,
//! fspick, mount_setattr.

use aya_ebpf::helpers::generated::bpf_probe_read_user;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call;
use detector_common::record::{ActBody, Kind, Lane};
use detector_common::section::Tag;

use crate::acts::act::{self, Pending, SHORT_PATH, SHORT_TEXT};
use crate::facts::identity;
use crate::facts::path::{self, Place};
use crate::facts::task::Task;
use crate::kernel::arch::older;
use crate::record::Record;
use crate::record::account::Made;
use crate::record::emit;

/// Commands of fsconfig whose value is a string or a path (include/uapi/linux/mount.h).
const FSCONFIG_SET_STRING: u32 = 1;
const FSCONFIG_SET_PATH: u32 = 3;
const FSCONFIG_SET_PATH_EMPTY: u32 = 4;

/// Family of the calls that change the mount tree.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_mount(ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Mount as u32);
    if let Some(pending) = act::pending() {
        report(&ctx, pending, made);
    }
    0
}

#[inline(always)]
fn report(ctx: &BtfTracePointContext, pending: &Pending, made: Made) {
    let task = Task::current();
    if !emit::affordable(
        Kind::Mount,
        pending.result,
        0,
        pending.tgid,
        &pending.watched,
    ) {
        made.suppressed();
        return;
    }
    let Some(mut record) = act::begin(ctx, pending, Kind::Mount, Lane::Alarm, task) else {
        return;
    };
    let args = record.body::<ActBody>().call.args;
    match pending.number {
        call::MOUNT => {
            record.user_string::<SHORT_TEXT>(Tag::Claim, args[0]);
            record.user_string::<SHORT_TEXT>(Tag::Claim2, args[1]);
            record.user_string::<32>(Tag::Claim3, args[2]);
        }
        call::UMOUNT2 if pending.is_older(older::UMOUNT) => {
            record.body::<ActBody>().call.args[1] = 0;
            record.user_string::<SHORT_TEXT>(Tag::Claim, args[0]);
        }
        call::UMOUNT2 | call::FSOPEN => record.user_string::<SHORT_TEXT>(Tag::Claim, args[0]),
        call::OPEN_TREE => {
            record.user_string::<SHORT_TEXT>(Tag::Claim, args[1]);
            opened(record, pending, task);
        }
        call::FSPICK => record.user_string::<SHORT_TEXT>(Tag::Claim, args[1]),
        call::MOUNT_SETATTR => {
            record.user_string::<SHORT_TEXT>(Tag::Claim, args[1]);
            attributes(&mut record.body::<ActBody>().call.args);
            // With an empty name it is the descriptor's own mount that is changed.
            let place = Place::of_file(task.file(u64::from(args[0] as u32)));
            identity::identify(&place, task, &mut record.body::<ActBody>().object);
        }
        call::MOVE_MOUNT => {
            record.user_string::<SHORT_TEXT>(Tag::Claim, args[1]);
            record.user_string::<SHORT_TEXT>(Tag::Claim2, args[3]);
            // With an empty name the first descriptor itself is moved.
            let source = Place::of_file(task.file(u64::from(args[0] as u32)));
            identity::identify(&source, task, &mut record.body::<ActBody>().object);
        }
        call::FSCONFIG => {
            record.user_string::<32>(Tag::Claim, args[2]);
            if matches!(
                args[1] as u32,
                FSCONFIG_SET_STRING | FSCONFIG_SET_PATH | FSCONFIG_SET_PATH_EMPTY
            ) {
                record.user_string::<SHORT_TEXT>(Tag::Claim2, args[3]);
            }
        }
        _ => opened(record, pending, task),
    }
    emit::send(record, Lane::Alarm as u32, made);
}

/// Puts what mount_setattr was to change in place of where that lies in the caller's memory:
/// attributes to set, to clear, the propagation (`struct mount_attr` of include/uapi/linux/mount.h).
#[inline(always)]
fn attributes(args: &mut [u64; 6]) {
    let mut wished = [0_u64; 3];
    // SAFETY: `wished` has the size that is read; the helper checks the address.
    let failed =
        unsafe { bpf_probe_read_user((&raw mut wished).cast(), 24, args[3] as *const _) } < 0;
    if failed {
        wished = [0; 3];
    }
    args[3] = wished[0];
    args[4] = wished[1];
    args[5] = wished[2];
}

/// Tells what the descriptor that the call returned stands for.
#[inline(always)]
fn opened(record: Record, pending: &Pending, task: Task) {
    if pending.result < 0 {
        return;
    }
    let mut record = record;
    let place = Place::of_file(task.file(pending.result as u64));
    identity::identify(&place, task, &mut record.body::<ActBody>().object);
    path::write(record, Tag::Path, &place, &task.root(), SHORT_PATH);
}
