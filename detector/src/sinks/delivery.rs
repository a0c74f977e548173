//! From one pipeline to every sink.
//!
//! One queue of [`QUEUE`] alerts and one thread per sink. When a queue is full, [`AlertQueue::push`]
//! waits: see the room's own text for what that means.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError};
use std::thread;
use std::time::{Duration, Instant};

use crate::detect::alert::Alert;

use super::{Outgoing, Sink, Tally};

/// Alerts that may wait for one sink.
const QUEUE: usize = 1024;
/// How long a sink without work waits before it is asked to settle again.
const SETTLE: Duration = Duration::from_secs(1);
/// How often the end is announced to a sink whose queue is full.
const RETRY: Duration = Duration::from_millis(10);

/// A sink's thread is gone, which only a fault of ours explains.
#[derive(Debug, thiserror::Error)]
#[error("alerts no longer reach {sink}: restart the detector, and report its last messages")]
pub struct SinkEnded {
    sink: &'static str,
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
}

impl AlertQueue {
    /// Hands an alert to every sink, and waits while the queue of one of them is full.
    ///
    /// # Errors
    /// If a sink's thread is gone. The others have got the alert.
    pub fn push(&self, alert: Alert) -> Result<(), SinkEnded> {
        let alert = Arc::new(Outgoing::new(alert));
        self.tally.count_alert();
        let mut result = Ok(());
        for Lane { sink, queue } in &self.lanes {
            if queue.send(Message::Alert(Arc::clone(&alert))).is_err() {
                result = Err(SinkEnded { sink });
            }
        }
        result
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
    pub fn start(sinks: Vec<Box<dyn Sink>>, tally: Arc<Tally>) -> io::Result<Self> {
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
        let queue = AlertQueue { lanes, tally };
        Ok(Self { queue, ends })
    }

    /// Where to put alerts.
    #[must_use]
    pub fn queue(&self) -> AlertQueue {
        self.queue.clone()
    }

    /// Waits until every sink has delivered what was pushed before, at most so long; a sink that
    /// hangs is named and left behind.
    pub fn finish(self, patience: Duration) {
        let end = Instant::now() + patience;
        for (lane, ended) in self.queue.lanes.iter().zip(&self.ends) {
            let left = || end.saturating_duration_since(Instant::now());
            while let Err(TrySendError::Full(_)) = lane.queue.try_send(Message::End) {
                if left().is_zero() {
                    break;
                }
                thread::sleep(RETRY);
            }
            if ended.recv_timeout(left()) == Err(RecvTimeoutError::Timeout) {
                let sink = lane.sink;
                tracing::warn!("{sink} does not take the last alerts; they are left undelivered");
            }
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

    #[test]
    fn every_alert_arrives_at_every_sink_in_order() {
        let (one, taken_by_one, allow_one) = slow();
        let (other, taken_by_other, allow_other) = slow();
        drop((allow_one, allow_other));
        let tally = Arc::new(Tally::default());
        let delivery = Delivery::start(vec![one, other], Arc::clone(&tally)).unwrap();
        let alerts: Vec<_> = (0..3000).map(|_| sample::alert()).collect();
        let uids: Vec<_> = alerts.iter().map(|alert| alert.uid.to_string()).collect();
        let queue = delivery.queue();
        for alert in alerts {
            queue.push(alert).unwrap();
        }
        delivery.finish(Duration::from_secs(60));
        assert_eq!(*taken_by_one.lock().unwrap(), uids);
        assert_eq!(*taken_by_other.lock().unwrap(), uids);
        assert_eq!(tally.alerts(), 3000);
    }

    #[test]
    fn a_full_queue_makes_the_pipeline_wait_and_loses_nothing() {
        let (sink, taken, allow) = slow();
        let delivery = Delivery::start(vec![sink], Arc::default()).unwrap();
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
        delivery.finish(Duration::from_secs(60));
        assert_eq!(taken.lock().unwrap().len(), QUEUE + 10);
    }

    #[test]
    fn a_hanging_sink_does_not_hold_up_the_end_nor_the_others() {
        let (hanging, _, _kept) = slow();
        let (working, taken, allow) = slow();
        drop(allow);
        let delivery = Delivery::start(vec![hanging, working], Arc::default()).unwrap();
        delivery.queue().push(sample::alert()).unwrap();
        let start = Instant::now();
        delivery.finish(Duration::from_millis(200));
        assert!(start.elapsed() < Duration::from_secs(20));
        let end = Instant::now() + Duration::from_secs(20);
        while taken.lock().unwrap().is_empty() && Instant::now() < end {
            thread::sleep(RETRY);
        }
        assert_eq!(taken.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_sink_that_is_gone_is_named() {
        let (working, taken, allow) = slow();
        drop(allow);
        let delivery = Delivery::start(vec![Box::new(Broken), working], Arc::default()).unwrap();
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
        delivery.finish(Duration::from_secs(20));
        assert_eq!(taken.lock().unwrap().len(), pushed);
    }
}
