//! Alerts on standard output: text for people, or JSON, one object a line.
//!
//! Whoever reads may go away. The detector works on: it says so once, and `alerts.jsonl` has the
//! alerts all the same.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::{Outgoing, Sink, text};

/// How long to wait for a descriptor that somebody made non-blocking.
const PAUSE: Duration = Duration::from_millis(10);

/// What an alert looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Lines for people.
    Text {
        /// With colour, for a terminal.
        colour: bool,
    },
    /// One object a line.
    Json,
}

/// Standard output as a sink.
pub struct Stdout<W> {
    out: W,
    form: Form,
    state: State,
}

/// Whether alerts get through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// The last write failed, perhaps in the middle of a line.
    Failing,
    /// The reader is gone for good.
    Closed,
}

impl<W: Write + Send> Stdout<W> {
    /// Writes alerts of this form to `out`.
    pub fn new(out: W, form: Form) -> Self {
        let state = State::Open;
        Self { out, form, state }
    }

    fn write(&mut self, alert: &Outgoing) -> io::Result<()> {
        if self.state == State::Failing {
            // Ends what the failed write left, so that the next line is whole.
            write_whole(&mut self.out, b"\n")?;
        }
        match self.form {
            Form::Json => write_whole(&mut self.out, alert.json_line().as_bytes()),
            Form::Text { colour } => {
                let text = text::render(alert.alert(), colour);
                write_whole(&mut self.out, text.as_bytes())
            }
        }
    }
}

impl<W: Write + Send> Sink for Stdout<W> {
    fn name(&self) -> &'static str {
        "standard output"
    }

    fn deliver(&mut self, alert: &Arc<Outgoing>) {
        if self.state == State::Closed {
            return;
        }
        let was = self.state;
        self.state = match self.write(alert) {
            Ok(()) => State::Open,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => State::Closed,
            Err(error) => {
                if was == State::Open {
                    tracing::warn!(%error, "standard output takes no alerts; alerts.jsonl has them");
                }
                State::Failing
            }
        };
        match (was, self.state) {
            (_, State::Closed) => {
                tracing::warn!(
                    "standard output was closed; further alerts go to alerts.jsonl only"
                );
            }
            (State::Failing, State::Open) => tracing::info!("standard output takes alerts again"),
            _ => {}
        }
    }
}

/// `write_all`, which also waits for a non-blocking descriptor: a terminal shared with a program
/// that made it so is no reason to tear a line.
fn write_whole(out: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::detect::alert::sample;

    /// Takes what its script allows: so many bytes, or an error. Without a script, everything.
    #[derive(Default)]
    struct Scripted {
        taken: Vec<u8>,
        script: VecDeque<io::Result<usize>>,
        calls: usize,
    }

    impl Write for &mut Scripted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.calls += 1;
            let length = match self.script.pop_front() {
                Some(step) => step?.min(bytes.len()),
                None => bytes.len(),
            };
            self.taken.extend_from_slice(&bytes[..length]);
            Ok(length)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn outgoing() -> Arc<Outgoing> {
        Arc::new(Outgoing::new(sample::alert()))
    }

    #[test]
    fn json_is_one_object_a_line() {
        let mut out = Scripted::default();
        let mut sink = Stdout::new(&mut out, Form::Json);
        sink.deliver(&outgoing());
        sink.deliver(&outgoing());
        let text = String::from_utf8(out.taken).unwrap();
        assert_eq!(text.lines().count(), 2);
        for line in text.lines() {
            let alert: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(alert["rule"], "Engine socket connection");
        }
    }

    #[test]
    fn text_is_for_people() {
        let mut out = Scripted::default();
        Stdout::new(&mut out, Form::Text { colour: false }).deliver(&outgoing());
        let text = String::from_utf8(out.taken).unwrap();
        assert!(text.contains("CRITICAL Engine socket connection\n"));
    }

    #[test]
    fn slow_and_interrupted_writes_lose_nothing() {
        let steps = [
            Ok(3),
            Err(ErrorKind::WouldBlock.into()),
            Ok(1),
            Err(ErrorKind::Interrupted.into()),
        ];
        let mut out = Scripted {
            script: steps.into(),
            ..Scripted::default()
        };
        let alert = outgoing();
        Stdout::new(&mut out, Form::Json).deliver(&alert);
        assert_eq!(out.taken, alert.json_line().as_bytes());
    }

    #[test]
    fn a_closed_pipe_is_left_alone() {
        let mut out = Scripted {
            script: [Err(ErrorKind::BrokenPipe.into())].into(),
            ..Scripted::default()
        };
        let mut sink = Stdout::new(&mut out, Form::Json);
        sink.deliver(&outgoing());
        sink.deliver(&outgoing());
        assert_eq!(sink.state, State::Closed);
        assert_eq!(out.calls, 1);
    }

    #[test]
    fn after_a_torn_line_the_next_is_whole() {
        let steps = [Ok(5), Err(ErrorKind::StorageFull.into())];
        let mut out = Scripted {
            script: steps.into(),
            ..Scripted::default()
        };
        let mut sink = Stdout::new(&mut out, Form::Json);
        let (torn, whole) = (outgoing(), outgoing());
        sink.deliver(&torn);
        assert_eq!(sink.state, State::Failing);
        sink.deliver(&whole);
        assert_eq!(sink.state, State::Open);
        let text = String::from_utf8(out.taken).unwrap();
        assert_eq!(text.lines().nth(1), Some(whole.json_line().trim_end()));
    }
}
