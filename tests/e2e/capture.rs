//! What was recorded gives the alerts that live gave.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use serde_json::Value;
use tests::shipped::{CREDENTIALS, NAMESPACE};
use tests::{Act, Container, Detector, Engine, Image, Recording, Verdict, allow, replay};

/// Forbidden and ordinary things, done, refused, by threads, below other programs.
const WORKLOAD: &[&str] = &[
    "mount none /mnt tmpfs then umount /mnt",
    "unshare mnt,uts",
    "thread-exec unshare mnt",
    "open /etc/shadow read",
    "open /etc/passwd read openat2",
    "open /proc/sys/kernel/core_pattern write",
    "open /tmp/new create creat",
    "bpf map-create",
    "connect tcp 169.254.169.254 80",
    "connect unix /run/docker.sock",
    "memfd chdir /tmp",
    "setid setresgid 0 0 0 then capset 0 0 0",
    "chroot /tmp",
];

/// More than the budgets of the alarm lane let through.
const STORM: &str = "setns-storm 300 2 varied chdir /tmp";

/// How long the workload goes on: ten minutes where all is tested.
fn length() -> Duration {
    match std::env::var_os("ESCAPE_DETECTOR_TEST_ALL") {
        Some(_) => Duration::from_secs(600),
        None => Duration::from_secs(10),
    }
}

/// Containers come and go and do all of it, at least twice; their ids.
fn work(engine: &'static Engine, acts: &[&str], length: Duration) -> Result<BTreeSet<String>> {
    let end = Instant::now() + length;
    let mut containers = BTreeSet::new();
    for round in 0.. {
        let container = Container::idle(engine, Image::Bare, &allow::ADMINISTRATION)?;
        containers.insert(container.id().to_owned());
        for words in acts {
            container
                .perform(&Act::new(words))
                .with_context(|| (*words).to_owned())?;
        }
        container.exec(&["sh", "-c", "acts open /etc/shadow read | cat; exit 0"])?;
        if round > 0 && Instant::now() >= end {
            break;
        }
    }
    Ok(containers)
}

/// Waits until everything before has been told, in the volume lane and in that of the alarms.
fn last_word(engine: &'static Engine, detector: &Detector) -> Result<()> {
    let container = Container::idle(engine, Image::Bare, &[])?;
    container.perform(&Act::new("open /etc/shadow read"))?;
    container.perform(&Act::new("unshare mnt"))?;
    for rule in [CREDENTIALS, NAMESPACE] {
        detector.wait_for(&container, |alert| alert.rule() == rule.name)?;
    }
    Ok(())
}

/// Alerts of live, in the order in which they were written.
fn written(state: &Path) -> Result<Vec<Value>> {
    let lines = std::fs::read_to_string(state.join("alerts.jsonl"))?;
    Ok(lines
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?)
}

/// An alert without what differs between two tellings of it.
fn without(mut alert: Value, keys: &[&str]) -> Value {
    if let Some(alert) = alert.as_object_mut() {
        for key in keys {
            alert.remove(*key);
        }
    }
    alert
}

/// Both say the same, one after the other.
fn ensure_equal(live: &[Value], replayed: &[Value]) -> Result<()> {
    for (number, (live, replayed)) in live.iter().zip(replayed).enumerate() {
        ensure!(live == replayed, "alert {number}:\n{live:#}\n{replayed:#}");
    }
    ensure!(
        live.len() == replayed.len(),
        "{} alerts live, {} replayed",
        live.len(),
        replayed.len()
    );
    Ok(())
}

fn must(holds: bool, otherwise: std::fmt::Arguments<'_>) -> Result<()> {
    ensure!(holds, "{otherwise}");
    Ok(())
}

#[test]
fn a_replay_gives_what_live_gave() -> Verdict {
    let engine = Engine::shared()?;
    let directory = tempfile::tempdir()?;
    let capture = directory.path().join("capture");
    let state = directory.path().join("state");
    let file = capture.to_str().context("no text")?;
    let detector = Detector::start_at(engine, &state, &["--capture", file])?;
    work(engine, &[WORKLOAD, &[STORM]].concat(), length())?;
    last_word(engine, &detector)?;
    detector.stop()?;
    let (replayed, said) = replay(&capture)?;
    let live = written(&state)?;
    must(live.len() > 20, format_args!("only {} alerts", live.len()))?;
    let text = |alerts: Vec<Value>| -> Vec<Value> {
        alerts
            .into_iter()
            .map(|alert| without(alert, &["uid"]))
            .collect()
    };
    ensure_equal(&text(live), &text(replayed))?;
    must(!said.contains("not in the capture"), format_args!("{said}"))?;
    Ok(())
}

