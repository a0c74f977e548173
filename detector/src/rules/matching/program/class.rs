//! What an event type leaves of all conditions, arranged so that few have to be asked.

use rustc_hash::FxHashMap;

use super::{Atom, NodeId};

/// Conditions that are asked at the same time.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    /// The slots of all guards, which are decided first.
    pub(super) slots: Vec<u32>,
    /// By each atom the conditions that may hold because it does.
    guarded: FxHashMap<Atom, Vec<Root>>,
    /// Conditions that are always asked.
    pub(super) plain: Vec<Root>,
    /// A part that several conditions have, and these: where it does not hold, none of them does.
    pub(super) gated: Vec<(NodeId, Level)>,
}

/// A whole condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Root {
    pub(super) node: NodeId,
    /// Its number.
    pub(super) rule: usize,
}

impl Level {
    /// Takes a condition that holds only where one of these atoms does.
    pub(super) fn add_behind(&mut self, guard: &[Atom], root: Root) {
        for atom in guard {
            self.guarded.entry(*atom).or_default().push(root);
        }
    }

    /// Whether there is any guard.
    pub(super) fn has_guards(&self) -> bool {
        !self.guarded.is_empty()
    }

    /// The conditions that may hold because an atom does.
    pub(super) fn behind(&self, atom: Atom) -> &[Root] {
        self.guarded.get(&atom).map_or(&[], Vec::as_slice)
    }
}
