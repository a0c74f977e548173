//! Steps: what the pipeline took at once, with the world's answers that belong to it.

use std::io::Read;

use super::{CaptureError, Fact, Frame, Losses, Reader};
use crate::event::{Batch, BootTime, Finding, Lane};
use crate::host::engine::EngineFact;
use crate::host::selection::Selection;

/// What the pipeline took at once.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The beginning: nothing was taken yet.
    Start,
    /// A batch, and when.
    Batch(Batch, BootTime),
    /// Time has passed.
    Tick(BootTime),
    /// Cgroups were looked for.
    Walk,
    /// An engine said something.
    Engine(EngineFact),
    /// Something else was watched from then on.
    Select(Selection),
    /// What had been lost by then.
    Losses(Losses),
    /// Something was found beside the records, at a moment.
    Finding(Finding, BootTime),
}

/// What a replay could not take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unknown {
    /// Frames of kinds that this version does not know.
    pub frames: u64,
    /// Records of lanes that it does not know, or too short to say.
    pub records: u64,
}

/// The steps of a capture.
#[derive(Debug)]
pub struct Steps<R: Read> {
    reader: Reader<R>,
    /// The frame that ended the step before.
    next: Option<Frame>,
    /// What ended the step before, where that was no frame.
    fault: Option<CaptureError>,
    started: bool,
    ended: bool,
    strange: u64,
}

impl<R: Read> Steps<R> {
    /// The steps that a reader comes to.
    pub const fn new(reader: Reader<R>) -> Self {
        Self {
            reader,
            next: None,
            fault: None,
            started: false,
            ended: false,
            strange: 0,
        }
    }

    /// Where they are read from.
    pub const fn reader(&self) -> &Reader<R> {
        &self.reader
    }

    /// What was skipped so far.
    pub const fn unknown(&self) -> Unknown {
        Unknown {
            frames: self.reader.unknown(),
            records: self.strange,
        }
    }

    /// The next step and its facts; nothing after the last. A step that a fault ends is given out
    /// first: the fault comes with the next call.
    ///
    /// # Errors
    /// When the capture is cut or damaged.
    pub fn step(&mut self) -> Result<Option<(Step, Vec<Fact>)>, CaptureError> {
        if let Some(fault) = self.fault.take() {
            self.ended = true;
            return Err(fault);
        }
        if self.ended {
            return Ok(None);
        }
        let mut step = match self.next.take() {
            None if !self.started => Step::Start,
            None | Some(Frame::End) => {
                self.ended = true;
                return Ok(None);
            }
            Some(frame) => Self::begin(frame),
        };
        self.started = true;
        let mut facts = Vec::new();
        loop {
            match self.reader.frame() {
                Ok(Some(Frame::Record(record))) => self.add(&mut step, record),
                Ok(Some(Frame::Fact(fact))) => facts.push(*fact),
                Ok(next) => {
                    self.next = next;
                    break;
                }
                Err(fault) => {
                    self.fault = Some(fault);
                    break;
                }
            }
        }
        Ok(Some((step, facts)))
    }

    fn begin(frame: Frame) -> Step {
        match frame {
            Frame::Batch {
                now,
                watermark,
                behind,
            } => {
                let batch = Batch {
                    behind,
                    watermark,
                    ..Batch::default()
                };
                Step::Batch(batch, now)
            }
            Frame::Tick(now) => Step::Tick(now),
            Frame::Walk => Step::Walk,
            Frame::Engine(fact) => Step::Engine(*fact),
            Frame::Select(selection) => Step::Select(*selection),
            Frame::Losses(losses) => Step::Losses(losses),
            Frame::Finding(found) => Step::Finding(found.finding, BootTime(found.now)),
            // These belong to the step before, and the last is none.
            Frame::Record(_) | Frame::Fact(_) | Frame::End => Step::Start,
        }
    }

    /// Adds a record to its lane, which its second byte names.
    fn add(&mut self, step: &mut Step, record: bytes::Bytes) {
        let lane = record.get(1).copied().and_then(Lane::from_number);
        let Step::Batch(batch, _) = step else {
            self.strange += 1;
            return;
        };
        match lane {
            Some(Lane::Alarm) => batch.alarm.push(record),
            Some(Lane::LifeCycle) => batch.life_cycle.push(record),
            Some(Lane::Volume) => batch.volume.push(record),
            None => self.strange += 1,
        }
    }
}
