//! `escape-detector run`: everything that must stand before detection begins, in the order in which
//! it may fail.
//!
//! What needs only looking at comes first: configuration, rules, privileges, paths. Then the state
//! directory is locked, and from there on nobody else writes into it. A failure leaves nothing
//! half-written: at most an empty directory, and the files of one that ended.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use crate::config::{Output, Settings};
use crate::control::{
    Board, Bound, Feed, Hangups, Recent, Requests, Server, SocketPath, Stop, Views,
};
use crate::detect::sighting;
use crate::sinks::{AlertsFile, Delivery, Ending, Form, Sink, Stdout, Tally};
use crate::state_dir::{StateDir, open_private};

use super::record::create;
use super::renewal::Renewal;
use super::terminal::coloured;
use super::{Detector, Place, Prepared, RunOptions, orders, privilege};

/// How long sinks may take for the last alerts.
const LAST_ALERTS: Duration = Duration::from_secs(5);

/// Shown below the help of `run`.
pub(super) const EXAMPLES: &str = "\
Examples:
  sudo escape-detector run
  sudo escape-detector run --rules /etc/escape-detector/rules --output json
  sudo escape-detector run --state-dir /srv/detector --engine /run/user/1000/docker.sock
  sudo escape-detector run --watch container=gateway --watch label=team=blue --level all
  sudo escape-detector run --config /etc/escape-detector/other.toml

Alerts go to standard output and, one JSON object a line, to alerts.jsonl in the state directory;
everything else goes to standard error. SIGTERM or Ctrl-C ends it cleanly; SIGHUP, or
`escape-detector reload`, makes it read configuration and rules anew.";

/// Prepares, detects, and ends in order.
pub(super) fn run<D: Detector>(options: RunOptions) -> anyhow::Result<()> {
    // From the first moment on: a hangup asks for something, and ends nothing.
    let hangups = Hangups::listen().context("cannot listen for signals")?;
    let sources = options.sources();
    let settings = sources.read()?;
    let rules = D::load_rules(&settings.rules.value, settings.rule_matching.value)?;
    privilege::check()?;
    let (requests, inbox) = Requests::channel();
    let ready = Ready::open(settings.clone(), requests.clone())?;
    ready.heed_signals(hangups, requests)?;
    let (handover, orders) = orders::channel();
    let renewal = Renewal::<D> {
        sources,
        settings,
        rules: D::count(&rules),
        board: Arc::clone(&ready.prepared.board),
        handover,
    };
    renewal.start(inbox).context("no thread for a reload")?;
    let detected = D::detect(rules, &ready.prepared, &orders);
    // Who waits for an order to be carried out learns that it will not be.
    drop(orders);
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
    fn open(settings: Settings, requests: Requests) -> anyhow::Result<Self> {
        let place = Place::of(settings.state_dir.value.clone());
        let socket = place.socket()?;
        let state = StateDir::open(place.state())?;
        let bound = bind(&place, &socket)?;
        let capture = settings.capture.value.as_deref().map(create).transpose()?;
        let tally = Arc::new(Tally::default());
        let stop = Stop::new().context("no descriptor for the end")?;
        let asked = stop.clone();
        let recent = Arc::new(Recent::default());
        let mut sinks = sinks(settings.output.value, &state, &tally)?;
        sinks.push(Box::new(Arc::clone(&recent)));
        let delivery = Delivery::start(
            sinks,
            Arc::clone(&tally),
            Ending::new(move || asked.is_requested(), LAST_ALERTS),
        )
        .context("no thread for alerts")?;
        let views = Views {
            board: Arc::new(Board::new(tally)),
            recent,
            feed: Arc::new(Feed::new(sighting::TYPES)),
            requests,
        };
        let server =
            Server::start(bound, views.clone()).context("cannot answer on the control socket")?;
        let prepared = Prepared {
            alerts: delivery.queue(),
            board: views.board,
            feed: views.feed,
            stop,
            capture,
            settings,
            state,
        };
        Ok(Self {
            prepared,
            delivery,
            server,
        })
    }

    fn heed_signals(&self, hangups: Hangups, requests: Requests) -> anyhow::Result<()> {
        let stop = self.prepared.stop.clone();
        self.server
            .pass_signals_on(stop)
            .context("cannot listen for signals")?;
        self.server.pass_hangups_on(hangups, requests);
        Ok(())
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

fn bind(place: &Place, path: &SocketPath) -> anyhow::Result<Bound> {
    // In the state directory, or in one of its own, which the system empties at boot.
    open_private(place.socket_directory())?;
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
    use std::path::{Path, PathBuf};

    use clap::Parser;

    use super::*;
    use crate::cli::{Orders, RecordPlan, Recorded};
    use crate::control::client;
    use crate::detect::alert::sample;
    use crate::rules::RuleMatching;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: RunOptions,
    }

    fn open(settings: Settings) -> anyhow::Result<Ready> {
        Ready::open(settings, Requests::unheard())
    }

    fn settings(directory: &Path) -> Settings {
        let mut settings = Settings::default();
        settings.state_dir.value = directory.to_owned();
        settings
    }

    #[test]
    fn what_stands_ready_serves_and_ends_in_order() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("state");
        let settings = settings(&directory);
        let ready = open(settings.clone()).unwrap();
        let socket = Place::of(directory.clone()).socket().unwrap();
        let told = client::status(&socket, LAST_ALERTS).unwrap();
        assert!(!told.ready);

        let error = format!("{:#}", open(settings.clone()).err().unwrap());
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
        open(settings).unwrap().end();
    }

    #[test]
    fn a_long_path_is_refused_before_anything_is_made() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("d".repeat(120));
        let error = format!("{:#}", open(settings(&directory)).err().unwrap());
        assert!(error.contains("shorter --state-dir"), "{error}");
        assert!(!directory.exists());
    }

    /// Whoever gets as far as this has not looked at its rules first.
    struct WrongRules;

    impl Detector for WrongRules {
        type Rules = ();

        fn load_rules(_: &[PathBuf], _: RuleMatching) -> anyhow::Result<()> {
            anyhow::bail!("my.yaml:3:7: unknown field")
        }

        fn count((): &()) -> usize {
            0
        }

        fn detect((): (), _: &Prepared, _: &Orders<()>) -> anyhow::Result<()> {
            anyhow::bail!("detection began")
        }

        fn record(_: RecordPlan, _: &dyn Fn()) -> anyhow::Result<Recorded> {
            anyhow::bail!("recording began")
        }
    }

    #[test]
    fn wrong_rules_and_options_are_said_before_anything_is_made() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("state");
        let file = parent.path().join("config.toml");
        let run = || {
            let line = ["run".as_ref(), "--config".as_ref(), file.as_os_str()];
            let state = ["--state-dir".as_ref(), directory.as_os_str()];
            let options = Line::parse_from(line.into_iter().chain(state)).options;
            format!("{:#}", run::<WrongRules>(options).unwrap_err())
        };
        fs::write(&file, "output = \"json\"\n").unwrap();
        assert_eq!(run(), "my.yaml:3:7: unknown field");
        fs::write(&file, "rulse = []\n").unwrap();
        let error = run();
        assert!(
            error.contains("config.toml:1:1: unknown key 'rulse': did you mean"),
            "{error}"
        );
        fs::remove_file(&file).unwrap();
        assert!(run().contains("config.toml: cannot read: No such file"));
        assert!(!directory.exists());
    }
}
