//! Shows events to whoever watches through the control socket.
//!
//! The pipeline's thread only copies what fits somebody's filter; it is put into words, and its
//! secrets are masked, when a client takes it.

use std::sync::Arc;

use crate::control::Feed;
use crate::control::feed::{About, Tell};
use crate::detect::Teller;
use crate::host::Observation;
use crate::pipeline::Witness;
use crate::sinks::to_line;

/// A witness who shows what it sees.
pub(super) struct Showing {
    feed: Arc<Feed>,
    teller: Arc<Teller>,
}

impl Showing {
    pub(super) fn new(feed: Arc<Feed>, teller: Teller) -> Self {
        let teller = Arc::new(teller);
        Self { feed, teller }
    }
}

impl Witness for Showing {
    fn wants(&self) -> bool {
        self.feed.is_watched()
    }

    fn saw(&mut self, observation: &Observation) {
        let container = observation.container.as_ref().map(|view| {
            let name = view.info.as_ref().map(|info| info.name.as_str());
            (view.reference.id.as_str(), name)
        });
        let about = About {
            container,
            event_type: observation.event.event_type(),
        };
        self.feed.show(&about, || {
            Arc::new(Seen {
                observation: observation.clone(),
                teller: Arc::clone(&self.teller),
            })
        });
    }
}

/// An event that somebody wants to see.
struct Seen {
    observation: Observation,
    teller: Arc<Teller>,
}

impl Tell for Seen {
    fn line(&self) -> String {
        let sighting = self.teller.sighting(&self.observation);
        to_line(&sighting).unwrap_or_else(|error| {
            // Strings, numbers and maps keyed by strings are always JSON.
            tracing::error!(%error, "an event is no JSON");
            String::new()
        })
    }
}

#[cfg(test)]
mod tests;
