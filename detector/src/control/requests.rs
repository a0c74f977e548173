//! What a person wants done: carried to whoever can do it, and the answer carried back.
//!
//! The server does nothing of it itself: reading rules takes longer than one client may hold up the
//! others. Nor does it know who takes the requests up.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::Reload;
use super::protocol::{Code, Refusal};

/// Requests that may wait. Each of them reads everything anew: one more would change nothing.
const QUEUE: usize = 8;
/// How long a client is kept waiting for what it asked for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where something is asked for.
#[derive(Debug, Clone)]
pub struct Requests(mpsc::Sender<Asked>);

/// Where it is taken up.
#[derive(Debug)]
pub struct Inbox(mpsc::Receiver<Asked>);

/// A request that configuration and rules be read anew.
#[derive(Debug)]
pub struct Asked(oneshot::Sender<Reload>);

/// An answer that is still to come.
#[derive(Debug)]
pub(super) struct Pending(oneshot::Receiver<Reload>);

impl Requests {
    /// Both ends.
    #[must_use]
    pub fn channel() -> (Self, Inbox) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), Inbox(receiver))
    }

    /// Requests that nobody takes up.
    #[must_use]
    pub fn unheard() -> Self {
        Self::channel().0
    }

    /// Asks that configuration and rules be read anew.
    pub(super) fn reload(&self) -> Result<Pending, Refusal> {
        let (answer, pending) = oneshot::channel();
        match self.0.try_send(Asked(answer)) {
            Ok(()) => Ok(Pending(pending)),
            Err(TrySendError::Full(_)) => {
                let message = "the same was asked for several times already; ask for the status";
                Err(Refusal::new(Code::Busy, message))
            }
            Err(TrySendError::Closed(_)) => Err(ending()),
        }
    }
}

impl Inbox {
    /// Waits for the next request; none once nobody can ask any more. Not for asynchronous code.
    pub fn wait(&mut self) -> Option<Asked> {
        self.0.blocking_recv()
    }

    /// Requests that wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.0.len()
    }
}

impl Asked {
    /// Says what came of it. Whoever asked may have gone away.
    pub fn answer(self, reload: Reload) {
        let _ = self.0.send(reload);
    }
}

impl Pending {
    /// Waits for the answer.
    pub(super) async fn wait(self) -> Result<Value, Refusal> {
        let reload = match timeout(PATIENCE, self.0).await {
            Ok(Ok(reload)) => reload,
            Ok(Err(_)) => return Err(ending()),
            Err(_) => {
                let message = "it is still being done; ask for the status";
                return Err(Refusal::new(Code::Busy, message));
            }
        };
        match reload.error {
            Some(error) => Err(Refusal::new(Code::Failed, error)),
            None => serde_json::to_value(reload)
                .map_err(|error| Refusal::new(Code::Failed, format!("that is no JSON: {error}"))),
        }
    }
}

fn ending() -> Refusal {
    Refusal::new(Code::Failed, "the detector is ending")
}
