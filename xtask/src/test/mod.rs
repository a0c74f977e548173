//! `cargo xtask test`: every check of the product, the cheap ones first.
//!
//! The first red step ends it: what follows would only bury the reason. Setup and build come before
//! the steps that need them, so that one step alone, by `--only`, does no more than it must.

mod e2e;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::build::Build;
use crate::command::Invocation;
use crate::progress::span;
use crate::setup::{self, Purpose};
use crate::toolchain::Toolchain;
use crate::vm::Series;
use crate::vmtest;

/// Set up what is missing, build, and run every test
///
/// In this order: formatting, lints, unit tests, one kernel of Debian's in a virtual machine (with
/// --all the matrix), end-to-end tests in real containers (as root). Stops at the first that fails,
/// says which, and exits with 1.
#[derive(Args)]
pub(crate) struct Test {
    /// Run long tests at their full length, and every kernel.
    #[arg(long)]
    all: bool,

    /// Run this step alone, with the setup and the build that it needs.
    #[arg(long, value_enum, value_name = "STEP")]
    only: Option<Check>,

    /// Options and filters for the test programs of that step, for instance `-- --nocapture mount`.
    #[arg(last = true, requires = "only", value_name = "ARGS")]
    args: Vec<String>,
}

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Check {
    /// Formatting, of the kernel crate too.
    Fmt,
    /// Lints, warnings being errors; the kernel crate by the toolchain that builds it.
    Clippy,
    /// Tests without root and containers.
    Unit,
    /// Every family of events in a virtual machine, as `cargo xtask vmtest` does.
    Vm,
    /// Tests of the built detector on real containers, as root.
    E2e,
}

/// One thing to do on the way, in the order of doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Setup,
    Build,
    Check(Check),
}

impl Test {
    /// The subcommand.
    pub(crate) fn perform(&self) -> Result<()> {
        let steps = steps(self.only);
        let mut passed = Vec::new();
        let mut detector = PathBuf::new();
        for (index, &step) in steps.iter().enumerate() {
            eprintln!("\n[{}/{}] {}", index + 1, steps.len(), step.name());
            let started = Instant::now();
            let result = self.take(step, &mut detector);
            let time = started.elapsed();
            if result.is_err() {
                eprintln!("{}", summary(&steps, &passed, Some(time)));
                let (name, alone) = (step.name(), step.alone());
                return result.with_context(|| format!("{name} failed (alone: `{alone}`)"));
            }
            passed.push(time);
        }
        eprintln!("{}", summary(&steps, &passed, None));
        Ok(())
    }

    fn take(&self, step: Step, detector: &mut PathBuf) -> Result<()> {
        match step {
            Step::Setup => setup::ensure(&purposes(self.only)),
            Step::Build => Build::for_use().detector().map(|built| *detector = built),
            Step::Check(Check::Fmt) => cargo(&["fmt", "--all", "--check"]).run(),
            Step::Check(Check::Clippy) => lint(),
            Step::Check(Check::Unit) => self.unit(),
            Step::Check(Check::Vm) => vmtest::test(detector, self.kernels()),
            Step::Check(Check::E2e) => e2e::run(detector, self.all, &self.args),
        }
    }

    fn kernels(&self) -> &'static [Series] {
        if self.all {
            &Series::ALL
        } else {
            &[Series::DEFAULT]
        }
    }

    fn unit(&self) -> Result<()> {
        let members = [
            "--workspace",
            "--exclude",
            "detector-ebpf",
            "--exclude",
            "tests",
        ];
        cargo(&["test"])
            .args(members)
            .args(["--"])
            .args(&self.args)
            .run()
    }
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Build => "build",
            Self::Check(Check::Fmt) => "fmt",
            Self::Check(Check::Clippy) => "clippy",
            Self::Check(Check::Unit) => "unit",
            Self::Check(Check::Vm) => "vm",
            Self::Check(Check::E2e) => "e2e",
        }
    }

    /// The command that takes this step alone.
    fn alone(self) -> String {
        match self {
            Self::Setup => "cargo xtask setup".to_owned(),
            Self::Build => "cargo xtask build --release".to_owned(),
            Self::Check(_) => format!("cargo xtask test --only {}", self.name()),
        }
    }
}

