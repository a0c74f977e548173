//! `cargo xtask bench`: what the product costs, measured. One file for each thing that is measured.

mod kernel;
mod rules;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};

/// Measure what the product costs
#[derive(Args)]
pub(crate) struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Kernel(kernel::Kernel),
    Rules(rules::Rules),
}

/// How a result looks.
#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// For people.
    Text,
    /// For programs: one object.
    Json,
}

impl Bench {
    /// The subcommand.
    pub(crate) fn perform(self) -> Result<()> {
        match self.what {
            What::Kernel(kernel) => kernel.perform(),
            What::Rules(rules) => rules.perform(),
        }
    }
}
