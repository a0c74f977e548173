//! `cargo xtask bench rules`: builds the bench and runs it.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use super::Form;
use crate::artifacts;
use crate::command::Invocation;
use crate::setup::{self, Purpose};

/// The bench of the detector's package that measures.
const TARGET: &str = "rules";

/// Measure how many events a second the rules are asked of
///
/// The events are those of a working agent on a quiet day, none of which any rule matches: programs
/// started, files read and written, connections made. They are asked of the shipped rules, and of
/// what --rules adds; then of ten times as many, nine in ten of which ask for other names. Times are
/// those of the measuring thread.
///
/// Aims stand beside what was measured. A missed aim is printed as MISSED and fails nothing.
#[derive(Args)]
pub(crate) struct Rules {
    /// Rule file, or directory of them, to ask besides the shipped rules; repeatable.
    #[arg(long, value_name = "PATH")]
    rules: Vec<PathBuf>,

    /// Rounds, of which the median counts; in each both sets are measured.
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,

    /// How the result looks on standard output; all else goes to standard error.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    output: Form,
}

impl Rules {
    /// The task.
    pub(super) fn perform(self) -> Result<()> {
        // The detector's library holds the sensor.
        setup::ensure(&[Purpose::Sensor])?;
        let cargo = Invocation::new("cargo").args(["bench", "--package", "detector", "--no-run"]);
        let cargo = cargo.args(["--features", "samples", "--bench", TARGET]);
        let programs = artifacts::built(&cargo)?;
        let bench = programs
            .into_iter()
            .find(|program| program.target == TARGET);
        let bench = bench.with_context(|| format!("cargo built no bench `{TARGET}`"))?;
        let mut run = Invocation::new(&bench.path).args(["--rounds", &self.rounds.to_string()]);
        for path in &self.rules {
            let found = path.canonicalize();
            let found = found.with_context(|| format!("--rules {}", path.display()))?;
            run = run.args([PathBuf::from("--rules"), found]);
        }
        if matches!(self.output, Form::Json) {
            run = run.args(["--json"]);
        }
        run.run()
    }
}
