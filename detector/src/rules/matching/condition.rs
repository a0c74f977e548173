//! Compiled conditions: evaluation, and what is certain while an event is only partly known.

use super::{
    comparison::Comparison,
    fields::{Argument, Field},
    glimpse::{Glimpse, Known, Verdict},
    relation::Relation,
    subject::Subject,
    value::{Fields, Value},
};

/// A condition, ready to run; short circuit, left to right.
#[derive(Clone, Debug)]
pub(in crate::rules) enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Test(Box<Test>),
}

/// A question about an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) enum Test {
    /// About one field, compared with constants: nearly all are of this sort.
    Plain(Plain),
    /// About something made of fields, or compared with something that the event has.
    Free(Free),
}

/// A field against the constants of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) struct Plain {
    pub(in crate::rules) field: Field,
    pub(in crate::rules) argument: Option<Argument>,
    /// Of several values each has to pass, not only one.
    pub(in crate::rules) every: bool,
    pub(in crate::rules) comparison: Comparison,
}

/// Whatever has a value, against constants or something else that has one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) struct Free {
    pub(in crate::rules) subject: Subject,
    pub(in crate::rules) right: Right,
}

/// The right side of a [`Free`] test.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) enum Right {
    Constants {
        /// Of a list each value has to pass, not only one.
        every: bool,
        comparison: Comparison,
    },
    Subject(Relation, Subject),
}

impl Condition {
    pub(in crate::rules) fn holds(&self, fields: &dyn Fields) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(fields)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(fields)),
            Self::Not(part) => !part.holds(fields),
            Self::Test(test) => test.holds(fields),
        }
    }

    /// Whether a test asks for a field of this sort.
    pub(in crate::rules) fn asks(&self, sort: fn(Field) -> bool) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.asks(sort)),
            Self::Not(part) => part.asks(sort),
            Self::Test(test) => test.asks(sort),
        }
    }

    /// Whether an event of this type can match, whatever its other fields are.
    pub(in crate::rules) fn can_match(&self, event_type: &'static str) -> bool {
        self.known(&OnlyType(event_type)) != Some(Known::certainly(false))
    }

    /// The truth that follows from what is known of an event, or nothing if it depends on the rest.
    ///
    /// The algebra is that of three values, so it errs only towards nothing.
    pub(super) fn known(&self, event: &impl Glimpse) -> Option<Known> {
        match self {
            Self::All(parts) => decide(parts, event, false),
            Self::Any(parts) => decide(parts, event, true),
            Self::Not(part) => part.known(event).map(Known::negated),
            Self::Test(test) => event.known(test),
        }
    }
}

/// `deciding` if one part has that value, its opposite if all have the opposite.
fn decide(parts: &[Condition], event: &impl Glimpse, deciding: bool) -> Option<Known> {
    let mut verdict = Verdict::new(deciding);
    for part in parts {
        verdict.take(part.known(event));
        if verdict.is_final() {
            break;
        }
    }
    verdict.finish()
}

/// An event of which only the type is known.
struct OnlyType(&'static str);

impl Fields for OnlyType {
    fn value(&self, field: Field, _argument: Option<&Argument>) -> Option<Value<'_>> {
        (field == Field::EvtType).then(|| Value::text(self.0))
    }
}

impl Glimpse for OnlyType {
    fn known(&self, test: &Test) -> Option<Known> {
        test.answer(self).map(Known::certainly)
    }
}

impl Test {
    fn holds(&self, fields: &dyn Fields) -> bool {
        self.answer(fields).unwrap_or(false)
    }

    /// Whether it holds at every event of this type; nothing where that depends on the event.
    pub(super) fn of_type(&self, event_type: &'static str) -> Option<bool> {
        let event = OnlyType(event_type);
        match self {
            Self::Plain(test) if test.field == Field::EvtType => Some(self.holds(&event)),
            Self::Plain(_) => None,
            Self::Free(test) => test.answer(&event),
        }
    }

    /// Whether it holds; nothing without a value.
    pub(super) fn answer(&self, fields: &dyn Fields) -> Option<bool> {
        match self {
            Self::Plain(test) => test.answer(fields),
            Self::Free(test) => test.answer(fields),
        }
    }

    /// Whether it asks for a field of this sort.
    pub(super) fn asks(&self, sort: fn(Field) -> bool) -> bool {
        match self {
            Self::Plain(test) => sort(test.field),
            Self::Free(Free { subject, right }) => {
                let right = match right {
                    Right::Constants { .. } => None,
                    Right::Subject(_, other) => Some(other),
                };
                subject.asks(sort) || right.is_some_and(|other| other.asks(sort))
            }
        }
    }
}

impl Plain {
    fn answer(&self, fields: &dyn Fields) -> Option<bool> {
        Some(match fields.value(self.field, self.argument.as_ref())? {
            Value::List(values) if self.every => {
                !values.is_empty() && values.iter().all(|value| self.comparison.holds(value))
            }
            Value::List(values) => values.iter().any(|value| self.comparison.holds(value)),
            value => self.comparison.holds(&value),
        })
    }
}

impl Free {
    /// An empty list is a value: each of its values passes whatever is asked.
    fn answer(&self, fields: &dyn Fields) -> Option<bool> {
        let left = self.subject.value(fields)?;
        Some(match &self.right {
            Right::Subject(relation, other) => relation.holds(&left, &other.value(fields)?),
            Right::Constants { every, comparison } => match left {
                Value::List(_) if matches!(comparison, Comparison::Exists) => true,
                Value::List(values) if *every => values.iter().all(|value| comparison.holds(value)),
                Value::List(values) => values.iter().any(|value| comparison.holds(value)),
                value => comparison.holds(&value),
            },
        })
    }
}
