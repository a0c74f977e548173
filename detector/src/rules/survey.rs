//! Rules for those who write them: all of them, switched off or not, with the words of their
//! conditions, and conditions that stand alone.

use serde::Serialize;

use super::cost::Cost;
use super::language::{ast::Expr, layout, parser, place::Place, resolve::Names, text::Text};
use super::load;
use super::loading::{
    build::Compiled,
    problem::{LoadErrors, Problem},
};
use super::matching::{
    condition::{Condition, Free, Right, Test},
    events::REPORTED,
    interest::Interest,
    subject::Subject,
    template::readable,
    value::Fields,
};
use super::rule_set::Rule;
use crate::document::Document;

/// All rules of some sources, and what their conditions may name.
#[derive(Debug)]
pub struct Survey {
    rules: Vec<Surveyed>,
    names: Names,
    warnings: Vec<Problem>,
}

/// A rule, and what only its author wants to know.
#[derive(Debug)]
pub struct Surveyed {
    /// The rule.
    pub rule: Rule,
    /// Whether it is switched on.
    pub enabled: bool,
    /// The names of its exceptions.
    pub exceptions: Vec<String>,
    /// Its condition, the exceptions in it.
    pub question: Question,
}

/// A condition that knows its words: lists, macros and exceptions put in.
#[derive(Debug)]
pub struct Question {
    expression: Expr,
    condition: Condition,
}

/// What a condition, or a part of it, says of an event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explained {
    /// Whether it holds.
    pub holds: bool,
    /// `and`, `or`, `not`, or a check in its own words.
    pub text: String,
    /// What the event has for the field of a check, or what a function makes of some; nothing where
    /// a field is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The same of the right side, where that is no constant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<String>,
    /// The parts of `and`, `or` and `not`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Self>,
}

impl Survey {
    pub(super) fn new(rules: Vec<Surveyed>, names: Names, warnings: Vec<Problem>) -> Self {
        Self {
            rules,
            names,
            warnings,
        }
    }

    /// All rules, in load order.
    #[must_use]
    pub fn rules(&self) -> &[Surveyed] {
        &self.rules
    }

    /// What is suspicious about them.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// A condition that stands alone, and may name the macros and lists of these rules. Errors call
    /// it by this name.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn question(&self, name: &str, text: &str) -> Result<Question, LoadErrors> {
        let place = Place {
            file: 0,
            line: 1,
            column: 1,
            width: 1,
        };
        let document = Document {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        let files = [document];
        let refuse = |faults| LoadErrors {
            problems: load::show(faults, &files),
        };
        let expression = parser::condition(&Text::of(text, place))
            .map_err(|error| refuse(vec![error.widen()]))?;
        let compiled = Compiled::new(expression, &self.names);
        match compiled.condition {
            Some(condition) if compiled.errors.is_empty() => {
                Ok(Question::new(compiled.expression, condition))
            }
            _ => Err(refuse(compiled.errors)),
        }
    }
}

impl Question {
    pub(super) fn new(expression: Expr, condition: Condition) -> Self {
        Self {
            expression,
            condition,
        }
    }

    /// Whether an event satisfies it.
    pub fn holds(&self, fields: &dyn Fields) -> bool {
        self.condition.holds(fields)
    }

    /// The reported event types that can satisfy it.
    pub fn event_types(&self) -> impl Iterator<Item = &'static str> {
        let types = REPORTED.iter().copied();
        types.filter(|event_type| self.condition.can_match(event_type))
    }

    /// What the sensor has to tell so that it can be answered.
    #[must_use]
    pub fn interest(&self) -> Interest {
        Interest::new(self.event_types(), std::iter::once(&self.condition))
    }

    /// What it costs to ask it.
    #[must_use]
    pub fn cost(&self) -> Cost {
        Cost::of(&self.expression, self.event_types().count())
    }

    /// The condition in words, on lines of its own for each part of an `and` or `or`.
    #[must_use]
    pub fn text(&self) -> String {
        layout::lay_out(&self.expression)
    }

    /// What each part of it says of an event. All are asked, also those that no longer matter.
    pub fn explain(&self, fields: &dyn Fields) -> Explained {
        explain(&self.expression, &self.condition, fields)
    }
}

impl Explained {
    /// The checks that decided: what would have to come out otherwise first.
    #[must_use]
    pub fn decisive(&self) -> Vec<&Self> {
        if self.parts.is_empty() {
            return vec![self];
        }
        // One part decides an `or` that holds and an `and` that does not; else all of them do.
        let one = (self.text == "or" && self.holds) || (self.text == "and" && !self.holds);
        let deciding = |part: &&Self| !one || part.holds == self.holds;
        let count = if one { 1 } else { usize::MAX };
        let parts = self.parts.iter().filter(deciding).take(count);
        parts.flat_map(Self::decisive).collect()
    }
}

/// Tree and condition have the same shape: the checker makes one node of each.
fn explain(expression: &Expr, condition: &Condition, fields: &dyn Fields) -> Explained {
    let joint = |word: &str, parts| Explained {
        holds: condition.holds(fields),
        text: word.to_owned(),
        value: None,
        compared_with: None,
        parts,
    };
    match (expression, condition) {
        (Expr::And(words), Condition::All(parts)) => joint("and", each(words, parts, fields)),
        (Expr::Or(words), Condition::Any(parts)) => joint("or", each(words, parts, fields)),
        (Expr::Not(words), Condition::Not(part)) => {
            joint("not", vec![explain(words, part, fields)])
        }
        (words, Condition::Test(test)) => {
            let (value, compared_with) = found(test, fields);
            Explained {
                value,
                compared_with,
                ..joint(&words.to_string(), Vec::new())
            }
        }
        (words, _) => joint(&words.to_string(), Vec::new()),
    }
}

fn each(words: &[Expr], parts: &[Condition], fields: &dyn Fields) -> Vec<Explained> {
    let pairs = words.iter().zip(parts);
    pairs
        .map(|(words, part)| explain(words, part, fields))
        .collect()
}

/// A right side that the event does not have, as outputs say it.
const MISSING: &str = "<NA>";

/// What both sides of a test are at an event, the right one only where it is no constant.
fn found(test: &Test, fields: &dyn Fields) -> (Option<String>, Option<String>) {
    let shown = |subject: &Subject| {
        let value = subject.value(fields)?;
        Some(subject.readable(&value))
    };
    match test {
        Test::Plain(test) => {
            let value = fields.value(test.field, test.argument.as_ref());
            (value.as_ref().map(readable), None)
        }
        Test::Free(Free { subject, right }) => {
            let right = match right {
                Right::Constants { .. } => None,
                Right::Subject(_, other) => {
                    Some(shown(other).unwrap_or_else(|| MISSING.to_owned()))
                }
            };
            (shown(subject), right)
        }
    }
}