/// All steps, or those that one check needs. Formatting needs nothing; the others need the built
/// sensor, which the detector embeds.
fn steps(only: Option<Check>) -> Vec<Step> {
    match only {
        Some(Check::Fmt) => vec![Step::Check(Check::Fmt)],
        Some(check) => vec![Step::Setup, Step::Build, Step::Check(check)],
        None => {
            let checks = Check::value_variants().iter().copied().map(Step::Check);
            [Step::Setup, Step::Build]
                .into_iter()
                .chain(checks)
                .collect()
        }
    }
}

fn purposes(only: Option<Check>) -> Vec<Purpose> {
    match only {
        Some(Check::Fmt) => Vec::new(),
        Some(Check::Clippy) => vec![Purpose::Sensor, Purpose::Lints],
        Some(Check::Unit) => vec![Purpose::Sensor],
        Some(Check::Vm) => vec![Purpose::Sensor, Purpose::Machines],
        Some(Check::E2e) => vec![Purpose::Sensor, Purpose::Containers],
        None => Purpose::ALL.into(),
    }
}

/// Lints everything twice where a feature changes what is compiled.
fn lint() -> Result<()> {
    const ERRORS: [&str; 3] = ["--", "-D", "warnings"];
    let debug_log = ["--features", "debug-log"];
    let members = ["--workspace", "--exclude", "detector-ebpf", "--all-targets"];
    cargo(&["clippy"]).args(members).args(ERRORS).run()?;
    cargo(&["clippy", "--package", "detector", "--all-targets"])
        .args(["--features", "debug-log,samples"])
        .args(ERRORS)
        .run()?;
    let sensor = Toolchain::required()?.cargo("clippy");
    sensor.clone().args(ERRORS).run()?;
    let legacy = ["--features", "legacy"];
    sensor.clone().args(legacy).args(ERRORS).run()?;
    sensor.args(debug_log).args(ERRORS).run()
}

fn cargo(args: &[&str]) -> Invocation {
    Invocation::new("cargo").args(args)
}

/// A line for each step: how long it took, that it failed, or that it was not reached.
fn summary(steps: &[Step], passed: &[Duration], failed: Option<Duration>) -> String {
    let passed = passed
        .iter()
        .map(|time| format!("passed in {}", span(*time)));
    let failed = failed.map(|time| format!("FAILED after {}", span(time)));
    let ends = passed
        .chain(failed)
        .chain(std::iter::repeat("not reached".to_owned()));
    let lines = steps
        .iter()
        .zip(ends)
        .map(|(step, end)| format!("\n  {:7} {end}", step.name()));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_steps_cheap_ones_first() {
        let names: Vec<_> = steps(None).into_iter().map(Step::name).collect();
        assert_eq!(
            names,
            ["setup", "build", "fmt", "clippy", "unit", "vm", "e2e"]
        );
        assert_eq!(steps(Some(Check::Fmt)), [Step::Check(Check::Fmt)]);
        assert_eq!(steps(Some(Check::Unit)).len(), 3);
    }

    #[test]
    fn only_the_end_to_end_tests_ask_for_containers() {
        for check in Check::value_variants() {
            let asks = purposes(Some(*check)).contains(&Purpose::Containers);
            assert_eq!(asks, *check == Check::E2e, "{check:?}");
        }
    }

    #[test]
    fn the_summary_tells_every_step() {
        let time = Duration::from_secs(2);
        let said = summary(&steps(None), &[time, time], Some(time));
        let ends: Vec<_> = said
            .trim_start_matches('\n')
            .lines()
            .map(|l| &l[10..])
            .collect();
        let (passed, failed) = ("passed in 2.0 s", "FAILED after 2.0 s");
        let not_reached = "not reached";
        assert_eq!(
            ends,
            [
                passed,
                passed,
                failed,
                not_reached,
                not_reached,
                not_reached,
                not_reached
            ]
        );
    }
}
