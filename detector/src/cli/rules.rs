//! `escape-detector rules`: work on rules without starting anything.

use std::path::PathBuf;

use clap::Subcommand;

use super::{Detector, terminal};
use crate::rules::{RuleSet, RuleSource, shipped};

const CHECK_EXAMPLES: &str = "\
Examples:
  escape-detector rules check --rules my.yaml
  escape-detector rules check --rules /etc/escape-detector/rules --rules my.yaml

Says all that is wrong, with file, line and column. Exit code 0 means that `run` would take them.";

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Read rules as `run` would, and say what is wrong with them
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        /// Rule file, or directory of them; repeatable [default: the shipped rules]
        #[arg(long, value_name = "PATH")]
        rules: Vec<PathBuf>,
    },
}

/// Reads rules from files and directories, or the shipped ones if there are none.
///
/// # Errors
/// If a rule is wrong, with file, line and column.
pub fn load(paths: &[PathBuf]) -> anyhow::Result<RuleSet> {
    let sources = if paths.is_empty() {
        shipped()
    } else {
        paths.iter().cloned().map(RuleSource::Path).collect()
    };
    let rules = RuleSet::load(&sources)?;
    for warning in rules.warnings() {
        tracing::warn!("{warning}");
    }
    Ok(rules)
}

pub(super) fn rules<D: Detector>(command: &RulesCommand) -> anyhow::Result<()> {
    let RulesCommand::Check { rules } = command;
    D::load_rules(rules)?;
    terminal::answer("The rules are right.\n")?;
    Ok(())
}
