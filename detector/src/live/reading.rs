//! The thread that drains the rings.
//!
//! It does nothing else, so that it is never the reason why a ring is full. Its queue to the
//! pipeline is bounded: when that is full it waits, and the rings absorb.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, anyhow};

use crate::control::Stop;
use crate::event::Batch;
use crate::sensor::rings::Reader;

/// Batches that may wait for the pipeline.
const QUEUE: usize = 8;

/// How long a wait for records may last before the wish to end is looked at.
const PATIENCE: Duration = Duration::from_millis(100);

/// The thread and its queue.
pub(super) struct Reading {
    pub(super) batches: Receiver<Batch>,
    thread: JoinHandle<anyhow::Result<()>>,
}

impl Reading {
    /// Starts to read. It ends, and with it the queue, when that is asked for and what was told until
    /// then is taken: a busy host is never quiet.
    pub(super) fn start(mut reader: Reader, stop: Stop) -> anyhow::Result<Self> {
        let (sender, batches) = sync_channel(QUEUE);
        let read = move || {
            let mut end = None;
            loop {
                if end.is_none() && stop.is_requested() {
                    end = Some(reader.mark());
                }
                let batch = reader.next(PATIENCE).context("the rings cannot be read")?;
                if let Some(batch) = batch
                    && sender.send(batch).is_err()
                {
                    return Ok(());
                }
                if end.is_some_and(|mark| reader.has_passed(mark)) {
                    return Ok(());
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("rings".into())
            .spawn(read)
            .context("no thread for the rings")?;
        Ok(Self { batches, thread })
    }

    /// Waits for the thread's end.
    pub(super) fn end(self) -> anyhow::Result<()> {
        let Self { batches, thread } = self;
        drop(batches);
        thread
            .join()
            .map_err(|_| anyhow!("the thread that reads the rings has failed"))?
    }
}
