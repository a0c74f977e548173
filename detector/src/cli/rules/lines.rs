//! Events in lines of JSON, as `record --output json` and `events --output json` write them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::rules::Told;

/// No event that is told is longer.
const LONGEST: u64 = 4 << 20;

/// A file of events; `-` is standard input.
pub(super) fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    Ok(Box::new(BufReader::new(file)))
}

/// Gives each event to `take`. Passes over empty lines, and lines that only say how many events
/// their reader was too slow for.
///
/// # Errors
/// With the number of the line that is no event, or with what `take` said.
pub(super) fn each(
    events: &mut dyn BufRead,
    name: &str,
    mut take: impl FnMut(Told) -> io::Result<()>,
) -> anyhow::Result<()> {
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let read = Read::take(&mut *events, LONGEST).read_until(b'\n', &mut line);
        if read.with_context(|| format!("{name} cannot be read"))? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        if let Some(told) = told(&line).with_context(|| format!("{name}:{number}"))? {
            take(told)?;
        }
    }
    Ok(())
}

/// The event of a line, if it is one.
fn told(line: &[u8]) -> anyhow::Result<Option<Told>> {
    if line.len() as u64 == LONGEST && !line.ends_with(b"\n") {
        bail!("the line is longer than {LONGEST} bytes");
    }
    let event: Value = serde_json::from_slice(line).context("no JSON")?;
    if event.get("skipped").is_some() && event.get("fields").is_none() {
        return Ok(None);
    }
    Ok(Some(Told::read(&event)?))
}
