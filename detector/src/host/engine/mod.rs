//! What container engines say about their containers.
//!
//! Every engine with a Docker-compatible API is followed by a task of its own: it lists what is
//! there, inspects each container, and then follows the event stream, inspecting at *create*, so
//! that names and labels are there before the first process runs. A dead, missing or restarted
//! engine is tried again with growing pauses and reported once, not at every attempt.
//!
//! Engines of unprivileged users are followed too, and not trusted: their answers are bounded in
//! size and time, and [`EngineSource`] tells whose word a fact is.
//!
//! Facts travel through a bounded channel. When it is full the tasks wait, nothing is dropped: the
//! engine's stream then stalls in the kernel, and what it loses there the periodic listing finds.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::container::{ContainerId, ContainerInfo, EngineSource};

mod api;
#[cfg(test)]
mod fake;
mod inspect;
mod inspections;
mod socket;
mod survey;
mod transport;
mod watch;

pub use socket::{SocketError, Sockets};
pub use survey::{Answer, survey};

use socket::Endpoint;
use watch::{Stay, Watch};

/// Facts that may wait to be taken.
const CAPACITY: usize = 256;

/// Something that an engine said, or that happened to the connection with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineFact {
    /// A container exists and looks like this; replaces what was said before.
    Container(Box<ContainerInfo>),
    /// A container was removed. Events of its last processes may still be under way.
    Gone {
        /// Which container.
        id: ContainerId,
        /// Who says so; believe it only where [`EngineSource::may_speak_of`] allows.
        source: EngineSource,
    },
    /// An engine is asked for the first time, and has not answered yet. Nothing follows from it, so
    /// no capture holds it.
    Asked {
        /// Where it should listen.
        socket: PathBuf,
    },
    /// An engine answers.
    Up {
        /// Where it listens.
        socket: PathBuf,
        /// Its name and version.
        version: String,
    },
    /// An engine does not answer. Said once, then [`EngineFact::Up`] when it does again.
    Down {
        /// Where it should listen.
        socket: PathBuf,
        /// What is wrong, and what to do about it.
        reason: String,
    },
}

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// For one answer.
    pub call: Duration,
    /// Between two listings of all containers, which also show that the engine is alive.
    pub listing: Duration,
    /// Before the first new attempt; doubles with each.
    pub retry: Duration,
    /// Before any new attempt.
    pub retry_at_most: Duration,
    /// Between two looks for new sockets in the usual places.
    pub discovery: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(5),
            listing: Duration::from_secs(60),
            retry: Duration::from_millis(250),
            retry_at_most: Duration::from_secs(15),
            discovery: Duration::from_secs(10),
        }
    }
}

/// A channel for facts. The receiver may be used from a plain thread.
#[must_use]
pub fn channel() -> (mpsc::Sender<EngineFact>, mpsc::Receiver<EngineFact>) {
    mpsc::channel(CAPACITY)
}

/// Follows engines until the receiver of the facts is dropped.
pub async fn follow(sockets: Sockets, timing: Timing, facts: mpsc::Sender<EngineFact>) {
    let mut watches = JoinSet::new();
    match sockets {
        Sockets::Named(paths) => {
            for path in paths {
                let endpoint = Endpoint { path, user: None };
                let watch = Watch::new(endpoint, Stay::Always, timing, facts.clone());
                watches.spawn(watch.run());
            }
            while watches.join_next().await.is_some() {}
        }
        Sockets::Usual => discover(Path::new("/"), timing, facts).await,
    }
}

/// Follows what listens in the usual places below `root`, and looks again from time to time.
async fn discover(root: &Path, timing: Timing, facts: mpsc::Sender<EngineFact>) {
    let mut watches = JoinSet::new();
    let mut watched = HashSet::new();
    let mut looks = tokio::time::interval(timing.discovery);
    let mut told = false;
    loop {
        tokio::select! {
            () = facts.closed() => return,
            Some(ended) = watches.join_next() => {
                if let Ok(path) = ended {
                    watched.remove(&path);
                }
            }
            _ = looks.tick() => {
                for endpoint in socket::listening(root) {
                    if watched.insert(endpoint.path.clone()) {
                        let watch = Watch::new(endpoint, Stay::WhileThere, timing, facts.clone());
                        watches.spawn(watch.run());
                    }
                }
                if watched.is_empty() && !told {
                    tracing::warn!(
                        "no container engine listens in the usual places: containers are known \
                         by their cgroups alone, without names and labels; name a socket with --engine"
                    );
                }
                told = true;
            }
        }
    }
}

#[cfg(test)]
mod tests;
