//! How fast counts grow, from one answer to the next.

use std::collections::HashMap;
use std::time::Instant;

use crate::control::Status;

/// Growth a second of what the status counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rates {
    before: Option<(Instant, Counts)>,
    now: Counts<f64>,
}

/// A number for each container, by id, and for each family of events.
#[derive(Debug, Clone)]
struct Counts<N = u64> {
    containers: HashMap<String, N>,
    events: HashMap<String, N>,
}

impl<N> Default for Counts<N> {
    fn default() -> Self {
        Self {
            containers: HashMap::new(),
            events: HashMap::new(),
        }
    }
}

impl Rates {
    /// Takes an answer that came at a moment.
    pub(crate) fn take(&mut self, at: Instant, status: &Status) {
        let counts = Counts {
            containers: status
                .containers
                .iter()
                .map(|container| (container.id.clone(), container.events))
                .collect(),
            events: status
                .events
                .iter()
                .map(|(family, counts)| (family.clone(), counts.seen))
                .collect(),
        };
        if let Some((before, old)) = &self.before {
            let seconds = at.saturating_duration_since(*before).as_secs_f64();
            self.now = Counts {
                containers: growth(&old.containers, &counts.containers, seconds),
                events: growth(&old.events, &counts.events, seconds),
            };
        }
        self.before = Some((at, counts));
    }

    /// The detector is gone: what comes next is another's, or later than a second.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Events a second of a container.
    pub(crate) fn container(&self, id: &str) -> f64 {
        self.now.containers.get(id).copied().unwrap_or_default()
    }

    /// Events a second of a family.
    pub(crate) fn family(&self, name: &str) -> f64 {
        self.now.events.get(name).copied().unwrap_or_default()
    }
}

/// What was not there before grew from nothing; what shrank began anew.
fn growth(
    old: &HashMap<String, u64>,
    new: &HashMap<String, u64>,
    seconds: f64,
) -> HashMap<String, f64> {
    if seconds <= 0.0 {
        return HashMap::new();
    }
    let grown = |(name, count): (&String, &u64)| {
        let before = old.get(name).copied().unwrap_or_default();
        (name.clone(), count.saturating_sub(before) as f64 / seconds)
    };
    new.iter().map(grown).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::control::{Container, EventCounts};

    fn status(container: u64, opens: u64) -> Status {
        let counts = EventCounts {
            seen: opens,
            ..EventCounts::default()
        };
        Status {
            containers: vec![Container {
                id: "3f4e".into(),
                events: container,
                ..Container::default()
            }],
            events: [("open".to_owned(), counts)].into(),
            ..Status::default()
        }
    }

    #[test]
    fn rates_are_growth_by_time() {
        let start = Instant::now();
        let mut rates = Rates::default();
        rates.take(start, &status(100, 1_000));
        assert_eq!((rates.container("3f4e"), rates.family("open")), (0.0, 0.0));
        rates.take(start + Duration::from_secs(2), &status(150, 1_500));
        assert_eq!(
            (rates.container("3f4e"), rates.family("open")),
            (25.0, 250.0)
        );
        assert_eq!((rates.container("none"), rates.family("none")), (0.0, 0.0));
        rates.take(start + Duration::from_secs(4), &status(10, 1_501));
        assert_eq!((rates.container("3f4e"), rates.family("open")), (0.0, 0.5));
        rates.take(start + Duration::from_secs(4), &status(99, 1_502));
        assert_eq!(rates.container("3f4e"), 0.0, "no time has passed");
        rates.forget();
        rates.take(start + Duration::from_secs(5), &status(999, 9_999));
        assert_eq!(rates.container("3f4e"), 0.0);
    }
}
