//! Where records were lost: holes in the sensor's numbers locate a loss, its counters count it.
//!
//! A number is taken right before the ring is asked for room, so a hole says that there was none. On
//! one CPU an interrupt may overtake the record that it interrupts: a hole is told once another batch
//! has not filled it. What counters have beyond all holes lies behind the last record of its CPU; it
//! is told when no more records come from there, and not a second time when they do.

use std::collections::HashMap;

use crate::event::{BootTime, Cause, Gap, Lane, Loss, Serial};

/// Looks at the counters until what no hole explains is told: so long a record may be under way.
const PATIENCE: u32 = 3;

/// A lane of a CPU.
type Strand = (Lane, u32);

/// What is known of a strand.
#[derive(Debug, Default)]
struct State {
    /// Number and time of the last record.
    end: Option<(u64, BootTime)>,
    /// Records in holes that were told.
    located: u64,
    /// Records that were told by the counters alone and may yet turn out to be in a hole.
    beforehand: u64,
    /// What no hole explained at the last looks, and at how many of them.
    unexplained: (u64, u32),
}

/// A hole.
#[derive(Debug)]
struct Hole {
    strand: Strand,
    /// Its first number, and the one behind its last.
    numbers: (u64, u64),
    /// How many of them are missing.
    count: u64,
    from: BootTime,
    to: BootTime,
    settled: bool,
}

/// All strands.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    strands: HashMap<Strand, State>,
    holes: Vec<Hole>,
    counted: HashMap<(Option<String>, Option<u32>, String), u64>,
    looked: BootTime,
}

impl Gaps {
    /// A record has come.
    pub(super) fn saw(&mut self, record: Serial) {
        let Serial {
            lane,
            cpu,
            sequence,
            time,
        } = record;
        let strand = (lane, cpu);
        let state = self.strands.entry(strand).or_default();
        match state.end {
            Some((last, _)) if sequence <= last => self.fill(strand, sequence),
            Some((last, from)) => {
                if sequence > last + 1 {
                    self.holes.push(Hole {
                        strand,
                        numbers: (last + 1, sequence),
                        count: sequence - last - 1,
                        from,
                        to: time,
                        settled: false,
                    });
                }
                state.end = Some((sequence, time));
            }
            None => state.end = Some((sequence, time)),
        }
    }

    /// A record comes behind one that overtook it.
    fn fill(&mut self, strand: Strand, sequence: u64) {
        let mut holes = self.holes.iter_mut();
        let hole = holes.find(|hole| {
            let (first, behind) = hole.numbers;
            hole.strand == strand && (first..behind).contains(&sequence)
        });
        if let Some(hole) = hole {
            hole.count = hole.count.saturating_sub(1);
        }
    }

    /// A batch was taken, or time has passed: the holes that are certain by now.
    pub(super) fn settle(&mut self) -> Vec<Gap> {
        let (certain, open) = std::mem::take(&mut self.holes)
            .into_iter()
            .partition::<Vec<_>, _>(|hole| hole.settled);
        self.holes = open;
        for hole in &mut self.holes {
            hole.settled = true;
        }
        certain
            .into_iter()
            .filter_map(|hole| self.tell(&hole))
            .collect()
    }

    /// Nothing more will come.
    pub(super) fn finish(&mut self) -> Vec<Gap> {
        let mut gaps = self.settle();
        gaps.extend(self.settle());
        gaps
    }

    fn tell(&mut self, hole: &Hole) -> Option<Gap> {
        let state = self.strands.entry(hole.strand).or_default();
        let told = hole.count.min(state.beforehand);
        state.beforehand -= told;
        state.located += hole.count;
        let (lane, cpu) = hole.strand;
        (hole.count > told).then(|| Gap {
            lane: Some(lane.name().to_owned()),
            cpu: Some(cpu),
            count: hole.count - told,
            cause: Cause::RingFull.name().to_owned(),
            from: hole.from,
            to: hole.to,
        })
    }

    /// The sensor's counters were read; `last` where nothing comes behind.
    pub(super) fn counted(&mut self, losses: &[Loss], now: BootTime, last: bool) -> Vec<Gap> {
        let gaps = losses
            .iter()
            .filter_map(|loss| self.of_counter(loss, now, last))
            .collect();
        self.looked = now;
        gaps
    }

