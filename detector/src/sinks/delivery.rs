//! From one pipeline to every sink.
//!
//! One queue of [`QUEUE`] alerts and one thread per sink. When a queue is full, [`AlertQueue::push`]
//! waits: see the room's own text for what that means. Only the end is not waited for without limit:
//! from then on [`Ending`] bounds what a sink may take.

use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::detect::alert::Alert;

use super::{Outgoing, Sink, Tally};

/// Alerts that may wait for one sink.
const QUEUE: usize = 1024;
/// How long a sink without work waits before it is asked to settle again.
const SETTLE: Duration = Duration::from_secs(1);
/// How often a full queue is tried.
const RETRY: Duration = Duration::from_millis(2);
/// What a sink that works has at the end, however long another one was waited for.
const LEAST_PATIENCE: Duration = Duration::from_secs(1);

/// A sink's thread is gone, which only a fault of ours explains.
#[derive(Debug, thiserror::Error)]
#[error("alerts no longer reach {sink}: restart the detector, and report its last messages")]
pub struct SinkEnded {
    sink: &'static str,
}

/// When to stop waiting for sinks.
pub struct Ending {
    asked: Box<dyn Fn() -> bool + Send + Sync>,
    patience: Duration,
    /// Set by whoever has to wait first after the end was asked for.
    deadline: OnceLock<Instant>,
}

impl Ending {
    /// From the moment on at which `asked` says that the end was asked for, sinks that do not keep
    /// up are waited for so long.
    pub fn new(asked: impl Fn() -> bool + Send + Sync + 'static, patience: Duration) -> Self {
        Self {
            asked: Box::new(asked),
            patience,
            deadline: OnceLock::new(),
        }
    }

    fn deadline(&self) -> Instant {
        *self.deadline.get_or_init(|| Instant::now() + self.patience)
    }

    fn is_over(&self) -> bool {
        (self.asked)() && Instant::now() >= self.deadline()
    }
}

enum Message {
    Alert(Arc<Outgoing>),
    End,
}

/// The way to one sink.
#[derive(Clone)]
struct Lane {
    sink: &'static str,
    queue: SyncSender<Message>,
}

/// Where the pipeline puts its alerts.
#[derive(Clone)]
pub struct AlertQueue {
    lanes: Vec<Lane>,
    tally: Arc<Tally>,
    ending: Arc<Ending>,
}

impl AlertQueue {
    /// Hands an alert to every sink, and waits while the queue of one of them is full.
    ///
    /// # Errors
    /// If a sink's thread is gone. The others have got the alert.
    pub fn push(&self, alert: Alert) -> Result<(), SinkEnded> {
        let alert = Arc::new(Outgoing::new(alert));
        self.tally.count_alert();
        // Every sink gets its turn, whatever became of another.
        let sent = self.lanes.iter().map(|lane| self.send(lane, &alert));
        sent.fold(Ok(()), Result::and)
    }

    fn send(&self, lane: &Lane, alert: &Arc<Outgoing>) -> Result<(), SinkEnded> {
        loop {
            match lane.queue.try_send(Message::Alert(Arc::clone(alert))) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Disconnected(_)) => return Err(SinkEnded { sink: lane.sink }),
                Err(TrySendError::Full(_)) if self.ending.is_over() => return Ok(()),
                Err(TrySendError::Full(_)) => thread::sleep(RETRY),
            }
        }
    }
}

/// The sinks at work.
pub struct Delivery {
    queue: AlertQueue,
    ends: Vec<Receiver<()>>,
}

impl Delivery {
    /// Starts a thread for each sink.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(sinks: Vec<Box<dyn Sink>>, tally: Arc<Tally>, ending: Ending) -> io::Result<Self> {
        let mut lanes = Vec::with_capacity(sinks.len());
        let mut ends = Vec::with_capacity(sinks.len());
        for sink in sinks {
            let (queue, alerts) = mpsc::sync_channel(QUEUE);
            let (ended, end) = mpsc::channel();
            let name = sink.name();
            thread::Builder::new().name("sink".into()).spawn(move || {
                work(sink, &alerts);
                // Nobody listens where the end is not waited for.
                let _ = ended.send(());
            })?;
            lanes.push(Lane { sink: name, queue });
            ends.push(end);
        }
        let ending = Arc::new(ending);
        let queue = AlertQueue {
            lanes,
            tally,
            ending,
        };
        Ok(Self { queue, ends })
    }

    /// Where to put alerts.
    #[must_use]
    pub fn queue(&self) -> AlertQueue {
        self.queue.clone()
    }

    /// Waits until every sink has delivered what was pushed before, as long as the [`Ending`]
    /// allows; a sink that hangs is named and left behind.
    pub fn finish(self) {
        let end = self.queue.ending.deadline();
        let end = end.max(Instant::now() + LEAST_PATIENCE);
        let left = || end.saturating_duration_since(Instant::now());
        let mut waiting: Vec<_> = self.queue.lanes.iter().zip(&self.ends).collect();
        // In turns, so that one that hangs takes no time from the others.
        while !waiting.is_empty() && !left().is_zero() {
            waiting.retain(|(lane, ended)| {
                // A full queue hears of it in a later turn; hearing of it twice does no harm.
                let _ = lane.queue.try_send(Message::End);
                ended.recv_timeout(RETRY) == Err(RecvTimeoutError::Timeout)
            });
        }
        for (lane, _) in waiting {
            let sink = lane.sink;
            tracing::warn!("{sink} does not take the last alerts; they are left undelivered");
        }
    }
}

