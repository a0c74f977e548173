//! Asks the detector again and again, on a thread of its own: an answer that does not come holds up
//! no key.

use std::io;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::model::{Alert, News, Snapshot};
use crate::control::SocketPath;
use crate::control::client::{self, ClientError};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whoever asks, and what was answered last.
pub(super) struct Asking {
    socket: SocketPath,
    /// How many alerts there were; `None` before the first answer, and after a loss.
    counted: Option<u64>,
    /// An alert counts a moment before it is kept: after a change, a second look is due.
    again: bool,
}

impl Asking {
    pub(super) fn new(socket: SocketPath) -> Self {
        Self {
            socket,
            counted: None,
            again: false,
        }
    }

    /// Asks once. The alerts are asked for where there may be others than before.
    pub(super) fn ask(&mut self) -> Result<Snapshot, ClientError> {
        let asked = self.try_ask();
        if asked.is_err() {
            self.counted = None;
        }
        asked
    }

    fn try_ask(&mut self) -> Result<Snapshot, ClientError> {
        let status = client::status(&self.socket, PATIENCE)?;
        let changed = self.counted != Some(status.alerts);
        let alerts = match changed || self.again {
            true => Some(self.alerts()?),
            false => None,
        };
        self.again = changed;
        self.counted = Some(status.alerts);
        Ok(Snapshot {
            at: Instant::now(),
            status,
            alerts,
        })
    }

    /// The last alerts, the newest first. One that cannot be understood is left out: a newer
    /// detector may tell of other things than we know.
    fn alerts(&self) -> Result<Vec<Alert>, ClientError> {
        let mut answer = client::ask(&self.socket, "alerts", &Map::new(), PATIENCE)?;
        let alerts = match answer.get_mut("alerts").map(Value::take) {
            Some(Value::Array(alerts)) => alerts,
            _ => Vec::new(),
        };
        let alerts = alerts.into_iter().rev();
        Ok(alerts
            .filter_map(|alert| serde_json::from_value(alert).ok())
            .collect())
    }

    /// Goes on asking, until nobody wants to hear it.
    pub(super) fn go_on(mut self, interval: Duration) -> io::Result<Receiver<News>> {
        let (sender, news) = sync_channel(1);
        let ask = move || {
            loop {
                thread::sleep(interval);
                let news = match self.ask() {
                    Ok(snapshot) => News::Snapshot(Box::new(snapshot)),
                    Err(error) => News::Lost(error.to_string()),
                };
                if sender.send(news).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("asking".into()).spawn(ask)?;
        Ok(news)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::control::{Board, Bound, Recent, Server, Views};
    use crate::sinks::{Sink, sample};

    fn detector(path: &SocketPath, recent: &Arc<Recent>) -> (Server, Arc<Board>) {
        let tally = Arc::default();
        let board = Arc::new(Board::new(tally));
        let views = Views {
            recent: Arc::clone(recent),
            ..Views::of(Arc::clone(&board))
        };
        let server = Server::start(Bound::bind(path).unwrap(), views).unwrap();
        (server, board)
    }

    #[test]
    fn alerts_are_asked_for_where_there_may_be_others() {
        let directory = tempfile::tempdir().unwrap();
        let path = SocketPath::new(directory.path().join("control.sock")).unwrap();
        let recent = Arc::new(Recent::default());
        let (server, _board) = detector(&path, &recent);
        for message in ["first", "second"] {
            Arc::clone(&recent).deliver(&sample::outgoing(message));
        }
        let mut asking = Asking::new(path.clone());
        let alerts = asking.ask().unwrap().alerts.unwrap();
        let outputs: Vec<_> = alerts.iter().map(|alert| &alert.output).collect();
        assert!(outputs[0].ends_with("second") && outputs[1].ends_with("first"));
        assert!(asking.ask().unwrap().alerts.is_some(), "a second look");
        assert!(asking.ask().unwrap().alerts.is_none());

        server.finish();
        let news = Asking::new(path.clone()).go_on(Duration::from_millis(10));
        let lost = news.unwrap().recv().unwrap();
        assert!(matches!(lost, News::Lost(reason) if reason.contains("no detector runs")));
        assert!(asking.ask().is_err());
        let (server, _board) = detector(&path, &recent);
        assert!(asking.ask().unwrap().alerts.is_some(), "another detector");
        server.finish();
    }
}
