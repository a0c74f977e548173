//! The detector's own sight: what it loses is told, with the moments between which it lies, and it
//! knows whether it is alive.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tests::{Act, Alert, Container, Detector, Engine, Image, Verdict, detector_binary};

/// How long losses, once they are over, may take to be told.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn every_record_that_is_lost_lies_in_a_gap() -> Verdict {
    Ok(storm_while_nobody_reads()?)
}

fn storm_while_nobody_reads() -> Result<()> {
    let engine = Engine::shared()?;
    let container = Container::idle(engine, Image::Bare, &[])?;
    let detector = Detector::start_with(engine, &["--level", "all"])?;
    detector.suspend()?;
    let stormed = container.perform(&Act::new("open-storm 120000 /etc/passwd"));
    detector.resume()?;
    stormed?;
    detector.even()?;

    let started = Instant::now();
    loop {
        let lost = lost(&detector.status()?)?;
        let told: u64 = gaps(&detector, "Events lost").iter().map(count).sum();
        ensure!(lost > 0, "the storm was too small to lose anything");
        ensure!(told <= lost, "{told} told of {lost}: some twice");
        if told == lost {
            break;
        }
        ensure!(
            started.elapsed() < PATIENCE,
            "{told} of {lost} lost records lie in gaps\n{}",
            detector.account()
        );
        std::thread::sleep(Duration::from_millis(500));
    }
    for gap in gaps(&detector, "Events lost") {
        let moment = |name| gap.get(&format!("/output_fields/gap.{name}"));
        let (from, to) = (moment("from").cloned(), moment("to").cloned());
        let (from, to) = (from.context("no beginning")?, to.context("no end")?);
        ensure!(from.as_str() < to.as_str(), "{from} is not before {to}");
    }
    detector.stop()
}

#[test]
fn the_sensor_gives_signs_of_life_in_every_lane() -> Verdict {
    Ok(listen()?)
}

fn listen() -> Result<()> {
    let engine = Engine::shared()?;
    let detector = Detector::start(engine)?;
    let first = beats(&detector)?;
    std::thread::sleep(Duration::from_secs(4));
    let later = beats(&detector)?;
    ensure!(later.len() == 3, "{later:?}");
    for (lane, time) in &later {
        let before = first.iter().find(|(name, _)| name == lane);
        ensure!(
            before.is_none_or(|(_, before)| before < time),
            "{lane} has come to be silent: {first:?}, then {later:?}"
        );
    }
    detector.stop()
}

/// The last sign of life of each lane.
fn beats(detector: &Detector) -> Result<Vec<(String, u64)>> {
    let status = detector.status()?;
    let lanes = status
        .pointer("/heartbeat/lanes")
        .and_then(Value::as_object);
    let lanes = lanes.context("the status tells of no heartbeat")?;
    let beats = lanes
        .iter()
        .filter_map(|(lane, time)| Some((lane.clone(), time.as_u64()?)));
    Ok(beats.collect())
}

fn gaps(detector: &Detector, rule: &str) -> Vec<Alert> {
    let alerts = detector.alerts().into_iter();
    alerts.filter(|alert| alert.rule() == rule).collect()
}

fn count(alert: &Alert) -> u64 {
    let count = alert.get("/output_fields/gap.count");
    count.and_then(Value::as_u64).unwrap_or_default()
}

/// Records for which the rings had no room, of the lanes whose loss is no alarm.
fn lost(status: &Value) -> Result<u64> {
    let dropped = status
        .get("dropped")
        .context("the status tells no losses")?;
    let lanes = ["/life-cycle/ring_full", "/volume/ring_full"];
    let counts = lanes.map(|lane| dropped.pointer(lane).and_then(Value::as_u64));
    Ok(counts.into_iter().flatten().sum())
}

#[test]
fn a_detector_whose_messages_nobody_reads_ends_when_asked() -> Verdict {
    Ok(end_unheard()?)
}

fn end_unheard() -> Result<()> {
    let state = tempfile::tempdir()?;
    let binary = detector_binary()?;
    let mut detector = Command::new(&binary)
        .args(["run", "--state-dir"])
        .arg(state.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    // As when the tests, or a host's log, have gone.
    drop(detector.stderr.take());
    let ended = end_when_ready(&binary, &mut detector, state.path());
    if ended.is_err() {
        detector.kill()?;
        detector.wait()?;
    }
    ended
}

fn end_when_ready(binary: &Path, detector: &mut Child, state: &Path) -> Result<()> {
    let ready = Command::new(binary)
        .args(["status", "--wait", "60", "--state-dir"])
        .arg(state)
        .output()?;
    ensure!(ready.status.success(), "{ready:?}");
    let pid = Pid::from_child(detector);
    kill_process(pid, Signal::TERM)?;
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if let Some(status) = detector.try_wait()? {
            ensure!(status.success(), "{status}");
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("it did not end within {PATIENCE:?} of SIGTERM")
}
