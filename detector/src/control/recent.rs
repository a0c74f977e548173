//! The last alerts, for clients that come later.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::sinks::{Outgoing, Sink};

/// Alerts that are kept.
pub const KEPT: usize = 256;
/// Bytes that they may have as JSON: command lines are long where somebody wants them to be.
const BYTES: usize = 16 * 1024 * 1024;

/// The last alerts, the oldest first. As a sink it takes each that is delivered.
#[derive(Debug, Default)]
pub struct Recent {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    alerts: VecDeque<Arc<Outgoing>>,
    bytes: usize,
}

impl Recent {
    /// The last so many of them.
    #[must_use]
    pub fn last(&self, count: usize) -> Vec<Arc<Outgoing>> {
        let kept = self.lock();
        let older = kept.alerts.len().saturating_sub(count);
        kept.alerts.iter().skip(older).cloned().collect()
    }

    fn keep(&self, alert: &Arc<Outgoing>) {
        let length = alert.json_line().len();
        let mut kept = self.lock();
        kept.alerts.push_back(Arc::clone(alert));
        kept.bytes += length;
        while kept.alerts.len() > KEPT || kept.bytes > BYTES {
            let Some(oldest) = kept.alerts.pop_front() else {
                break;
            };
            kept.bytes = kept.bytes.saturating_sub(oldest.json_line().len());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Arc<Recent> {
    fn name(&self) -> &'static str {
        "the control socket"
    }

    fn deliver(&mut self, alert: &Arc<Outgoing>) {
        self.keep(alert);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::sample;

    fn deliver(recent: &Arc<Recent>, message: &str) -> String {
        let alert = sample::outgoing(message);
        Arc::clone(recent).deliver(&alert);
        alert.alert().uid.to_string()
    }

    fn uids(recent: &Recent, count: usize) -> Vec<String> {
        let last = recent.last(count);
        last.iter()
            .map(|alert| alert.alert().uid.to_string())
            .collect()
    }

    #[test]
    fn the_last_are_kept_in_their_order() {
        let recent = Arc::new(Recent::default());
        assert!(recent.last(KEPT).is_empty());
        let told: Vec<_> = (0..KEPT + 10).map(|_| deliver(&recent, "x")).collect();
        assert_eq!(uids(&recent, KEPT + 10), told[10..]);
        assert_eq!(uids(&recent, 3), told[KEPT + 7..]);
        assert!(recent.last(0).is_empty());
    }

    #[test]
    fn long_alerts_are_bounded_by_their_bytes() {
        let recent = Arc::new(Recent::default());
        let long = "x".repeat(BYTES / 4);
        let told: Vec<_> = (0..6).map(|_| deliver(&recent, &long)).collect();
        assert_eq!(uids(&recent, KEPT), told[3..]);
        let huge = "x".repeat(BYTES);
        deliver(&recent, &huge);
        assert!(recent.last(KEPT).is_empty());
        let next = deliver(&recent, "short");
        assert_eq!(uids(&recent, KEPT), [next]);
    }
}
