//! Commands that ask a running detector.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::{Act, Container, Detector, detector_binary};

/// How long `events` may take to show one.
const PATIENCE: Duration = Duration::from_secs(30);

/// A command that asks this detector.
pub fn asking(detector: &Detector, arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(detector_binary()?);
    command
        .args(arguments)
        .arg("--state-dir")
        .arg(detector.state());
    Ok(command)
}

/// What `events` prints of one event, while this container goes on acting.
pub fn one_event(
    detector: &Detector,
    container: &Container<'_>,
    act: &Act,
    arguments: &[&str],
) -> Result<String> {
    let mut command = asking(detector, &["events", "--count", "1"])?;
    command.args(arguments).stdout(Stdio::piped());
    let mut watching = command.spawn()?;
    let end = Instant::now() + PATIENCE;
    while watching.try_wait()?.is_none() {
        // When it begins to watch is not told, so it is done until it was seen.
        container.perform(act)?;
        if Instant::now() > end {
            watching.kill()?;
        }
    }
    let output = watching.wait_with_output()?;
    ensure!(output.status.success(), "{command:?}: {}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}
