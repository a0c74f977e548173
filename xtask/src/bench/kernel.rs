//! `cargo xtask bench kernel`: builds detector and bench, and lets the bench run as root.

use anyhow::{Context, Result};
use clap::Args;

use super::Form;
use crate::artifacts;
use crate::build::Build;
use crate::command::Invocation;
use crate::setup::{self, Purpose};

/// The bench of the detector's package that measures.
const TARGET: &str = "kernel";

/// Measure what the sensor adds to system calls, as ratios to nothing attached
///
/// In each round the same processes perform the same acts with nothing attached, with empty programs
/// on the sensor's hooks, and with the sensor: one process unwatched, one watched at the level
/// `rules`, one at `operations`. What counts is the ratio within a round, and of all rounds the
/// median; nanoseconds are printed as information. Times are those of the measured thread, so other
/// load does not count in itself; but it takes caches away, so measure on a quiet machine.
///
/// Then two processes flood a detector that runs as people run it, at each level: how many opens a
/// second, and how many records were lost.
///
/// Aims stand beside what was measured. A missed aim is printed as MISSED and fails nothing: the exit
/// code is 0 whenever it could be measured.
///
/// kernel.bpf_stats_enabled, audit rules and programs of others on the same tracepoints falsify it:
/// they are looked for first and named in the result. Rounds in which others' programs come or go are
/// discarded.
#[derive(Args)]
pub(crate) struct Kernel {
    /// Rounds; in each everything is measured once.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(3..=100_000))]
    rounds: u32,

    /// Milliseconds of each slice; a round has 42 of them.
    #[arg(long, value_name = "MS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    slice: u64,

    /// Seconds of the flood at each level; 0 leaves it out.
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=600))]
    flood: u64,

    /// How the result looks on standard output; all else goes to standard error.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    output: Form,
}

impl Kernel {
    /// The task.
    pub(super) fn perform(self) -> Result<()> {
        setup::ensure(&[Purpose::Sensor])?;
        let detector = Build::for_use().detector()?;
        let cargo = Invocation::new("cargo").args(["bench", "--package", "detector", "--no-run"]);
        let programs = artifacts::built(&cargo.args(["--bench", TARGET]))?;
        let bench = programs
            .into_iter()
            .find(|program| program.target == TARGET);
        let bench = bench.with_context(|| format!("cargo built no bench `{TARGET}`"))?;
        let form = match self.output {
            Form::Text => "text",
            Form::Json => "json",
        };
        Invocation::new(&bench.path)
            .args(["--rounds".to_owned(), self.rounds.to_string()])
            .args(["--slice".to_owned(), self.slice.to_string()])
            .args(["--flood".to_owned(), self.flood.to_string()])
            .args(["--output", form])
            .variable("ESCAPE_DETECTOR", detector)
            .by_root()
            .run()
    }
}
