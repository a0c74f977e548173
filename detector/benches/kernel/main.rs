//! `cargo xtask bench kernel`: what the sensor adds to the calls of every process, and of a watched
//! one.
//!
//! This process loads the sensor and conducts: in each round nothing is attached, then programs that
//! do nothing, then the sensor, and each time the same processes perform the same acts, on a
//! processor of their own, on their own clock. One of them is unwatched, the others are watched as
//! containers are. What counts are ratios within a round, and of those the median: `rounds` goes
//! through them, `report` prints them beside the `aims`. In the end two processes flood a detector
//! that runs as people run it (`flood`).

mod acts;
mod aims;
mod audit;
mod conditions;
mod flood;
mod ground;
mod options;
mod performer;
mod report;
mod rounds;
mod statistics;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use conditions::Conditions;
use ground::Ground;
use options::{Bench, Options, Part};
use report::Report;

fn main() -> ExitCode {
    let bench = Bench::parse();
    let done = match bench.part {
        None => measure(&bench.options),
        Some(Part::Enter(placed)) => placed.enter(),
        Some(Part::Perform(placed)) => placed.perform(),
        Some(Part::Flood(flooding)) => flooding.flood(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<()> {
    let conditions = Conditions::now();
    for falsified in conditions.falsified_by() {
        eprintln!("bench: this falsifies the measurement: {falsified}");
    }
    let ground = Ground::prepare()?;
    let rounds = rounds::measure(&ground, options)?;
    let floods = flood::all(&ground, options)?;
    let report = Report::new(conditions, rounds, floods);
    print!("{}", report.rendered(options.output)?);
    Ok(())
}
