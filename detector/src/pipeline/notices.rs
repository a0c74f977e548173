//! How the pipeline tells of its own sight: by events as all others, to rules and to witnesses.

use super::{Beat, Pipeline};
use crate::event::{Body, BootTime, CgroupId, Event, Finding, Lane, Meta, Notice};

impl Pipeline {
    /// Takes something that was found beside the records.
    pub fn hear(&mut self, finding: &Finding, now: BootTime) {
        if let Some(recorder) = &self.recorder {
            recorder.finding(finding, now);
        }
        self.now = now;
        let notices = self.sight.hear(finding, now);
        self.tell(notices);
    }

    /// The last sign of life of a lane.
    #[must_use]
    pub fn beat(&self, lane: Lane) -> Option<Beat> {
        self.sight.beats().get(&lane).copied()
    }

    /// Compares the sensor's table of cgroups with what it was told, and puts right what is not as
    /// it was.
    pub fn altered(&mut self) -> Vec<CgroupId> {
        match &mut self.table {
            Some(table) => table.altered(),
            None => Vec::new(),
        }
    }

    /// Notes a sign of life; true for an event that is one, and nothing else.
    pub(super) fn is_beat(&mut self, meta: &Meta, body: &Body) -> bool {
        let Body::Heartbeat(number) = body else {
            return false;
        };
        let beat = Beat {
            number: *number,
            time: meta.time,
        };
        self.sight.beat(meta.lane, beat);
        true
    }

    /// Tells of its own sight.
    pub(super) fn tell(&mut self, notices: Vec<Notice>) {
        for notice in notices {
            let time = match &notice {
                Notice::Gap(gap) => gap.to,
                _ => self.now,
            };
            let event = Event::of_notice(notice, time);
            let concerns = self.matcher.concerns(event.event_type());
            let observation = self.host.notice(event);
            for witness in self.witnesses.iter_mut().filter(|witness| witness.wants()) {
                witness.saw(&observation);
            }
            if concerns {
                self.ask(observation);
            }
        }
    }
}
