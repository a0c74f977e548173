//! What an event type leaves of all conditions.

use rustc_hash::FxHashMap;

use super::{Atom, NodeId};

/// The conditions that events of some types can satisfy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Class {
    /// The slots of all guards.
    pub(super) guards: Vec<u32>,
    guarded: FxHashMap<Atom, Vec<Root>>,
    /// The conditions without a guard.
    pub(super) unguarded: Vec<Root>,
}

/// A whole condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Root {
    pub(super) node: NodeId,
    /// Its number.
    pub(super) rule: usize,
}

impl Class {
    /// Takes a condition of which nothing has to hold that could be found without it.
    pub(super) fn add(&mut self, root: Root) {
        self.unguarded.push(root);
    }

    /// Takes a condition that holds only where one of these atoms does.
    pub(super) fn add_behind(&mut self, guard: &[Atom], root: Root) {
        for atom in guard {
            self.guarded.entry(*atom).or_default().push(root);
        }
    }

    /// The conditions that can hold since an atom does.
    pub(super) fn behind(&self, atom: Option<Atom>) -> &[Root] {
        let roots = atom.and_then(|atom| self.guarded.get(&atom));
        roots.map_or(&[], Vec::as_slice)
    }
}
