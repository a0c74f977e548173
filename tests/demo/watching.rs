//! The detector that watches the demo: one that runs already, or our own.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tests::{Alert, Container, Detector, Engine, detector_binary};

/// How long an alert may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the alerts of a detector that ran before are looked at.
const GLANCE: Duration = Duration::from_millis(50);
/// State directory of a detector that was given none.
const USUAL_STATE: &str = "/var/lib/escape-detector";

/// Who watches.
pub(crate) enum Watching {
    /// A detector that ran before, by the alerts that it appends.
    Running {
        state: PathBuf,
        alerts: File,
        rest: String,
    },
    /// One of our own.
    Own(Detector),
}

impl Watching {
    /// Takes the detector that answers, else starts one.
    pub(crate) fn begin(engine: &Engine, state: Option<PathBuf>) -> Result<Self> {
        if !answers(state.as_deref())? {
            return Detector::start(engine).map(Self::Own);
        }
        let state = state.unwrap_or_else(|| USUAL_STATE.into());
        let path = state.join("alerts.jsonl");
        let mut alerts =
            File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
        alerts.seek(SeekFrom::End(0))?;
        Ok(Self::Running {
            state,
            alerts,
            rest: String::new(),
        })
    }

    /// Waits for an alert of a rule, caused by this container.
    pub(crate) fn await_alert(
        &mut self,
        container: &Container<'_>,
        rule: &str,
    ) -> Result<Option<Alert>> {
        match self {
            Self::Own(detector) => Ok(detector
                .wait_for(container, |alert| alert.rule() == rule)
                .ok()),
            Self::Running { alerts, rest, .. } => {
                let end = Instant::now() + PATIENCE;
                while Instant::now() < end {
                    alerts.read_to_string(rest)?;
                    while let Some((line, later)) = rest.split_once('\n') {
                        let alert = Alert::parse(line)?;
                        *rest = later.to_owned();
                        if alert.container() == container.id() && alert.rule() == rule {
                            return Ok(Some(alert));
                        }
                    }
                    thread::sleep(GLANCE);
                }
                Ok(None)
            }
        }
    }

    /// Ends a detector of our own.
    pub(crate) fn end(self) -> Result<()> {
        match self {
            Self::Own(detector) => detector.stop(),
            Self::Running { .. } => Ok(()),
        }
    }
}

impl fmt::Display for Watching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running { state, .. } => {
                write!(
                    f,
                    "watched by the detector that runs on {}",
                    state.display()
                )
            }
            Self::Own(_) => f.write_str("watched by a detector of the demo's own"),
        }
    }
}

/// Whether a detector answers on its control socket and is ready.
fn answers(state: Option<&Path>) -> Result<bool> {
    let mut status = Command::new(detector_binary()?);
    status.args(["status", "--output", "json"]);
    if let Some(state) = state {
        status.arg("--state-dir").arg(state);
    }
    let answer = status
        .output()
        .context("the detector's own binary does not run")?;
    let status: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap_or_default();
    Ok(status.get("ready").and_then(serde_json::Value::as_bool) == Some(true))
}
