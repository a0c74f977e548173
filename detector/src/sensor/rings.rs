//! Draining the rings into batches, in an order that later rooms can rely on.
//!
//! Within one ring records are ordered; between rings they are not. A batch therefore begins with
//! the life-cycle records up to where the producer stood *after* its alarms were read: whatever made
//! the processes that the alarms speak of comes before them. The volume lane is never waited for;
//! a batch says up to which time it has passed.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use aya::maps::{MapData, RingBuf};
use bytes::{Bytes, BytesMut};
use detector_common::state;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{self, Errno};

use super::position::Positions;
use crate::event::{Batch, BootTime};

/// Bytes of one lane in one batch: enough to make the queue behind cheap, few enough to keep an
/// alarm's way short.
const LANE_BYTES: usize = 1 << 20;

/// How long it looks again before it waits to be woken.
const LINGER: Duration = Duration::from_nanos(state::LINGER);

/// How long an alarm waits for life-cycle records that are reserved and not yet written.
const PATIENCE: Duration = Duration::from_millis(10);

/// One ring and its positions.
pub(super) struct Ring {
    records: RingBuf<MapData>,
    positions: Positions,
}

impl Ring {
    pub(super) fn new(records: RingBuf<MapData>) -> io::Result<Self> {
        let positions = Positions::map(&records)?;
        Ok(Self { records, positions })
    }

    /// Takes what is there, up to a number of bytes.
    fn drain(&mut self, into: &mut Vec<Bytes>) {
        let mut buffer = BytesMut::new();
        let mut ends = Vec::new();
        while buffer.len() < LANE_BYTES {
            let Some(record) = self.records.next() else {
                break;
            };
            buffer.extend_from_slice(&record);
            ends.push(buffer.len());
        }
        let buffer = buffer.freeze();
        let mut start = 0;
        for end in ends {
            into.push(buffer.slice(start..end));
            start = end;
        }
    }

    /// Takes everything up to a position; false when a writer was not ready in time.
    fn drain_to(&mut self, position: u64, into: &mut Vec<Bytes>) -> bool {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.drain(into);
            if self.positions.consumed() >= position {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            std::thread::yield_now();
        }
    }
}

/// Reads the three lanes.
pub struct Reader {
    pub(super) alarm: Ring,
    pub(super) life_cycle: Ring,
    pub(super) volume: Ring,
}

/// Up to where the sensor had written into each lane at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Mark([u64; 3]);

impl Reader {
    /// Up to where it has written by now.
    pub fn mark(&self) -> Mark {
        Mark(self.lanes().map(|ring| ring.positions.produced()))
    }

    /// Whether everything up to a mark was taken.
    pub fn has_passed(&self, mark: Mark) -> bool {
        let consumed = self.lanes().map(|ring| ring.positions.consumed());
        consumed
            .iter()
            .zip(mark.0)
            .all(|(consumed, mark)| *consumed >= mark)
    }

    /// Waits for records, at most for `timeout`, and takes a batch; `None` when there were none.
    ///
    /// # Errors
    /// When the rings cannot be waited for.
    pub fn next(&mut self, timeout: Duration) -> io::Result<Option<Batch>> {
        let mut batch = self.take();
        // Once it was woken, the sensor does not wake it again for a moment: nothing written in that
        // moment may be left lying.
        for patience in [LINGER.min(timeout), timeout.saturating_sub(LINGER)] {
            if batch.is_empty() {
                self.wait(patience)?;
                batch = self.take();
            }
        }
        let quiet = batch.is_empty() && batch.watermark.is_none();
        Ok(if quiet { None } else { Some(batch) })
    }

    fn take(&mut self) -> Batch {
        let mut batch = Batch::default();
        self.alarm.drain(&mut batch.alarm);
        let made = self.life_cycle.positions.produced();
        batch.behind = !self.life_cycle.drain_to(made, &mut batch.life_cycle);
        let now = BootTime::now();
        let written = self.volume.positions.produced();
        self.volume.drain(&mut batch.volume);
        if self.volume.positions.consumed() >= written {
            batch.watermark = Some(now);
        }
        batch
    }

    fn lanes(&self) -> [&Ring; 3] {
        [&self.alarm, &self.life_cycle, &self.volume]
    }

    fn wait(&self, timeout: Duration) -> io::Result<()> {
        let mut waiting = self
            .lanes()
            .map(|ring| PollFd::from_borrowed_fd(ring.records.as_fd(), PollFlags::IN));
        let timeout = Timespec::try_from(timeout).map_err(|_| Errno::INVAL)?;
        match poll(&mut waiting, Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
