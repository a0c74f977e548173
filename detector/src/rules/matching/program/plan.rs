//! How the conditions of a class are arranged: behind gates, behind guards, or plainly one after the
//! other.
//!
//! A part that several conditions have is their gate: it is asked once, and where it does not hold none
//! of them is. Of the rest, those whose guards are on the same fields are put behind these: what holds
//! of the values says who has to be asked. It costs as much for a thousand conditions as for ten.

use rustc_hash::FxHashMap;

use super::NodeId;
use super::build::Graph;
use super::class::{Level, Root};
use super::guard::Guard;

/// More conditions than these have to share a gate.
const FEW: usize = 2;

/// What it takes to decide a slot, in nanoseconds.
const SLOT: f32 = 40.0;

/// The most slots that are chosen together.
const MOST: usize = 3;

/// A gate that holds more often spares nothing.
const USUAL: f32 = 0.6;

/// A gate that takes longer to answer is none, in nanoseconds.
const DEAR: f32 = 200.0;

/// Gates behind gates.
const DEEP: usize = 8;

/// Arranges conditions; `passed` are the gates in front.
pub(super) fn level(graph: &Graph, roots: &[Root], passed: &[NodeId]) -> Level {
    let mut level = Level::default();
    let mut rest = roots.to_vec();
    while let Some(gate) = gate(graph, &rest, passed) {
        let (inside, outside): (Vec<Root>, Vec<Root>) = rest
            .into_iter()
            .partition(|root| graph.parts_of(&root.node).contains(&gate));
        let passed = [passed, &[gate]].concat();
        level
            .gated
            .push((gate, self::level(graph, &inside, &passed)));
        rest = outside;
    }
    guard(graph, rest, passed, &mut level);
    level
}

/// The part by which most conditions can be spared.
fn gate(graph: &Graph, roots: &[Root], passed: &[NodeId]) -> Option<NodeId> {
    if passed.len() == DEEP {
        return None;
    }
    let mut shared: FxHashMap<NodeId, usize> = FxHashMap::default();
    for root in roots {
        for part in graph.parts_of(&root.node) {
            *shared.entry(*part).or_default() += 1;
        }
    }
    let spared = |part: NodeId, count: usize| {
        let estimate = graph.estimate(part);
        let serves = estimate.chance < USUAL && estimate.price < DEAR && !passed.contains(&part);
        (serves && count > FEW).then_some((1.0 - estimate.chance) * count as f32)
    };
    let gates = shared
        .into_iter()
        .filter_map(|(part, count)| Some((part, spared(part, count)?)));
    let best =
        gates.max_by(|(one, spares), (other, more)| spares.total_cmp(more).then(other.cmp(one)));
    best.map(|(part, _)| part)
}

/// A condition and the guards that it could have.
struct Choice<'a> {
    root: Root,
    guards: Vec<&'a Guard>,
}

/// Puts conditions behind guards where that spares more than it takes, and the rest plainly.
fn guard(graph: &Graph, roots: Vec<Root>, passed: &[NodeId], level: &mut Level) {
    let mut open: Vec<Choice<'_>> = roots
        .into_iter()
        .map(|root| Choice {
            root,
            guards: graph.guards_of(root.node, passed),
        })
        .collect();
    while let Some(slots) = most_sparing(graph, &open, &level.slots) {
        level.slots.extend(slots);
        let (found, left) = open.into_iter().partition(|choice| {
            let mut guards = choice.guards.iter();
            guards.any(|guard| graph.lies_in(guard, &level.slots))
        });
        for Choice { root, guards } in found {
            let fitting = guards
                .into_iter()
                .filter(|guard| graph.lies_in(guard, &level.slots));
            let best = fitting.min_by(|one, other| one.chance.total_cmp(&other.chance));
            if let Some(best) = best {
                level.add_behind(&best.atoms, root);
            }
        }
        open = left;
    }
    level.plain = open.into_iter().map(|choice| choice.root).collect();
}

/// The slots by which, decided beside those that are, most is spared; nothing where it is not worth
/// it.
fn most_sparing(graph: &Graph, open: &[Choice<'_>], chosen: &[u32]) -> Option<Vec<u32>> {
    let mut spares: FxHashMap<Vec<u32>, f32> = FxHashMap::default();
    for choice in open {
        let price = graph.estimate(choice.root.node).price;
        let mut best: FxHashMap<Vec<u32>, f32> = FxHashMap::default();
        for guard in &choice.guards {
            let missing = graph.missing_slots(guard, chosen);
            if (1..=MOST).contains(&missing.len()) {
                let spared = best.entry(missing).or_default();
                *spared = spared.max((1.0 - guard.chance) * price);
            }
        }
        for (slots, spared) in best {
            *spares.entry(slots).or_default() += spared;
        }
    }
    let gains = spares.into_iter().map(|(slots, spared)| {
        let gain = spared - SLOT * slots.len() as f32;
        (slots, gain)
    });
    let best = gains.filter(|(_, gain)| *gain > 0.0);
    let best = best.max_by(|(one, gain), (other, more)| gain.total_cmp(more).then(other.cmp(one)));
    best.map(|(slots, _)| slots)
}
