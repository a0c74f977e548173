//! Watched objects: the thread that takes what the kernel says of them, and their place in the order
//! of what the pipeline takes.
//!
//! Such a record is not taken before the records of processes that were there when it was made, so
//! that whoever acted is known: it waits for the volume lane's watermark, a moment at most.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;

use crate::control::Stop;
use crate::event::{Batch, BootTime};
use crate::host::cgroupfs::Hierarchy;
use crate::objects::{Asked, Counts, Objects, Tally};
use crate::pipeline::Pipeline;
use crate::sensor::Hook;

/// Name of the hook in the status.
const HOOK: &str = "fanotify";

/// Readings that may wait for the pipeline. When it is full the thread waits, and the kernel's queue
/// absorbs; when that is full too, the kernel says so, and it is counted.
const QUEUE: usize = 64;

/// How long the thread waits before it looks at what it was asked.
const PATIENCE: Duration = Duration::from_millis(50);

/// How long a record waits for the watermark, in ns.
const WAIT: u64 = 200_000_000;

/// How often it is looked at which workspaces there are.
const RENEWAL: Duration = Duration::from_secs(1);

/// Readings that are still taken once the end is asked for: a busy place is never quiet.
const LAST: usize = 16;
/// How long the end may take.
const END: Duration = Duration::from_secs(2);

/// A reading of the kernel's queue, and when that was.
type Reading = (BootTime, Vec<Bytes>);

/// The watched objects of a session.
pub(super) struct Watching {
    hook: Hook,
    /// Nothing where no marks can be set.
    thread: Option<Thread>,
    waiting: Vec<Reading>,
    workspaces: BTreeSet<PathBuf>,
    looked: Instant,
}

struct Thread {
    readings: Receiver<Reading>,
    wishes: Sender<Vec<PathBuf>>,
    tally: Arc<Tally>,
}

impl Watching {
    /// Marks what is to be watched, and starts to listen. Where that cannot be done the detector does
    /// without, and says so.
    pub(super) fn start(hierarchy: Hierarchy, asked: &[Asked], stop: Stop) -> anyhow::Result<Self> {
        let mut watching = Self {
            hook: Hook {
                name: HOOK.to_owned(),
                attached: false,
                reason: None,
            },
            thread: None,
            waiting: Vec::new(),
            workspaces: BTreeSet::new(),
            looked: Instant::now(),
        };
        match Objects::watch(hierarchy, asked) {
            Ok(objects) => {
                watching.hook.attached = true;
                watching.thread = Some(Thread::start(objects, stop)?);
            }
            Err(error) => {
                tracing::warn!("changes of watched objects are not seen: {error}");
                watching.hook.reason = Some(format!("no marks can be set: {error}"));
            }
        }
        Ok(watching)
    }

    /// Whether it listens, for the status.
    pub(super) const fn hook(&self) -> &Hook {
        &self.hook
    }

    /// What was counted; nothing where nothing is watched.
    pub(super) fn counts(&self) -> Counts {
        let tally = self.thread.as_ref().map(|thread| thread.tally.counts());
        tally.unwrap_or_default()
    }

    /// Lets the pipeline take what it may by now: all up to a watermark, and what has waited enough.
    pub(super) fn settle(&mut self, pipeline: &mut Pipeline, watermark: Option<BootTime>) {
        let now = BootTime::now();
        if let Some(thread) = &self.thread {
            self.waiting.extend(thread.readings.try_iter());
        }
        let due = |reading: &mut Reading| {
            let (heard, _) = *reading;
            watermark.is_some_and(|watermark| heard <= watermark) || now.since(heard) >= WAIT
        };
        let due: Vec<Reading> = self.waiting.extract_if(.., due).collect();
        take(pipeline, due, now);
    }

    /// Looks at the workspaces of agents' containers: always when an engine has said something, else
    /// from time to time.
    pub(super) fn look(&mut self, pipeline: &Pipeline, at_once: bool) {
        let Some(thread) = &self.thread else { return };
        if !at_once && self.looked.elapsed() < RENEWAL {
            return;
        }
        self.looked = Instant::now();
        let workspaces = pipeline.workspaces();
        if workspaces != self.workspaces {
            self.workspaces.clone_from(&workspaces);
            // A thread that has ended needs no wishes.
            let _ = thread.wishes.send(workspaces.into_iter().collect());
        }
    }

    /// Lets the pipeline take all that is left, once the end was asked for.
    pub(super) fn finish(&mut self, pipeline: &mut Pipeline) {
        let mut left = std::mem::take(&mut self.waiting);
        let end = Instant::now() + END;
        while let Some(thread) = &self.thread {
            let patience = end.saturating_duration_since(Instant::now());
            match thread.readings.recv_timeout(patience) {
                Ok(reading) => left.push(reading),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    tracing::warn!("the last changes of watched objects are missing");
                    break;
                }
            }
        }
        take(pipeline, left, BootTime::now());
    }
}

fn take(pipeline: &mut Pipeline, readings: Vec<Reading>, now: BootTime) {
    let alarm: Vec<Bytes> = readings
        .into_iter()
        .flat_map(|(_, records)| records)
        .collect();
    if !alarm.is_empty() {
        let batch = Batch {
            alarm,
            ..Batch::default()
        };
        pipeline.take(batch, now);
    }
}

impl Thread {
    fn start(objects: Objects, stop: Stop) -> anyhow::Result<Self> {
        let (sender, readings) = sync_channel(QUEUE);
        let (wishes, wished) = channel();
        let tally = objects.tally();
        std::thread::Builder::new()
            .name("objects".into())
            .spawn(move || {
                if let Err(error) = listen(objects, &wished, &sender, &stop) {
                    tracing::error!("changes of watched objects are not seen any more: {error}");
                }
            })
            .context("no thread for watched objects")?;
        Ok(Self {
            readings,
            wishes,
            tally,
        })
    }
}

/// Listens until the end is asked for and nothing is left, or nobody wants to hear it.
fn listen(
    mut objects: Objects,
    wished: &Receiver<Vec<PathBuf>>,
    sender: &SyncSender<Reading>,
    stop: &Stop,
) -> rustix::io::Result<()> {
    let mut last = LAST;
    while last > 0 {
        if let Some(workspaces) = wished.try_iter().last() {
            objects.set_workspaces(&workspaces);
        }
        let ends = stop.is_requested();
        let records = objects.next(if ends { Duration::ZERO } else { PATIENCE })?;
        let quiet = records.is_empty();
        if !quiet && sender.send((BootTime::now(), records)).is_err() {
            return Ok(());
        }
        if ends {
            last = if quiet { 0 } else { last - 1 };
        }
    }
    Ok(())
}
