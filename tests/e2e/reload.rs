//! A running detector reads configuration and rules anew: nothing is missed meanwhile, what is wrong
//! changes nothing, and whoever asked learns what came of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tests::{Act, Container, Detector, Engine, Image, Verdict};

/// Acts of a storm.
const ACTS: u32 = 10_000;
/// Microseconds between two of them: some seconds in all.
const PAUSE: u32 = 300;
/// How long the last alert may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a detector's configuration and rules stand.
struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    /// A configuration that names one file of rules, and asks for more of this.
    fn new(more: &str) -> Result<Self> {
        let place = Self {
            directory: tempfile::tempdir()?,
        };
        place.configure(more)?;
        Ok(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn configure(&self, more: &str) -> Result<()> {
        let text = format!("rules = [\"mine.yaml\"]\n{more}\n");
        Ok(fs::write(self.path("config.toml"), text)?)
    }

    /// One rule that tells opens below a prefix; what it tells begins with its name.
    fn rule(&self, name: &str, prefix: &str) -> Result<()> {
        self.rules(&format!(
            "- rule: {name}\n  desc: any\n  condition: evt.type = openat and fd.name startswith \
             {prefix}\n  output: {name} %fd.name\n  priority: INFO\n"
        ))
    }

    fn rules(&self, text: &str) -> Result<()> {
        // At once, as an editor does it.
        fs::write(self.path("new"), text)?;
        Ok(fs::rename(self.path("new"), self.path("mine.yaml"))?)
    }

    fn detector(&self, engine: &Engine) -> Result<Detector> {
        let config = self.path("config.toml");
        Detector::start_with(engine, &["--config", text(&config)?])
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("no text")
}

/// Waits until the status of the detector says this of its last reload.
fn told(detector: &Detector, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
    let end = Instant::now() + PATIENCE;
    loop {
        let status = detector.status()?;
        let reload = status.get("reload").cloned().unwrap_or_default();
        if !reload.is_null() && wanted(&reload) {
            return Ok(reload);
        }
        ensure!(Instant::now() < end, "{reload}{}", detector.errors());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn no_act_is_missed_while_rules_are_exchanged() -> Verdict {
    let engine = Engine::shared()?;
    let place = Place::new("")?;
    place.rule("Numbered", "/tmp/storm-")?;
    let detector = place.detector(engine)?;
    let container = Container::idle(engine, Image::Bare, &[])?;

    let storming = AtomicBool::new(true);
    let storm = format!("numbered-storm {ACTS} {PAUSE} /tmp/storm-");
    let reloads = std::thread::scope(|scope| -> Result<u32> {
        let storm = scope.spawn(|| {
            let acted = container.perform(&Act::new(&storm));
            storming.store(false, Ordering::Release);
            acted
        });
        let mut reloads = 0;
        while storming.load(Ordering::Acquire) {
            reloads += 1;
            place.rule(&format!("Numbered{reloads}"), "/tmp/storm-")?;
            if reloads % 4 == 0 {
                detector.hang_up()?;
            } else {
                let reload = detector.reload()?;
                ensure!(reload.code == Some(0), "{}", reload.errors);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let acted = storm.join().map_err(|_| anyhow::anyhow!("no storm"))??;
        let done = acted.calls.first().map(|call| call.result);
        ensure!(done == Some(ACTS.into()), "{done:?} of {ACTS} were done");
        Ok(reloads)
    })?;
    assert!(reloads >= 5, "the storm was too short: {reloads} reloads");

    let end = Instant::now() + PATIENCE;
    let numbered = loop {
        let numbered = numbered(&detector, &container);
        if numbered.len() >= ACTS as usize || Instant::now() > end {
            break numbered;
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    let missed: Vec<_> = (0..ACTS).filter(|n| !numbered.contains_key(n)).collect();
    assert!(missed.is_empty(), "{} missed: {missed:?}", missed.len());
    let doubled: Vec<_> = numbered
        .iter()
        .filter(|(_, rules)| rules.len() > 1)
        .collect();
    assert!(doubled.is_empty(), "told twice: {doubled:?}");
    let rules: std::collections::BTreeSet<_> = numbered.values().flatten().collect();
    assert!(rules.len() >= 5, "told by {rules:?}");
    detector.stop()?;
    Ok(())
}

/// The rules that told each numbered open of a container.
fn numbered(detector: &Detector, container: &Container<'_>) -> BTreeMap<u32, Vec<String>> {
    let mut numbered: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for alert in detector.alerts_of(container) {
        let name = alert.get("/output_fields/fd.name").and_then(Value::as_str);
        let number = name.and_then(|name| name.strip_prefix("/tmp/storm-")?.parse().ok());
        if let Some(number) = number {
            numbered
                .entry(number)
                .or_default()
                .push(alert.rule().to_owned());
        }
    }
    numbered
}

#[test]
fn wrong_rules_and_options_change_nothing_and_are_said() -> Verdict {
    let engine = Engine::shared()?;
    let place = Place::new("")?;
    place.rule("Old", "/tmp/a-")?;
    let detector = place.detector(engine)?;
    let container = Container::idle(engine, Image::Bare, &[])?;
    assert_eq!(detector.status()?.get("reload"), Some(&Value::Null));

    for (config, rules, fault) in [
        (
            "",
            "- rule: Wrong\n  desc: no end\n  condition: (\n  output: none\n  priority: ERROR\n",
            "mine.yaml:3:",
        ),
        (
            "levle = \"all\"",
            "",
            "config.toml:2:1: unknown key 'levle'",
        ),
        (
            "watch = [\"pid=4194303\"]",
            "",
            "pid=4194303 names no process",
        ),
    ] {
        place.configure(config)?;
        if rules.is_empty() {
            place.rule("New", "/tmp/b-")?;
        } else {
            place.rules(rules)?;
        }
        let reload = detector.reload()?;
        assert_eq!(reload.code, Some(1), "{}", reload.errors);
        assert!(reload.errors.contains(fault), "{}", reload.errors);
        let answer = reload.json()?;
        assert_eq!(answer.get("ok"), Some(&false.into()));
        let said = told(&detector, |reload| reload.get("ok") == Some(&false.into()))?;
        let error = said.get("error").and_then(Value::as_str);
        assert!(error.is_some_and(|error| error.contains(fault)), "{said}");
        assert!(detector.errors().contains(fault), "{}", detector.errors());
    }
    // The old rule is the one that tells, before and after.
    container.perform(&Act::new("open /tmp/b-1 read then open /tmp/a-1 read"))?;
    detector.wait_for(&container, |alert| alert.rule() == "Old")?;

    place.configure("output = \"text\"")?;
    detector.hang_up()?;
    let said = told(&detector, |reload| reload.get("ok") == Some(&true.into()))?;
    assert_eq!(said.get("rules"), Some(&1.into()));
    // The command line says what the output is, whatever the file does.
    assert_eq!(said.pointer("/changes"), Some(&Value::Array(Vec::new())));
    container.perform(&Act::new("open /tmp/a-2 read then open /tmp/b-2 read"))?;
    detector.wait_for(&container, |alert| alert.mentions("/tmp/b-2"))?;
    let alerts = detector.alerts_of(&container);
    let told: Vec<_> = alerts.iter().map(tests::Alert::rule).collect();
    assert_eq!(told, ["Old", "New"]);
    detector.stop()?;
    Ok(())
}

/// Waits until this container is watched at this level, and no other.
fn await_watched(detector: &Detector, container: &Container<'_>, level: &str) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        let status = detector.status()?;
        let watched = status.get("containers").and_then(Value::as_array);
        let watched: Vec<_> = watched
            .into_iter()
            .flatten()
            .map(|told| (told["id"].as_str(), told["level"].as_str()))
            .collect();
        if watched == [(Some(container.id()), Some(level))] {
            return Ok(());
        }
        ensure!(Instant::now() < end, "watched: {watched:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn what_is_watched_and_how_closely_is_taken_up() -> Verdict {
    let engine = Engine::shared()?;
    let (one, other) = (
        Container::idle(engine, Image::Bare, &[])?,
        Container::idle(engine, Image::Bare, &[])?,
    );
    let watch = |container: &Container<'_>| format!("watch = [\"container={}\"]", container.id());
    let place = Place::new(&watch(&one))?;
    place.rule("Seen", "/tmp/a-")?;
    let detector = place.detector(engine)?;
    let act = Act::new("open /tmp/a-1 read");
    other.perform(&act)?;
    one.perform(&act)?;
    detector.wait_for(&one, |_| true)?;

    let level = "level = \"all\"\ncapture = \"later\"";
    place.configure(&format!("{}\n{level}", watch(&other)))?;
    let reload = detector.reload()?;
    assert_eq!(reload.code, Some(0), "{}", reload.errors);
    let answer = reload.json()?;
    let changes = answer.get("changes").and_then(Value::as_array);
    let changes: Vec<_> = changes
        .into_iter()
        .flatten()
        .map(|change| (change["option"].clone(), change["in_force"].clone()))
        .collect();
    let change = |option: &str, in_force: bool| (Value::from(option), Value::from(in_force));
    assert_eq!(
        changes,
        [
            change("watch", true),
            change("level", true),
            change("capture", false)
        ]
    );
    assert!(!place.path("later").exists());
    one.perform(&act)?;
    other.perform(&act)?;
    detector.wait_for(&other, |_| true)?;
    assert_eq!(detector.alerts_of(&one).len(), 1);
    assert_eq!(detector.alerts_of(&other).len(), 1);
    await_watched(&detector, &other, "all")?;
    detector.stop()?;
    Ok(())
}

#[test]
fn hangup_before_it_is_ready_ends_nothing() -> Verdict {
    let engine = Engine::shared()?;
    let directory = tempfile::tempdir()?;
    let state = directory.path().join("state");
    let detector = std::thread::scope(|scope| -> Result<Detector> {
        let starting = scope.spawn(|| Detector::start_at(engine, &state, &[]));
        let end = Instant::now() + PATIENCE;
        let pid = loop {
            // The lock is taken before the programs are loaded, which takes a moment.
            let lock = fs::read_to_string(state.join("lock")).unwrap_or_default();
            if let Some(pid) = lock.trim().parse().ok().and_then(Pid::from_raw) {
                break pid;
            }
            ensure!(Instant::now() < end, "it never takes its lock");
        };
        kill_process(pid, Signal::HUP)?;
        starting.join().map_err(|_| anyhow::anyhow!("no start"))?
    })?;
    told(&detector, |reload| reload.get("ok") == Some(&true.into()))?;
    detector.stop()?;
    Ok(())
}
