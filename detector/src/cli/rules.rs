//! `escape-detector rules`: work on rules without starting anything.

use std::path::PathBuf;

use clap::Subcommand;

use super::{Detector, terminal};

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Read rules as `run` would, and say what is wrong with them
    Check {
        /// Rule file, or directory of them; repeatable [default: the shipped rules]
        #[arg(long, value_name = "PATH")]
        rules: Vec<PathBuf>,
    },
}

pub(super) fn rules<D: Detector>(command: &RulesCommand) -> anyhow::Result<()> {
    let RulesCommand::Check { rules } = command;
    D::load_rules(rules)?;
    terminal::answer("The rules are right.\n")?;
    Ok(())
}
