//! The detector under test, keeping its account of the container as lines of JSON.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const BINARY: &str = "/usr/bin/escape-detector";
/// What it saw, or its alerts: an object a line.
const LINES: &str = "/run/lines.jsonl";
const ERRORS: &str = "/run/detector.log";

/// How long a start and an end may take: minutes, since nothing here is fast.
const PATIENCE: Duration = Duration::from_secs(120);

/// The detector, at work.
pub(crate) struct Detector(Child);

impl Detector {
    /// Starts it as a recorder and waits until it sees everything.
    pub(crate) fn start(library: Option<&str>) -> Result<Self> {
        let mut command = Command::new(BINARY);
        command.args(["record", "--level", "all", "--output", "json", LINES]);
        command.stdout(Stdio::null());
        if let Some(library) = library {
            command.env("LD_PRELOAD", library);
        }
        Self::launch(command, "recording into")
    }

    /// Starts it as people run it, with the shipped rules, and waits until it is ready.
    pub(crate) fn alerting() -> Result<Self> {
        let mut command = Command::new(BINARY);
        command.args(["run", "--output", "json", "--state-dir", "/run/state"]);
        command.stdout(File::create(LINES)?);
        Self::launch(command, "ready")
    }

    fn launch(mut command: Command, ready: &str) -> Result<Self> {
        command.stdin(Stdio::null()).stderr(File::create(ERRORS)?);
        let child = command.spawn().context("cannot start the detector")?;
        let mut detector = Self(child);
        let end = Instant::now() + PATIENCE;
        while !said().contains(ready) {
            if let Some(status) = detector.0.try_wait()? {
                bail!("the detector ended ({status}): {}", said().trim());
            }
            ensure!(Instant::now() < end, "no start in time: {}", said().trim());
            thread::sleep(Duration::from_millis(50));
        }
        Ok(detector)
    }

    /// Ends it, and gives everything that it saw, or all alerts.
    pub(crate) fn stop(mut self) -> Result<Vec<Value>> {
        kill_process(Pid::from_child(&self.0), Signal::TERM)?;
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.0.try_wait()? {
                break status;
            }
            ensure!(Instant::now() < end, "no end in time: {}", said().trim());
            thread::sleep(Duration::from_millis(50));
        };
        ensure!(
            status.success(),
            "the detector ended ({status}): {}",
            said().trim()
        );
        let lines = fs::read_to_string(LINES)?;
        let lines = lines.lines().map(serde_json::from_str);
        lines
            .collect::<Result<_, _>>()
            .context("a line of the detector's is no JSON")
    }
}

/// What it has said to people.
pub(crate) fn said() -> String {
    fs::read_to_string(ERRORS).unwrap_or_default()
}
