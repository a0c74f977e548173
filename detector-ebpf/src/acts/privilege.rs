//! Privileges changed: set*uid, set*gid, setgroups, capset, seccomp and the prctl options that
//! matter. The subject of the record is the task after the call.

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call;
use detector_common::record::{ActBody, Kind, Lane};

use crate::acts::act::{self, Pending};
use crate::facts::task::Task;
use crate::kernel::arch::{self, older};
use crate::record::account::Made;
use crate::record::emit;

/// Options of prctl (include/uapi/linux/prctl.h): keep-capabilities, seccomp, bounding set dropped,
/// securebits, no_new_privs, ambient set.
const OPTIONS: [u32; 6] = [8, 22, 24, 28, 38, 47];

/// Whether a call of this family is one that changes a privilege.
#[inline(always)]
pub fn concerns(number: u32, first: u64) -> bool {
    // The kernel takes an int: what stands in the register's upper half must not hide the option.
    number != call::PRCTL || OPTIONS.contains(&(first as u32))
}

/// Family of the calls that change a task's privileges.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_privilege(ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Privilege as u32);
    if let Some(pending) = act::pending() {
        report(&ctx, pending, made);
    }
    0
}

#[inline(always)]
fn report(ctx: &BtfTracePointContext, pending: &Pending, made: Made) {
    let task = Task::current();
    if let Some(mut record) = act::begin(ctx, pending, Kind::Privilege, Lane::Volume, task) {
        if pending.compat && older::NARROW_IDS.contains(&pending.entry) {
            arch::widen_ids(&mut record.body::<ActBody>().call.args);
        }
        emit::send(record, Lane::Volume as u32, made);
    }
}
