//! The sign of life: the detector asks for it once a second, and it goes the way of all records, in
//! every lane.

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::record::{HeartbeatBody, Kind, Lane};

use crate::facts::task::Task;
use crate::kernel::arch;
use crate::record::Record;
use crate::record::account::Made;
use crate::record::emit;
use crate::watch::watched::Watched;

/// Which of the arguments is the number of the heartbeat: the kernel looks at the first three alone.
const NUMBER: usize = 3;

/// Answers the detector.
#[btf_tracepoint(function = "sys_exit")]
pub fn heartbeat(ctx: BtfTracePointContext) -> i32 {
    let mut arguments = [0_u64; 6];
    arch::arguments(&ctx, false, &mut arguments);
    let task = Task::current();
    beat(Lane::Alarm, task, arguments[NUMBER]);
    beat(Lane::LifeCycle, task, arguments[NUMBER]);
    beat(Lane::Volume, task, arguments[NUMBER]);
    0
}

#[inline(always)]
fn beat(lane: Lane, task: Task, number: u64) {
    let made = Made::act(Kind::Heartbeat);
    let Some(mut record) = Record::begin::<HeartbeatBody>(lane) else {
        return;
    };
    emit::head(&mut record, Kind::Heartbeat, task, &Watched::host(0));
    record.body::<HeartbeatBody>().number = number;
    emit::send(record, lane as u32, made);
}
