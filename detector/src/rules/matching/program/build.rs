//! From conditions to a program: equal parts become one, and each event type gets what it leaves.

use rustc_hash::FxHashMap;

use super::class::{Class, Root};
use super::guard::{self, Guard};
use super::slot::Tests;
use super::{Atom, Node, NodeId, Program};
use crate::rules::matching::comparison::Comparison;
use crate::rules::matching::condition::{Condition, Test};
use crate::rules::matching::fields::{Argument, Field, Reach};

impl Program {
    /// Compiles conditions for events of some types.
    pub(in crate::rules) fn new(event_types: &[&'static str], conditions: &[&Condition]) -> Self {
        let mut graph = Graph::default();
        let mut classes = FxHashMap::default();
        let mut by_type = FxHashMap::default();
        for event_type in event_types {
            let roots = graph.roots(event_type, conditions);
            if !roots.is_empty() {
                let fresh = classes.len();
                by_type.insert(*event_type, *classes.entry(roots).or_insert(fresh));
            }
        }
        let mut classes: Vec<(Vec<Root>, usize)> = classes.into_iter().collect();
        classes.sort_unstable_by_key(|(_, number)| *number);
        let classes = classes.iter().map(|(roots, _)| graph.class(roots));
        Self {
            classes: classes.collect(),
            by_type,
            slot_of: graph.atoms.iter().map(|atom| atom.slot).collect(),
            nodes: graph.nodes.into_iter().map(|known| known.node).collect(),
            slots: graph.slots.into_iter().map(Collected::finish).collect(),
        }
    }
}

/// The program as it grows.
#[derive(Debug, Default)]
struct Graph {
    nodes: Vec<Known>,
    places: FxHashMap<Node, NodeId>,
    atoms: Vec<Asked>,
    numbers: FxHashMap<Test, Atom>,
    slots: Vec<Collected>,
    fields: FxHashMap<(Field, Option<Argument>), u32>,
}

/// A node, and what is known of it.
#[derive(Debug)]
struct Known {
    node: Node,
    guard: Option<Guard>,
    /// What it takes to answer it: of several parts the cheapest are asked first.
    price: u32,
}

#[derive(Debug)]
struct Asked {
    slot: u32,
    guard: Guard,
}

#[derive(Debug)]
struct Collected {
    field: Field,
    argument: Option<Argument>,
    tests: Tests,
}

impl Collected {
    fn finish(self) -> super::Slot {
        self.tests.finish(self.field, self.argument)
    }
}

/// What an `and` or an `or` is made of, where no part decides it.
enum Parts {
    Decided,
    Open(Vec<NodeId>),
}

impl Graph {
    /// What is left of conditions at events of a type; those that cannot hold are not among them.
    fn roots(&mut self, event_type: &'static str, conditions: &[&Condition]) -> Vec<Root> {
        let mut roots = Vec::new();
        for (rule, condition) in conditions.iter().enumerate() {
            if !condition.can_match(event_type) {
                continue;
            }
            let node = self.node(condition, event_type);
            if !self.is(node, false) {
                roots.push(Root { node, rule });
            }
        }
        roots
    }

    fn class(&self, roots: &[Root]) -> Class {
        let mut class = Class::default();
        for root in roots {
            let known = self.nodes.get(root.node.0 as usize);
            match known.and_then(|known| known.guard.as_ref()) {
                Some(guard) if guard.is_worth_it() => {
                    class.add_behind(&guard.atoms, *root);
                    let atoms = guard.atoms.iter();
                    let asked = atoms.filter_map(|atom| self.atoms.get(atom.0 as usize));
                    class.guards.extend(asked.map(|asked| asked.slot));
                }
                _ => class.add(*root),
            }
        }
        class.guards.sort_unstable();
        class.guards.dedup();
        class
    }

    fn node(&mut self, condition: &Condition, event_type: &'static str) -> NodeId {
        match condition {
            Condition::All(parts) => match self.parts(parts, event_type, false) {
                Parts::Decided => self.put(Node::Certain(false)),
                Parts::Open(parts) => match parts.as_slice() {
                    [] => self.put(Node::Certain(true)),
                    [one] => *one,
                    _ => self.put(Node::All(parts.into())),
                },
            },
            Condition::Any(parts) => match self.parts(parts, event_type, true) {
                Parts::Decided => self.put(Node::Certain(true)),
                Parts::Open(parts) => match parts.as_slice() {
                    [] => self.put(Node::Certain(false)),
                    [one] => *one,
                    _ => self.put(Node::Any(parts.into())),
                },
            },
            Condition::Not(part) => {
                let part = self.node(part, event_type);
                self.opposite(part)
            }
            Condition::Test(test) => match test.of_type(event_type) {
                Some(truth) => self.put(Node::Certain(truth)),
                None => self.test(test),
            },
        }
    }

