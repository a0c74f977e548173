//! What the sensor counted: acts by kind, and losses by lane and cause.

use std::collections::BTreeMap;

use aya::maps::{MapData, MapError, PerCpuArray};
use detector_common::record::{Kind, Lane};
use detector_common::state::{Cause, Tally, drop_index, tally_index};

/// The sensor's counters.
pub struct Counters {
    drops: PerCpuArray<MapData, u64>,
    tallies: PerCpuArray<MapData, u64>,
}

/// Acts of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acts {
    /// Acts of watched tasks.
    pub made: u64,
    /// Not sent, because nobody is interested.
    pub filtered: u64,
    /// Not sent, because equal ones had used up a budget of the alarm lane.
    pub suppressed: u64,
    /// Lost, for whatever cause.
    pub dropped: u64,
}

/// All counters at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Acts by kind; kinds that did not occur are absent.
    pub acts: BTreeMap<Kind, Acts>,
    /// Losses by lane and cause; what did not occur is absent.
    pub drops: BTreeMap<(Lane, Cause), u64>,
    /// The same by CPU.
    pub by_cpu: BTreeMap<(Lane, Cause, u32), u64>,
}

impl Counters {
    pub(super) const fn new(
        drops: PerCpuArray<MapData, u64>,
        tallies: PerCpuArray<MapData, u64>,
    ) -> Self {
        Self { drops, tallies }
    }

    /// Reads them all.
    ///
    /// # Errors
    /// When the kernel refuses the call.
    pub fn read(&self) -> Result<Snapshot, MapError> {
        let mut snapshot = Snapshot::default();
        for &kind in Kind::ALL {
            let tally = |tally| sum(&self.tallies, tally_index(kind as u32, tally));
            let acts = Acts {
                made: tally(Tally::Made)?,
                filtered: tally(Tally::Filtered)?,
                suppressed: tally(Tally::Suppressed)?,
                dropped: tally(Tally::Dropped)?,
            };
            if acts != Acts::default() {
                snapshot.acts.insert(kind, acts);
            }
        }
        for lane in Lane::ALL {
            for &cause in Cause::ALL {
                let counts = self.drops.get(&drop_index(lane, cause), 0)?;
                for (cpu, count) in (0..).zip(counts.iter()).filter(|(_, count)| **count != 0) {
                    snapshot.by_cpu.insert((lane, cause, cpu), *count);
                    *snapshot.drops.entry((lane, cause)).or_default() += count;
                }
            }
        }
        Ok(snapshot)
    }
}

fn sum(map: &PerCpuArray<MapData, u64>, index: u32) -> Result<u64, MapError> {
    Ok(map.get(&index, 0)?.iter().sum())
}
