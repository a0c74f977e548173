//! Compiled conditions: evaluation, and which event types they can match at all.

use super::{
    comparison::Comparison,
    fields::{Argument, Field},
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

/// A question about one field.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Test {
    pub(in crate::rules) field: Field,
    pub(in crate::rules) argument: Option<Argument>,
    /// Of several values each has to pass, not only one.
    pub(in crate::rules) every: bool,
    pub(in crate::rules) comparison: Comparison,
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

    /// Whether an event of this type can match, whatever its other fields are.
    pub(in crate::rules) fn can_match(&self, event_type: &'static str) -> bool {
        self.known(&OnlyType(event_type)) != Some(false)
    }

    /// The truth that the event type alone decides, or nothing if other fields matter.
    ///
    /// The algebra is that of three values, so it errs only towards "can match".
    fn known(&self, event: &OnlyType) -> Option<bool> {
        match self {
            Self::All(parts) => decide(parts, event, false),
            Self::Any(parts) => decide(parts, event, true),
            Self::Not(part) => part.known(event).map(|known| !known),
            Self::Test(test) if test.field == Field::EvtType => Some(test.holds(event)),
            Self::Test(_) => None,
        }
    }
}

/// `deciding` if one part has that value, its opposite if all have the opposite.
fn decide(parts: &[Condition], event: &OnlyType, deciding: bool) -> Option<bool> {
    let mut open = false;
    for part in parts {
        match part.known(event) {
            Some(value) if value == deciding => return Some(deciding),
            Some(_) => {}
            None => open = true,
        }
    }
    (!open).then_some(!deciding)
}

/// An event of which only the type is known.
struct OnlyType(&'static str);

impl Fields for OnlyType {
    fn value(&self, field: Field, _argument: Option<&Argument>) -> Option<Value<'_>> {
        (field == Field::EvtType).then(|| Value::text(self.0))
    }
}

impl Test {
    fn holds(&self, fields: &dyn Fields) -> bool {
        match fields.value(self.field, self.argument.as_ref()) {
            None => false,
            Some(Value::List(values)) if self.every => {
                !values.is_empty() && values.iter().all(|value| self.comparison.holds(value))
            }
            Some(Value::List(values)) => values.iter().any(|value| self.comparison.holds(value)),
            Some(value) => self.comparison.holds(&value),
        }
    }
}
