//! `escape-detector run`: everything that must stand before detection begins, in the order in which
//! it may fail.
//!
//! What needs only looking at comes first: rules, privileges, paths. Then the state directory is
//! locked, and from there on nobody else writes into it. A failure leaves nothing half-written: at
//! most an empty directory, and the files of one that ended.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use crate::control::{Board, Bound, Server, SocketPath, Stop};
use crate::host::engine::Sockets;
use crate::sinks::{AlertsFile, Delivery, Ending, Form, Sink, Stdout, Tally};
use crate::state_dir::{StateDir, open_private};

use super::terminal::coloured;
use super::{Detector, Output, Place, Prepared, privilege};

/// How long sinks may take for the last alerts.
const LAST_ALERTS: Duration = Duration::from_secs(5);

const EXAMPLES: &str = "\
Examples:
  sudo escape-detector run
  sudo escape-detector run --rules /etc/escape-detector/rules --output json
  sudo escape-detector run --state-dir /srv/detector --engine /run/user/1000/docker.sock

Alerts go to standard output and, one JSON object a line, to alerts.jsonl in the state directory;
everything else goes to standard error. SIGTERM or Ctrl-C ends it cleanly.";

/// What `run` was told.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct RunOptions {
    /// Rule file, or directory of them; repeatable [default: the shipped rules]
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// How alerts look on standard output
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub output: Output,
    /// Where state and control socket stand.
    #[command(flatten)]
    pub place: Place,
    /// Socket of a container engine that tells names and labels; repeatable [default: DOCKER_HOST,
    /// else where Docker and Podman usually listen]
    #[arg(long, value_name = "SOCKET", value_parser = engine)]
    pub engine: Vec<String>,
}

/// An engine's socket as the user may write it: `/PATH` or `unix:///PATH`.
pub(super) fn engine(text: &str) -> Result<String, String> {
    match Sockets::choose(&[text], None) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Prepares, detects, and ends in order.
pub(super) fn run<D: Detector>(options: RunOptions) -> anyhow::Result<()> {
    let rules = D::load_rules(&options.rules)?;
    privilege::check()?;
    let ready = Ready::open(&options)?;
    let stop = ready.prepared.stop.clone();
    ready
        .server
        .pass_signals_on(stop)
        .context("cannot listen for signals")?;
    let detected = D::detect(rules, &ready.prepared);
    ready.end();
    detected
}

/// What stands ready, and what works beside the detection.
struct Ready {
    prepared: Prepared,
    delivery: Delivery,
    server: Server,
}

impl Ready {
    fn open(options: &RunOptions) -> anyhow::Result<Self> {
        let socket = options.place.socket()?;
        let engines = engines(options)?;
        let state = StateDir::open(options.place.state())?;
        let bound = bind(options, &socket)?;
        let tally = Arc::new(Tally::default());
        let stop = Stop::new().context("no descriptor for the end")?;
        let asked = stop.clone();
        let delivery = Delivery::start(
            sinks(options.output, &state, &tally)?,
            Arc::clone(&tally),
            Ending::new(move || asked.is_requested(), LAST_ALERTS),
        )
        .context("no thread for alerts")?;
        let board = Arc::new(Board::new(tally));
        let server = Server::start(bound, Arc::clone(&board))
            .context("cannot answer on the control socket")?;
        let prepared = Prepared {
            alerts: delivery.queue(),
            board,
            stop,
            engines,
            state,
        };
        Ok(Self {
            prepared,
            delivery,
            server,
        })
    }

    /// Alerts first: until they are out, the socket answers, and a second signal ends at once. The
    /// lock of the state directory goes last.
    fn end(self) {
        let Self {
            prepared,
            delivery,
            server,
        } = self;
        delivery.finish();
        server.finish();
        drop(prepared);
    }
}

fn engines(options: &RunOptions) -> anyhow::Result<Sockets> {
    let variable = std::env::var("DOCKER_HOST").ok();
    Sockets::choose(&options.engine, variable.as_deref())
        .context("DOCKER_HOST names an engine elsewhere; unset it, or give --engine")
}

fn bind(options: &RunOptions, path: &SocketPath) -> anyhow::Result<Bound> {
    // In the state directory, or in one of its own, which the system empties at boot.
    open_private(options.place.socket_directory())?;
    Ok(Bound::bind(path)?)
}

/// `alerts.jsonl` first: what one sink has, the next cannot hold up.
fn sinks(
    output: Output,
    state: &StateDir,
    tally: &Arc<Tally>,
) -> anyhow::Result<Vec<Box<dyn Sink>>> {
    let file = AlertsFile::new(state.alerts()?, Arc::clone(tally));
    let form = match output {
        Output::Json => Form::Json,
        Output::Text => Form::Text {
            colour: coloured(&io::stdout()),
        },
    };
    Ok(vec![
        Box::new(file),
        Box::new(Stdout::new(io::stdout(), form)),
    ])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::control::client;
    use crate::detect::alert::sample;

    fn options(directory: &std::path::Path) -> RunOptions {
        use clap::Parser;

        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            options: RunOptions,
        }
        let arguments = [
            "run".as_ref(),
            "--state-dir".as_ref(),
            directory.as_os_str(),
        ];
        Line::parse_from(arguments).options
    }

    #[test]
    fn what_stands_ready_serves_and_ends_in_order() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("state");
        let options = options(&directory);
        let ready = Ready::open(&options).unwrap();
        let socket = options.place.socket().unwrap();
        let told = client::status(&socket, LAST_ALERTS).unwrap();
        assert!(!told.ready);

        let error = format!("{:#}", Ready::open(&options).err().unwrap());
        assert!(error.contains("another detector (pid"), "{error}");

        ready.prepared.board.ready();
        let alert = sample::alert();
        let uid = alert.uid.to_string();
        ready.prepared.alerts.push(alert).unwrap();
        let told = client::status(&socket, LAST_ALERTS).unwrap();
        assert!(told.ready);
        assert_eq!(told.alerts, 1);
        ready.end();

        let lines = fs::read_to_string(directory.join("alerts.jsonl")).unwrap();
        let alert: serde_json::Value = serde_json::from_str(lines.trim_end()).unwrap();
        assert_eq!(alert["uid"], uid);
        assert!(!socket.as_path().exists());
        Ready::open(&options).unwrap().end();
    }

    #[test]
    fn a_long_path_is_refused_before_anything_is_made() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("d".repeat(120));
        let error = format!("{:#}", Ready::open(&options(&directory)).err().unwrap());
        assert!(error.contains("shorter --state-dir"), "{error}");
        assert!(!directory.exists());
    }

    /// Whoever gets as far as this has not looked at its rules first.
    struct WrongRules;

    impl Detector for WrongRules {
        type Rules = ();

        fn load_rules(_: &[PathBuf]) -> anyhow::Result<()> {
            anyhow::bail!("my.yaml:3:7: unknown field")
        }

        fn detect((): (), _: &Prepared) -> anyhow::Result<()> {
            anyhow::bail!("detection began")
        }
    }

    #[test]
    fn wrong_rules_are_said_before_anything_is_made() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("state");
        let error = format!("{:#}", run::<WrongRules>(options(&directory)).unwrap_err());
        assert_eq!(error, "my.yaml:3:7: unknown field");
        assert!(!directory.exists());
    }
}
