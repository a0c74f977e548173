//! The conditions of all rules, compiled together.
//!
//! What rules ask is mostly what other rules ask too. So equal parts of conditions are one node of
//! one graph, and all tests of a field that constants decide are one [`Slot`], which a single look at
//! the value decides. For each event type there is a [`Class`]: the conditions with that type put in,
//! and for each of them, where there is one, a guard: tests of which one at least has to hold. An event
//! decides the slots of the guards, and of the rules behind these meets only those whose guard holds.
//!
//! What it answers is what [`Condition::holds`](super::condition::Condition) answers for each rule.

mod build;
mod class;
mod guard;
mod paths;
mod scratch;
mod slot;
mod texts;
mod trie;

use rustc_hash::FxHashMap;

pub(in crate::rules) use self::scratch::Scratch;
use self::{class::Class, slot::Slot};
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
    classes: Vec<Class>,
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
    fn ask(&mut self, class: &Class) {
        for slot in &class.guards {
            self.decide(*slot);
        }
        // Slots that are decided on the way give no new reason: their atoms guard nothing here, or
        // were looked at already.
        let held = self.scratch.held();
        for index in 0..held {
            for root in class.behind(self.scratch.hit(index)) {
                self.judge(root.node, root.rule);
            }
        }
        for root in &class.unguarded {
            self.judge(root.node, root.rule);
        }
    }

    fn judge(&mut self, node: NodeId, rule: usize) {
        if self.holds(node) {
            self.scratch.matches(rule);
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
