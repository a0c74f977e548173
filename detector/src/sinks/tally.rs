//! What the sinks count, for the status to show.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of alerts. Each number stands for itself, so relaxed order is enough.
#[derive(Debug, Default)]
pub struct Tally {
    alerts: AtomicU64,
    unwritten: AtomicU64,
}

impl Tally {
    /// Alerts that were handed over for delivery.
    #[must_use]
    pub fn alerts(&self) -> u64 {
        self.alerts.load(Ordering::Relaxed)
    }

    /// Alerts that `alerts.jsonl` lacks: those kept for a second try, and those past keeping.
    #[must_use]
    pub fn unwritten(&self) -> u64 {
        self.unwritten.load(Ordering::Relaxed)
    }

    pub(super) fn count_alert(&self) {
        self.alerts.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn set_unwritten(&self, count: u64) {
        self.unwritten.store(count, Ordering::Relaxed);
    }
}
