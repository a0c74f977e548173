//! An event of which only a part is known, and what is certain of it all the same.

use std::collections::BTreeSet;

use super::{condition::Test, names::cost};

/// What is known of an event before it is there.
pub(super) trait Glimpse {
    /// The answer to a test, if what is known gives one.
    fn known(&self, test: &Test) -> Option<Known>;
}

/// A certain truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) truth: bool,
    /// It is certain only while none of these is in the event's path.
    pub(super) names: BTreeSet<Box<[u8]>>,
}

impl Known {
    /// A truth that rests on nothing else.
    pub(super) const fn certainly(truth: bool) -> Self {
        Self {
            truth,
            names: BTreeSet::new(),
        }
    }

    /// False while none of these names is in the path.
    pub(super) const fn false_without(names: BTreeSet<Box<[u8]>>) -> Self {
        Self {
            truth: false,
            names,
        }
    }

    /// The opposite, which rests on the same.
    pub(super) fn negated(self) -> Self {
        Self {
            truth: !self.truth,
            ..self
        }
    }
}

/// What the parts of an `and` or an `or` come to, one after the other.
pub(super) struct Verdict {
    /// The truth that one part alone makes that of the whole.
    deciding: bool,
    /// Of the parts that decide, the one whose truth rests on least.
    decided: Option<Known>,
    /// What all others rest on together.
    others: BTreeSet<Box<[u8]>>,
    /// Whether nothing is known of some part.
    open: bool,
}

impl Verdict {
    pub(super) const fn new(deciding: bool) -> Self {
        Self {
            deciding,
            decided: None,
            others: BTreeSet::new(),
            open: false,
        }
    }

    /// Takes what is known of the next part.
    pub(super) fn take(&mut self, part: Option<Known>) {
        match part {
            None => self.open = true,
            Some(known) if known.truth != self.deciding => self.others.extend(known.names),
            Some(known) => {
                let decided = self.decided.take().into_iter().chain([known]);
                self.decided = decided.min_by_key(|known| cost(&known.names));
            }
        }
    }

    /// Whether no further part can change it.
    pub(super) fn is_final(&self) -> bool {
        self.decided
            .as_ref()
            .is_some_and(|known| known.names.is_empty())
    }

    pub(super) fn finish(self) -> Option<Known> {
        let all = Known {
            truth: !self.deciding,
            names: self.others,
        };
        self.decided.or((!self.open).then_some(all))
    }
}
