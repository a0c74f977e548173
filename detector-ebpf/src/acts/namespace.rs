//! Namespaces changed: setns and unshare. The subject of the record is the task after the call.

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call;
use detector_common::record::{ActBody, Kind, Lane};

use crate::acts::act::{self, Pending};
use crate::facts::identity;
use crate::facts::path::Place;
use crate::facts::task::Task;
use crate::record::account::Made;
use crate::record::emit;

/// Family of the calls that change a task's namespaces.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_namespace(ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Namespace as u32);
    if let Some(pending) = act::pending() {
        report(&ctx, pending, made);
    }
    0
}

#[inline(always)]
fn report(ctx: &BtfTracePointContext, pending: &Pending, made: Made) {
    // A namespace has no object that a refused call could have resolved, and what a successful one
    // leads to stands in the subject.
    if !emit::affordable(
        Kind::Namespace,
        pending.result,
        0,
        pending.tgid,
        &pending.watched,
    ) {
        made.suppressed();
        return;
    }
    let task = Task::current();
    let Some(mut record) = act::begin(ctx, pending, Kind::Namespace, Lane::Alarm, task) else {
        return;
    };
    if pending.number == call::SETNS {
        let descriptor = u64::from(record.body::<ActBody>().call.args[0] as u32);
        let place = Place::of_file(task.file(descriptor));
        identity::identify(&place, task, &mut record.body::<ActBody>().object);
    }
    emit::send(record, Lane::Alarm as u32, made);
}
