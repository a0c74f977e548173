//! What is found out about one event. It is kept from event to event, so that asking takes no memory.

use super::{Atom, NodeId};

/// Memory for asking. Each answer carries the number of the event that it is about, so nothing is
/// cleared in between.
#[derive(Debug, Default)]
pub(in crate::rules) struct Scratch {
    pub(super) marks: Marks,
    /// The event at which each slot was decided last.
    decided: Vec<u32>,
    /// The event at which each node was answered last, doubled, and the answer as last bit.
    answers: Vec<u32>,
    matching: Vec<usize>,
}

/// Which atoms hold.
#[derive(Debug, Default)]
pub(super) struct Marks {
    event: u32,
    /// The event at which each atom held last.
    held_at: Vec<u32>,
    /// Those that hold at this event, in the order in which that was found.
    held: Vec<Atom>,
    /// Counts the texts that were looked at.
    looks: u64,
    /// The look at which each constant of a text was found first.
    tried: Vec<u64>,
    /// Places in a tree of paths, for the walk through it.
    pub(super) here: Vec<u32>,
    pub(super) next: Vec<u32>,
}

/// Twice this still fits.
const LAST_EVENT: u32 = u32::MAX >> 1;

impl Scratch {
    /// Begins with another event, of a program with so many slots, atoms and nodes.
    pub(super) fn begin(&mut self, slots: usize, atoms: usize, nodes: usize) {
        let marks = &mut self.marks;
        if marks.event == LAST_EVENT {
            marks.event = 0;
            for answers in [&mut marks.held_at, &mut self.decided, &mut self.answers] {
                answers.fill(0);
            }
        }
        marks.event += 1;
        marks.held.clear();
        grow(&mut marks.held_at, atoms);
        grow(&mut self.decided, slots);
        grow(&mut self.answers, nodes);
        self.matching.clear();
    }

    /// Whether a slot has not been decided yet; it counts as decided from now on.
    pub(super) fn first_look(&mut self, slot: u32) -> bool {
        let event = self.marks.event;
        let decided = self.decided.get_mut(slot as usize);
        decided.is_some_and(|at| std::mem::replace(at, event) != event)
    }

    /// How many atoms were found to hold so far.
    pub(super) fn held(&self) -> usize {
        self.marks.held.len()
    }

    /// One of these.
    pub(super) fn hit(&self, index: usize) -> Option<Atom> {
        self.marks.held.get(index).copied()
    }

    /// The answer of a node, if it was given.
    pub(super) fn known(&self, node: NodeId) -> Option<bool> {
        let answer = self.answers.get(node.0 as usize)?;
        (answer >> 1 == self.marks.event).then_some(answer & 1 == 1)
    }

    /// Keeps the answer of a node.
    pub(super) fn knows(&mut self, node: NodeId, truth: bool) {
        if let Some(answer) = self.answers.get_mut(node.0 as usize) {
            *answer = self.marks.event << 1 | u32::from(truth);
        }
    }

    pub(super) fn matches(&mut self, rule: usize) {
        self.matching.push(rule);
    }

    /// The rules that match, in their order.
    pub(super) fn matching(&mut self) -> &[usize] {
        // Several atoms of its guard may have led to the same rule.
        self.matching.sort_unstable();
        self.matching.dedup();
        &self.matching
    }
}

impl Marks {
    /// An atom holds.
    pub(super) fn add(&mut self, atom: Atom) {
        if let Some(at) = self.held_at.get_mut(atom.0 as usize)
            && std::mem::replace(at, self.event) != self.event
        {
            self.held.push(atom);
        }
    }

    /// All of these hold.
    pub(super) fn add_all(&mut self, atoms: &[Atom]) {
        for atom in atoms {
            self.add(*atom);
        }
    }

    /// Another text is looked at.
    pub(super) fn look(&mut self) {
        self.looks += 1;
    }

    /// Whether a constant is found for the first time in this text.
    pub(super) fn first_try(&mut self, constant: usize) -> bool {
        if self.tried.len() <= constant {
            self.tried.resize(constant + 1, 0);
        }
        let tried = self.tried.get_mut(constant);
        tried.is_some_and(|at| std::mem::replace(at, self.looks) != self.looks)
    }

    /// Whether an atom was found to hold.
    pub(super) fn has(&self, atom: Atom) -> bool {
        self.held_at.get(atom.0 as usize) == Some(&self.event)
    }
}

fn grow(answers: &mut Vec<u32>, length: usize) {
    if answers.len() < length {
        answers.resize(length, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_earlier_events_do_not_count_even_when_numbers_run_out() {
        let mut scratch = Scratch::default();
        scratch.begin(1, 1, 1);
        scratch.marks.event = LAST_EVENT - 1;
        for _ in 0..4 {
            scratch.begin(1, 1, 1);
            assert_eq!(scratch.known(NodeId(0)), None);
            assert!(!scratch.marks.has(Atom(0)) && scratch.first_look(0));
            assert!(!scratch.first_look(0));
            scratch.knows(NodeId(0), true);
            scratch.marks.add(Atom(0));
            scratch.marks.add(Atom(0));
            assert_eq!(scratch.known(NodeId(0)), Some(true));
            assert!(scratch.marks.has(Atom(0)) && scratch.held() == 1);
        }
    }
}
