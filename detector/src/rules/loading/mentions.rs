//! What conditions mention: to find macros and lists that nothing uses, and comparisons that compare
//! with nothing.

use std::collections::{HashMap, HashSet};

use super::problem::Caution;
use crate::rules::language::{
    ast::{Check, Expr, Literal, Operand, Operator},
    place::{At, Place},
};

/// How outputs show a field that is absent.
const ABSENT: &[u8] = b"<NA>";

/// The names that conditions and lists mention.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    macros: HashSet<String>,
    /// Words that are the names of lists where lists have them.
    words: HashSet<Vec<u8>>,
    /// Comparisons with what outputs show of absent fields.
    absent: Vec<Place>,
}

/// The names of lists and macros, and where each stands.
pub(super) type Defined = HashMap<(&'static str, String), Place>;

impl Mentions {
    /// Takes in a condition as it was written.
    pub(super) fn condition(&mut self, expression: &Expr) {
        match expression {
            Expr::And(parts) | Expr::Or(parts) => {
                parts.iter().for_each(|part| self.condition(part));
            }
            Expr::Not(part) => self.condition(part),
            Expr::Macro(name) => {
                self.macros.insert(name.node.clone());
            }
            Expr::Check(check) => {
                self.compared(check);
                match &check.operand {
                    Operand::One(literal) => self.words(std::slice::from_ref(literal)),
                    Operand::Many(literals) => self.words(literals),
                    Operand::List(name) => {
                        self.words.insert(name.node.clone().into_bytes());
                    }
                    _ => {}
                }
            }
        }
    }

    /// A check that could only hold if the words were a value. That a field is not these words is
    /// true of every value, and asked in many rules.
    fn compared(&mut self, check: &Check) {
        let literals = match (check.operator.node, &check.operand) {
            (Operator::Equal, Operand::One(literal)) => std::slice::from_ref(literal),
            (Operator::In | Operator::Intersects, Operand::Many(literals)) => literals,
            _ => return,
        };
        let is_absent = |literal: &Literal| literal.value.node == ABSENT;
        if let (Some(first), true) = (literals.first(), literals.iter().all(is_absent)) {
            self.absent.push(first.value.place);
        }
    }

    fn words(&mut self, literals: &[Literal]) {
        let plain = literals.iter().filter(|literal| !literal.quoted);
        self.words
            .extend(plain.map(|literal| literal.value.node.clone()));
    }

    /// Takes in a list; its own name in it is just a value.
    pub(super) fn list(&mut self, name: &str, items: &[Literal]) {
        let others = items
            .iter()
            .filter(|item| item.value.node != name.as_bytes());
        self.words(&others.cloned().collect::<Vec<_>>());
    }

    /// What there is to say.
    pub(super) fn cautions(self, defined: &Defined) -> Vec<At<Caution>> {
        let used = |(item, name): &(&'static str, String)| match *item {
            "list" => self.words.contains(name.as_bytes()),
            _ => self.macros.contains(name),
        };
        let unused = defined.iter().filter(|(key, _)| !used(key));
        let unused = unused.map(|((item, name), place)| {
            let name = name.clone();
            At::new(*place, Caution::NeverUsed { item, name })
        });
        let absent = self.absent.iter();
        let absent = absent.map(|place| At::new(*place, Caution::AbsentCompared));
        unused.chain(absent).collect()
    }
}