#[test]
fn a_recorder_beside_a_detector_sees_the_same() -> Verdict {
    let engine = Engine::shared()?;
    let directory = tempfile::tempdir()?;
    let state = directory.path().join("state");
    let detector = Detector::start_at(engine, &state, &[])?;
    let recording = Recording::start(engine, &[])?;
    // Begun and ended while both look. In a storm each sensor's budgets let other records through.
    let containers = work(engine, WORKLOAD, Duration::ZERO)?;
    last_word(engine, &detector)?;
    recording.signal(Signal::INT)?;
    recording.wait()?;
    detector.stop()?;
    let (replayed, _) = replay(recording.file())?;
    let live = written(&state)?;
    // Each sensor reads the clock for itself, and waits for the engine in its own time.
    let story = |alerts: Vec<Value>| -> Vec<String> {
        let ours = |alert: &&Value| {
            let id = alert.pointer("/container/id").and_then(Value::as_str);
            id.is_some_and(|id| containers.contains(id))
        };
        let mut told: Vec<_> = alerts
            .iter()
            .filter(ours)
            .map(|alert| {
                let at = |pointer| alert.pointer(pointer).cloned().unwrap_or_default();
                let pointers = [
                    "/rule",
                    "/priority",
                    "/outcome",
                    "/container/id",
                    "/container/name",
                    "/process/exec_id",
                    "/process/argv",
                    "/fingerprint",
                    "/output_fields/fd.name",
                    "/output_fields/evt.type",
                    "/output_fields/evt.res",
                ];
                pointers.map(|pointer| at(pointer).to_string()).join(" ")
            })
            .collect();
        told.sort();
        told
    };
    let (live, replayed) = (story(live), story(replayed));
    must(live.len() > 20, format_args!("only {} alerts", live.len()))?;
    for (live, replayed) in live.iter().zip(&replayed) {
        must(live == replayed, format_args!("\n{live}\n{replayed}"))?;
    }
    must(
        live.len() == replayed.len(),
        format_args!("{} and {}", live.len(), replayed.len()),
    )?;
    Ok(())
}

#[test]
fn a_recorder_records_a_detector_beside_it_and_not_itself() -> Verdict {
    let engine = Engine::shared()?;
    let detector = Detector::start_with(engine, &[])?;
    // All that the host does, so what it does itself too.
    let watch = ["--watch", "cgroup=/", "--level", "all", "--output", "json"];
    let recording = Recording::start(engine, &watch)?;
    std::thread::sleep(Duration::from_secs(3));
    let (own, other) = (recording.pid()?, detector.pid()?);
    recording.signal(Signal::INT)?;
    recording.wait()?;
    let told = std::fs::read_to_string(recording.file())?;
    let mut bpf_of_detector = 0;
    for line in told.lines() {
        let event: Value = serde_json::from_str(line)?;
        let pid = event.pointer("/process/pid").and_then(Value::as_i64);
        assert!(pid != Some(own.into()), "its own: {event:#}");
        let of_detector = pid == Some(other.into());
        bpf_of_detector += u32::from(of_detector && event.get("type") == Some(&"bpf".into()));
    }
    assert!(bpf_of_detector > 0, "nothing of the detector");
    detector.stop()?;
    Ok(())
}

#[test]
fn a_recording_ends_by_itself_and_is_private() -> Verdict {
    use std::os::unix::fs::PermissionsExt;

    let engine = Engine::shared()?;
    let recording = Recording::start(engine, &["--for", "1"])?;
    let container = Container::idle(engine, Image::Bare, &[])?;
    container.exec(&["true"])?;
    recording.wait()?;
    let mode = std::fs::metadata(recording.file())?.permissions().mode();
    must(mode & 0o777 == 0o600, format_args!("mode {mode:o}"))?;
    let said = recording.said()?;
    must(
        said.contains("not masked") && said.contains(" records"),
        format_args!("{said}"),
    )?;
    let (_, told) = replay(recording.file())?;
    must(told.contains(" records of "), format_args!("{told}"))?;
    Ok(())
}

#[test]
fn a_killed_recorder_leaves_what_came_before() -> Verdict {
    let engine = Engine::shared()?;
    let recording = Recording::start(engine, &[])?;
    let container = Container::idle(engine, Image::Bare, &allow::ADMINISTRATION)?;
    container.perform(&Act::new("mount none /mnt tmpfs"))?;
    std::thread::sleep(Duration::from_secs(3));
    recording.signal(Signal::KILL)?;
    recording.wait()?;
    let output = std::process::Command::new(tests::detector_binary()?)
        .arg("replay")
        .arg(recording.file())
        .output()?;
    let (alerts, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    must(output.status.code() == Some(1), format_args!("{errors}"))?;
    must(
        errors.contains("everything before was read"),
        format_args!("{errors}"),
    )?;
    must(
        alerts.contains("Mount by a workload"),
        format_args!("{alerts}{errors}"),
    )?;
    Ok(())
}
