//! `escape-detector status`: what a running detector sees, and whether it misses anything.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;

use crate::config::Output;
use crate::control::client::{self, ClientError};
use crate::control::{SocketPath, Status};
use crate::sinks::to_line;

use super::terminal::coloured;
use super::{Place, report, terminal};

/// Between two questions while waiting.
const POLL: Duration = Duration::from_millis(100);
/// How long a detector may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

const EXAMPLES: &str = "\
Examples:
  sudo escape-detector status
  sudo escape-detector status --wait 30 && docker compose up
  sudo escape-detector status --output json | jq .dropped

Exit code 0 means ready: what containers do from then on is seen, or counted as lost.";

/// What `status` was told.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct StatusOptions {
    #[command(flatten)]
    place: Place,
    /// Wait so long for the detector to be ready
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u32,
    /// How the answer looks
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

/// Prints the status; an error unless the detector is ready in time.
pub(super) fn status(options: &StatusOptions) -> anyhow::Result<()> {
    let socket = options.place.socket()?;
    let wait = Duration::from_secs(options.wait.into());
    let status = wait_until_ready(&socket, wait)?;
    let text = match options.output {
        Output::Json => to_line(&status)? + "\n",
        Output::Text => report::render(&status, coloured(&io::stdout())),
    };
    terminal::answer(&text)?;
    if !status.ready {
        let reason = status
            .waiting_for
            .as_deref()
            .unwrap_or("it does not say for what");
        bail!("the detector is not ready, it waits for: {reason}");
    }
    Ok(())
}

/// The first status that is ready, or the last one before the time was over.
fn wait_until_ready(socket: &SocketPath, wait: Duration) -> Result<Status, ClientError> {
    let end = Instant::now() + wait;
    loop {
        let answer = client::status(socket, PATIENCE);
        let left = end.saturating_duration_since(Instant::now());
        let worth_waiting = match &answer {
            Ok(status) => !status.ready,
            Err(error) => error.may_pass(),
        };
        if left.is_zero() || !worth_waiting {
            return answer;
        }
        thread::sleep(POLL.min(left));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::control::{Board, Bound, Server, Views};

    fn place() -> (tempfile::TempDir, SocketPath) {
        let directory = tempfile::tempdir().unwrap();
        let path = SocketPath::new(directory.path().join("control.sock")).unwrap();
        (directory, path)
    }

    #[test]
    fn a_detector_that_starts_late_is_waited_for() {
        let (_directory, path) = place();
        let served = path.clone();
        let detector = thread::spawn(move || {
            thread::sleep(Duration::from_millis(200));
            let board = Arc::new(Board::new(Arc::default()));
            let bound = Bound::bind(&served).unwrap();
            let server = Server::start(bound, Views::of(Arc::clone(&board))).unwrap();
            thread::sleep(Duration::from_millis(200));
            board.ready();
            server
        });
        let status = wait_until_ready(&path, Duration::from_secs(60)).unwrap();
        assert!(status.ready);
        detector.join().unwrap().finish();
    }

    #[test]
    fn waiting_ends_in_time_and_tells_the_reason() {
        let (_directory, path) = place();
        let error = wait_until_ready(&path, Duration::from_millis(250)).unwrap_err();
        assert!(matches!(error, ClientError::NotRunning { .. }), "{error}");
        let board = Arc::new(Board::new(Arc::default()));
        board.waiting_for("the process tree");
        let bound = Bound::bind(&path).unwrap();
        let server = Server::start(bound, Views::of(board)).unwrap();
        let start = Instant::now();
        let status = wait_until_ready(&path, Duration::from_millis(250)).unwrap();
        assert!(start.elapsed() >= Duration::from_millis(250));
        assert_eq!(status.waiting_for.as_deref(), Some("the process tree"));
        server.finish();
    }
}
