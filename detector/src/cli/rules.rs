//! `escape-detector rules`: work on rules without starting anything.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Detector, terminal};
use crate::config::Output;
use crate::rules::{LoadErrors, Problem, RuleSet, RuleSource, shipped};
use crate::sinks::to_line;

const CHECK_EXAMPLES: &str = "\
Examples:
  escape-detector rules check --rules my.yaml
  escape-detector rules check --rules /etc/escape-detector/rules --rules my.yaml
  escape-detector rules check --rules my.yaml --output json | jq '.problems[]'

Says what is wrong, with file, line and column: the first 20 of each file and how many more there
are, and all of it with `--output json`. Exit code 0 means that `run` would take them.";

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Read rules as `run` would, and say what is wrong with them
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckOptions),
}

#[derive(Debug, Args)]
pub(super) struct CheckOptions {
    /// Rule file, or directory of them; repeatable [default: the shipped rules]
    #[arg(long, value_name = "PATH")]
    rules: Vec<PathBuf>,
    /// How the answer looks
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
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
    let RulesCommand::Check(CheckOptions { rules, output }) = command;
    let checked = D::load_rules(rules).map(drop);
    if *output == Output::Json {
        terminal::answer(&(to_line(&answer(&checked))? + "\n"))?;
    } else if checked.is_ok() {
        terminal::answer("The rules are right.\n")?;
    }
    checked
}

/// For programs: everything that is wrong.
fn answer(checked: &anyhow::Result<()>) -> Value {
    let problems = match checked {
        Ok(()) => Vec::new(),
        Err(error) => match error.downcast_ref::<LoadErrors>() {
            Some(errors) => errors.problems.iter().map(problem).collect(),
            None => vec![json!({"file": null, "message": format!("{error:#}")})],
        },
    };
    json!({"ok": checked.is_ok(), "problems": problems})
}

fn problem(problem: &Problem) -> Value {
    let Problem {
        file,
        position,
        fault,
        ..
    } = problem;
    json!({
        "file": file,
        "line": position.map(|position| position.line),
        "column": position.map(|position| position.column),
        "message": fault.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_all_that_is_wrong() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("cases.yaml");
        std::fs::write(&file, "- case: x\n  event: y\n".repeat(40)).unwrap();
        let checked = load(&[file]).map(drop);
        let text = checked.as_ref().unwrap_err().to_string();
        let named = text.matches("cases.yaml:").count();
        assert_eq!(named, 21, "{text}");
        let answer = answer(&checked);
        assert_eq!(answer["ok"], false);
        let problems = answer["problems"].as_array().unwrap();
        assert!(problems.len() >= 40, "{answer}");
        assert!(text.ends_with(&format!("and {} more in this file", problems.len() - 20)));
        assert_eq!(problems[39]["file"], problems[0]["file"]);
        assert_eq!(problems[0]["line"], 1);
        assert!(problems[0]["message"].is_string());
    }
}
