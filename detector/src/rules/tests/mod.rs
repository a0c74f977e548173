//! Tests of the language as a whole.

mod language;
mod loading;
mod matching;

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
