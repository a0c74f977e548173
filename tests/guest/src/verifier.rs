//! What the kernel's verifier says of each program of the sensor: its own log, not our estimate.
//!
//! The detector asks for no log where a program is accepted. So it is started with a library that
//! asks in its place and writes the answers down, one JSON object a line.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::detector::Detector;
use crate::host::Host;

const LIBRARY: &str = "/usr/lib/libverifier_log.so";

/// Where the library writes, by its own knowledge.
const LOG: &str = "/run/verifier.jsonl";

/// Loads every program once and tells what the verifier said.
pub(crate) fn report(host: &Host) -> Result<()> {
    let outcome = Detector::start(Some(LIBRARY)).and_then(Detector::stop);
    for line in fs::read_to_string(LOG)
        .context("no program was loaded")?
        .lines()
    {
        host.tell(&serde_json::from_str::<Value>(line)?);
    }
    outcome.map(drop)
}
