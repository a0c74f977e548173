//! A detector that only keeps what it is ordered, and the client that asks it to read anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::bail;

use super::*;
use crate::cli::{Orders, Prepared, RecordPlan, Recorded, orders};
use crate::config::Layer;
use crate::control::client::{self, ClientError};
use crate::control::{Bound, Requests, Server, SocketPath, Status, Views};
use crate::host::selection::Selection;
use crate::rules::RuleMatching;

const PATIENCE: Duration = Duration::from_secs(20);

/// Its rules are the lines of its files.
#[derive(Debug)]
enum Fake {}

impl Detector for Fake {
    type Rules = Vec<String>;

    fn load_rules(paths: &[PathBuf], _: RuleMatching) -> anyhow::Result<Vec<String>> {
        let mut rules = Vec::new();
        for path in paths {
            rules.extend(fs::read_to_string(path)?.lines().map(str::to_owned));
        }
        match rules.iter().find(|rule| rule.contains("wrong")) {
            Some(rule) => bail!("mine.yaml:1:1: unknown field '{rule}'"),
            None => Ok(rules),
        }
    }

    fn count(rules: &Vec<String>) -> usize {
        rules.len()
    }

    fn detect(_: Vec<String>, _: &Prepared, _: &Orders<Vec<String>>) -> anyhow::Result<()> {
        bail!("nobody detects here")
    }

    fn record(_: RecordPlan, _: &dyn Fn()) -> anyhow::Result<Recorded> {
        bail!("nobody records here")
    }
}

/// What the pipeline's thread has taken up.
type InForce = Arc<Mutex<(Vec<String>, Selection)>>;

struct Place {
    directory: tempfile::TempDir,
    socket: SocketPath,
    server: Server,
    in_force: InForce,
    ending: Arc<AtomicBool>,
    pipeline: JoinHandle<()>,
}

impl Place {
    /// A detector that runs with this configuration and rules, asked through its socket.
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (config, rules) = (
            path(&directory, "config.toml"),
            path(&directory, "mine.yaml"),
        );
        fs::write(&config, "rules = [\"mine.yaml\"]\n").unwrap();
        fs::write(&rules, "one\n").unwrap();
        let sources = Sources::new(Some(config), Layer::default());
        let settings = sources.read().unwrap();
        let in_force = InForce::new(Mutex::new((vec!["one".into()], settings.selection())));
        let (requests, inbox) = Requests::channel();
        let views = Views {
            requests,
            ..Views::of(Arc::new(Board::new(Arc::default())))
        };
        let (handover, orders) = orders::channel();
        let renewal = Renewal::<Fake> {
            sources,
            settings,
            rules: 1,
            board: Arc::clone(&views.board),
            handover,
        };
        renewal.start(inbox).unwrap();
        let socket = SocketPath::new(path(&directory, "control.sock")).unwrap();
        let server = Server::start(Bound::bind(&socket).unwrap(), views).unwrap();
        let ending = Arc::new(AtomicBool::new(false));
        Self {
            directory,
            socket,
            server,
            pipeline: detect(orders, Arc::clone(&in_force), Arc::clone(&ending)),
            in_force,
            ending,
        }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(path(&self.directory, name), text).unwrap();
    }

    fn reload(&self) -> Result<Reload, ClientError> {
        client::reload(&self.socket, PATIENCE)
    }

    /// What was wrong, as the client hears it and as the status says it.
    fn refusal(&self) -> String {
        let before = self.in_force.lock().unwrap().clone();
        let error = self.reload().unwrap_err().to_string();
        let told = self.status().reload.unwrap();
        assert!(!told.ok);
        let cause = told.error.unwrap();
        assert_eq!(error, format!("the detector refuses: {cause}"));
        assert_eq!(*self.in_force.lock().unwrap(), before);
        cause.replace(&format!("{}/", self.directory.path().display()), "")
    }

    fn status(&self) -> Status {
        client::status(&self.socket, PATIENCE).unwrap()
    }

    fn end(self) {
        self.ending.store(true, Ordering::Release);
        self.pipeline.join().unwrap();
        let error = client::reload(&self.socket, PATIENCE).unwrap_err();
        let error = error.to_string();
        assert_eq!(error, "the detector refuses: the detector is ending");
        self.server.finish();
    }
}

fn path(directory: &tempfile::TempDir, name: impl AsRef<Path>) -> PathBuf {
    directory.path().join(name)
}

/// The thread that would detect. A process with the number 4711 is not there.
fn detect(
    orders: Orders<Vec<String>>,
    in_force: InForce,
    ending: Arc<AtomicBool>,
) -> JoinHandle<()> {
    thread::spawn(move || {
        while !ending.load(Ordering::Acquire) {
            orders.carry_out(|rules, selection| {
                if selection.pids().any(|(pid, _)| pid == 4711) {
                    bail!("pid=4711 names no process");
                }
                *in_force.lock().unwrap() = (rules, selection);
                Ok(())
            });
            thread::sleep(Duration::from_millis(5));
        }
    })
}

#[test]
fn what_is_right_is_taken_up_and_what_must_wait_is_named() {
    let place = Place::start();
    assert_eq!(place.status().reload, None);
    place.write("mine.yaml", "one\ntwo\n");
    let config = "rules = [\"mine.yaml\"]\nwatch = [\"container=a\"]\noutput = \"json\"\n";
    place.write("config.toml", config);
    let told = place.reload().unwrap();
    assert_eq!((told.ok, told.rules, &told.error), (true, 2, &None));
    let change = |option: &str, from: &str, to: &str, in_force| Change {
        option: option.into(),
        from: from.into(),
        to: to.into(),
        in_force,
    };
    let output = change("output", "\"text\"", "\"json\"", false);
    let watch = change("watch", "[\"all-containers\"]", "[\"container=a\"]", true);
    assert_eq!(told.changes, [output.clone(), watch]);
    told.time.parse::<Timestamp>().unwrap();
    assert_eq!(place.status().reload, Some(told));
    let selection = Selection {
        selectors: vec!["container=a".parse().unwrap()],
        ..Selection::default()
    };
    let expected = (vec!["one".to_owned(), "two".to_owned()], selection);
    assert_eq!(*place.in_force.lock().unwrap(), expected);
    // What waits for the next start is named until then.
    assert_eq!(place.reload().unwrap().changes, [output]);
    place.end();
}

#[test]
fn what_is_wrong_leaves_everything_as_it_was() {
    let place = Place::start();
    place.write("config.toml", "rules = [\"mine.yaml\"]\nlevle = \"all\"\n");
    let refusal = place.refusal();
    assert!(
        refusal.starts_with("config.toml:2:1: unknown key 'levle'"),
        "{refusal}"
    );
    place.write(
        "config.toml",
        "rules = [\"mine.yaml\"]\nwatch = [\"pid=4711\"]\n",
    );
    assert_eq!(place.refusal(), "pid=4711 names no process");
    place.write("config.toml", "rules = [\"mine.yaml\"]\nlevel = \"all\"\n");
    place.write("mine.yaml", "wrong\n");
    assert_eq!(place.refusal(), "mine.yaml:1:1: unknown field 'wrong'");
    place.write("mine.yaml", "two\nthree\n");
    let told = place.reload().unwrap();
    // The level is still the first to have changed: what was wrong was never in force.
    assert_eq!((told.rules, told.changes.len()), (2, 1));
    assert_eq!(told.changes[0].from, "\"auto\"");
    place.end();
}
