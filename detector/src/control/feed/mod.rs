//! Events on their way to whoever watches live.
//!
//! The pipeline shows what it sees, as it sees it; each client that asked for events has a queue of
//! its own, of those that fit its filter. The pipeline waits for none of them: a full queue loses its
//! oldest events, and its client is told how many, where they would have stood. What an event says is
//! put into words only when a client takes it, on the server's thread. Where nobody watches, a look
//! at one number is all that it costs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

mod filter;
mod queue;

pub use filter::{About, Filter};
pub use queue::Entry;
use queue::Queue;

/// Clients that may watch at the same time.
pub const SUBSCRIBERS: usize = 8;

/// An event that can be put into words.
pub trait Tell: Send + Sync {
    /// Its JSON, one line without its line break.
    fn line(&self) -> String;
}

/// Where events are shown, and whom to.
#[derive(Debug, Default)]
pub struct Feed {
    /// The event types that there are.
    types: Vec<&'static str>,
    subscribers: Mutex<Vec<Arc<Subscriber>>>,
    /// How many those are, for a look without the lock.
    count: AtomicUsize,
}

#[derive(Debug)]
struct Subscriber {
    filter: Filter,
    queue: Queue,
}

/// There are [`SUBSCRIBERS`] already.
#[derive(Debug)]
pub(super) struct Full;

impl Feed {
    /// A feed of events of these types.
    #[must_use]
    pub fn new(types: &[&'static str]) -> Self {
        Self {
            types: types.to_vec(),
            ..Self::default()
        }
    }

    /// The event types that can be asked for.
    pub(super) fn types(&self) -> &[&'static str] {
        &self.types
    }

    /// Whether anybody watches.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    /// Shows an event to those whose filters it fits. It is made only if there are any.
    pub fn show(&self, about: &About<'_>, event: impl FnOnce() -> Arc<dyn Tell>) {
        let subscribers = self.lock();
        let mut fitting = subscribers
            .iter()
            .filter(|subscriber| subscriber.filter.fits(about))
            .peekable();
        if fitting.peek().is_some() {
            let event = event();
            for subscriber in fitting {
                subscriber.queue.push(Arc::clone(&event));
            }
        }
    }

    /// From here on, what fits the filter comes.
    pub(super) fn subscribe(self: &Arc<Self>, filter: Filter) -> Result<Subscription, Full> {
        let mut subscribers = self.lock();
        if subscribers.len() >= SUBSCRIBERS {
            return Err(Full);
        }
        let subscriber = Arc::new(Subscriber {
            filter,
            queue: Queue::default(),
        });
        subscribers.push(Arc::clone(&subscriber));
        self.count.store(subscribers.len(), Ordering::Relaxed);
        Ok(Subscription {
            feed: Arc::clone(self),
            subscriber,
        })
    }

    /// A thread that panicked has at worst left a subscriber too many.
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Subscriber>>> {
        self.subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The events of one client, until this goes.
#[derive(Debug)]
pub(super) struct Subscription {
    feed: Arc<Feed>,
    subscriber: Arc<Subscriber>,
}

impl Subscription {
    /// The next event, or how many were lost before it.
    pub(super) async fn next(&self) -> Entry {
        self.subscriber.queue.next().await
    }

    /// What is there already.
    pub(super) fn take(&self) -> Option<Entry> {
        self.subscriber.queue.take()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut subscribers = self.feed.lock();
        subscribers.retain(|other| !Arc::ptr_eq(other, &self.subscriber));
        self.feed.count.store(subscribers.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Word(&'static str);

    impl Tell for Word {
        fn line(&self) -> String {
            self.0.to_owned()
        }
    }

    const OPEN: About<'_> = About {
        container: None,
        event_type: "open",
    };

    fn filter(event_type: &str) -> Filter {
        Filter {
            types: vec![event_type.to_owned()],
            ..Filter::default()
        }
    }

    fn word(subscription: &Subscription) -> Option<String> {
        match subscription.take()? {
            Entry::Event(event) => Some(event.line()),
            Entry::Skipped(count) => Some(count.to_string()),
        }
    }

    #[test]
    fn each_gets_what_fits_and_only_while_it_listens() {
        let feed = Arc::new(Feed::default());
        assert!(!feed.is_watched());
        feed.show(&OPEN, || panic!("nobody asked"));
        let opens = feed.subscribe(filter("open")).unwrap();
        let mounts = feed.subscribe(filter("mount")).unwrap();
        assert!(feed.is_watched());
        feed.show(&OPEN, || Arc::new(Word("first")));
        assert_eq!(word(&opens).as_deref(), Some("first"));
        assert_eq!((word(&opens), word(&mounts)), (None, None));
        drop(opens);
        assert!(feed.is_watched());
        feed.show(&OPEN, || panic!("nobody asked for this type"));
        drop(mounts);
        assert!(!feed.is_watched());
    }

    #[test]
    fn places_are_counted_and_given_back() {
        let feed = Arc::new(Feed::default());
        let seats: Vec<_> = (0..SUBSCRIBERS)
            .map(|_| feed.subscribe(Filter::default()).unwrap())
            .collect();
        assert!(feed.subscribe(Filter::default()).is_err());
        drop(seats);
        assert!(feed.subscribe(Filter::default()).is_ok());
    }
}
