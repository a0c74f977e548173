//! The watch over the watcher: once a second, what was lost and held back is read, a sign of life is
//! asked for, and what the sensor is made of is compared with what was loaded.

use std::time::{Duration, Instant};

use crate::event::{BootTime, Finding, HeldBack, Lane, Loss, OBJECTS, QUEUE_FULL, RECURSION};
use crate::objects::Counts;
use crate::pipeline::Pipeline;
use crate::sensor::budgets::Budgets;
use crate::sensor::counters::{Counters, Snapshot};
use crate::sensor::interest::InterestTable;
use crate::sensor::{Sensor, guard};

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// Signs of life that may be under way in a lane: in a flood they wait behind what came before.
const PATIENCE: u64 = 10;

/// What is remembered from one look to the next.
pub(super) struct Vigil {
    looked: Instant,
    moment: BootTime,
    budgets: Budgets,
    suppressed: u64,
    beats: u64,
    begun: BootTime,
    silent: Vec<Lane>,
    /// What was altered and could not be put right: told once.
    lasting: Vec<String>,
}

impl Vigil {
    pub(super) fn new(budgets: Budgets) -> Self {
        let now = BootTime::now();
        Self {
            looked: Instant::now(),
            moment: now,
            budgets,
            suppressed: 0,
            beats: 0,
            begun: now,
            silent: Vec::new(),
            lasting: Vec::new(),
        }
    }

    /// Whether it is time for a look.
    pub(super) fn is_due(&self) -> bool {
        self.looked.elapsed() >= PAUSE
    }

    /// Looks, and says what was found.
    pub(super) fn look(
        &mut self,
        sensor: &mut Sensor,
        counters: &Counters,
        interest: &mut InterestTable,
        pipeline: &mut Pipeline,
        objects: Counts,
    ) -> Vec<Finding> {
        let mut findings = self.count(sensor, counters, objects);
        findings.extend(self.altered(sensor, interest, pipeline));
        findings.extend(self.listen(pipeline));
        self.beats += 1;
        guard::beat(self.beats);
        self.looked = Instant::now();
        self.moment = BootTime::now();
        findings
    }

    /// What was lost and held back.
    pub(super) fn count(
        &mut self,
        sensor: &mut Sensor,
        counters: &Counters,
        objects: Counts,
    ) -> Vec<Finding> {
        let counted = match counters.read() {
            Ok(counted) => counted,
            Err(error) => {
                tracing::warn!("the sensor's counters cannot be read: {error}");
                return Vec::new();
            }
        };
        let losses = losses(&counted, sensor.skipped(), objects.lost);
        let mut findings = vec![Finding::Counted { losses }];
        let suppressed = counted.acts.values().map(|acts| acts.suppressed).sum();
        if suppressed > self.suppressed {
            self.suppressed = suppressed;
            match self.budgets.sweep() {
                Ok(acts) => findings.extend(self.held_back(&acts)),
                Err(error) => tracing::warn!("the sensor's budgets cannot be read: {error}"),
            }
        }
        findings
    }

    fn held_back(&self, acts: &[crate::sensor::budgets::HeldBack]) -> Option<Finding> {
        let acts = acts.iter().map(|acts| HeldBack {
            kind: acts.kind.name().to_owned(),
            outcome: acts.outcome,
            tgid: (acts.tgid != 0).then_some(acts.tgid),
            cgroup: acts.cgroup,
            count: acts.count,
            from: self.moment.0,
        });
        let acts: Vec<_> = acts.collect();
        (!acts.is_empty()).then_some(Finding::Suppressed { acts })
    }

    /// The lanes that have come to be silent.
    fn listen(&mut self, pipeline: &Pipeline) -> Vec<Finding> {
        let mut findings = Vec::new();
        for lane in Lane::ALL {
            let beat = pipeline.beat(lane);
            let heard = beat.map_or(0, |beat| beat.number);
            let known = self.silent.contains(&lane);
            if self.beats < heard + PATIENCE {
                self.silent.retain(|silent| *silent != lane);
            } else if !known {
                self.silent.push(lane);
                findings.push(Finding::Silent {
                    lane: lane.name().to_owned(),
                    since: beat.map_or(self.begun, |beat| beat.time).0,
                });
            }
        }
        findings
    }

    /// What somebody has altered. It is put right where that can be.
    fn altered(
        &mut self,
        sensor: &mut Sensor,
        interest: &mut InterestTable,
        pipeline: &mut Pipeline,
    ) -> Vec<Finding> {
        let families = sensor.altered_families();
        let (mended, lasting): (Vec<_>, Vec<_>) =
            families.into_iter().partition(|family| family.put_back);
        let mut altered: Vec<String> = mended
            .iter()
            .map(|family| format!("program of {}", family.name))
            .collect();
        let lasting: Vec<String> = lasting
            .iter()
            .map(|family| format!("program of {}, for good", family.name))
            .collect();
        let fresh = lasting.iter().filter(|what| !self.lasting.contains(what));
        altered.extend(fresh.cloned());
        self.lasting = lasting;
        let wishes = interest.mend();
        if wishes > 0 {
            altered.push(format!("table of interest, {wishes} entries"));
        }
        let cgroups = pipeline.altered();
        altered.extend(
            cgroups
                .iter()
                .map(|id| format!("decision of cgroup {}", id.0)),
        );
        altered
            .into_iter()
            .map(|what| Finding::Altered { what })
            .collect()
    }
}

fn losses(counted: &Snapshot, skipped: u64, objects: u64) -> Vec<Loss> {
    let of_lanes = counted
        .by_cpu
        .iter()
        .map(|((lane, cause, cpu), total)| Loss {
            lane: Some(lane.name().to_owned()),
            cpu: Some(*cpu),
            cause: cause.name().to_owned(),
            total: *total,
        });
    let others = [
        (None, RECURSION, skipped),
        (Some(OBJECTS), QUEUE_FULL, objects),
    ];
    let others = others.into_iter().filter(|(.., total)| *total > 0);
    let others = others.map(|(lane, cause, total)| Loss {
        lane: lane.map(str::to_owned),
        cpu: None,
        cause: cause.to_owned(),
        total,
    });
    of_lanes.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_lane_lost_is_told_too_but_only_where_something_was() {
        let counted = Snapshot::default();
        assert!(losses(&counted, 0, 0).is_empty());
        let told: Vec<_> = losses(&counted, 3, 2)
            .into_iter()
            .map(|loss| (loss.lane, loss.cause, loss.total))
            .collect();
        let lane = OBJECTS.to_owned();
        assert_eq!(
            told,
            [
                (None, RECURSION.to_owned(), 3),
                (Some(lane), QUEUE_FULL.to_owned(), 2)
            ]
        );
    }
}
