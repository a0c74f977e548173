//! Sensor, engines and pipeline at work together, from the first program attached to the last record
//! taken: what `run` and `record` share.

use std::fs::File;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use anyhow::Context;
use detector_common::tier::Tier;
use tokio::sync::mpsc::Receiver;

use super::absent;
use super::chosen::ChosenProcesses;
use super::here::Here;
use super::interest;
use super::lines::Lines;
use super::objects::Watching;
use super::reading::Reading;
use super::table::Table;
use super::vigil::Vigil;
use crate::capture::{Losses, Recorder, Recording, WriteError};
use crate::control::Stop;
use crate::detect::Matcher;
use crate::detect::redact::Redactor;
use crate::event::BootTime;
use crate::host::Host;
use crate::host::cgroupfs::Hierarchy;
use crate::host::engine::{self, EngineFact, Sockets};
use crate::host::selection::Selection;
use crate::host::world::{ThisHost, World};
use crate::objects::{Asked, Counts};
use crate::pipeline::Pipeline;
use crate::rules::RuleSet;
use crate::sensor::counters::{Counters, Snapshot};
use crate::sensor::interest::InterestTable;
use crate::sensor::{Hook, Sensor};

/// How long the pipeline waits for a batch before it looks after what is due.
const TICK: Duration = Duration::from_millis(100);

/// What a session is to do.
pub(super) struct Wish {
    /// The rules that are asked.
    pub(super) rules: RuleSet,
    /// What is watched, and how closely.
    pub(super) selection: Selection,
    /// Whom to ask for names of containers.
    pub(super) engines: Sockets,
    /// Which of the sensor's objects; the one that the kernel takes, if nothing is said.
    pub(super) object: Option<Tier>,
    /// Where to keep everything that is taken.
    pub(super) capture: Option<File>,
    /// Where to write every event as a line.
    pub(super) lines: Option<File>,
    /// Objects to watch besides those that every detector watches.
    pub(super) objects: Vec<Asked>,
    /// When to end.
    pub(super) stop: Stop,
}

/// A session under way.
pub(super) struct Session {
    pub(super) pipeline: Pipeline,
    reading: Reading,
    objects: Watching,
    facts: Receiver<EngineFact>,
    hooks: Vec<Hook>,
    counters: Counters,
    recorder: Option<Recorder>,
    lines: Option<Lines>,
    interest: InterestTable,
    chosen: ChosenProcesses,
    selection: Selection,
    hierarchy: Hierarchy,
    vigil: Vigil,
    /// Holds the programs in the kernel.
    sensor: Sensor,
}

impl Session {
    /// Starts, in such an order that nothing is missed or doubled: the sensor's table of cgroups is
    /// filled, the programs are attached, then the kernel tells what was there before. `progress`
    /// hears what is waited for.
    pub(super) fn start(wish: Wish, progress: impl Fn(&str)) -> anyhow::Result<Self> {
        progress("the kernel programs to load");
        let hierarchy = Hierarchy::find().context("containers cannot be told apart")?;
        let mut sensor = Sensor::load(wish.object)?;
        let mut reader = sensor.reader()?;
        sensor.check(&mut reader)?;
        let here = Here::now()?;
        let recorder = wish
            .capture
            .map(|file| {
                Recorder::new(file, &here.header(&wish.selection)?).map_err(anyhow::Error::from)
            })
            .transpose()?;
        let wanted = interest::of(&wish.rules);
        let matcher = matcher(wish.rules, &here)?;
        let lines = wish
            .lines
            .map(|file| Lines::new(file, matcher.teller().clone()));
        let mut chosen = ChosenProcesses::new(sensor.chosen()?);
        chosen.follow(chosen.plan(&wish.selection)?)?;
        let mut interest = sensor.interest()?;
        interest.widen(wanted)?.narrow()?;
        let world = world(hierarchy.clone(), recorder.as_ref());
        let host = Host::new(world, here.namespaces, wish.selection.clone());
        let table = Box::new(Table::new(sensor.cgroups()?));
        let mut pipeline = Pipeline::new(host, matcher, Some(table));
        if let Some(recorder) = &recorder {
            pipeline.record(recorder.clone());
        }
        if let Some(lines) = &lines {
            pipeline.show(Box::new(lines.clone()));
        }
        let facts = follow(wish.engines)?;
        progress("the processes that run already");
        sensor.attach()?;
        // A cgroup made between the first walk and the attaching is in no table yet.
        pipeline.look_again();
        sensor.tell_tasks()?;
        sensor.tell_chosen()?;
        // What the start has told is taken before anybody is told that we are ready.
        while let Some(batch) = reader.next(Duration::ZERO)? {
            let last = batch.life_cycle.is_empty();
            pipeline.take(batch, BootTime::now());
            if last {
                break;
            }
        }
        absent::warn(&wish.selection, &hierarchy);
        let objects = Watching::start(hierarchy.clone(), &wish.objects, wish.stop.clone())?;
        let mut session = Self {
            pipeline,
            reading: Reading::start(reader, wish.stop)?,
            objects,
            facts,
            hooks: sensor.hooks().to_vec(),
            counters: sensor.counters()?,
            recorder,
            lines,
            interest,
            chosen,
            selection: wish.selection,
            hierarchy,
            vigil: Vigil::new(sensor.budgets()?),
            sensor,
        };
        session.hear();
        Ok(session)
    }

