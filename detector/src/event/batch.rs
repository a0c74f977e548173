//! A batch: records of all lanes, in the order in which they are to be taken.

use bytes::Bytes;

use super::BootTime;

/// Records of all lanes, as they were found at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Life-cycle records.
    pub life_cycle: Vec<Bytes>,
    /// Alarms.
    pub alarm: Vec<Bytes>,
    /// Volume.
    pub volume: Vec<Bytes>,
    /// Whether life-cycle records that may belong to the alarms could not be waited for.
    pub behind: bool,
    /// Up to when the volume lane has been passed.
    pub watermark: Option<BootTime>,
}

impl Batch {
    /// Whether it holds no records.
    pub fn is_empty(&self) -> bool {
        self.life_cycle.is_empty() && self.alarm.is_empty() && self.volume.is_empty()
    }
}
