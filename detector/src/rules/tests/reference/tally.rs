//! Counts of outcomes, so that the comparison cannot agree about nothing.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::event::{Kind, Reach};
use super::parse::{Check, Modifier, Operand};

/// How often checks were false and true.
#[derive(Debug, Default)]
pub(super) struct Tally {
    checks: RefCell<BTreeMap<String, [u32; 2]>>,
    rules: Cell<[u32; 2]>,
}

impl Tally {
    /// A check of a field that the event has.
    pub(super) fn count(&self, check: &Check, kind: Kind, reach: Reach, holds: bool) {
        let modifier = match check.operand {
            Operand::Many(Some(Modifier::OneOf), _) => " oneof",
            Operand::Many(Some(Modifier::AnyOf), _) => " anyof",
            Operand::Many(Some(Modifier::AllOf), _) => " allof",
            _ => "",
        };
        let mut checks = self.checks.borrow_mut();
        for key in [
            format!("{}{modifier}", check.operator),
            format!("{} of {kind:?} {reach:?}", check.operator),
        ] {
            checks.entry(key).or_default()[usize::from(holds)] += 1;
        }
    }

    /// A rule that was asked.
    pub(super) fn rule(&self, holds: bool) {
        let mut rules = self.rules.get();
        rules[usize::from(holds)] += 1;
        self.rules.set(rules);
    }

    /// Panics unless both outcomes were frequent.
    pub(super) fn assert_telling(&self, least: u32) {
        let [silent, fired] = self.rules.get();
        assert!(
            fired * 3 > silent,
            "of rules {fired} fired, {silent} did not"
        );
        assert!(
            silent * 4 > fired,
            "of rules {fired} fired, {silent} did not"
        );
        for (key, outcomes) in self.checks.borrow().iter() {
            // A check of existence is counted only where the field exists.
            let is_telling = key.starts_with("exists") || outcomes[0] >= least;
            assert!(
                is_telling && outcomes[1] >= least,
                "{key}: false and true {outcomes:?}"
            );
        }
    }
}
