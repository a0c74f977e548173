//! SIGHUP: the custom of daemons to read their configuration anew.

use std::io;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Requests;

/// The signal. While this value lives, and after it, it no longer ends the process.
#[derive(Debug)]
pub struct Hangups(Signal);

impl Hangups {
    /// Listens. What comes from here on is heard, if only once.
    ///
    /// # Errors
    /// If the system gives no signal or descriptor.
    pub fn listen() -> io::Result<Self> {
        // The handler stays when the runtime goes; who waits for the signal brings another.
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let _inside = runtime.enter();
        Ok(Self(signal(SignalKind::hangup())?))
    }

    /// Makes a request of each.
    pub(super) async fn pass_on(mut self, requests: Requests) {
        while self.0.recv().await.is_some() {
            tracing::info!("SIGHUP: configuration and rules are read anew");
            if let Err(refusal) = requests.reload() {
                tracing::warn!("SIGHUP: {refusal}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rustix::process::{Signal, getpid, kill_process};

    use super::*;

    #[test]
    fn a_hangup_is_a_request_even_if_it_came_early() {
        let hangups = Hangups::listen().unwrap();
        kill_process(getpid(), Signal::HUP).unwrap();
        let (requests, mut inbox) = Requests::channel();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let task = runtime.spawn(hangups.pass_on(requests));
        let asked = std::thread::spawn(move || inbox.wait().is_some());
        runtime.block_on(async {
            while !asked.is_finished() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        });
        assert!(asked.join().unwrap());
        task.abort();
    }
}
