//! Comparisons of two values that an event has.

use super::{
    comparison::{Order, contains},
    glob::Glob,
    value::Value,
};

/// What the left side has to be to the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) enum Relation {
    Equal,
    Unequal,
    Ordered(Order),
    Contains,
    /// Whatever the case of ASCII letters.
    ContainsFolded,
    StartsWith,
    EndsWith,
    /// The right side is a pattern; with `fold`, whatever the case.
    Glob {
        fold: bool,
    },
    /// One of the values of the right side; of a list, each of its values.
    Within,
    /// One of the values of the right side; of a list, any of its values.
    Meets,
}

impl Relation {
    /// Whether it holds; not for values of different kinds, which cannot be compared.
    pub(super) fn holds(self, left: &Value<'_>, right: &Value<'_>) -> bool {
        match (left, right) {
            (Value::List(left), _) => {
                let within = |value: &Value<'_>| self.holds(value, right);
                match self {
                    Self::Within => left.iter().all(within),
                    Self::Meets => left.iter().any(within),
                    _ => false,
                }
            }
            (left, Value::List(right)) => {
                let one_of = matches!(self, Self::Within | Self::Meets);
                one_of && right.iter().any(|value| self.holds(left, value))
            }
            (Value::Bytes(left), Value::Bytes(right)) => self.of_texts(left, right),
            (Value::Bool(left), Value::Bool(right)) => self.of_equals(left == right),
            (Value::Ip(left), Value::Ip(right)) => {
                self.of_equals(left.to_canonical() == right.to_canonical())
            }
            (left, right) => match (left.number(), right.number()) {
                (Some(left), Some(right)) => match self {
                    Self::Ordered(order) => order.allows(left.cmp(&right)),
                    _ => self.of_equals(left == right),
                },
                _ => false,
            },
        }
    }

    /// Of values that can be equal or not, and nothing else.
    fn of_equals(self, equal: bool) -> bool {
        match self {
            Self::Equal | Self::Within | Self::Meets => equal,
            Self::Unequal => !equal,
            _ => false,
        }
    }

    fn of_texts(self, left: &[u8], right: &[u8]) -> bool {
        match self {
            Self::Equal | Self::Within | Self::Meets => left == right,
            Self::Unequal => left != right,
            Self::Ordered(order) => order.allows(left.cmp(right)),
            Self::Contains => contains(left, right, |a, b| a == b),
            Self::ContainsFolded => contains(left, right, <[u8]>::eq_ignore_ascii_case),
            Self::StartsWith => left.starts_with(right),
            Self::EndsWith => left.ends_with(right),
            Self::Glob { fold } => Glob::new(right, fold).matches(left),
        }
    }
}
