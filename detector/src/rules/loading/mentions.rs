//! What conditions mention: to find macros and lists that nothing uses.

use std::collections::{HashMap, HashSet};

use super::problem::Caution;
use crate::rules::language::{
    ast::{Expr, Literal, Operand},
    place::{At, Place},
};

/// The names that conditions and lists mention.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    macros: HashSet<String>,
    /// Words that are the names of lists where lists have them.
    words: HashSet<Vec<u8>>,
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
            Expr::Check(check) => match &check.operand {
                Operand::One(literal) => self.words(std::slice::from_ref(literal)),
                Operand::Many(literals) => self.words(literals),
                Operand::List(name) => {
                    self.words.insert(name.node.clone().into_bytes());
                }
                Operand::None | Operand::Subject(_) => {}
            },
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

    /// What nothing mentions.
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
        unused.collect()
    }
}
