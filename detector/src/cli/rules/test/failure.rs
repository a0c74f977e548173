//! A case asked, and what there is to say where it came out otherwise.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Serialize;

use super::super::{lines, named};
use crate::replay::Replay;
use crate::rules::{Alerts, Case, Input, RuleSet, Survey, TestFile};
use crate::sinks::escape::{escape, is_harmless};

/// A case that came out otherwise.
#[derive(Debug, Serialize)]
pub(super) struct Failure<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    case: &'a str,
    expected: &'a Alerts,
    got: Alerts,
    because: Vec<Because<'a>>,
    /// Whether `rules explain` can be asked.
    #[serde(skip)]
    has_event: bool,
}

/// Why there was no alert of a rule.
#[derive(Debug, Serialize)]
struct Because<'a> {
    rule: &'a str,
    checks: Vec<String>,
}

/// Asks a case; nothing where it came out as expected.
pub(super) fn judge<'a>(
    file: &'a TestFile,
    case: &'a Case,
    rules: &RuleSet,
    survey: &Survey,
) -> anyhow::Result<Option<Failure<'a>>> {
    let got = match &case.input {
        Input::Event(event) => Alerts::of(rules, event),
        Input::Events(path) => of_lines(path, rules)?,
        Input::Capture(path) => of_capture(path, rules)?,
    };
    if got == case.expected {
        return Ok(None);
    }
    let mut because = Vec::new();
    if let Input::Event(event) = &case.input {
        for rule in case.expected.without(&got) {
            let tree = named(survey, rule)?.question.explain(event);
            let check = |value: &Option<String>| match value {
                Some(value) => format!("it is {value}"),
                None => "the event does not have it".to_owned(),
            };
            let checks = tree.decisive();
            let checks = checks
                .iter()
                .map(|part| format!("{} is {}: {}", part.text, part.holds, check(&part.value)));
            because.push(Because {
                rule,
                checks: checks.collect(),
            });
        }
    }
    Ok(Some(Failure {
        file: &file.document.name,
        line: case.position.line,
        column: case.position.column,
        case: &case.name,
        expected: &case.expected,
        got,
        because,
        has_event: matches!(case.input, Input::Event(_)),
    }))
}

fn of_lines(path: &Path, rules: &RuleSet) -> anyhow::Result<Alerts> {
    let mut alerts = Alerts::default();
    let name = path.display().to_string();
    regular(path)?;
    lines::each(&mut *lines::open(path)?, &name, |told| {
        alerts.extend(Alerts::of(rules, &told));
        Ok(())
    })?;
    Ok(alerts)
}

fn of_capture(path: &Path, rules: &RuleSet) -> anyhow::Result<Alerts> {
    let name = || path.display().to_string();
    let file = regular(path)?;
    let mut replay = Replay::new(BufReader::new(file), rules.clone()).with_context(name)?;
    let mut alerts = Alerts::default();
    loop {
        let step = replay.advance();
        for alert in replay.alerts() {
            alerts.add(&alert.rule, alert.priority);
        }
        if step.with_context(name)?.is_none() {
            return Ok(alerts);
        }
    }
}

fn regular(path: &Path) -> anyhow::Result<File> {
    let name = path.display();
    if !fs::metadata(path)
        .with_context(|| format!("{name} cannot be opened"))?
        .is_file()
    {
        bail!("{name} is no regular file");
    }
    File::open(path).with_context(|| format!("{name} cannot be opened"))
}

impl Failure<'_> {
    pub(super) fn page(&self, rules: &[PathBuf]) -> String {
        let Self {
            file,
            line,
            column,
            case,
            expected,
            got,
            because,
            ..
        } = self;
        let mut text = format!(
            "{}:{line}:{column}: {}\n  expected  {}\n  got       {}\n",
            escape(file),
            escape(case),
            escape(&expected.to_string()),
            escape(&got.to_string()),
        );
        for Because { rule, checks } in because {
            for check in checks {
                text += &format!("  because   {}\n", escape(check));
            }
            text += &self.tree(rule, rules);
        }
        if let (Some(rule), true) = (got.without(expected).next(), self.has_event) {
            text += &self.tree(rule, rules);
        }
        text
    }

    /// The command that shows all of a rule's condition, where it can be shown and typed.
    fn tree(&self, rule: &str, rules: &[PathBuf]) -> String {
        let mut command = format!(
            "escape-detector rules explain --event {} --case {} --rule {}",
            quoted(self.file),
            quoted(self.case),
            quoted(rule)
        );
        for path in rules {
            command += &format!(" --rules {}", quoted(&path.display().to_string()));
        }
        if command.chars().all(is_harmless) {
            format!("  the tree  {command}\n")
        } else {
            String::new()
        }
    }
}

/// As a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/._-".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
