//! Where alerts go: one file per channel, each behind a bounded queue and on a thread of its own.
//!
//! An alert is never dropped on its way here. When a sink is slow its queue fills, and the pipeline
//! waits; meanwhile the kernel's rings absorb what comes, and what they cannot hold is counted as
//! lost and located by the holes in their sequence numbers. Since every sink has its own thread, a
//! terminal that was stopped with Ctrl-S delays neither `alerts.jsonl` nor, for as many alerts as a
//! queue holds, the pipeline. Such a terminal does not hold up the end either: from SIGTERM on it is
//! waited for a bounded time, and what it did not take stands in `alerts.jsonl`.
//!
//! A sink deals with its own troubles: it warns once when they begin, goes on trying where that may
//! help, and says when they are over.
#![forbid(unsafe_code)]

use std::sync::OnceLock;

use crate::detect::alert::Alert;

mod delivery;
pub mod escape;
mod file;
mod json;
pub mod layout;
#[cfg(test)]
pub(crate) mod sample;
pub mod sighting;
mod stdout;
mod tally;
pub mod text;

pub use delivery::{AlertQueue, Delivery, Ending, SinkEnded};
pub use file::AlertsFile;
pub use json::to_line;
pub use stdout::{Form, Stdout};
pub use tally::Tally;

/// An alert on its way out, its JSON made once for all sinks.
#[derive(Debug)]
pub struct Outgoing {
    alert: Alert,
    json: OnceLock<String>,
}

impl Outgoing {
    /// Takes an alert on its way.
    #[must_use]
    pub fn new(alert: Alert) -> Self {
        let json = OnceLock::new();
        Self { alert, json }
    }

    /// The alert.
    #[must_use]
    pub fn alert(&self) -> &Alert {
        &self.alert
    }

    /// Its JSON, one line with its line break.
    #[must_use]
    pub fn json_line(&self) -> &str {
        self.json.get_or_init(|| {
            let line = to_line(&self.alert).unwrap_or_else(|error| {
                // Strings, numbers and maps keyed by strings are always JSON; should that change,
                // the text is better than nothing.
                tracing::error!(%error, uid = %self.alert.uid, "an alert is no JSON");
                text::render(&self.alert, false).replace('\n', " ")
            });
            line + "\n"
        })
    }
}

/// A channel to people or programs.
pub trait Sink: Send {
    /// Its name in messages.
    fn name(&self) -> &'static str;

    /// Delivers an alert, or keeps it for a later try.
    fn deliver(&mut self, alert: &std::sync::Arc<Outgoing>);

    /// Called when no alert waits, at least once a second: the time for second tries and for
    /// making sure that what was written stays.
    fn settle(&mut self) {}
}
