//! What it costs to ask a condition, estimated from its words.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::language::ast::{Expr, Operand, Operator};
use super::matching::events::REPORTED;

/// Operators that look at more than the ends of a value, the dearest first.
const DEAR: [Operator; 7] = [
    Operator::Regex,
    Operator::GlobFolded,
    Operator::Glob,
    Operator::ContainsFolded,
    Operator::Contains,
    Operator::ContainsBytes,
    Operator::PathPrefix,
];

/// An estimate of what a condition costs for each event of its types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// How many types of events it is asked of.
    pub event_types: usize,
    /// How many there are.
    pub all_event_types: usize,
    /// How many checks it has, with those of its macros.
    pub checks: usize,
    /// How many values these compare with.
    pub values: usize,
    /// How many values there are of each dear operator.
    pub dear: BTreeMap<&'static str, usize>,
}

impl Cost {
    pub(super) fn of(condition: &Expr, event_types: usize) -> Self {
        let mut cost = Self {
            event_types,
            all_event_types: REPORTED.len(),
            checks: 0,
            values: 0,
            dear: BTreeMap::new(),
        };
        cost.add(condition);
        cost
    }

    fn add(&mut self, condition: &Expr) {
        match condition {
            Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| self.add(part)),
            Expr::Not(part) => self.add(part),
            Expr::Macro(_) => {}
            Expr::Check(check) => {
                let operator = check.operator.node;
                let values = match &check.operand {
                    Operand::None => 0,
                    Operand::Many(literals) => literals.len(),
                    _ => 1,
                };
                self.checks += 1;
                self.values += values;
                if DEAR.contains(&operator) {
                    *self.dear.entry(operator.text()).or_default() += values.max(1);
                }
            }
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            event_types,
            all_event_types,
            checks,
            values,
            dear,
        } = self;
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        write!(
            f,
            "{event_types} of {all_event_types} event types, {checks} check{} of {values} value{}",
            plural(*checks),
            plural(*values)
        )?;
        for operator in DEAR {
            if let Some(count) = dear.get(operator.text()) {
                write!(f, ", {count} by {operator}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::language::{parser, place::Place, text::Text};
    use super::*;

    #[test]
    fn the_dearest_is_named_first() {
        let text = "a.b contains x or not (a.b regex y and a.c glob anyof (p, q, r)) or a.d exists";
        let condition = parser::condition(&Text::of(text, Place::default())).unwrap();
        let cost = Cost::of(&condition, 3);
        assert_eq!((cost.checks, cost.values), (4, 5));
        let text = cost.to_string();
        assert!(
            text.ends_with("4 checks of 5 values, 1 by regex, 3 by glob, 1 by contains"),
            "{text}"
        );
    }
}