fn work(mut sink: Box<dyn Sink>, alerts: &Receiver<Message>) {
    loop {
        let message = match alerts.try_recv() {
            Ok(message) => message,
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => {
                sink.settle();
                match alerts.recv_timeout(SETTLE) {
                    Ok(message) => message,
                    Err(RecvTimeoutError::Timeout) => continue,
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
        };
        match message {
            Message::Alert(alert) => sink.deliver(&alert),
            Message::End => break,
        }
    }
    sink.settle();
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::detect::alert::sample;

    /// Keeps names; waits for a permission before each.
    struct Slow {
        taken: Arc<Mutex<Vec<String>>>,
        may: Receiver<()>,
    }

    impl Sink for Slow {
        fn name(&self) -> &'static str {
            "slow"
        }

        fn deliver(&mut self, alert: &Arc<Outgoing>) {
            self.may.recv().ok();
            let uid = alert.alert().uid.to_string();
            self.taken.lock().unwrap().push(uid);
        }
    }

    struct Broken;

    impl Sink for Broken {
        fn name(&self) -> &'static str {
            "broken"
        }

        fn deliver(&mut self, _: &Arc<Outgoing>) {
            panic!("on purpose");
        }
    }

    type Taken = Arc<Mutex<Vec<String>>>;

    fn slow() -> (Box<dyn Sink>, Taken, mpsc::Sender<()>) {
        let taken = Taken::default();
        let (allow, may) = mpsc::channel();
        let sink = Slow {
            taken: Arc::clone(&taken),
            may,
        };
        (Box::new(sink), taken, allow)
    }

    /// Nobody asks for the end, which then may take its time.
    fn never() -> Ending {
        Ending::new(|| false, Duration::from_secs(60))
    }

    #[test]
    fn every_alert_arrives_at_every_sink_in_order() {
        let (one, taken_by_one, allow_one) = slow();
        let (other, taken_by_other, allow_other) = slow();
        drop((allow_one, allow_other));
        let tally = Arc::new(Tally::default());
        let delivery = Delivery::start(vec![one, other], Arc::clone(&tally), never()).unwrap();
        let alerts: Vec<_> = (0..3000).map(|_| sample::alert()).collect();
        let uids: Vec<_> = alerts.iter().map(|alert| alert.uid.to_string()).collect();
        let queue = delivery.queue();
        for alert in alerts {
            queue.push(alert).unwrap();
        }
        delivery.finish();
        assert_eq!(*taken_by_one.lock().unwrap(), uids);
        assert_eq!(*taken_by_other.lock().unwrap(), uids);
        assert_eq!(tally.alerts(), 3000);
    }

    #[test]
    fn a_full_queue_makes_the_pipeline_wait_and_loses_nothing() {
        let (sink, taken, allow) = slow();
        let delivery = Delivery::start(vec![sink], Arc::default(), never()).unwrap();
        let queue = delivery.queue();
        let (pushed, count) = mpsc::channel();
        let pipeline = thread::spawn(move || {
            for _ in 0..QUEUE + 10 {
                queue.push(sample::alert()).unwrap();
                pushed.send(()).unwrap();
            }
        });
        // One is in the sink's hands, a queue's worth waits.
        for _ in 0..=QUEUE {
            count.recv_timeout(Duration::from_secs(60)).unwrap();
        }
        assert!(count.recv_timeout(Duration::from_millis(200)).is_err());
        drop(allow);
        pipeline.join().unwrap();
        delivery.finish();
        assert_eq!(taken.lock().unwrap().len(), QUEUE + 10);
    }

    #[test]
    fn a_hanging_sink_holds_up_neither_the_end_nor_the_others() {
        let (hanging, _, _kept) = slow();
        let (working, taken, allow) = slow();
        drop(allow);
        let asked = Arc::new(AtomicBool::new(false));
        let was_asked = Arc::clone(&asked);
        let patience = Duration::from_millis(200);
        let ending = Ending::new(move || was_asked.load(Ordering::Relaxed), patience);
        let delivery = Delivery::start(vec![hanging, working], Arc::default(), ending).unwrap();
        let queue = delivery.queue();
        let pipeline = thread::spawn(move || {
            for _ in 0..2 * QUEUE {
                queue.push(sample::alert()).unwrap();
            }
        });
        let start = Instant::now();
        while taken.lock().unwrap().len() < QUEUE && start.elapsed() < Duration::from_secs(60) {
            thread::sleep(RETRY);
        }
        assert!(!pipeline.is_finished());
        asked.store(true, Ordering::Relaxed);
        pipeline.join().unwrap();
        delivery.finish();
        assert_eq!(taken.lock().unwrap().len(), 2 * QUEUE);
    }

    #[test]
    fn a_sink_that_is_gone_is_named() {
        let (working, taken, allow) = slow();
        drop(allow);
        let delivery =
            Delivery::start(vec![Box::new(Broken), working], Arc::default(), never()).unwrap();
        let queue = delivery.queue();
        let end = Instant::now() + Duration::from_secs(20);
        let mut pushed = 0;
        let error = loop {
            pushed += 1;
            match queue.push(sample::alert()) {
                Err(error) => break error,
                Ok(()) => assert!(Instant::now() < end, "the broken sink goes unnoticed"),
            }
        };
        assert!(error.to_string().contains("broken"));
        delivery.finish();
        assert_eq!(taken.lock().unwrap().len(), pushed);
    }
}
