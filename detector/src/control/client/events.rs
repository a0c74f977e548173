//! A stream of events from a running detector.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ClientError, LONGEST_ANSWER, not_understood};
use crate::control::SocketPath;
use crate::control::feed::Filter;
use crate::control::protocol::{Refusal, Request, parse_answer};

/// Events as they come.
#[derive(Debug)]
pub struct Events {
    reader: BufReader<UnixStream>,
    path: SocketPath,
}

/// What comes.
#[derive(Debug, PartialEq, Eq)]
pub enum Item {
    /// An event: its JSON, without a line break.
    Event(String),
    /// So many were lost here, because we read too slowly.
    Skipped(u64),
}

/// What a line may be beside an event.
#[derive(Deserialize)]
struct Aside {
    skipped: Option<u64>,
    error: Option<Refusal>,
}

/// Asks for events; so long may the first answer take.
///
/// # Errors
/// If no detector answers, or it refuses.
pub fn events(
    path: &SocketPath,
    filter: &Filter,
    patience: Duration,
) -> Result<Events, ClientError> {
    let begin = || {
        let mut stream = UnixStream::connect(path.as_path())?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        stream.write_all(Request::line("events", &args(filter)).as_bytes())?;
        Ok(BufReader::new(stream))
    };
    let mut events = Events {
        reader: begin().map_err(|error| ClientError::of(path, error))?,
        path: path.clone(),
    };
    let answer = events.line()?;
    let answer = answer.ok_or_else(|| ClientError::of(path, ErrorKind::UnexpectedEof.into()))?;
    match parse_answer(answer.as_bytes()) {
        Ok(Ok(_)) => {}
        Ok(Err(refusal)) => return Err(ClientError::Refused(refusal)),
        Err(reason) => return Err(not_understood(path, reason)),
    }
    let silence = events.reader.get_ref().set_read_timeout(None);
    silence.map_err(|error| ClientError::of(path, error))?;
    Ok(events)
}

fn args(filter: &Filter) -> Map<String, Value> {
    let Filter { container, types } = filter;
    let mut args = Map::new();
    if let Some(container) = container {
        args.insert("container".into(), container.as_str().into());
    }
    if !types.is_empty() {
        args.insert("type".into(), types.as_slice().into());
    }
    args
}

impl Events {
    /// Waits for what comes next; `None` when the detector has ended.
    ///
    /// # Errors
    /// If it cannot be read or understood.
    pub fn read(&mut self) -> Result<Option<Item>, ClientError> {
        let Some(line) = self.line()? else {
            return Ok(None);
        };
        match serde_json::from_str(&line) {
            Ok(Aside {
                error: Some(refusal),
                ..
            }) => Err(ClientError::Refused(refusal)),
            Ok(Aside {
                skipped: Some(count),
                ..
            }) => Ok(Some(Item::Skipped(count))),
            Ok(_) => Ok(Some(Item::Event(line))),
            Err(error) => Err(not_understood(&self.path, error.to_string())),
        }
    }

    /// Whether the next is there already.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.reader.buffer().contains(&b'\n')
    }

    fn line(&mut self) -> Result<Option<String>, ClientError> {
        let mut line = Vec::new();
        let mut bounded = (&mut self.reader).take(LONGEST_ANSWER);
        let read = bounded.read_until(b'\n', &mut line);
        read.map_err(|error| ClientError::of(&self.path, error))?;
        if line.pop_if(|last| *last == b'\n').is_none() {
            // A line without its end is what a detector that was killed leaves.
            return Ok(None);
        }
        String::from_utf8(line)
            .map(Some)
            .map_err(|error| not_understood(&self.path, error.to_string()))
    }
}

impl AsFd for Events {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.get_ref().as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::tests::{PATIENCE, answering, place};
    use super::*;
    use crate::control::feed::{About, Tell};
    use crate::control::{Board, Bound, Feed, Server, Views};

    struct Line;

    impl Tell for Line {
        fn line(&self) -> String {
            r#"{"v":1,"type":"open"}"#.to_owned()
        }
    }

    #[test]
    fn events_are_read_until_the_detector_ends() {
        let (_directory, path) = place();
        let views = Views {
            feed: Arc::new(Feed::new(&["open"])),
            ..Views::of(Arc::new(Board::new(Arc::default())))
        };
        let feed = Arc::clone(&views.feed);
        let server = Server::start(Bound::bind(&path).unwrap(), views).unwrap();
        let filter = Filter {
            container: Some("claw-1".into()),
            types: vec!["open".into()],
        };
        let mut events = events(&path, &filter, PATIENCE).unwrap();
        let about = |name| About {
            container: Some(("3f4e", Some(name))),
            event_type: "open",
        };
        feed.show(&about("claw-2"), || panic!("not asked for"));
        feed.show(&about("claw-1"), || Arc::new(Line));
        assert_eq!(events.read().unwrap(), Some(Item::Event(Line.line())));
        server.finish();
        assert_eq!(events.read().unwrap(), None);
    }

    #[test]
    fn refusals_and_strange_lines_are_errors() {
        let (_directory, path) = place();
        let missing = events(&path, &Filter::default(), PATIENCE).unwrap_err();
        assert!(
            matches!(missing, ClientError::NotRunning { .. }),
            "{missing}"
        );
        for (answer, refused) in [
            (
                &b"{\"v\":1,\"error\":{\"code\":\"busy\",\"message\":\"8\"}}\n"[..],
                true,
            ),
            (
                b"{\"v\":1,\"ok\":{}}\n{\"v\":1,\"error\":{\"code\":\"x\",\"message\":\"y\"}}\n",
                true,
            ),
            (b"{\"v\":1,\"ok\":{}}\nhello\n", false),
            (b"{\"v\":1,\"ok\":{}}\n\xff\n", false),
            (b"", false),
        ] {
            let (_directory, path) = place();
            let detector = answering(&path, answer);
            let error = events(&path, &Filter::default(), PATIENCE)
                .and_then(|mut events| events.read())
                .unwrap_err();
            let as_told = matches!(error, ClientError::Refused(_));
            assert_eq!(as_told, refused, "{error}");
            detector.join().unwrap();
        }
    }

    #[test]
    fn holes_and_torn_lines_are_told_apart_from_events() {
        let (_directory, path) = place();
        let answer = b"{\"v\":1,\"ok\":{}}\n{\"v\":1,\"skipped\":7}\n{\"v\":1,\"ty";
        let detector = answering(&path, answer);
        let mut events = events(&path, &Filter::default(), PATIENCE).unwrap();
        assert_eq!(events.read().unwrap(), Some(Item::Skipped(7)));
        assert_eq!(events.read().unwrap(), None);
        detector.join().unwrap();
    }
}