    /// Takes what engines have said; true if that is anything.
    fn hear(&mut self) -> bool {
        let mut heard = false;
        while let Ok(fact) = self.facts.try_recv() {
            self.pipeline.learn(fact);
            heard = true;
        }
        heard
    }

    /// Takes what has come, or waits a moment for it; false once the end was asked for and the last
    /// record is in.
    pub(super) fn turn(&mut self) -> anyhow::Result<bool> {
        let mut watermark = None;
        let goes_on = match self.reading.batches.recv_timeout(TICK) {
            Ok(batch) => {
                watermark = batch.watermark;
                self.pipeline.take(batch, BootTime::now());
                true
            }
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => false,
        };
        let learnt = self.hear();
        if self.vigil.is_due() {
            self.look();
        }
        self.objects.look(&self.pipeline, learnt);
        self.objects.settle(&mut self.pipeline, watermark);
        self.pipeline.settle(BootTime::now());
        self.seek()?;
        Ok(goes_on)
    }

    /// Looks after the detector's own sight.
    fn look(&mut self) {
        let Self {
            vigil,
            sensor,
            counters,
            interest,
            pipeline,
            objects,
            ..
        } = self;
        for finding in vigil.look(sensor, counters, interest, pipeline, objects.counts()) {
            pipeline.hear(&finding, BootTime::now());
        }
    }

    /// Lets the kernel tell the processes of what has come to be watched.
    fn seek(&mut self) -> anyhow::Result<()> {
        if self.pipeline.seeks() {
            self.sensor.tell_tasks()?;
        }
        Ok(())
    }

    /// Watches something else and asks other rules from now on. The sensor stays attached, and what
    /// is under way is not lost.
    ///
    /// # Errors
    /// As [`Session::select`]; or if the kernel refuses, with everything as it was.
    pub(super) fn renew(&mut self, rules: RuleSet, selection: Selection) -> anyhow::Result<()> {
        let before = std::mem::replace(&mut self.selection, selection.clone());
        let renewed = self.select(selection).and_then(|()| self.exchange(rules));
        if renewed.is_ok() {
            absent::warn(&self.selection, &self.hierarchy);
        } else {
            self.selection = before.clone();
            if let Err(error) = self.select(before) {
                tracing::error!("what is watched may be more than was asked for: {error:#}");
            }
        }
        renewed
    }

    /// Watches something else from now on.
    ///
    /// # Errors
    /// Before anything was changed: when it names a process that is not there. Later: when the
    /// kernel refuses.
    fn select(&mut self, selection: Selection) -> anyhow::Result<()> {
        let change = self.chosen.plan(&selection)?;
        let adds = change.adds;
        self.chosen.follow(change)?;
        self.pipeline.select(selection);
        if adds {
            self.sensor.tell_chosen()?;
        }
        self.seek()
    }

