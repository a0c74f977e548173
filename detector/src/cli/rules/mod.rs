//! `escape-detector rules`: work on rules without starting anything. One file per verb.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};

use crate::rules::{RuleSet, RuleSource, Survey, Surveyed, shipped, suggest};

mod check;
mod eval;
mod explain;
mod fields;
mod fmt;
mod lines;
mod list;
mod new;
#[cfg(test)]
mod sample;
mod schema;
mod show;
mod test;

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Read rules as `run` would, and say what is wrong with them
    Check(check::CheckOptions),
    /// Name the rules, where they stand, and whether they are switched on
    List(list::ListOptions),
    /// Name the fields that conditions may ask, and say where their values come from
    Fields(fields::FieldsOptions),
    /// Show one rule as the detector understands it
    Show(show::ShowOptions),
    /// Ask a condition of events that were written down
    Eval(eval::EvalOptions),
    /// Say why a rule matches an event, or why not
    Explain(explain::ExplainOptions),
    /// Run the tests that stand beside rules
    Test(test::TestOptions),
    /// Write a first rule and its tests, to begin with
    New(new::NewOptions),
    /// Lay rule files out
    Fmt(fmt::FmtOptions),
    /// Print the JSON Schema of rule files, for editors
    Schema(schema::SchemaOptions),
}

pub(super) use schema::text as schema_text;

/// Which rules are meant.
#[derive(Debug, Clone, Default, Args)]
struct Files {
    /// Rule files, or directories of them [default: the shipped rules]
    #[arg(value_name = "FILES")]
    files: Vec<PathBuf>,
    /// Rule file, or directory of them, read before FILES; repeatable
    #[arg(long, value_name = "PATH")]
    rules: Vec<PathBuf>,
}

impl Files {
    /// All of them, in the order in which they are read.
    fn paths(&self) -> Vec<PathBuf> {
        self.rules.iter().chain(&self.files).cloned().collect()
    }
}

/// The rules of verbs whose arguments are something else.
#[derive(Debug, Clone, Default, Args)]
struct Beside {
    /// Rule file, or directory of them; repeatable [default: the shipped rules]
    #[arg(long, value_name = "PATH")]
    rules: Vec<PathBuf>,
}

/// Reads rules from files and directories, or the shipped ones if there are none.
///
/// # Errors
/// If a rule is wrong, with file, line and column.
pub fn load(paths: &[PathBuf]) -> anyhow::Result<RuleSet> {
    let rules = RuleSet::load(&sources(paths))?;
    for warning in rules.warnings() {
        tracing::warn!("{warning}");
    }
    Ok(rules)
}

/// The same for authors: rules that are switched off too.
fn survey(paths: &[PathBuf]) -> anyhow::Result<Survey> {
    Ok(Survey::load(&sources(paths))?)
}

/// The rule of this name.
fn named<'a>(survey: &'a Survey, name: &str) -> anyhow::Result<&'a Surveyed> {
    let mut rules = survey.rules().iter();
    if let Some(found) = rules.find(|one| one.rule.name == name) {
        return Ok(found);
    }
    let names = survey.rules().iter().map(|one| one.rule.name.as_str());
    let hint = suggest(name, names);
    bail!("no rule '{name}'{hint} (`escape-detector rules list` names all)")
}

fn sources(paths: &[PathBuf]) -> Vec<RuleSource> {
    if paths.is_empty() {
        shipped()
    } else {
        paths.iter().cloned().map(RuleSource::Path).collect()
    }
}

pub(super) fn rules(command: &RulesCommand) -> anyhow::Result<()> {
    match command {
        RulesCommand::Check(options) => check::check(options),
        RulesCommand::List(options) => list::list(options),
        RulesCommand::Fields(options) => fields::fields(options),
        RulesCommand::Show(options) => show::show(options),
        RulesCommand::Eval(options) => eval::eval(options),
        RulesCommand::Explain(options) => explain::explain(options),
        RulesCommand::Test(options) => test::test(options),
        RulesCommand::New(options) => new::new(options),
        RulesCommand::Fmt(options) => fmt::fmt(options),
        RulesCommand::Schema(options) => schema::schema(options),
    }
}
