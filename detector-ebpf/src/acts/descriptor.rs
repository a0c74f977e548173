//! Standard descriptors taken from a network connection: dup, dup2 and dup3 onto 0, 1 or 2.
//!
//! Whoever runs a program by hand over a connection needs them there. An exec tells where they lead
//! then; a shell that is running already needs none.

use core::mem::offset_of;

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::record::{ActBody, ConnectBody, Kind, Lane};

use crate::acts::act::{self, Pending};
use crate::facts::identity;
use crate::facts::image;
use crate::facts::path::Place;
use crate::facts::socket;
use crate::facts::task::Task;
use crate::kernel::arch;
use crate::record::Record;
use crate::record::account::Made;
use crate::record::emit;

// `act::by` writes the beginning that both bodies have in common.
const _: () = assert!(offset_of!(ConnectBody, subject) == offset_of!(ActBody, subject));

/// The highest standard descriptor.
const LAST: i64 = 2;

/// Whether a call of this family has made a standard descriptor.
#[inline(always)]
pub fn concerns(result: i64) -> bool {
    (0..=LAST).contains(&result)
}

/// Family of the calls that double a descriptor.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_descriptor(ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Descriptor as u32);
    if let Some(pending) = act::pending() {
        report(&ctx, pending, made);
    }
    0
}

#[inline(always)]
fn report(ctx: &BtfTracePointContext, pending: &Pending, made: Made) {
    let task = Task::current();
    let file = task.file(pending.result as u64);
    let socket = socket::behind(file);
    if !image::is_socket(file) || !socket::is_internet(socket) {
        made.filtered();
        return;
    }
    let Some(mut record) = Record::begin::<ConnectBody>(Lane::Alarm) else {
        return;
    };
    act::by(&mut record, pending, Kind::Descriptor, task);
    let body = record.body::<ConnectBody>();
    body.call.result = pending.result;
    body.call.number = pending.number;
    body.call.reserved = 0;
    arch::arguments(ctx, pending.compat, &mut body.call.args);
    socket::internet(socket, &mut body.endpoint);
    identity::identify(&Place::of_file(file), task, &mut body.object);
    let inode = body.object.inode;
    if !emit::affordable(
        Kind::Descriptor,
        pending.result,
        inode,
        pending.tgid,
        &pending.watched,
    ) {
        record.end();
        made.suppressed();
        return;
    }
    emit::send(record, Lane::Alarm as u32, made);
}
