//! Ten times as many rules: copies that ask for other names.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use detector::rules::{RuleSource, Survey};
use regex::Regex;

/// A rule file with so many copies of each switched-on rule. In all copies but the first, paths and
/// names of programs are others.
pub(crate) fn multiplied(sources: &[RuleSource], times: usize) -> Result<String> {
    let survey = Survey::load(sources).context("the rules do not load")?;
    let paths = Regex::new(r#"(?P<before>[\s(,"'*])(?P<path>/[[:alnum:]._/-]+)"#)?;
    let names = Regex::new(
        r"(?P<ask>proc\.[ap]*(?:name|exe|cmdline)(?:\[\d+\])? (?:=|in|contains|startswith) )(?P<rest>\([^()]*\)|[^\s()]+)",
    )?;
    let word = Regex::new(r"(?P<word>[[:alnum:]][[:alnum:]._+-]*)")?;
    let mut text = String::new();
    for copy in 0..times {
        for one in survey.rules().iter().filter(|one| one.enabled) {
            let mut condition = one.question.text();
            if copy > 0 {
                let suffix = format!("-{copy}");
                condition = names
                    .replace_all(&condition, |found: &regex::Captures<'_>| {
                        let rest = word.replace_all(&found["rest"], format!("${{word}}{suffix}"));
                        format!("{}{rest}", &found["ask"])
                    })
                    .into_owned();
                condition = paths
                    .replace_all(&condition, format!("${{before}}${{path}}{suffix}"))
                    .into_owned();
            }
            let name = format!("{} {copy}", one.rule.name.replace('"', ""));
            writeln!(text, "- rule: \"{name}\"")?;
            writeln!(text, "  desc: copy\n  output: none\n  priority: NOTICE")?;
            writeln!(text, "  condition: >")?;
            for line in condition.lines() {
                writeln!(text, "    {line}")?;
            }
        }
    }
    Ok(text)
}
