//! A capture, run through the same pipeline again: no kernel, no root, the same alerts.
//!
//! Whatever live took from the world comes from the capture, in the same order. With the rules that
//! ran live the alerts are those that live gave, byte for byte but for their `uid`; with other rules
//! they are those that live would have given, as far as the sensor sent what these rules ask for.
#![forbid(unsafe_code)]

use std::io::Read;
use std::sync::Arc;

use crate::capture::{CaptureError, Header, Losses, Reader, Step, Steps, Told, Unknown};
use crate::detect::Matcher;
use crate::detect::alert::Alert;
use crate::detect::redact::Redactor;
use crate::event::{BootId, BootIdError, BootTime, Clock};
use crate::host::Host;
use crate::pipeline::Pipeline;
use crate::rules::RuleSet;

/// Why a capture cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It cannot be read, or not to its end.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// It names no boot.
    #[error("the capture's header is wrong: {0}")]
    Boot(#[from] BootIdError),
    /// Secrets could not be masked.
    #[error("the patterns of secrets are wrong: {0}")]
    Redactor(#[from] regex::Error),
}

/// What a replay has gone through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Records that were taken.
    pub records: u64,
    /// Records that could not be read, or tell of what this version does not know.
    pub unread: u64,
    /// What was skipped.
    pub unknown: Unknown,
    /// From when to when, in nanoseconds of boot time.
    pub span: Option<(BootTime, BootTime)>,
    /// What the sensor had lost while the capture was made, as far as it says.
    pub losses: Option<Losses>,
    /// Answers of the world that the replay wanted and the capture lacks.
    pub unanswered: u64,
}

/// A replay under way.
pub struct Replay<R: Read> {
    steps: Steps<R>,
    told: Told,
    pipeline: Pipeline,
    summary: Summary,
    ended: bool,
}

impl<R: Read> Replay<R> {
    /// Begins the replay of a capture with rules.
    ///
    /// # Errors
    /// When this is no capture, or one of a newer version.
    pub fn new(capture: R, rules: RuleSet) -> Result<Self, ReplayError> {
        let reader = Reader::new(capture)?;
        let header = reader.header().clone();
        let matcher = matcher(&header, rules)?;
        let mut steps = Steps::new(reader);
        let told = Told::default();
        // What was asked before anything happened stands first.
        if let Some((Step::Start, facts)) = steps.step()? {
            told.hear(facts);
        }
        let host = Host::new(
            Box::new(told.clone()),
            header.namespaces.into(),
            header.selection,
        );
        let mut pipeline = Pipeline::new(host, matcher, None);
        pipeline.be_thorough();
        Ok(Self {
            steps,
            told,
            pipeline,
            summary: Summary::default(),
            ended: false,
        })
    }

    /// What the capture says of itself.
    pub const fn header(&self) -> &Header {
        self.steps.reader().header()
    }

    /// Bytes of the capture that have been read.
    pub const fn position(&self) -> u64 {
        self.steps.reader().position()
    }

    /// Takes the next step; nothing after the last. The alerts so far wait in [`Replay::alerts`],
    /// those before a fault too.
    ///
    /// # Errors
    /// When the capture is cut or damaged.
    pub fn advance(&mut self) -> Result<Option<()>, CaptureError> {
        match self.steps.step() {
            Ok(Some((step, facts))) => {
                self.told.hear(facts);
                self.take(step);
                Ok(Some(()))
            }
            Ok(None) => {
                self.finish();
                Ok(None)
            }
            Err(fault) => {
                self.finish();
                Err(fault)
            }
        }
    }

    /// The alerts raised since the last call, in their order.
    pub fn alerts(&mut self) -> Vec<Alert> {
        self.pipeline.alerts()
    }

    /// What was gone through so far.
    pub fn summary(&self) -> Summary {
        Summary {
            unread: self.pipeline.report().unread,
            unknown: self.steps.unknown(),
            unanswered: self.told.unanswered(),
            ..self.summary.clone()
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Start => {}
            Step::Batch(batch, now) => {
                let lanes = [&batch.life_cycle, &batch.alarm, &batch.volume];
                let records: usize = lanes.iter().map(|lane| lane.len()).sum();
                self.summary.records += records as u64;
                self.passed(now);
                self.pipeline.take(batch, now);
            }
            Step::Tick(now) => {
                self.passed(now);
                self.pipeline.settle(now);
            }
            Step::Walk => self.pipeline.look_again(),
            Step::Engine(fact) => self.pipeline.learn(fact),
            Step::Select(selection) => self.pipeline.select(selection),
            Step::Losses(losses) => self.summary.losses = Some(losses),
            Step::Finding(finding, now) => self.pipeline.hear(&finding, now),
        }
    }

    fn passed(&mut self, now: BootTime) {
        let from = self.summary.span.map_or(now, |(from, _)| from);
        self.summary.span = Some((from, now));
    }

    fn finish(&mut self) {
        if !self.ended {
            self.ended = true;
            self.pipeline.finish();
        }
    }
}

fn matcher(header: &Header, rules: RuleSet) -> Result<Matcher, ReplayError> {
    let boot: BootId = header.boot_id.parse()?;
    let clock = Clock::with_offset(header.clock_offset);
    let hostname = header.hostname.clone();
    let redactor = Redactor::new()?;
    Ok(Matcher::new(
        Arc::new(rules),
        redactor,
        hostname,
        boot,
        clock,
    ))
}

#[cfg(test)]
pub(crate) mod tests;
