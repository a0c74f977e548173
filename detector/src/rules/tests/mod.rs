//! Tests of the language as a whole.

mod changes;
mod errors;
mod exceptions;
mod functions;
mod interest;
mod language;
mod loading;
mod matching;
mod operators;
mod outputs;
mod reference;
mod shapes;
mod soundness;
mod trees;
mod words;

use super::{LoadErrors, RuleSet, RuleSource};

/// Loads one text under the name `x.yaml`.
fn load(text: &str) -> Result<RuleSet, LoadErrors> {
    let (name, text) = ("x.yaml".into(), text.to_owned().into());
    RuleSet::load(&[RuleSource::Text { name, text }])
}

/// Loads one rule with this condition.
fn with_condition(condition: &str) -> Result<RuleSet, LoadErrors> {
    load(&format!(
        "- rule: R\n  desc: d\n  warn_evttypes: false\n  condition: |\n    {condition}\n  output: o\n  priority: INFO\n"
    ))
}

/// A file with one good rule.
const GOOD: &str =
    "- rule: R\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n";

/// The first line of each problem.
#[track_caller]
fn problems(text: &str) -> Vec<String> {
    let errors = load(text).map(|rules| rules.rules().len()).unwrap_err();
    errors
        .problems
        .iter()
        .map(|problem| first_line(&problem.to_string()))
        .collect()
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
