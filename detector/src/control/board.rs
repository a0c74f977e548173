//! Where the pipeline writes its state and the server reads it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::Status;
use crate::sinks::Tally;

/// The latest [`Status`]. The lock is held while it is copied or changed, never longer.
#[derive(Debug)]
pub struct Board {
    state: Mutex<State>,
    started: Instant,
    tally: Arc<Tally>,
}

#[derive(Debug)]
struct State {
    status: Status,
    renewed: Instant,
}

impl Board {
    /// The board of a detector that starts now and counts its alerts in `tally`.
    #[must_use]
    pub fn new(tally: Arc<Tally>) -> Self {
        let status = Status {
            waiting_for: Some("the sensor".into()),
            ..Status::default()
        };
        let renewed = Instant::now();
        Self {
            state: Mutex::new(State { status, renewed }),
            started: renewed,
            tally,
        }
    }

    /// Changes what stands here. Keep the change short: a client's question waits for it.
    pub fn update(&self, change: impl FnOnce(&mut Status)) {
        let mut state = self.lock();
        change(&mut state.status);
        state.renewed = Instant::now();
    }

    /// Says what the detector is doing until it is ready.
    pub fn waiting_for(&self, what: &str) {
        self.update(|status| {
            status.ready = false;
            status.waiting_for = Some(what.to_owned());
        });
    }

    /// Says that it is ready.
    pub fn ready(&self) {
        self.update(|status| {
            status.ready = true;
            status.waiting_for = None;
        });
    }

    /// What stands here now, completed by what the board knows itself: version, uptime and the
    /// counts of alerts.
    #[must_use]
    pub fn snapshot(&self) -> Status {
        let state = self.lock();
        let mut status = state.status.clone();
        status.heartbeat.state_age_seconds = state.renewed.elapsed().as_secs();
        drop(state);
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_seconds: self.started.elapsed().as_secs(),
            alerts: self.tally.alerts(),
            alerts_unwritten: self.tally.unwritten(),
            ..status
        }
    }

    /// A change that panicked left at worst an odd number behind.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_shows_what_was_written_last() {
        let board = Board::new(Arc::default());
        assert!(!board.snapshot().ready);
        assert_eq!(board.snapshot().waiting_for.as_deref(), Some("the sensor"));
        board.waiting_for("the process tree");
        assert_eq!(
            board.snapshot().waiting_for.as_deref(),
            Some("the process tree")
        );
        board.ready();
        board.update(|status| status.suppressed += 2);
        let status = board.snapshot();
        assert!(status.ready && status.waiting_for.is_none());
        assert_eq!(status.suppressed, 2);
        assert_eq!(status.version, env!("CARGO_PKG_VERSION"));
    }
}
