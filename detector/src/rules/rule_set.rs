//! Compiled rules, and which of them match an event.

use std::collections::HashMap;

use super::loading::{priority::Priority, problem::Problem};
use super::matching::{
    condition::Condition, events::REPORTED, interest::Interest, template::Template, value::Fields,
};
use crate::document::Position;

/// A rule, ready to be matched.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name, unique in the set.
    pub name: String,
    /// What it is about, for people.
    pub description: String,
    /// How urgent its alerts are.
    pub priority: Priority,
    /// How urgent they are where the kernel refused the act; without it, `priority` counts.
    pub priority_refused: Option<Priority>,
    /// MITRE techniques and topics.
    pub tags: Vec<String>,
    /// What its alerts say.
    pub output: Template,
    /// The file that defines it.
    pub file: String,
    /// Where in that file.
    pub position: Position,
    pub(super) condition: Condition,
    pub(super) asks_engine: bool,
}

impl Rule {
    /// How urgent an alert is, by whether the kernel refused the act.
    #[must_use]
    pub fn priority_when(&self, refused: bool) -> Priority {
        self.priority_refused
            .filter(|_| refused)
            .unwrap_or(self.priority)
    }

    /// Whether the condition asks for what the container's engine tells: until it has answered,
    /// neither a match nor its absence is final.
    #[must_use]
    pub fn asks_engine(&self) -> bool {
        self.asks_engine
    }

    /// Whether an event satisfies the condition.
    pub fn matches(&self, fields: &dyn Fields) -> bool {
        self.condition.holds(fields)
    }
}

/// Rules, indexed by the event types that can satisfy them.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    by_type: HashMap<&'static str, Vec<usize>>,
    warnings: Vec<Problem>,
}

impl RuleSet {
    pub(super) fn new(rules: Vec<Rule>, warnings: Vec<Problem>) -> Self {
        let mut by_type = HashMap::new();
        for event_type in REPORTED {
            let candidates: Vec<usize> = rules
                .iter()
                .enumerate()
                .filter(|(_, rule)| rule.condition.can_match(event_type))
                .map(|(index, _)| index)
                .collect();
            if !candidates.is_empty() {
                by_type.insert(*event_type, candidates);
            }
        }
        Self {
            rules,
            by_type,
            warnings,
        }
    }

    /// Every rule that matches the event, in load order.
    ///
    /// `event_type` must be what `fields` says of `evt.type`.
    pub fn matches<'a>(
        &'a self,
        event_type: &str,
        fields: &'a dyn Fields,
    ) -> impl Iterator<Item = &'a Rule> + use<'a> {
        self.by_type
            .get(event_type)
            .into_iter()
            .flatten()
            .filter_map(|index| self.rules.get(*index))
            .filter(move |rule| rule.matches(fields))
    }

    /// All enabled rules, in load order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The event types that at least one rule can match, in the order of the families.
    pub fn event_types(&self) -> impl Iterator<Item = &'static str> {
        REPORTED
            .iter()
            .copied()
            .filter(|event_type| self.by_type.contains_key(event_type))
    }

    /// What the rules can match at all, and so what need not become an event.
    #[must_use]
    pub fn interest(&self) -> Interest {
        let conditions = self.rules.iter().map(|rule| &rule.condition);
        Interest::new(self.event_types(), conditions)
    }

    /// What is suspicious about rules that did load.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }
}
