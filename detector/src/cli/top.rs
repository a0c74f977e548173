//! `escape-detector top`: a running detector on a terminal.

use std::io::{self, IsTerminal};
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Args;

use crate::control::Stop;
use crate::view::{self, Options};

use super::Place;
use super::terminal::{coloured, on_signals};

/// The shortest and the longest time between two questions, in seconds.
const INTERVALS: [f64; 2] = [0.1, 60.0];

const EXAMPLES: &str = "\
Examples:
  sudo escape-detector top
  sudo escape-detector top --interval 0.2

Keys: Tab for the next pane, j and k or arrows to move, Enter for details, p to pause, ? for help,
q to quit. Scripts ask `status --output json` and read `events --output json`.";

/// What `top` was told.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct TopOptions {
    /// Ask the detector every so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = interval)]
    interval: Duration,
    #[command(flatten)]
    place: Place,
}

fn interval(text: &str) -> Result<Duration, String> {
    let [shortest, longest] = INTERVALS;
    let seconds = text.parse().ok();
    let seconds = seconds.filter(|seconds| (shortest..=longest).contains(seconds));
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("a number of seconds from {shortest} to {longest} is wanted"))
}

/// Shows a detector until somebody quits.
pub(super) fn top(options: &TopOptions) -> anyhow::Result<()> {
    ensure!(
        io::stdin().is_terminal() && io::stdout().is_terminal(),
        "`top` needs a terminal; in scripts ask `status --output json` or read `events --output json`"
    );
    let stop = Stop::new().context("no descriptor for the end")?;
    let asked = stop.clone();
    on_signals(move || asked.request()).context("cannot listen for signals")?;
    let options = Options {
        socket: options.place.socket()?,
        interval: options.interval,
        colour: coloured(&io::stdout()),
    };
    view::run(options, &stop)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_have_bounds() {
        assert_eq!(interval("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(interval("60"), Ok(Duration::from_secs(60)));
        for wrong in ["0", "-1", "61", "NaN", "inf", "soon", ""] {
            let error = interval(wrong).unwrap_err();
            assert!(error.contains("from 0.1 to 60"), "{wrong}: {error}");
        }
    }
}
