//! `cargo xtask bench rules`: how many events a second the rules are asked of, on one processor.
//!
//! The events are those of a working agent: programs started, files read and written, connections
//! made, none of which is anything to warn of. They are observations already: what is measured is
//! what rules cost, from the fields of an event to the answer that none matches. Then the same with
//! ten times as many rules, of which nine in ten ask for other names.

mod allocations;
mod events;
mod multiply;
mod report;

use std::hint::black_box;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use detector::detect::{Matcher, redact::Redactor};
use detector::event::Clock;
use detector::host::Observation;
use detector::rules::{RuleSet, RuleSource, shipped};
use rustix::time::{ClockId, clock_gettime};

use allocations::COUNTED;
use report::{Report, Set};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

/// How often the rules are multiplied for the second measurement.
const TIMES: usize = 10;

#[derive(Parser)]
struct Options {
    /// Rule file, or directory of them, to ask besides the shipped rules; repeatable
    #[arg(long, value_name = "PATH")]
    rules: Vec<PathBuf>,
    /// Rounds, of which the median counts
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Milliseconds of a round
    #[arg(long, default_value_t = 200)]
    slice: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// What `cargo bench` passes to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    match measure(&Options::parse()) {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<String> {
    let observations = events::mixed()?;
    let mut sources = shipped();
    sources.extend(options.rules.iter().cloned().map(RuleSource::Path));
    let many = vec![RuleSource::Text {
        name: "multiplied.yaml".into(),
        text: multiply::multiplied(&sources, TIMES)?.into(),
    }];
    let mut once = Measured::new(&sources)?;
    let mut often = Measured::new(&many)?;
    for measured in [&mut once, &mut often] {
        measured.is_quiet_at(&observations)?;
    }
    let slice = Duration::from_millis(options.slice);
    let mut ratios = Vec::new();
    for _ in 0..options.rounds.max(1) {
        let (one, ten) = (
            once.round(&observations, slice),
            often.round(&observations, slice),
        );
        ratios.push(one / ten);
    }
    let report = Report::new(
        observations.len(),
        once.set(),
        often.set(),
        median(&mut ratios),
    );
    report.rendered(options.json)
}

/// A set of rules, and what asking it came to.
struct Measured {
    matcher: Matcher,
    rules: Arc<RuleSet>,
    memory: usize,
    load_time: Duration,
    rates: Vec<f64>,
    allocations: f64,
}

impl Measured {
    fn new(sources: &[RuleSource]) -> Result<Self> {
        let before = COUNTED.live();
        let started = own_time();
        let rules = Arc::new(RuleSet::load(sources).context("the rules do not load")?);
        let load_time = own_time().saturating_sub(started);
        let memory = COUNTED.live().saturating_sub(before);
        let boot = "6a8bd2a3-3b4e-4d0a-9b59-7c3b0c7e1f20".parse()?;
        let clock = Clock::with_offset(0);
        let redactor = Redactor::new()?;
        Ok(Self {
            matcher: Matcher::new(Arc::clone(&rules), redactor, "bench".into(), boot, clock),
            rules,
            memory,
            load_time,
            rates: Vec::new(),
            allocations: 0.0,
        })
    }

    /// Asks all once: an event that raises an alert would measure something else.
    fn is_quiet_at(&mut self, observations: &[Observation]) -> Result<()> {
        for observation in observations {
            let matches = self.matcher.matches(observation);
            let named: Vec<String> = self
                .matcher
                .alerts(&matches, observation)
                .into_iter()
                .map(|alert| format!("{}: {}", alert.rule, alert.message))
                .collect();
            ensure!(matches.is_empty(), "an event is not quiet: {named:?}");
        }
        Ok(())
    }

    /// Events a second.
    fn round(&mut self, observations: &[Observation], slice: Duration) -> f64 {
        let before = COUNTED.made();
        let started = own_time();
        let mut taken = Duration::ZERO;
        let mut asked = 0_u64;
        while taken < slice {
            for observation in observations {
                black_box(self.matcher.matches(black_box(observation)));
            }
            asked += observations.len() as u64;
            taken = own_time().saturating_sub(started);
        }
        let rate = asked as f64 / taken.as_secs_f64();
        self.allocations = (COUNTED.made() - before) as f64 / asked as f64;
        self.rates.push(rate);
        rate
    }

    fn set(mut self) -> Set {
        Set {
            rules: self.rules.rules().len(),
            size: self.rules.size(),
            memory: self.memory,
            load_milliseconds: self.load_time.as_secs_f64() * 1e3,
            events_per_second: median(&mut self.rates),
            allocations_per_event: self.allocations,
        }
    }
}

/// The processor time of this thread: what others do at the same time does not count.
fn own_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
