//! Guards: atoms of which one at least has to hold for a condition to hold.

use super::Atom;
use crate::rules::matching::comparison::{Comparison, NumberTest, TextTest};
use crate::rules::matching::fields::Field;

/// What guards a condition, and how well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Guard {
    pub(super) atoms: Vec<Atom>,
    /// In how many of a thousand events one of them may hold, and what it takes to know that: an
    /// estimate, which decides between guards and nothing else.
    weight: u32,
}

/// The weight from which on a guard spares nothing.
const WORTHLESS: u32 = 700;

impl Guard {
    /// An atom guards itself.
    pub(super) fn of(atom: Atom, field: Field, comparison: &Comparison) -> Self {
        Self {
            atoms: vec![atom],
            weight: chance(comparison) + price(field),
        }
    }

    /// Of parts that all have to hold: the best guard that one of them has.
    pub(super) fn best<'a>(parts: impl Iterator<Item = Option<&'a Self>>) -> Option<Self> {
        parts.flatten().min_by_key(|guard| guard.weight).cloned()
    }

    /// Of parts of which one has to hold: all their guards, if each has one.
    pub(super) fn union<'a>(parts: impl Iterator<Item = Option<&'a Self>>) -> Option<Self> {
        let mut whole = Self {
            atoms: Vec::new(),
            weight: 0,
        };
        for part in parts {
            let part = part?;
            whole.atoms.extend(&part.atoms);
            whole.weight += part.weight;
        }
        whole.atoms.sort_unstable();
        whole.atoms.dedup();
        Some(whole).filter(Self::is_worth_it)
    }

    /// Whether it spares anything.
    pub(super) const fn is_worth_it(&self) -> bool {
        self.weight < WORTHLESS
    }
}

/// In how many of a thousand events a comparison may hold.
fn chance(comparison: &Comparison) -> u32 {
    let each = |one: u32, count: usize| one.saturating_mul(count as u32).min(500);
    match comparison {
        Comparison::Text(test) => match test {
            TextTest::Among(texts) => each(10, texts.len()),
            TextTest::StartsWith(_) | TextTest::Regex(_) => 60,
            TextTest::EndsWith(_)
            | TextTest::Contains(_)
            | TextTest::ContainsFolded(_)
            | TextTest::Glob(_) => 30,
            TextTest::Prefixes(paths) => each(40, paths.paths().count()),
            TextTest::Ordered(..) => 500,
        },
        Comparison::Number(NumberTest::Among(numbers)) => each(100, numbers.len()),
        Comparison::Address(addresses) => each(20, addresses.len()),
        Comparison::Number(NumberTest::Ordered(..)) | Comparison::Truth(_) => 400,
        Comparison::Network(_) => 300,
        Comparison::Quantified(_, tests) => {
            let all = tests.iter().map(chance);
            all.sum::<u32>().min(500)
        }
        Comparison::Exists | Comparison::Unlike(_) => 900,
    }
}

/// What it takes to know a field, in the same measure: those that have to be put together are better
/// asked late.
pub(super) const fn price(field: Field) -> u32 {
    match field {
        Field::EvtArg
        | Field::EvtArgs
        | Field::EvtInfo
        | Field::ProcEnv
        | Field::ThreadCapEffective
        | Field::ThreadCapPermitted
        | Field::ContainerLabels
        | Field::ContainerMounts
        | Field::BoundaryChanged
        | Field::BoundaryUnexplained
        | Field::BoundaryOutside
        | Field::BoundaryFrom
        | Field::BoundaryTo => 200,
        Field::ProcAname | Field::ProcAexepath | Field::ProcAcmdline => 100,
        _ => 0,
    }
}
