//! `cargo xtask bench`: what the product costs, measured. One file for each thing that is measured.

mod kernel;

use anyhow::Result;
use clap::{Args, Subcommand};

/// Measure what the product costs
#[derive(Args)]
pub(crate) struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Kernel(kernel::Kernel),
}

impl Bench {
    /// The subcommand.
    pub(crate) fn perform(self) -> Result<()> {
        match self.what {
            What::Kernel(kernel) => kernel.perform(),
        }
    }
}