    fn of_counter(&mut self, loss: &Loss, now: BootTime, last: bool) -> Option<Gap> {
        let lane = loss.lane.as_deref();
        let lane = lane.and_then(|name| Lane::ALL.into_iter().find(|lane| lane.name() == name));
        let (count, from) = match (lane, loss.cpu) {
            (Some(lane), Some(cpu)) if loss.cause == Cause::RingFull.name() => {
                self.unexplained((lane, cpu), loss.total, last)?
            }
            _ => {
                let key = (loss.lane.clone(), loss.cpu, loss.cause.clone());
                let before = self.counted.insert(key, loss.total).unwrap_or_default();
                (loss.total.saturating_sub(before), self.looked)
            }
        };
        (count > 0).then(|| Gap {
            lane: loss.lane.clone(),
            cpu: loss.cpu,
            count,
            cause: loss.cause.clone(),
            from,
            to: now,
        })
    }

    /// How many losses of a strand no hole explains, where that is certain, and since when.
    fn unexplained(&mut self, strand: Strand, total: u64, last: bool) -> Option<(u64, BootTime)> {
        let open = self.holes.iter().filter(|hole| hole.strand == strand);
        let open: u64 = open.map(|hole| hole.count).sum();
        let looked = self.looked;
        let state = self.strands.entry(strand).or_default();
        let left = total.saturating_sub(state.located + state.beforehand + open);
        let (before, looks) = state.unexplained;
        let looks = if left == before { looks + 1 } else { 1 };
        state.unexplained = (left, looks);
        if left == 0 || (looks < PATIENCE && !last) {
            return None;
        }
        state.unexplained = (0, 0);
        state.beforehand += left;
        Some((left, state.end.map_or(looked, |(_, time)| time)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(cpu: u32, sequence: u64) -> Serial {
        Serial {
            lane: Lane::Volume,
            cpu,
            sequence,
            time: BootTime(sequence * 10),
        }
    }

    fn counter(cause: Cause, total: u64) -> Loss {
        Loss {
            lane: Some("volume".into()),
            cpu: Some(1),
            cause: cause.name().into(),
            total,
        }
    }

    fn seen(sequences: &[u64]) -> Gaps {
        let mut gaps = Gaps::default();
        for sequence in sequences {
            gaps.saw(record(1, *sequence));
        }
        gaps
    }

    fn counts(gaps: &[Gap]) -> Vec<u64> {
        gaps.iter().map(|gap| gap.count).collect()
    }

    #[test]
    fn a_hole_lies_between_two_records_of_its_cpu() {
        let mut gaps = seen(&[1, 2]);
        gaps.saw(record(2, 1));
        gaps.saw(record(1, 6));
        gaps.saw(record(2, 2));
        let told = gaps.finish();
        assert_eq!(counts(&told), [3]);
        assert_eq!((told[0].from, told[0].to), (BootTime(20), BootTime(60)));
        assert_eq!(
            (told[0].cpu, told[0].cause.as_str()),
            (Some(1), "ring_full")
        );
        assert_eq!(gaps.finish(), []);
    }

    #[test]
    fn a_record_that_was_overtaken_is_not_lost() {
        let mut gaps = seen(&[1, 4, 3]);
        assert_eq!(gaps.settle(), [], "another batch may fill the rest");
        gaps.saw(record(1, 2));
        assert_eq!(gaps.finish(), []);
    }

    #[test]
    fn counters_tell_what_no_record_follows_and_a_hole_does_not_tell_it_again() {
        let mut gaps = seen(&[1]);
        let lost = [counter(Cause::RingFull, 4)];
        for _ in 1..PATIENCE {
            assert_eq!(gaps.counted(&lost, BootTime(50), false), []);
        }
        let told = gaps.counted(&lost, BootTime(90), false);
        assert_eq!(counts(&told), [4]);
        assert_eq!((told[0].from, told[0].to), (BootTime(10), BootTime(90)));
        assert_eq!(gaps.counted(&lost, BootTime(99), true), []);
        // Six are in the hole, four of which are told.
        gaps.saw(record(1, 8));
        assert_eq!(counts(&gaps.finish()), [2]);
        let lost = [counter(Cause::RingFull, 7)];
        assert_eq!(counts(&gaps.counted(&lost, BootTime(100), true)), [1]);
    }

    #[test]
    fn what_leaves_no_hole_is_told_by_what_a_counter_has_gained() {
        let mut gaps = Gaps::default();
        let mut told = |total| {
            let losses = [counter(Cause::Nested, total)];
            counts(&gaps.counted(&losses, BootTime(total), false))
        };
        assert_eq!(told(3), [3]);
        assert_eq!(told(3), [0; 0]);
        assert_eq!(told(5), [2]);
    }
}
