//! What a record claims of itself, whether or not the rest of it can be read.

use detector_common::record::{Header, Kind, Lane};
use zerocopy::FromBytes;

use super::decode::check;
use super::time::BootTime;

/// The kind that a record claims, whether or not the rest of it can be read.
#[must_use]
pub fn claimed_kind(record: &[u8]) -> Option<Kind> {
    let (header, _) = Header::read_from_prefix(record).ok()?;
    Kind::from_number(header.kind)
}

/// The place of a record among those of its lane and CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serial {
    /// Its lane.
    pub lane: Lane,
    /// The CPU on which it was written.
    pub cpu: u32,
    /// Its number on this CPU and lane.
    pub sequence: u64,
    /// When it was written.
    pub time: BootTime,
}

/// The place that a record claims, whether or not the rest of it can be read.
#[must_use]
pub fn serial(record: &[u8]) -> Option<Serial> {
    let (header, _) = Header::read_from_prefix(record).ok()?;
    check(&header, record.len()).ok()?;
    Some(Serial {
        lane: Lane::from_number(header.lane)?,
        cpu: header.cpu,
        sequence: header.sequence,
        time: BootTime(header.time),
    })
}
