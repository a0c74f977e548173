//! Compiled rules, and which of them match an event.

use super::loading::{priority::Priority, problem::Problem};
use super::matching::{
    condition::Condition,
    events::REPORTED,
    interest::Interest,
    program::{Program, Scratch, Size},
    template::Template,
    value::Fields,
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

/// Rules, compiled together.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    program: Program,
    matching: RuleMatching,
    warnings: Vec<Problem>,
}

/// Which of the rules that match an event are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RuleMatching {
    /// Every one.
    #[default]
    All,
    /// The first in load order, and no other.
    First,
}

impl RuleMatching {
    /// Both.
    pub const ALL: [Self; 2] = [Self::All, Self::First];

    /// The name on the command line and in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::First => "first",
        }
    }
}

/// Memory for asking a set: it grows to what the set needs, and may be used for another afterwards.
#[derive(Debug, Default)]
pub struct Workspace(Scratch);

impl RuleSet {
    pub(super) fn new(rules: Vec<Rule>, warnings: Vec<Problem>) -> Self {
        let conditions: Vec<&Condition> = rules.iter().map(|rule| &rule.condition).collect();
        let program = Program::new(REPORTED, &conditions);
        Self {
            rules,
            program,
            matching: RuleMatching::default(),
            warnings,
        }
    }

    /// The same rules, of which these are told.
    #[must_use]
    pub fn telling(self, matching: RuleMatching) -> Self {
        Self { matching, ..self }
    }

    /// The places, among [`Self::rules`], of the rules that match the event, in load order; the first
    /// alone where that was asked for.
    ///
    /// `event_type` must be what `fields` says of `evt.type`.
    pub fn matching<'w>(
        &self,
        event_type: &str,
        fields: &dyn Fields,
        workspace: &'w mut Workspace,
    ) -> &'w [usize] {
        let matching = self.program.matching(event_type, fields, &mut workspace.0);
        match self.matching {
            RuleMatching::All => matching,
            RuleMatching::First => matching.get(..1).unwrap_or_default(),
        }
    }

    /// Every rule that matches the event, in load order: [`Self::matching`] for those who ask once.
    pub fn matches(&self, event_type: &str, fields: &dyn Fields) -> impl Iterator<Item = &Rule> {
        let mut workspace = Workspace::default();
        let places = self.matching(event_type, fields, &mut workspace).to_vec();
        places.into_iter().filter_map(|place| self.rules.get(place))
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
            .filter(|event_type| self.program.concerns(event_type))
    }

    /// Whether at least one rule can match an event of this type.
    #[must_use]
    pub fn concerns(&self, event_type: &str) -> bool {
        self.program.concerns(event_type)
    }

    /// How much the conditions of all rules came to.
    #[must_use]
    pub fn size(&self) -> Size {
        self.program.size()
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
