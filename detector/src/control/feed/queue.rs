//! The events that wait for one client: a bounded queue whose oldest give way.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::Tell;

/// Events that may wait for a client.
pub(super) const LENGTH: usize = 1024;

/// What comes next.
pub enum Entry {
    /// An event.
    Event(Arc<dyn Tell>),
    /// So many were lost here.
    Skipped(u64),
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(_) => f.write_str("Event"),
            Self::Skipped(count) => write!(f, "Skipped({count})"),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    more: Notify,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Arc<dyn Tell>>,
    /// Lost in front of the first of them.
    skipped: u64,
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (waiting, skipped) = (self.events.len(), self.skipped);
        write!(f, "{waiting} events, {skipped} skipped")
    }
}

impl Queue {
    /// Adds an event, in the place of the oldest where there is none.
    pub(super) fn push(&self, event: Arc<dyn Tell>) {
        self.change(|waiting| {
            if waiting.events.len() == LENGTH {
                waiting.events.pop_front();
                waiting.skipped += 1;
            }
            waiting.events.push_back(event);
        });
        self.more.notify_one();
    }

    /// What comes next, if anything is there.
    pub(super) fn take(&self) -> Option<Entry> {
        self.change(|waiting| match std::mem::take(&mut waiting.skipped) {
            0 => waiting.events.pop_front().map(Entry::Event),
            count => Some(Entry::Skipped(count)),
        })
    }

    /// Waits for what comes next.
    pub(super) async fn next(&self) -> Entry {
        loop {
            if let Some(entry) = self.take() {
                return entry;
            }
            self.more.notified().await;
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Waiting) -> T) -> T {
        change(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Number(usize);

    impl Tell for Number {
        fn line(&self) -> String {
            self.0.to_string()
        }
    }

    fn shown(entry: Entry) -> String {
        match entry {
            Entry::Event(event) => event.line(),
            Entry::Skipped(count) => format!("skipped {count}"),
        }
    }

    #[test]
    fn the_oldest_give_way_and_are_counted_where_they_stood() {
        let queue = Queue::default();
        for number in 0..LENGTH + 3 {
            queue.push(Arc::new(Number(number)));
        }
        let mut taken = std::iter::from_fn(|| queue.take().map(shown));
        assert_eq!(taken.next().unwrap(), "skipped 3");
        assert_eq!(taken.next().unwrap(), "3");
        queue.push(Arc::new(Number(9999)));
        assert_eq!(taken.by_ref().count(), LENGTH);
        assert!(queue.take().is_none());
    }

    #[test]
    fn whoever_waits_is_woken() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let queue = Arc::new(Queue::default());
        let filled = Arc::clone(&queue);
        let pushing = std::thread::spawn(move || {
            for number in 0..5000 {
                filled.push(Arc::new(Number(number)));
            }
        });
        runtime.block_on(async {
            loop {
                if shown(queue.next().await) == "4999" {
                    break;
                }
            }
        });
        pushing.join().unwrap();
    }
}