    /// Asks other rules from now on. While they are exchanged, what the old and the new ones ask for
    /// is sent.
    fn exchange(&mut self, rules: RuleSet) -> anyhow::Result<()> {
        let widened = self.interest.widen(interest::of(&rules))?;
        self.pipeline.exchange(Arc::new(rules));
        if let Err(error) = widened.narrow() {
            tracing::warn!("the sensor sends more than the rules ask for: {error}");
        }
        Ok(())
    }

    /// What is in place in the kernel, and why the rest is not.
    pub(super) fn hooks(&self) -> Vec<Hook> {
        let mut hooks = self.hooks.clone();
        hooks.push(self.objects.hook().clone());
        hooks
    }

    /// What was counted of watched objects.
    pub(super) fn objects(&self) -> Counts {
        self.objects.counts()
    }

    /// What the sensor counted.
    pub(super) const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What is being recorded.
    pub(super) const fn recorder(&self) -> Option<&Recorder> {
        self.recorder.as_ref()
    }

    /// What is being written as lines.
    pub(super) const fn lines(&self) -> Option<&Lines> {
        self.lines.as_ref()
    }

    /// Whether all that is to be kept was kept so far.
    pub(super) fn is_whole(&self) -> bool {
        self.recorder.as_ref().is_none_or(Recorder::is_whole)
            && self.lines.as_ref().is_none_or(Lines::is_whole)
    }

    /// Lets go what waits; the alerts of it are the last. Completes the capture.
    pub(super) fn finish(&mut self) -> Result<(), WriteError> {
        self.objects.finish(&mut self.pipeline);
        let objects = self.objects.counts();
        let found = self.vigil.count(&mut self.sensor, &self.counters, objects);
        for finding in found {
            self.pipeline.hear(&finding, BootTime::now());
        }
        self.pipeline.finish();
        let Some(recorder) = &self.recorder else {
            return Ok(());
        };
        match self.counters.read() {
            Ok(counted) => recorder.losses(losses(&counted)),
            Err(error) => tracing::warn!("the sensor's counters cannot be read: {error}"),
        }
        recorder.end()
    }

    /// Waits for the thread that reads.
    pub(super) fn end(self) -> anyhow::Result<()> {
        self.reading.end()
    }
}

/// What was lost, in the words of a capture.
pub(super) fn losses(counted: &Snapshot) -> Losses {
    let mut losses = Losses {
        suppressed: counted.acts.values().map(|acts| acts.suppressed).sum(),
        ..Losses::default()
    };
    for ((lane, cause), count) in &counted.drops {
        let causes = losses.dropped.entry(lane.name().to_owned()).or_default();
        causes.insert(cause.name().to_owned(), *count);
    }
    losses
}

fn world(hierarchy: Hierarchy, recorder: Option<&Recorder>) -> Box<dyn World> {
    let world = ThisHost::new(hierarchy);
    match recorder {
        Some(recorder) => Box::new(Recording::new(world, recorder.clone())),
        None => Box::new(world),
    }
}

/// What asks the rules on this host.
pub(super) fn matcher(rules: RuleSet, here: &Here) -> anyhow::Result<Matcher> {
    let redactor = Redactor::new().context("the patterns of secrets")?;
    let rules = Arc::new(rules);
    Ok(Matcher::new(
        rules,
        redactor,
        here.hostname.clone(),
        here.boot,
        here.clock,
    ))
}

/// Follows the engines on a thread of its own. It ends with the process.
fn follow(sockets: Sockets) -> anyhow::Result<Receiver<EngineFact>> {
    let (sender, facts) = engine::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no runtime for container engines")?;
    std::thread::Builder::new()
        .name("engines".into())
        .spawn(move || runtime.block_on(engine::follow(sockets, engine::Timing::default(), sender)))
        .context("no thread for container engines")?;
    Ok(facts)
}
