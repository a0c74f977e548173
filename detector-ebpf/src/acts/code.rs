//! Code for the kernel: bpf, modules and another kernel in its place, by whichever task of the host.

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call;
use detector_common::record::{ActBody, Kind, Lane};
use detector_common::section::Tag;

use crate::acts::act::{self, Pending, SHORT_PATH, SHORT_TEXT};
use crate::facts::identity;
use crate::facts::path::{self, Place};
use crate::facts::task::Task;
use crate::kernel::arch;
use crate::record::account::Made;
use crate::record::emit;

/// The highest of the bpf commands that only read and write maps (include/uapi/linux/bpf.h):
/// create, look up, update, delete, next key. Host programs issue them all the time.
const BPF_MAP_GET_NEXT_KEY: u32 = 4;

/// Family of the calls that bring code into the kernel.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_kernel_code(ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::KernelCode as u32);
    if let Some(pending) = act::pending() {
        report(&ctx, pending, made);
    }
    0
}

#[inline(always)]
fn report(ctx: &BtfTracePointContext, pending: &Pending, made: Made) {
    let kind = Kind::KernelCode;
    let mut arguments = [0_u64; 6];
    arch::arguments(ctx, pending.compat, &mut arguments);
    let host = !pending.watched.is();
    if host && pending.number == call::BPF && arguments[0] as u32 <= BPF_MAP_GET_NEXT_KEY {
        made.filtered();
        return;
    }
    if !emit::affordable(kind, pending.result, 0, pending.tgid, &pending.watched) {
        made.suppressed();
        return;
    }
    let task = Task::current();
    let Some(mut record) = act::begin(ctx, pending, kind, Lane::Alarm, task) else {
        return;
    };
    match pending.number {
        call::FINIT_MODULE | call::KEXEC_FILE_LOAD => {
            let place = Place::of_file(task.file(u64::from(arguments[0] as u32)));
            identity::identify(&place, task, &mut record.body::<ActBody>().object);
            path::write(record, Tag::Path, &place, &task.root(), SHORT_PATH);
        }
        call::DELETE_MODULE => record.user_string::<SHORT_TEXT>(Tag::Claim, arguments[0]),
        _ => {}
    }
    emit::send(record, Lane::Alarm as u32, made);
}
