//! io_uring_setup: the call that opens the way by which later acts need no call.

use core::ffi::c_void;

use aya_ebpf::helpers::generated::bpf_probe_read_user;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::interest::want;
use detector_common::record::{ActBody, Kind, Lane, flag};

use crate::acts::act::{self, Pending};
use crate::facts::task::Task;
use crate::kernel::{follow, offset, present, read};
use crate::record::account::Made;
use crate::record::emit;

/// Where the flags stand in `struct io_uring_params`.
const FLAGS_AT: u64 = 8;

/// Family of the call that makes an io_uring.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_ring(ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Ring as u32);
    if let Some(pending) = act::pending() {
        report(&ctx, pending, made);
    }
    0
}

#[inline(always)]
fn report(ctx: &BtfTracePointContext, pending: &Pending, made: Made) {
    if pending.wanted & want::ANY == 0 {
        made.filtered();
        return;
    }
    let task = Task::current();
    let Some(mut record) = act::begin(ctx, pending, Kind::Ring, Lane::Volume, task) else {
        return;
    };
    let call = &mut record.body::<ActBody>().call;
    let parameters = call.args[1];
    let mut flags = 0_u32;
    let mut known = true;
    if pending.result >= 0 && present(offset!(io_ring_ctx_flags)) {
        // The ring's own word; what the parameters say is the caller's.
        let file = task.file(pending.result as u64);
        flags = read(
            follow(file, offset!(file_private_data)),
            offset!(io_ring_ctx_flags),
        );
    } else {
        // SAFETY: `flags` has the size that is read; the helper checks the address.
        known = unsafe {
            bpf_probe_read_user(
                (&raw mut flags).cast::<c_void>(),
                4,
                parameters.wrapping_add(FLAGS_AT) as *const c_void,
            )
        } >= 0;
    }
    call.args[2] = u64::from(flags);
    if !known {
        record.mark(flag::INCOMPLETE);
    }
    emit::send(record, Lane::Volume as u32, made);
}
