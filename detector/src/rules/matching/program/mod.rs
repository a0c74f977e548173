//! The conditions of all rules, compiled together.
//!
//! What rules ask is mostly what other rules ask too. So equal parts of conditions are one node of
//! one graph, and all tests of a field that constants decide are one [`Slot`], which a single look at
//! the value decides. For each event type there is what it leaves of the conditions, arranged in
//! [`Level`]s: of most conditions an event shows by a part that many share, or by the tests of which one
//! at least has to hold, that they need not be asked.
//!
//! What it answers is what [`Condition::holds`](super::condition::Condition) answers for each rule.

mod build;
mod class;
mod guard;
mod paths;
mod plan;
mod scratch;
mod slot;
mod texts;
mod trie;

use rustc_hash::FxHashMap;

pub(in crate::rules) use self::scratch::Scratch;
use self::{
    class::{Level, Root},
    slot::Slot,
};
use super::{condition::Test, value::Fields};

/// A test that is decided with all others of its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Atom(u32);

/// The place of a node in the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct NodeId(u32);

/// A condition or a part of one. Parts stand before what they are part of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Node {
    Certain(bool),
    Atom(Atom),
    /// A test that is asked by itself.
    Alone(Box<Test>),
    Not(NodeId),
    All(Box<[NodeId]>),
    Any(Box<[NodeId]>),
}

/// All conditions, ready to be asked together.
#[derive(Clone, Debug, Default)]
pub(in crate::rules) struct Program {
    slots: Vec<Slot>,
    /// The slot of each atom.
    slot_of: Vec<u32>,
    nodes: Vec<Node>,
    /// For groups of event types what they leave of all conditions.
    classes: Vec<Level>,
    by_type: FxHashMap<&'static str, usize>,
}

impl Program {
    /// The conditions that an event of this type satisfies, by their numbers and in their order.
    ///
    /// `event_type` must be what `fields` says of `evt.type`.
    pub(in crate::rules) fn matching<'s>(
        &self,
        event_type: &str,
        fields: &dyn Fields,
        scratch: &'s mut Scratch,
    ) -> &'s [usize] {
        scratch.begin(self.slots.len(), self.slot_of.len(), self.nodes.len());
        let class = self.by_type.get(event_type);
        if let Some(class) = class.and_then(|class| self.classes.get(*class)) {
            let mut asking = Asking {
                program: self,
                fields,
                scratch,
            };
            asking.ask(class);
        }
        scratch.matching()
    }

    /// Whether an event of this type can satisfy any of them.
    pub(in crate::rules) fn concerns(&self, event_type: &str) -> bool {
        self.by_type.contains_key(event_type)
    }

    /// How much was compiled.
    pub(in crate::rules) fn size(&self) -> Size {
        Size {
            nodes: self.nodes.len(),
            tests: self.slot_of.len(),
            fields: self.slots.len(),
            classes: self.classes.len(),
        }
    }
}

/// How much a program consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Different parts of conditions.
    pub nodes: usize,
    /// Different tests of fields against constants.
    pub tests: usize,
    /// Different fields with their arguments.
    pub fields: usize,
    /// Groups of event types that can satisfy the same conditions in the same way.
    pub classes: usize,
}

/// An event, while it is asked about.
struct Asking<'a> {
    program: &'a Program,
    fields: &'a dyn Fields,
    scratch: &'a mut Scratch,
}

impl Asking<'_> {
    fn ask(&mut self, level: &Level) {
        for slot in &level.slots {
            self.decide(*slot);
        }
        if level.has_guards() {
            // What is found on the way guards nothing here, or was looked at already.
            for index in 0..self.scratch.held() {
                let atom = self.scratch.hit(index);
                for root in atom.map_or(&[][..], |atom| level.behind(atom)) {
                    self.judge(*root);
                }
            }
        }
        for root in &level.plain {
            self.judge(*root);
        }
        for (gate, behind) in &level.gated {
            if self.holds(*gate) {
                self.ask(behind);
            }
        }
    }

    fn judge(&mut self, root: Root) {
        if self.holds(root.node) {
            self.scratch.matches(root.rule);
        }
    }

    fn holds(&mut self, id: NodeId) -> bool {
        let Some(node) = self.program.nodes.get(id.0 as usize) else {
            return false;
        };
        match node {
            Node::Certain(truth) => *truth,
            Node::Atom(atom) => self.is(*atom),
            Node::Not(part) => !self.holds(*part),
            Node::Alone(_) | Node::All(_) | Node::Any(_) => {
                if let Some(known) = self.scratch.known(id) {
                    return known;
                }
                let truth = match node {
                    Node::All(parts) => parts.iter().all(|part| self.holds(*part)),
                    Node::Any(parts) => parts.iter().any(|part| self.holds(*part)),
                    Node::Alone(test) => test.answer(self.fields).unwrap_or(false),
                    _ => false,
                };
                self.scratch.knows(id, truth);
                truth
            }
        }
    }

    fn is(&mut self, atom: Atom) -> bool {
        if let Some(slot) = self.program.slot_of.get(atom.0 as usize) {
            self.decide(*slot);
        }
        self.scratch.marks.has(atom)
    }

    fn decide(&mut self, slot: u32) {
        if !self.scratch.first_look(slot) {
            return;
        }
        if let Some(slot) = self.program.slots.get(slot as usize) {
            slot.decide(self.fields, &mut self.scratch.marks);
        }
    }
}

#[cfg(test)]
mod tests;
