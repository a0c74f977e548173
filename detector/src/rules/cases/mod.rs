//! Tests that stand beside rules: events, and the alerts that they must raise.
//!
//! A test file is read here and its events are asked here. What lies in other files, lines of
//! events or a capture, is opened by whoever runs the tests: this room knows of no captures.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::PathBuf,
};

use serde::Serialize;

use super::loading::priority::Priority;
use super::rule_set::RuleSet;
use super::told::Told;
use crate::document::{Document, Position};

mod fault;
pub(super) mod files;
mod read;

pub use fault::{CaseError, CaseErrors, CaseProblem};
pub use files::{beside, is_test, is_yaml, rules_in, tests_in};

/// A file of cases.
#[derive(Clone, Debug)]
pub struct TestFile {
    /// Its name and text.
    pub document: Document,
    /// In the order in which they stand.
    pub cases: Vec<Case>,
}

/// An event, or several, and the alerts expected.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is about, for people.
    pub name: String,
    /// Where it stands.
    pub position: Position,
    /// What happens.
    pub input: Input,
    /// The alerts that must be raised, and no other.
    pub expected: Alerts,
    /// Where each of the expected rules is named.
    named: Vec<Named>,
}

/// The name of a rule in a test file.
#[derive(Clone, Debug)]
struct Named {
    rule: String,
    position: Position,
    width: u32,
}

/// What happens in a case.
#[derive(Clone, Debug)]
pub enum Input {
    /// One event.
    Event(Told),
    /// The events of a file, one in each line.
    Events(PathBuf),
    /// A capture.
    Capture(PathBuf),
}

/// Rules, with the priorities that their alerts had.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Alerts(BTreeMap<String, BTreeSet<Priority>>);

impl Alerts {
    /// What one event raises.
    #[must_use]
    pub fn of(rules: &RuleSet, event: &Told) -> Self {
        let mut alerts = Self::default();
        let matching = rules.matches(event.event_type().unwrap_or_default(), event);
        for rule in matching {
            alerts.add(&rule.name, rule.priority_when(event.refused()));
        }
        alerts
    }

    /// One more alert.
    pub fn add(&mut self, rule: &str, priority: Priority) {
        match self.0.get_mut(rule) {
            Some(priorities) => {
                priorities.insert(priority);
            }
            None => {
                self.0.insert(rule.to_owned(), BTreeSet::from([priority]));
            }
        }
    }

    /// More of them.
    pub fn extend(&mut self, other: Self) {
        for (rule, priorities) in other.0 {
            self.0.entry(rule).or_default().extend(priorities);
        }
    }

    /// The rules of which there is no alert.
    pub fn without(&self, other: &Self) -> impl Iterator<Item = &str> {
        let rules = self.0.keys().filter(|rule| !other.0.contains_key(*rule));
        rules.map(String::as_str)
    }
}

impl fmt::Display for Alerts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("no alert");
        }
        for (index, (rule, priorities)) in self.0.iter().enumerate() {
            write!(f, "{}{rule}: ", if index > 0 { ", " } else { "" })?;
            let names: Vec<_> = priorities.iter().map(|priority| priority.name()).collect();
            f.write_str(&names.join(" and "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
