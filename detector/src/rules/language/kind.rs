//! Kinds of values: which operators suit them, and how people call them.

use std::fmt;

use super::ast::Operator;
use crate::rules::matching::fields::Kind;

/// What values a side of a check has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sort {
    pub(super) kind: Kind,
    /// Several, that are compared as a whole.
    pub(super) list: bool,
}

impl Sort {
    pub(super) const TEXT: Self = Self::one(Kind::Text);

    pub(super) const fn one(kind: Kind) -> Self {
        Self { kind, list: false }
    }

    /// The same kind, as several or as one.
    pub(super) const fn with_list(self, list: bool) -> Self {
        Self { list, ..self }
    }

    pub(super) fn is_text(self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Word(_) | Kind::EventType)
    }

    /// Whether both sides of a comparison may be of these.
    pub(super) fn is_like(self, other: Self) -> bool {
        let same = self.kind == other.kind || (self.is_text() && other.is_text());
        same && self.list == other.list
    }

    /// Whether it has an operator.
    pub(super) fn allows(self, operator: Operator) -> bool {
        use Operator::{
            Contains, ContainsBytes, EndsWith, Equal, Exists, Greater, GreaterOrEqual, In,
            Intersects, Less, LessOrEqual, NotEqual, StartsWith, StartsWithBytes,
        };
        if self.list {
            return matches!(operator, Exists | In | Intersects);
        }
        let common = matches!(operator, Exists | Equal | NotEqual | In | Intersects);
        match self.kind {
            Kind::Text | Kind::Word(_) | Kind::EventType => {
                !matches!(operator, ContainsBytes | StartsWithBytes)
            }
            Kind::Number | Kind::Port => {
                common || matches!(operator, Less | LessOrEqual | Greater | GreaterOrEqual)
            }
            Kind::Bool | Kind::Ip | Kind::Network => common,
            Kind::Bytes => {
                let within = matches!(operator, Contains | StartsWith | EndsWith);
                common || within || matches!(operator, ContainsBytes | StartsWithBytes)
            }
        }
    }

    /// The operators that it has.
    pub(super) fn allowed(self) -> String {
        let operators = Operator::ALL.iter();
        operators
            .filter(|operator| self.allows(**operator))
            .map(|operator| operator.text())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.list {
            return f.write_str("a list");
        }
        f.write_str(match self.kind {
            Kind::Text => "text",
            Kind::Word(_) => "a word",
            Kind::EventType => "an event type",
            Kind::Number => "a number",
            Kind::Port => "a port",
            Kind::Bool => "true or false",
            Kind::Ip => "an address",
            Kind::Network => "an address compared with networks",
            Kind::Bytes => "bytes",
        })
    }
}
