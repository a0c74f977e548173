//! `record` and `replay` under test.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Signal, kill_process};
use serde_json::Value;

use crate::detector::detector_binary;
use crate::engine::Engine;
use crate::warden::Warden;

/// How long a start and an end may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A recorder at work. It ends with the value or with the test process.
pub struct Recording {
    warden: Warden,
    file: PathBuf,
    errors: PathBuf,
    _directory: tempfile::TempDir,
}

impl Recording {
    /// Starts to record into a new file, and waits until everything is seen.
    ///
    /// # Errors
    /// If it does not begin in time.
    pub fn start(engine: &Engine, options: &[&str]) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("capture");
        let errors = directory.path().join("errors");
        let pid = directory.path().join("pid");
        let mut command = Warden::over(&detector_binary()?, &pid, None)?;
        command.arg("record").arg(&file).args(options);
        command.arg("--engine").arg(engine.socket());
        command.env_remove("DOCKER_HOST");
        command.stdout(Stdio::null());
        command.stderr(std::fs::File::create(&errors)?);
        let recording = Self {
            warden: Warden::start(command, &pid)?,
            file,
            errors,
            _directory: directory,
        };
        let end = Instant::now() + PATIENCE;
        while !recording.said()?.contains("recording into") {
            ensure!(
                Instant::now() < end && !recording.warden.has_ended(),
                "no recording: {}",
                recording.said()?
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(recording)
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Its process, as the host numbers it.
    ///
    /// # Errors
    /// If it has none.
    pub fn pid(&self) -> Result<i32> {
        Ok(self.warden.pid()?.as_raw_nonzero().get())
    }

    /// What it wrote to standard error.
    ///
    /// # Errors
    /// If that cannot be read.
    pub fn said(&self) -> Result<String> {
        Ok(std::fs::read_to_string(&self.errors)?)
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// If it has no process.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(self.warden.pid()?, signal)?)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// If it does not come in time.
    pub fn wait(&self) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while !self.warden.has_ended() {
            ensure!(Instant::now() < end, "it goes on: {}", self.said()?);
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

/// Replays a capture with the shipped rules: the alerts, and the rest of what it said.
///
/// # Errors
/// If it fails, or prints something else than alerts.
pub fn replay(capture: &Path) -> Result<(Vec<Value>, String)> {
    let mut command = Command::new(detector_binary()?);
    command.args(["replay", "--output", "json"]).arg(capture);
    let output = command.output()?;
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "replay: {errors}");
    let text = String::from_utf8(output.stdout)?;
    let alerts = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>();
    Ok((alerts.context("no alert")?, errors))
}
