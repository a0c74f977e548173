//! Asks a running detector.

mod events;

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use super::protocol::{Refusal, Request, parse_answer};
use super::{Reload, SocketPath, Status};
pub use events::{Events, Item, events};

/// Longest answer that is read: a host has thousands of containers, not millions.
const LONGEST_ANSWER: u64 = 64 * 1024 * 1024;

/// Why there is no answer. Each message says what to do.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what the variant is")]
pub enum ClientError {
    #[error("no detector runs at {}; start one with `escape-detector run`, or name its directory with --state-dir", .path.display())]
    NotRunning { path: PathBuf },
    #[error("no permission for {}; ask as the detector's user, with sudo", .path.display())]
    Denied { path: PathBuf },
    #[error("the detector at {} does not answer in time", .path.display())]
    Silent { path: PathBuf },
    #[error("cannot ask the detector at {}: {source}", .path.display())]
    Broken { path: PathBuf, source: io::Error },
    #[error("the detector refuses: {0}")]
    Refused(Refusal),
    #[error("the detector at {} answers what this version does not understand ({reason}); use the same version for both", .path.display())]
    NotUnderstood { path: PathBuf, reason: String },
}

impl ClientError {
    /// True where a detector that is just starting would look the same.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::NotRunning { .. } | Self::Silent { .. } | Self::Broken { .. }
        )
    }

    fn of(path: &SocketPath, source: io::Error) -> Self {
        let path = path.as_path().to_owned();
        match source.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => Self::NotRunning { path },
            ErrorKind::PermissionDenied => Self::Denied { path },
            // A timeout on a socket is EAGAIN.
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Self::Silent { path },
            _ => Self::Broken { path, source },
        }
    }
}

/// Asks for the status.
///
/// # Errors
/// If no detector answers, or not in a way that can be understood.
pub fn status(path: &SocketPath, patience: Duration) -> Result<Status, ClientError> {
    let answer = ask(path, "status", &Map::new(), patience)?;
    serde_json::from_value(answer).map_err(|error| not_understood(path, error.to_string()))
}

/// Asks that configuration and rules be read anew.
///
/// # Errors
/// If no detector answers, or something was wrong: then everything is as it was.
pub fn reload(path: &SocketPath, patience: Duration) -> Result<Reload, ClientError> {
    let answer = ask(path, "reload", &Map::new(), patience)?;
    serde_json::from_value(answer).map_err(|error| not_understood(path, error.to_string()))
}

/// Sends one command and waits for its answer, so long for each of its parts.
///
/// # Errors
/// If no detector answers, or it refuses.
pub fn ask(
    path: &SocketPath,
    command: &str,
    args: &Map<String, Value>,
    patience: Duration,
) -> Result<Value, ClientError> {
    let line = exchange(path, &Request::line(command, args), patience)
        .map_err(|error| ClientError::of(path, error))?;
    match parse_answer(&line) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(refusal)) => Err(ClientError::Refused(refusal)),
        Err(reason) => Err(not_understood(path, reason)),
    }
}

fn not_understood(path: &SocketPath, reason: String) -> ClientError {
    let path = path.as_path().to_owned();
    ClientError::NotUnderstood { path, reason }
}

fn exchange(path: &SocketPath, request: &str, patience: Duration) -> io::Result<Vec<u8>> {
    let mut stream = UnixStream::connect(path.as_path())?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    stream.write_all(request.as_bytes())?;
    let mut line = Vec::new();
    BufReader::new(stream.take(LONGEST_ANSWER)).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line)
}

#[cfg(test)]
pub(super) mod tests {
    use std::os::unix::net::UnixListener;
    use std::sync::Arc;
    use std::thread;

    use super::*;
    use crate::control::status::tests::sample;
    use crate::control::{Board, Bound, Server, Views};

    pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

    pub(crate) fn place() -> (tempfile::TempDir, SocketPath) {
        let directory = tempfile::tempdir().unwrap();
        let path = SocketPath::new(directory.path().join("control.sock")).unwrap();
        (directory, path)
    }

    /// A detector that answers this, whatever it is asked.
    pub(crate) fn answering(path: &SocketPath, answer: &'static [u8]) -> thread::JoinHandle<()> {
        let listener = UnixListener::bind(path.as_path()).unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            BufReader::new(&stream)
                .read_line(&mut String::new())
                .unwrap();
            stream.write_all(answer).unwrap();
        })
    }

    #[test]
    fn a_detector_tells_its_status_and_refuses_the_unknown() {
        let (_directory, path) = place();
        let board = Arc::new(Board::new(Arc::default()));
        board.update(|status| *status = sample());
        let bound = Bound::bind(&path).unwrap();
        let server = Server::start(bound, Views::of(board)).unwrap();
        let told = status(&path, PATIENCE).unwrap();
        assert_eq!(told.containers, sample().containers);
        assert_eq!(told.events, sample().events);
        let error = ask(&path, "dance", &Map::new(), PATIENCE).unwrap_err();
        assert!(matches!(error, ClientError::Refused(_)), "{error}");
        assert!(!error.may_pass());
        server.finish();
    }

    #[test]
    fn a_missing_and_a_dead_detector_are_not_running() {
        let (_directory, path) = place();
        let missing = status(&path, PATIENCE).unwrap_err();
        drop(UnixListener::bind(path.as_path()).unwrap());
        let dead = status(&path, PATIENCE).unwrap_err();
        for error in [missing, dead] {
            assert!(matches!(error, ClientError::NotRunning { .. }), "{error}");
            assert!(error.to_string().contains("escape-detector run"));
            assert!(error.may_pass());
        }
    }

    #[test]
    fn a_silent_detector_is_given_up() {
        let (_directory, path) = place();
        let _listener = UnixListener::bind(path.as_path()).unwrap();
        let error = status(&path, Duration::from_millis(100)).unwrap_err();
        assert!(matches!(error, ClientError::Silent { .. }), "{error}");
    }

    #[test]
    fn strange_answers_are_not_understood() {
        for answer in [
            &b"hello\n"[..],
            b"{\"v\":2,\"ok\":{}}\n",
            b"{\"v\":1,\"ok\":7}\n",
        ] {
            let (_directory, path) = place();
            let detector = answering(&path, answer);
            let error = status(&path, PATIENCE).unwrap_err();
            assert!(
                matches!(error, ClientError::NotUnderstood { .. }),
                "{error}"
            );
            detector.join().unwrap();
        }
    }

    #[test]
    fn a_detector_that_hangs_up_is_broken() {
        let (_directory, path) = place();
        let detector = answering(&path, b"");
        let error = status(&path, PATIENCE).unwrap_err();
        assert!(matches!(error, ClientError::Broken { .. }), "{error}");
        detector.join().unwrap();
    }
}
