//! One file and one event: what the reference expects, and what the product says in each of its ways.

use proptest::test_runner::TestCaseError;

use super::super::load;
use super::evaluate::Evaluation;
use super::event::Event;
use super::file::{Item, RULE};
use super::generate::File;
use super::merge;
use super::tally::Tally;
use crate::rules::rule_set::Workspace;
use crate::rules::{Fault, LoadErrors, RuleError, RuleSet, RuleSource, Survey};

/// A file, read by both sides.
pub(super) struct Comparison<'a> {
    yaml: String,
    book: merge::Book,
    rules: RuleSet,
    survey: Survey,
    /// Rules of which the product says that they can never match.
    never: Vec<String>,
    tally: &'a Tally,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(file: &File, tally: &'a Tally) -> Result<Self, TestCaseError> {
        let book = merge::read(&file.items);
        let yaml = file.yaml();
        let fail = |reason: String| TestCaseError::fail(format!("{reason}\n\n{yaml}"));
        let book = book.map_err(|fault| fail(format!("the reference cannot read it: {fault}")))?;
        let never = match load(&yaml) {
            Ok(_) => Vec::new(),
            Err(errors) => never(&errors).ok_or_else(|| fail(errors.to_string()))?,
        };
        let possible = |item: &&Item| !never.iter().any(|name| item.key() == (RULE, name));
        let possible: Vec<Item> = file.items.iter().filter(possible).cloned().collect();
        let source = RuleSource::Text {
            name: "x.yaml".into(),
            text: file.yaml_of(&possible).into(),
        };
        let sources = match possible.is_empty() {
            true => Vec::new(),
            false => vec![source],
        };
        let rules = RuleSet::load(&sources).map_err(|errors| fail(errors.to_string()))?;
        let survey = Survey::load(&sources).map_err(|errors| fail(errors.to_string()))?;
        Ok(Self {
            yaml,
            book,
            rules,
            survey,
            never,
            tally,
        })
    }

    /// Compares at one event: all rules together, each for itself, and each explained.
    pub(super) fn at(&self, event: &Event, workspace: &mut Workspace) -> Result<(), TestCaseError> {
        let evaluation = Evaluation {
            book: &self.book,
            event,
            tally: self.tally,
        };
        let mut expected = Vec::new();
        for (name, condition) in &self.book.rules {
            let holds = evaluation.holds(condition);
            self.tally.rule(holds);
            if holds {
                expected.push(name.as_str());
            }
        }
        let seen = event.as_seen();
        let rules = self.rules.rules();
        let together = self.rules.matching(event.event_type(), &seen, workspace);
        let together: Vec<&str> = together
            .iter()
            .map(|place| rules[*place].name.as_str())
            .collect();
        let apart = rules.iter().filter(|rule| rule.matches(&seen));
        let apart: Vec<&str> = apart.map(|rule| rule.name.as_str()).collect();
        let explained = self.survey.rules().iter();
        let explained = explained.filter(|surveyed| surveyed.question.explain(&seen).holds);
        let explained: Vec<&str> = explained
            .map(|surveyed| surveyed.rule.name.as_str())
            .collect();
        if together == expected && apart == expected && explained == expected {
            return Ok(());
        }
        Err(TestCaseError::fail(format!(
            "expected {expected:?}\ntogether {together:?}\napart    {apart:?}\nexplained {explained:?}\nnever    {:?}\n\nat{event:?}\n\n{}",
            self.never, self.yaml
        )))
    }
}

/// The rules that can never match, if nothing else is wrong.
fn never(errors: &LoadErrors) -> Option<Vec<String>> {
    let problems = errors.problems.iter();
    let never = problems.map(|problem| match &problem.fault {
        Fault::Rule(RuleError::NeverMatches(name)) => Some(name.clone()),
        _ => None,
    });
    never.collect()
}
