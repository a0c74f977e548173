//! One level of parentheses while it is being parsed: how `not`, `and` and `or` group operands.

use super::ast::Expr;

/// What has been read inside an open parenthesis, or of the whole condition.
#[derive(Default)]
pub(super) struct Level {
    /// How often the next operand is negated.
    pub(super) negations: usize,
    /// Operands since the last `or`.
    conjunction: Vec<Expr>,
    /// What stood between the `or` before.
    alternatives: Vec<Expr>,
}

impl Level {
    /// Adds an operand with its negations, and says how many these were.
    pub(super) fn add(&mut self, mut operand: Expr) -> usize {
        let negations = std::mem::take(&mut self.negations);
        for _ in 0..negations {
            operand = Expr::Not(Box::new(operand));
        }
        self.conjunction.push(operand);
        negations
    }

    /// `or`: what follows is another alternative.
    pub(super) fn next_alternative(&mut self) {
        let conjunction = std::mem::take(&mut self.conjunction);
        self.alternatives.push(one_or(conjunction, Expr::And));
    }

    /// The closing parenthesis, or the end.
    pub(super) fn finish(mut self) -> Expr {
        self.next_alternative();
        one_or(self.alternatives, Expr::Or)
    }
}

/// The only one of them, or all of them under `join`.
fn one_or(mut parts: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(last) if parts.is_empty() => last,
        last => {
            parts.extend(last);
            join(parts)
        }
    }
}
