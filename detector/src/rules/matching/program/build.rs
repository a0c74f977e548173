//! From conditions to a program: equal parts become one, and each event type gets what it leaves.

use rustc_hash::FxHashMap;

use super::class::Root;
use super::guard::{Estimate, Guard};
use super::plan;
use super::slot::Tests;
use super::{Atom, Node, NodeId, Program};
use crate::rules::matching::comparison::Comparison;
use crate::rules::matching::condition::{Condition, Plain, Test};
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
        let classes = classes
            .iter()
            .map(|(roots, _)| plan::level(&graph, roots, &[]));
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
pub(super) struct Graph {
    nodes: Vec<Known>,
    places: FxHashMap<Node, NodeId>,
    atoms: Vec<Asked>,
    numbers: FxHashMap<Plain, Atom>,
    slots: Vec<Collected>,
    fields: FxHashMap<(Field, Option<Argument>), u32>,
}

/// A node, and what is known of it.
#[derive(Debug)]
struct Known {
    node: Node,
    guard: Option<Guard>,
    estimate: Estimate,
}

#[derive(Debug)]
struct Asked {
    slot: u32,
    estimate: Estimate,
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

    /// The parts that are not certain, those of parts of the same sort among them; first those by
    /// which the rest is soonest spared.
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
        open.sort_unstable();
        open.dedup();
        let rank = |id: &NodeId| self.estimate(*id).rank(deciding);
        open.sort_by(|one, other| rank(one).total_cmp(&rank(other)));
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
        match test {
            Test::Plain(plain) if !plain.every => self.plain(plain),
            Test::Plain(_) | Test::Free(_) => self.put(Node::Alone(Box::new(test.clone()))),
        }
    }

    fn plain(&mut self, test: &Plain) -> NodeId {
        let one = test.field.definition().reach == Reach::One || test.argument.is_some();
        match &test.comparison {
            // Of one value: there, and not like that. So it shares what the like test finds.
            Comparison::Unlike(like) if one => {
                let with = |comparison| Plain {
                    comparison,
                    ..test.clone()
                };
                let present = self.atom(with(Comparison::Exists));
                let like = self.plain(&with((**like).clone()));
                let unlike = self.opposite(like);
                self.put(Node::All([present, unlike].into()))
            }
            _ => self.atom(test.clone()),
        }
    }

    fn atom(&mut self, test: Plain) -> NodeId {
        let atom = match self.numbers.get(&test) {
            Some(atom) => *atom,
            None => self.new_atom(test),
        };
        self.put(Node::Atom(atom))
    }

    fn new_atom(&mut self, test: Plain) -> Atom {
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
            estimate: Estimate::of(test.field, &test.comparison),
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
            estimate: self.estimate_of(&node),
            node: node.clone(),
        });
        self.places.insert(node, id);
        id
    }

    fn guard(&self, node: &Node) -> Option<Guard> {
        let of = |id: &NodeId| self.nodes.get(id.0 as usize)?.guard.as_ref();
        match node {
            Node::Atom(atom) => {
                let asked = self.atoms.get(atom.0 as usize)?;
                Guard::of(*atom, asked.estimate.chance)
            }
            Node::All(parts) => Guard::best(parts.iter().map(of)),
            Node::Any(parts) => Guard::union(parts.iter().map(of)),
            Node::Certain(_) | Node::Alone(_) | Node::Not(_) => None,
        }
    }

    fn estimate_of(&self, node: &Node) -> Estimate {
        let of = |id: &NodeId| self.estimate(*id);
        match node {
            Node::Certain(truth) => Estimate::certain(*truth),
            Node::Atom(atom) => {
                let asked = self.atoms.get(atom.0 as usize);
                asked.map_or(Estimate::alone(), |asked| asked.estimate)
            }
            Node::Alone(_) => Estimate::alone(),
            Node::Not(part) => self.estimate(*part).opposite(),
            Node::All(parts) => Estimate::all(parts.iter().map(of)),
            Node::Any(parts) => Estimate::any(parts.iter().map(of)),
        }
    }

    /// How often a node holds, and what it takes to know.
    pub(super) fn estimate(&self, id: NodeId) -> Estimate {
        let known = self.nodes.get(id.0 as usize);
        known.map_or(Estimate::alone(), |known| known.estimate)
    }

    /// The parts that all have to hold for a node to hold.
    pub(super) fn parts_of<'a>(&'a self, id: &'a NodeId) -> &'a [NodeId] {
        match self.nodes.get(id.0 as usize).map(|known| &known.node) {
            Some(Node::All(parts)) => parts,
            _ => std::slice::from_ref(id),
        }
    }

    /// The guards of these parts, but for those that are known to hold.
    pub(super) fn guards_of(&self, id: NodeId, known: &[NodeId]) -> Vec<&Guard> {
        let of = |id: &NodeId| self.nodes.get(id.0 as usize)?.guard.as_ref();
        let open = self
            .parts_of(&id)
            .iter()
            .filter(|part| !known.contains(part));
        open.filter_map(of).collect()
    }

    fn slots_of<'a>(&'a self, guard: &'a Guard) -> impl Iterator<Item = u32> + 'a {
        let asked = guard.atoms.iter();
        asked.filter_map(|atom| Some(self.atoms.get(atom.0 as usize)?.slot))
    }

    /// Whether all atoms of a guard belong to these slots.
    pub(super) fn lies_in(&self, guard: &Guard, slots: &[u32]) -> bool {
        self.slots_of(guard).all(|slot| slots.contains(&slot))
    }

    /// The slots that a guard has besides these, in their order.
    pub(super) fn missing_slots(&self, guard: &Guard, slots: &[u32]) -> Vec<u32> {
        let missing = self.slots_of(guard).filter(|slot| !slots.contains(slot));
        let mut missing: Vec<u32> = missing.collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    fn is(&self, id: NodeId, truth: bool) -> bool {
        let known = self.nodes.get(id.0 as usize);
        known.is_some_and(|known| known.node == Node::Certain(truth))
    }
}