    /// The parts that are not certain, cheapest first, those of parts of the same sort among them.
    fn parts(&mut self, parts: &[Condition], event_type: &'static str, deciding: bool) -> Parts {
        let mut open = Vec::new();
        for part in parts {
            let id = self.node(part, event_type);
            match self.nodes.get(id.0 as usize).map(|known| &known.node) {
                Some(Node::Certain(truth)) if *truth == deciding => return Parts::Decided,
                Some(Node::Certain(_)) => {}
                Some(Node::All(inner)) if !deciding => open.extend(inner),
                Some(Node::Any(inner)) if deciding => open.extend(inner),
                _ => open.push(id),
            }
        }
        open.sort_unstable_by_key(|id| (self.price(*id), *id));
        open.dedup();
        Parts::Open(open)
    }

    fn opposite(&mut self, part: NodeId) -> NodeId {
        match self.nodes.get(part.0 as usize).map(|known| &known.node) {
            Some(Node::Certain(truth)) => {
                let truth = !*truth;
                self.put(Node::Certain(truth))
            }
            Some(Node::Not(inner)) => *inner,
            _ => self.put(Node::Not(part)),
        }
    }

    fn test(&mut self, test: &Test) -> NodeId {
        if test.every {
            return self.put(Node::Alone(Box::new(test.clone())));
        }
        let one = test.field.definition().reach == Reach::One || test.argument.is_some();
        match &test.comparison {
            // Of one value: there, and not like that. So it shares what the like test finds.
            Comparison::Unlike(like) if one => {
                let with = |comparison| Test {
                    comparison,
                    ..test.clone()
                };
                let present = self.atom(with(Comparison::Exists));
                let like = self.test(&with((**like).clone()));
                let unlike = self.opposite(like);
                self.put(Node::All([present, unlike].into()))
            }
            _ => self.atom(test.clone()),
        }
    }

    fn atom(&mut self, test: Test) -> NodeId {
        let atom = match self.numbers.get(&test) {
            Some(atom) => *atom,
            None => self.new_atom(test),
        };
        self.put(Node::Atom(atom))
    }

    fn new_atom(&mut self, test: Test) -> Atom {
        let atom = Atom(self.atoms.len() as u32);
        let place = (test.field, test.argument.clone());
        let fresh = self.slots.len() as u32;
        let slot = *self.fields.entry(place).or_insert(fresh);
        if slot == fresh {
            self.slots.push(Collected {
                field: test.field,
                argument: test.argument.clone(),
                tests: Tests::default(),
            });
        }
        if let Some(slot) = self.slots.get_mut(slot as usize) {
            slot.tests.add(&test.comparison, atom);
        }
        self.atoms.push(Asked {
            slot,
            guard: Guard::of(atom, test.field, &test.comparison),
        });
        self.numbers.insert(test, atom);
        atom
    }

    /// The place of a node, which is made unless there is one like it.
    fn put(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.places.get(&node) {
            return *id;
        }
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Known {
            guard: self.guard(&node),
            price: self.price_of(&node),
            node: node.clone(),
        });
        self.places.insert(node, id);
        id
    }

    fn guard(&self, node: &Node) -> Option<Guard> {
        let of = |id: &NodeId| self.nodes.get(id.0 as usize)?.guard.as_ref();
        match node {
            Node::Atom(atom) => Some(self.atoms.get(atom.0 as usize)?.guard.clone()),
            Node::All(parts) => Guard::best(parts.iter().map(of)),
            Node::Any(parts) => Guard::union(parts.iter().map(of)),
            Node::Certain(_) | Node::Alone(_) | Node::Not(_) => None,
        }
    }

    fn price_of(&self, node: &Node) -> u32 {
        let sum = |parts: &[NodeId]| {
            let prices = parts.iter().map(|part| self.price(*part));
            prices.fold(1, u32::saturating_add)
        };
        match node {
            Node::Certain(_) => 0,
            Node::Atom(atom) => {
                let asked = self.atoms.get(atom.0 as usize);
                let slot = asked.and_then(|asked| self.slots.get(asked.slot as usize));
                slot.map_or(1, |slot| 1 + guard::price(slot.field))
            }
            Node::Alone(test) => 10 + guard::price(test.field),
            Node::Not(part) => self.price(*part),
            Node::All(parts) | Node::Any(parts) => sum(parts),
        }
    }

    fn price(&self, id: NodeId) -> u32 {
        self.nodes.get(id.0 as usize).map_or(0, |known| known.price)
    }

    fn is(&self, id: NodeId, truth: bool) -> bool {
        let known = self.nodes.get(id.0 as usize);
        known.is_some_and(|known| known.node == Node::Certain(truth))
    }
}
