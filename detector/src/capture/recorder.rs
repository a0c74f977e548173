//! Recording: what a pipeline takes and what its world answers, into one capture.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::rc::Rc;

use super::{Fact, Found, Frame, Header, Losses, WriteError, Writer};
use crate::event::{Batch, BootTime, Clock, FileKind, Finding, ProcessKey};
use crate::host::cgroupfs::Walk;
use crate::host::engine::EngineFact;
use crate::host::selection::Selection;
use crate::host::tree::Image;
use crate::host::world::{Effort, World};

/// A capture that several places add to, all on the pipeline's thread.
///
/// When the file takes no more, recording ends where it was, and [`Recorder::end`] says why: a full
/// disk must not stop a detector.
#[derive(Clone, Debug)]
pub struct Recorder {
    state: Rc<RefCell<State>>,
    records: Rc<Cell<u64>>,
}

#[derive(Debug)]
enum State {
    Open(Writer<File>),
    Failed(WriteError),
    Ended,
}

impl Recorder {
    /// Begins a capture in an empty file.
    ///
    /// # Errors
    /// When it takes nothing.
    pub fn new(file: File, header: &Header) -> Result<Self, WriteError> {
        let writer = Writer::new(file, header)?;
        Ok(Self {
            state: Rc::new(RefCell::new(State::Open(writer))),
            records: Rc::default(),
        })
    }

    /// Whether the file took everything so far.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !matches!(*self.state.borrow(), State::Failed(_))
    }

    /// Records of the kernel that were kept.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records.get()
    }

    /// Keeps a batch that is about to be taken.
    pub fn batch(&self, batch: &Batch, now: BootTime) {
        self.add(&Frame::Batch {
            now,
            watermark: batch.watermark,
            behind: batch.behind,
        });
        let lanes = [&batch.life_cycle, &batch.alarm, &batch.volume];
        for record in lanes.into_iter().flatten() {
            self.add(&Frame::Record(record.clone()));
            self.records.set(self.records.get() + 1);
        }
    }

    /// Keeps what an engine is about to be heard saying.
    pub fn engine(&self, fact: &EngineFact) {
        self.add(&Frame::Engine(Box::new(fact.clone())));
    }

    /// Keeps that something else is watched from now on.
    pub fn select(&self, selection: &Selection) {
        self.add(&Frame::Select(Box::new(selection.clone())));
    }

    /// Keeps that time has passed.
    pub fn tick(&self, now: BootTime) {
        self.add(&Frame::Tick(now));
    }

    /// Keeps that cgroups are about to be looked for.
    pub fn walk(&self) {
        self.add(&Frame::Walk);
    }

    /// Keeps what was found beside the records.
    pub fn finding(&self, finding: &Finding, now: BootTime) {
        self.add(&Frame::Finding(Box::new(Found {
            now: now.0,
            finding: finding.clone(),
        })));
    }

    /// Keeps what was lost so far.
    pub fn losses(&self, losses: Losses) {
        self.add(&Frame::Losses(losses));
    }

    /// Completes the capture.
    ///
    /// # Errors
    /// When the file did not take all of it.
    pub fn end(&self) -> Result<(), WriteError> {
        match self.state.replace(State::Ended) {
            State::Open(writer) => Ok(writer.end()?.sync_all()?),
            State::Failed(error) => Err(error),
            State::Ended => Ok(()),
        }
    }

    fn fact(&self, fact: Fact) {
        self.add(&Frame::Fact(Box::new(fact)));
    }

    fn add(&self, frame: &Frame) {
        let mut state = self.state.borrow_mut();
        if let State::Open(writer) = &mut *state
            && let Err(error) = writer.write(frame)
        {
            tracing::warn!("recording ends here: {error}");
            *state = State::Failed(error);
        }
    }
}

/// A world whose answers are recorded.
#[derive(Debug)]
pub struct Recording<W> {
    world: W,
    recorder: Recorder,
}

impl<W: World> Recording<W> {
    /// Records what a world answers.
    pub const fn new(world: W, recorder: Recorder) -> Self {
        Self { world, recorder }
    }
}

impl<W: World> World for Recording<W> {
    fn image(&mut self, process: ProcessKey) -> Option<Image> {
        let answer = self.world.image(process);
        self.recorder.fact(Fact::Image {
            process: process.into(),
            answer: answer.as_ref().map(Into::into),
        });
        answer
    }

    fn kind(&mut self, process: ProcessKey, name: &[u8], effort: Effort) -> Option<FileKind> {
        let answer = self.world.kind(process, name, effort);
        self.recorder.fact(Fact::Kind {
            process: process.into(),
            name: super::facts::Name(name.to_vec()),
            effort,
            answer: answer.map(|kind| kind.name().to_owned()),
        });
        answer
    }

    fn cgroups(&mut self) -> Walk {
        let walk = self.world.cgroups();
        self.recorder.fact(Fact::of_walk(&walk));
        walk
    }

    fn clock(&mut self) -> Option<Clock> {
        let clock = self.world.clock();
        let answer = clock.map(Clock::offset);
        self.recorder.fact(Fact::Clock { answer });
        clock
    }
}
