//! How a detector is asked to end: SIGTERM, or Ctrl-C at its terminal.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A wish to end. Once asked for it stays asked for.
///
/// Its descriptor becomes readable then, for good: whoever waits for kernel events waits for it in
/// the same call, and does not read it.
#[derive(Debug, Clone)]
pub struct Stop(Arc<Wish>);

#[derive(Debug)]
struct Wish {
    asked: AtomicBool,
    wake: OwnedFd,
}

impl Stop {
    /// A wish that nobody has yet.
    ///
    /// # Errors
    /// If the system gives no descriptor.
    pub fn new() -> io::Result<Self> {
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let asked = AtomicBool::new(false);
        Ok(Self(Arc::new(Wish { asked, wake })))
    }

    /// A wish that the first SIGTERM or SIGINT to this process becomes; the second ends it at once.
    ///
    /// # Errors
    /// If the system gives no descriptor, signal or thread.
    pub fn on_signals() -> io::Result<Self> {
        let stop = Self::new()?;
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let inside = runtime.enter();
        let signals = Signals::listen()?;
        drop(inside);
        let asked = stop.clone();
        thread::Builder::new()
            .name("signals".into())
            .spawn(move || runtime.block_on(signals.pass_on(asked)))?;
        Ok(stop)
    }

    /// Asks the detector to end.
    pub fn request(&self) {
        if !self.0.asked.swap(true, Ordering::AcqRel) {
            let one = 1_u64.to_ne_bytes();
            if let Err(error) = rustix::io::write(&self.0.wake, &one) {
                tracing::error!(%error, "the end cannot be announced");
            }
        }
    }

    /// True once it was asked for.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.asked.load(Ordering::Acquire)
    }

    /// Waits for it at most so long; says whether it was asked for.
    #[must_use]
    pub fn wait(&self, patience: Duration) -> bool {
        let end = Instant::now() + patience;
        while !self.is_requested() {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(timeout) = Timespec::try_from(left) else {
                break;
            };
            let mut wake = [PollFd::new(&self.0.wake, PollFlags::IN)];
            match poll(&mut wake, Some(&timeout)) {
                Err(Errno::INTR) => {}
                _ => break,
            }
        }
        self.is_requested()
    }
}

impl AsFd for Stop {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.wake.as_fd()
    }
}

/// The signals that ask for the end. From here on they no longer end the process by themselves.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens; needs a tokio runtime.
    pub(super) fn listen() -> io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self {
            terminate,
            interrupt,
        })
    }

    /// Passes the first on as a wish. Whoever presses Ctrl-C again does not want to wait.
    pub(super) async fn pass_on(mut self, stop: Stop) {
        self.next().await;
        tracing::info!("ending; a second signal ends at once");
        stop.request();
        self.next().await;
        tracing::warn!("ended by a second signal; the last alerts may be undelivered");
        std::process::exit(1);
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_stays_and_wakes_all_who_wait() {
        let stop = Stop::new().unwrap();
        assert!(!stop.wait(Duration::from_millis(20)));
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let stop = stop.clone();
                thread::spawn(move || stop.wait(Duration::from_secs(60)))
            })
            .collect();
        stop.request();
        stop.request();
        assert!(waiting.into_iter().all(|thread| thread.join().unwrap()));
        assert!(stop.is_requested() && stop.wait(Duration::ZERO));
    }
}
