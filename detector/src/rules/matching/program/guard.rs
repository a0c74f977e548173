//! Guards: atoms of which one at least has to hold for a condition to hold. And estimates, which decide
//! what is asked first and nothing else.

use super::Atom;
use crate::rules::matching::comparison::{Comparison, NumberTest, TextTest};
use crate::rules::matching::fields::Field;

/// How often something holds, and what it takes to know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    /// From 0, never, to 1, always.
    pub(super) chance: f32,
    /// In nanoseconds, roughly.
    pub(super) price: f32,
}

impl Estimate {
    pub(super) const fn certain(truth: bool) -> Self {
        Self {
            chance: if truth { 1.0 } else { 0.0 },
            price: 0.0,
        }
    }

    /// Of a test that is decided with others.
    pub(super) fn of(field: Field, comparison: &Comparison) -> Self {
        Self {
            chance: chance(comparison),
            price: 4.0 + price(field),
        }
    }

    /// Of a test that is asked by itself.
    pub(super) const fn alone() -> Self {
        Self {
            chance: 0.5,
            price: 300.0,
        }
    }

    pub(super) fn opposite(self) -> Self {
        Self {
            chance: 1.0 - self.chance,
            ..self
        }
    }

    /// Of parts that are asked one after the other while the one before holds.
    pub(super) fn all(parts: impl Iterator<Item = Self>) -> Self {
        parts.fold(Self::certain(true), |before, part| Self {
            chance: before.chance * part.chance,
            price: before.price + before.chance * part.price,
        })
    }

    /// Of parts that are asked one after the other until one holds.
    pub(super) fn any(parts: impl Iterator<Item = Self>) -> Self {
        Self::all(parts.map(Self::opposite)).opposite()
    }

    /// What it takes to be done with the others, if this part is asked first: the least goes first.
    pub(super) fn rank(self, deciding: bool) -> f32 {
        let decides = if deciding {
            self.chance
        } else {
            1.0 - self.chance
        };
        self.price / decides.max(0.001)
    }
}

/// What guards a condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Guard {
    /// Of these one has to hold.
    pub(super) atoms: Vec<Atom>,
    /// How often one does.
    pub(super) chance: f32,
}

/// A guard that holds more often spares little: such a test had better be a gate.
const USUAL: f32 = 0.35;

/// A guard with more atoms costs more than it spares.
const MOST: usize = 512;

impl Guard {
    /// An atom guards itself.
    pub(super) fn of(atom: Atom, chance: f32) -> Option<Self> {
        Self {
            atoms: vec![atom],
            chance,
        }
        .if_worth_it()
    }

    /// Of parts that all have to hold: the best guard that one of them has.
    pub(super) fn best<'a>(parts: impl Iterator<Item = Option<&'a Self>>) -> Option<Self> {
        let guards = parts.flatten();
        guards
            .min_by(|one, other| one.chance.total_cmp(&other.chance))
            .cloned()
    }

    /// Of parts of which one has to hold: all their guards, if each has one.
    pub(super) fn union<'a>(parts: impl Iterator<Item = Option<&'a Self>>) -> Option<Self> {
        let mut whole = Self {
            atoms: Vec::new(),
            chance: 0.0,
        };
        for part in parts {
            let part = part?;
            whole.atoms.extend(&part.atoms);
            whole.chance += part.chance;
        }
        whole.atoms.sort_unstable();
        whole.atoms.dedup();
        whole.if_worth_it()
    }

    fn if_worth_it(self) -> Option<Self> {
        (self.chance < USUAL && self.atoms.len() <= MOST).then_some(self)
    }
}

/// How often a comparison holds.
fn chance(comparison: &Comparison) -> f32 {
    let each = |one: f32, count: usize| (one * count as f32).min(0.3);
    match comparison {
        Comparison::Text(test) => match test {
            TextTest::Among(texts) => each(0.01, texts.len()),
            TextTest::StartsWith(_) | TextTest::Regex(_) => 0.06,
            TextTest::EndsWith(_)
            | TextTest::Contains(_)
            | TextTest::ContainsFolded(_)
            | TextTest::Glob(_) => 0.03,
            TextTest::Prefixes(paths) => each(0.04, paths.paths().count()),
            TextTest::Ordered(..) => 0.5,
        },
        Comparison::Number(NumberTest::Among(numbers)) => each(0.1, numbers.len()),
        Comparison::Address(addresses) => each(0.02, addresses.len()),
        Comparison::Number(NumberTest::Ordered(..)) | Comparison::Truth(_) => 0.4,
        Comparison::Network(_) => 0.3,
        Comparison::Quantified(_, tests) => tests.iter().map(chance).sum::<f32>().min(0.3),
        Comparison::Exists | Comparison::Unlike(_) => 0.9,
    }
}

/// What it takes to know a field: those that have to be put together are better asked late.
pub(super) const fn price(field: Field) -> f32 {
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
        | Field::BoundaryTo => 300.0,
        Field::ProcAname | Field::ProcAexepath | Field::ProcAcmdline => 60.0,
        Field::ProcCmdline | Field::ProcPcmdline | Field::ProcArgs | Field::FdName => 40.0,
        _ => 10.0,
    }
}
