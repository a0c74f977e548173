//! The command line: what people may ask for, and the parts that this program plays for itself.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// What the sensor adds to system calls; `cargo xtask bench kernel --help` says more
#[derive(Parser)]
#[command(name = "bench kernel", disable_help_subcommand = true)]
pub(crate) struct Bench {
    #[command(flatten)]
    pub(crate) options: Options,

    #[command(subcommand)]
    pub(crate) part: Option<Part>,
}

/// What people may ask for.
#[derive(Args)]
pub(crate) struct Options {
    /// Rounds; in each everything is measured once.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(3..=100_000))]
    pub(crate) rounds: u32,

    /// Milliseconds of each slice.
    #[arg(long, value_name = "MS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub(crate) slice: u64,

    /// Seconds of the flood at each level; 0 leaves it out.
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=600))]
    pub(crate) flood: u64,

    /// How the result looks.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub(crate) output: Form,

    /// Cargo gives this to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// How the result looks.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// For programs: one object.
    Json,
}

/// What this program does when it has started itself.
#[derive(Subcommand)]
pub(crate) enum Part {
    /// Waits to be put into a cgroup, then begins as a container's workload begins.
    #[command(hide = true)]
    Enter(Placed),
    /// Performs acts as it is told.
    #[command(hide = true)]
    Perform(Placed),
    /// Opens a file as often as it can.
    #[command(hide = true)]
    Flood(Flooding),
}

/// Where acts are performed.
#[derive(Args, Clone)]
pub(crate) struct Placed {
    /// The processor.
    #[arg(long)]
    pub(crate) cpu: usize,
    /// The file that is opened.
    #[arg(long)]
    pub(crate) file: PathBuf,
    /// The directory of the cgroup.
    #[arg(long)]
    pub(crate) cgroup: PathBuf,
}

/// How much is flooded.
#[derive(Args)]
pub(crate) struct Flooding {
    /// The processor.
    #[arg(long)]
    pub(crate) cpu: usize,
    /// The file that is opened.
    #[arg(long)]
    pub(crate) file: PathBuf,
    /// For how many seconds.
    #[arg(long)]
    pub(crate) seconds: u64,
}
