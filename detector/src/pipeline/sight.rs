//! The detector's own sight: what it lost, whether it is alive, whether somebody has tampered with it.

use std::collections::{BTreeMap, VecDeque};

use super::gaps::Gaps;
use crate::event::{BootTime, Finding, Gap, Lane, Loss, Notice, RECURSION, Serial};

/// Gaps that the status shows.
const SHOWN: usize = 16;

/// A sign of life of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Which one, as it was asked for.
    pub number: u64,
    /// When the sensor gave it.
    pub time: BootTime,
}

/// What is known of it.
#[derive(Debug, Default)]
pub(super) struct Sight {
    gaps: Gaps,
    counted: Option<(Vec<Loss>, BootTime)>,
    beats: BTreeMap<Lane, Beat>,
    shown: VecDeque<Gap>,
    alterations: u64,
}

impl Sight {
    /// A record has come.
    pub(super) fn saw(&mut self, record: Serial) {
        self.gaps.saw(record);
    }

    /// A lane gave a sign of life.
    pub(super) fn beat(&mut self, lane: Lane, beat: Beat) {
        self.beats.insert(lane, beat);
    }

    /// What follows from something that was found.
    pub(super) fn hear(&mut self, finding: &Finding, now: BootTime) -> Vec<Notice> {
        match finding {
            Finding::Counted { losses } => {
                self.counted = Some((losses.clone(), now));
                let gaps = self.gaps.counted(losses, now, false);
                self.tell(gaps)
            }
            Finding::Suppressed { acts } => acts.iter().cloned().map(Notice::Suppressed).collect(),
            Finding::Silent { lane, since } => vec![Notice::Silence {
                lane: lane.clone(),
                since: BootTime(*since),
            }],
            Finding::Altered { what } => {
                self.alterations += 1;
                vec![Notice::Tampering { what: what.clone() }]
            }
        }
    }

    /// A batch was taken, or time has passed.
    pub(super) fn settle(&mut self) -> Vec<Notice> {
        let gaps = self.gaps.settle();
        self.tell(gaps)
    }

    /// Nothing more will come.
    pub(super) fn finish(&mut self) -> Vec<Notice> {
        let mut gaps = self.gaps.finish();
        if let Some((losses, now)) = self.counted.take() {
            gaps.extend(self.gaps.counted(&losses, now, true));
        }
        self.tell(gaps)
    }

    fn tell(&mut self, gaps: Vec<Gap>) -> Vec<Notice> {
        for gap in &gaps {
            if self.shown.len() == SHOWN {
                self.shown.pop_front();
            }
            self.shown.push_back(gap.clone());
        }
        gaps.into_iter().map(Notice::Gap).collect()
    }

    /// The last gaps, oldest first.
    pub(super) fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.shown.iter()
    }

    /// The last sign of life of each lane.
    pub(super) const fn beats(&self) -> &BTreeMap<Lane, Beat> {
        &self.beats
    }

    /// Runs of programs that the kernel skipped, as far as that was counted.
    pub(super) fn skipped(&self) -> u64 {
        let losses = self.counted.iter().flat_map(|(losses, _)| losses);
        let skipped = losses.filter(|loss| loss.cause == RECURSION);
        skipped.map(|loss| loss.total).sum()
    }

    /// How often somebody was found to have altered the sensor.
    pub(super) const fn alterations(&self) -> u64 {
        self.alterations
    }
}
