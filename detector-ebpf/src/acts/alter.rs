//! Names and lengths of files changed: unlink, rmdir, rename, link, symlink, truncate and their like.
//!
//! A name that is gone cannot be resolved any more, so that names are the caller's, each with the
//! directory from which it counts, which is the kernel's. ftruncate alone has a descriptor.

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call;
use detector_common::record::{ActBody, Kind, Lane};
use detector_common::section::{CLAIM_MAX, PATH_MAX, Tag};

use crate::acts::act::{self, Pending};
use crate::acts::file;
use crate::facts::identity;
use crate::facts::path::{self, Place};
use crate::facts::task::Task;
use crate::record::Record;
use crate::record::account::Made;
use crate::record::emit;
use crate::tier;

/// Family of the calls that change names and lengths of files.
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
    let task = Task::current();
    let Some(mut record) = act::begin(ctx, pending, Kind::Alter, Lane::Volume, task) else {
        return;
    };
    tier::tell_before(&mut record);
    let args = &mut record.body::<ActBody>().call.args;
    normalise(args, pending.number);
    let [directory, name, second, other, ..] = *args;
    if pending.number == call::FTRUNCATE {
        let place = Place::of_file(task.file(u64::from(directory as u32)));
        identity::identify(&place, task, &mut record.body::<ActBody>().object);
        path::write(record, Tag::Path, &place, &task.root(), PATH_MAX as u32);
    } else {
        record.user_string::<CLAIM_MAX>(Tag::Claim, name);
        file::base(record, Tag::Cwd, task, directory);
        rest(record, pending.number, second, other);
    }
    emit::send(record, Lane::Volume as u32, made);
}

/// Adds the second name where there is one.
#[inline(always)]
fn rest(record: Record, number: u32, directory: u64, name: u64) {
    match number {
        call::RENAME | call::RENAMEAT | call::RENAMEAT2 | call::LINK | call::LINKAT => {
            record.user_string::<CLAIM_MAX>(Tag::Claim2, name);
            file::base(record, Tag::Base2, Task::current(), directory);
        }
        // What a symbolic link says is a text, and counts from where the link lies.
        call::SYMLINK | call::SYMLINKAT => record.user_string::<CLAIM_MAX>(Tag::Claim2, name),
        _ => {}
    }
}

/// Brings the arguments of all calls into one order: directory and name; directory and name of the
/// second, or a length or flags in place of that directory; flags. A symbolic link is the first name,
/// what it says the second.
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
        call::TRUNCATE => [here, first, second, 0, 0, 0],
        call::FTRUNCATE => [first, 0, second, 0, 0, 0],
        _ => [first, second, third, fourth, fifth, 0],
    };
}
