//! `escape-detector events`: what containers do, as it is seen.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::num::NonZeroU64;
use std::os::fd::AsFd;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::control::SocketPath;
use crate::control::client::{self, Events, Item};
use crate::control::feed::Filter;
use crate::detect::Sighting;
use crate::detect::sighting::TYPES;
use crate::sinks::sighting;

use super::terminal::{coloured, note, on_signals};
use super::{Output, Place};

/// How long a detector may take for its first answer.
const PATIENCE: Duration = Duration::from_secs(5);

const EXAMPLES: &str = "\
Examples:
  sudo escape-detector events
  sudo escape-detector events --container claw-1 --type execve --type connect
  sudo escape-detector events --type openat --output json | jq .fields

A line is: time, container, process, type, result, object. A container is known by its name once
its engine has told it. Whoever reads too slowly is told how many events were skipped; alerts never
are.";

/// What `events` was told.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct EventsOptions {
    /// Only of the container with this name, or whose id begins with this
    #[arg(long, value_name = "NAME|ID", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    container: Option<String>,
    /// Only of this type, named as in rules; repeatable
    #[arg(
        long = "type",
        value_name = "TYPE",
        value_parser = PossibleValuesParser::new(TYPES),
        hide_possible_values = true
    )]
    types: Vec<String>,
    /// End after so many events
    #[arg(long, value_name = "N")]
    count: Option<NonZeroU64>,
    /// How an event looks
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    place: Place,
}

/// Prints events until so many have come, nobody reads, or a signal ends it; an error if the
/// detector ends first.
pub(super) fn events(options: EventsOptions) -> anyhow::Result<()> {
    let EventsOptions {
        container,
        types,
        count,
        output,
        place,
    } = options;
    // At once, even where a reader who takes nothing holds up a write.
    on_signals(|| std::process::exit(0)).context("cannot listen for signals")?;
    let socket = place.socket()?;
    let filter = Filter { container, types };
    let mut events = client::events(&socket, &filter, PATIENCE)?;
    if let Some(wanted) = &filter.container {
        look_for(wanted, &socket);
    }
    let printer = Printer {
        out: BufWriter::new(io::stdout().lock()),
        output,
        colour: coloured(&io::stdout()),
    };
    printer.print(&mut events, count.map_or(u64::MAX, NonZeroU64::get))
}

/// A name that no container has may be a slip of the finger, or a container that is still to come.
fn look_for(wanted: &str, socket: &SocketPath) {
    let Ok(status) = client::status(socket, PATIENCE) else {
        return;
    };
    let known = status.containers.iter().any(|container| {
        container.id.starts_with(wanted) || container.name.as_deref() == Some(wanted)
    });
    if !known {
        note(&format!(
            "no container is called {wanted:?} so far; `escape-detector status` lists them"
        ));
    }
}

struct Printer<W: Write> {
    out: BufWriter<W>,
    output: Output,
    colour: bool,
}

impl<W: Write + AsFd> Printer<W> {
    /// A reader who has seen enough and went away is no error.
    fn print(mut self, events: &mut Events, count: u64) -> anyhow::Result<()> {
        match self.print_all(events, count) {
            Err(error) if is_closed_pipe(&error) => Ok(()),
            result => result,
        }
    }

    fn print_all(&mut self, events: &mut Events, count: u64) -> anyhow::Result<()> {
        let mut left = count;
        while left > 0 {
            if !events.is_ready() {
                self.out.flush()?;
                wait(events, self.out.get_ref())?;
            }
            match events.read()? {
                Some(Item::Event(line)) => {
                    self.event(&line)?;
                    left -= 1;
                }
                Some(Item::Skipped(skipped)) => self.skipped(skipped)?,
                None => {
                    self.out.flush()?;
                    bail!("the detector has ended");
                }
            }
        }
        Ok(self.out.flush()?)
    }

    fn event(&mut self, line: &str) -> anyhow::Result<()> {
        let event: Sighting = serde_json::from_str(line)
            .context("the detector tells an event that this version does not understand; use the same version for both")?;
        match self.output {
            Output::Json => writeln!(self.out, "{line}")?,
            Output::Text => writeln!(self.out, "{}", sighting::line(&event, self.colour))?,
        }
        Ok(())
    }

    fn skipped(&mut self, count: u64) -> anyhow::Result<()> {
        match self.output {
            Output::Json => writeln!(self.out, r#"{{"v":1,"skipped":{count}}}"#)?,
            Output::Text => writeln!(self.out, "({count} events skipped: they came too fast)")?,
        }
        Ok(())
    }
}

/// Waits for an event, or for the reader of our output to go away: with few events, that would go
/// unnoticed for long.
fn wait(events: &Events, out: &impl AsFd) -> io::Result<()> {
    loop {
        let mut ends = [
            PollFd::new(events, PollFlags::IN),
            PollFd::new(out, PollFlags::empty()),
        ];
        match poll(&mut ends, None) {
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
        let [event, reader] = ends;
        if !event.revents().is_empty() {
            return Ok(());
        }
        if reader.revents().intersects(PollFlags::ERR | PollFlags::HUP) {
            return Err(ErrorKind::BrokenPipe.into());
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read};
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;
    use crate::detect::sighting::sample;
    use crate::sinks::to_line;

    /// Prints what a detector says after its answer, until its end or for so many events.
    fn printed(said: &str, output: Output, count: u64) -> (String, anyhow::Result<()>) {
        let (mut reader, writer) = io::pipe().unwrap();
        let result = print_to(writer, said, output, count);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        (text, result)
    }

    fn print_to(out: io::PipeWriter, said: &str, output: Output, count: u64) -> anyhow::Result<()> {
        let directory = tempfile::tempdir().unwrap();
        let path = SocketPath::new(directory.path().join("control.sock")).unwrap();
        let listener = UnixListener::bind(path.as_path()).unwrap();
        let said = format!("{{\"v\":1,\"ok\":{{}}}}\n{said}");
        let detector = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            BufReader::new(&stream)
                .read_line(&mut String::new())
                .unwrap();
            stream.write_all(said.as_bytes()).unwrap();
        });
        let mut events = client::events(&path, &Filter::default(), PATIENCE).unwrap();
        detector.join().unwrap();
        let printer = Printer {
            out: BufWriter::new(out),
            output,
            colour: false,
        };
        printer.print(&mut events, count)
    }

    fn line() -> String {
        to_line(&sample::sighting()).unwrap() + "\n"
    }

    #[test]
    fn events_are_printed_and_the_end_of_the_detector_is_an_error() {
        let said = format!("{}{{\"v\":1,\"skipped\":7}}\n{}", line(), line());
        let (json, ended) = printed(&said, Output::Json, u64::MAX);
        assert_eq!(json, said);
        assert_eq!(ended.unwrap_err().to_string(), "the detector has ended");
        let (text, _) = printed(&said, Output::Text, u64::MAX);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].contains("claw-1") && lines[2].contains("/srv/secret"));
        assert!(lines[1].contains("7 events skipped"));
    }

    #[test]
    fn so_many_are_enough() {
        let (json, enough) = printed(&line().repeat(5), Output::Json, 2);
        enough.unwrap();
        assert_eq!(json, line().repeat(2));
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        print_to(writer, &line(), Output::Text, u64::MAX).unwrap();
    }

    #[test]
    fn what_is_no_event_is_an_error() {
        let (_, result) = printed("{\"v\":1,\"type\":\"open\"}\n", Output::Text, 1);
        let error = format!("{:#}", result.unwrap_err());
        assert!(error.contains("same version for both"), "{error}");
    }
}
