//! Counts of outcomes, so that the comparison cannot agree about nothing.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::evaluate::Subject;
use super::expression::{self, Check, Modifier, Operand};

/// How often something was false and true.
type Counts = BTreeMap<String, [u32; 2]>;

/// Outcomes of checks, and of rules.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// By operator, by what it compares with, by the kind of what is compared, by function.
    coarse: RefCell<Counts>,
    /// By pairs of these.
    fine: RefCell<Counts>,
    rules: Cell<[u32; 2]>,
}

impl Tally {
    /// A check of what is there.
    pub(super) fn count(&self, check: &Check, left: &Subject, holds: bool) {
        let operator = check.operator;
        let with = match check.operand {
            Operand::Nothing => "nothing",
            Operand::One(_) => "a constant",
            Operand::Many(None, _) => "constants",
            Operand::Many(Some(Modifier::One), _) => "oneof",
            Operand::Many(Some(Modifier::Any), _) => "anyof",
            Operand::Many(Some(Modifier::All), _) => "allof",
            Operand::Subject(_) => "what is there",
        };
        let Subject { kind, reach, .. } = left;
        let of = format!("{kind:?} {reach:?}");
        let count = |counts: &RefCell<Counts>, key: String| {
            counts.borrow_mut().entry(key).or_default()[usize::from(holds)] += 1;
        };
        count(&self.fine, format!("{operator} with {with}"));
        count(&self.fine, format!("{operator} of {of}"));
        let made = match &check.subject {
            expression::Subject::Call(name, ..) => name,
            _ => "a field",
        };
        for key in [operator, with, &of, made] {
            count(&self.coarse, key.to_owned());
        }
    }

    /// A rule that was asked.
    pub(super) fn rule(&self, holds: bool) {
        let mut rules = self.rules.get();
        rules[usize::from(holds)] += 1;
        self.rules.set(rules);
    }

    /// Panics unless both outcomes were frequent; for each pair too, after many files.
    pub(super) fn assert_telling(&self, files: u32) {
        let rules = self.rules.get();
        let is_even = rules
            .iter()
            .all(|count| count * 3 > rules.iter().sum::<u32>());
        assert!(is_even, "of rules, these did not match and did: {rules:?}");
        assert_frequent(&self.coarse.borrow(), files / 60);
        assert_frequent(&self.fine.borrow(), files / 3000);
    }
}

fn assert_frequent(counts: &Counts, least: u32) {
    for (key, [silent, fired]) in counts {
        // Of what exists, nothing but this can be said.
        let is_telling = key.contains("exists") || key == "nothing" || *silent >= least;
        assert!(
            is_telling && *fired >= least,
            "{key}: {silent} false, {fired} true"
        );
    }
}
