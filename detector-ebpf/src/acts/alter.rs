//! Names, lengths and modes of files changed: unlink, rmdir, rename, link, symlink, truncate, mkdir,
//! chmod and their like.
//!
//! A name that is gone cannot be resolved any more, and what was made of a new one the kernel does not
//! say, so that names are the caller's, each with the directory from which it counts, which is the
//! kernel's. ftruncate and fchmod alone have a descriptor.

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call;
use detector_common::interest::want;
use detector_common::record::{ActBody, Kind, Lane, Object, object_flag};
use detector_common::section::{CLAIM_MAX, PATH_MAX, Tag};

use crate::acts::act::{self, Pending};
use crate::acts::file::{self, Name};
use crate::facts::identity;
use crate::facts::path;
use crate::facts::task::Task;
use crate::record::Record;
use crate::record::account::Made;
use crate::record::emit;
use crate::tier;

/// Family of the calls that change names, lengths and modes of files.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_alter(ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Alter as u32);
    if let Some(pending) = act::pending() {
        report(&ctx, pending, made);
    }
    0
}

#[inline(always)]
fn report(ctx: &BtfTracePointContext, pending: &Pending, made: Made) {
    let Some(mut record) = act::begin_call(ctx, pending, Lane::Volume) else {
        return;
    };
    tier::tell_before(&mut record);
    let args = &mut record.body::<ActBody>().call.args;
    normalise(args, pending.number);
    let [_, name, _, other, ..] = *args;
    let names = (Name::Callers(name), Name::Callers(other));
    told(record, pending, Task::current(), names, made);
}

/// Tells of an act with both of its names, where somebody asks for it. Its arguments are in order, and
/// what was resolved before it is told.
#[inline(always)]
pub fn told(
    record: Record,
    pending: &Pending,
    task: Task,
    (name, other): (Name, Name),
    made: Made,
) {
    let mut record = record;
    let [directory, _, second, ..] = record.body::<ActBody>().call.args;
    let place = file::directory(task, directory);
    let known = record.body::<ActBody>().object.flags;
    let from_elsewhere = identity::is_elsewhere(&place, task);
    let elsewhere = from_elsewhere || known & object_flag::OTHER_MOUNT_NS != 0;
    if pending.wanted & want::ANY == 0 && !elsewhere {
        record.end();
        made.filtered();
        return;
    }
    act::by(&mut record, pending, Kind::Alter, task);
    if has_descriptor(pending.number) {
        identity::identify(&place, task, &mut record.body::<ActBody>().object);
        path::write(record, Tag::Path, &place, &task.root(), PATH_MAX as u32);
    } else {
        name.write::<CLAIM_MAX>(record);
        file::base_at(record, Tag::Cwd, task, &place);
        if from_elsewhere {
            record.numbers::<Object>(Tag::BaseObject, |object| {
                identity::identify(&place, task, object);
            });
        }
        rest(record, pending.number, second, other);
    }
    emit::send(record, Lane::Volume as u32, made);
}

/// Whether a call of this family names no file, but has it open.
#[inline(always)]
pub const fn has_descriptor(number: u32) -> bool {
    matches!(number, call::FTRUNCATE | call::FCHMOD)
}

/// Adds the second name where there is one.
#[inline(always)]
fn rest(record: Record, number: u32, directory: u64, name: Name) {
    match number {
        call::RENAME | call::RENAMEAT | call::RENAMEAT2 | call::LINK | call::LINKAT => {
            name.write_as::<CLAIM_MAX>(record, Tag::Claim2);
            file::base(record, Tag::Base2, Task::current(), directory);
        }
        // What a symbolic link says is a text, and counts from where the link lies.
        call::SYMLINK | call::SYMLINKAT => name.write_as::<CLAIM_MAX>(record, Tag::Claim2),
        _ => {}
    }
}

/// Brings the arguments of all calls into one order: directory and name; directory and name of the
/// second, or a length, mode or flags in place of that directory; flags. A symbolic link is the first
/// name, what it says the second.
#[inline(always)]
fn normalise(args: &mut [u64; 6], number: u32) {
    let here = file::HERE;
    let [first, second, third, fourth, fifth, _] = *args;
    *args = match number {
        call::UNLINK | call::RMDIR => [here, first, 0, 0, 0, 0],
        call::UNLINKAT => [first, second, 0, 0, third, 0],
        call::RENAME | call::LINK => [here, first, here, second, 0, 0],
        call::RENAMEAT => [first, second, third, fourth, 0, 0],
        call::SYMLINK => [here, second, 0, first, 0, 0],
        call::SYMLINKAT => [second, third, 0, first, 0, 0],
        call::TRUNCATE | call::MKDIR | call::CHMOD => [here, first, second, 0, 0, 0],
        call::FTRUNCATE | call::FCHMOD => [first, 0, second, 0, 0, 0],
        call::MKDIRAT | call::FCHMODAT => [first, second, third, 0, 0, 0],
        call::FCHMODAT2 => [first, second, third, 0, fourth, 0],
        _ => [first, second, third, fourth, fifth, 0],
    };
}
