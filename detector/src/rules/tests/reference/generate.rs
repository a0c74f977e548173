//! Rule files: lists and macros that rules share, rules with exceptions, and what changes them.

use proptest::collection::vec;
use proptest::prelude::*;

use super::checks;
use super::constants::{LISTED, SINGLE, item};
use super::event::Kind;
use super::exceptions::{self, RuleExceptions};
use super::file::{self, Change, Item};
use super::print::{self, Style};
use super::tree::Tree;

/// As many macros there are.
const MACROS: usize = 4;
/// As many lists there are of each kind.
const LISTS: usize = 2;

/// A file, and the choices by which its YAML is written.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) items: Vec<Item>,
    pub(super) style: Vec<u8>,
}

impl File {
    pub(super) fn yaml(&self) -> String {
        self.yaml_of(&self.items)
    }

    /// The YAML of some of its objects.
    pub(super) fn yaml_of(&self, items: &[Item]) -> String {
        file::yaml(items, &mut Style::new(&self.style))
    }
}

/// A condition as text.
fn condition(below: usize) -> impl Strategy<Value = String> {
    (checks::tree(), vec(any::<u8>(), 0..30))
        .prop_map(move |(tree, style)| written(&tree.below(below), &style))
}

fn written(tree: &Tree, style: &[u8]) -> String {
    print::condition(tree, &mut Style::new(style))
}

/// Lists in order; the second of a kind may name the first.
fn lists() -> impl Strategy<Value = Vec<Item>> {
    let of_kind = |(kind, prefix): &(Kind, &'static str)| {
        let prefix = *prefix;
        let items = move || vec(item(*kind), 0..4);
        (items(), items(), any::<bool>()).prop_map(move |(first, mut second, names)| {
            if names {
                second.insert(second.len() / 2, format!("{prefix}_0"));
            }
            [first, second]
                .into_iter()
                .enumerate()
                .map(move |(n, items)| Item::List {
                    name: format!("{prefix}_{n}"),
                    items,
                    change: Change::Define,
                })
        })
    };
    let all: Vec<_> = LISTED.iter().map(|kind| of_kind(kind).boxed()).collect();
    (all, item(Kind::Text)).prop_map(|(lists, single)| {
        let mut items: Vec<Item> = lists.into_iter().flatten().collect();
        items.push(Item::List {
            name: SINGLE.to_owned(),
            items: vec![single],
            change: Change::Define,
        });
        items
    })
}

/// Macros in order; each may name those before it.
fn macros() -> impl Strategy<Value = Vec<Item>> {
    let conditions: Vec<_> = (0..MACROS).map(|n| condition(n).boxed()).collect();
    conditions.prop_map(|conditions| {
        conditions
            .into_iter()
            .enumerate()
            .map(|(n, condition)| Item::Macro {
                name: format!("m_{n}"),
                condition,
                change: Change::Define,
            })
            .collect()
    })
}

fn rule() -> impl Strategy<Value = (String, Option<RuleExceptions>)> {
    let exceptions = prop::option::weighted(0.3, exceptions::of_rule());
    let condition = condition(MACROS);
    let typed = (condition, prop::option::of(any::<bool>())).prop_map(|(condition, typed)| {
        // Most rules begin with their types.
        match typed {
            Some(true) => format!("evt.type = open and ({condition})"),
            Some(false) => format!("evt.type in (open,openat , bpf) and not({condition})"),
            None => condition,
        }
    });
    (typed, exceptions)
}

fn rules() -> impl Strategy<Value = Vec<Item>> {
    let rules = prop_oneof![4 => vec(rule(), 1..8), 1 => vec(rule(), 1..31)];
    rules.prop_map(|rules| {
        let items = rules
            .into_iter()
            .enumerate()
            .map(|(n, (condition, exceptions))| {
                let rule = |condition, exceptions, change| Item::Rule {
                    name: format!("R{n}"),
                    condition,
                    exceptions,
                    change,
                };
                let (defined, further) = match exceptions {
                    None => (Vec::new(), None),
                    Some(RuleExceptions { defined, further }) => (defined, Some(further)),
                };
                let further = further.filter(|further| !further.rows.is_empty());
                let more = further.map(|further| rule(None, vec![further], Change::Append));
                let first = rule(Some(condition), defined, Change::Define);
                std::iter::once(first).chain(more)
            });
        items.flatten().collect()
    })
}

/// How an object is changed.
fn way() -> impl Strategy<Value = Change> {
    prop::sample::select(
        &[
            Change::Append,
            Change::OverrideAppend,
            Change::OverrideReplace,
            Change::Define,
        ][..],
    )
}

/// A way, and a condition for it: what is appended begins with a word that joins.
fn text() -> impl Strategy<Value = (Change, String)> {
    (way(), condition(0), any::<bool>()).prop_map(|(way, text, and)| {
        let joint = if and { "and" } else { "or" };
        match way {
            Change::Append | Change::OverrideAppend => (way, format!("{joint} {text}")),
            Change::OverrideReplace | Change::Define => (way, text),
        }
    })
}

/// A change of an object that stands before it.
fn change() -> impl Strategy<Value = Item> {
    prop_oneof![
        (way(), vec(item(Kind::Text), 0..3), 0..LISTS).prop_map(|(change, items, n)| {
            Item::List {
                name: format!("text_{n}"),
                items,
                change,
            }
        }),
        (text(), 0..MACROS).prop_map(|((change, condition), n)| Item::Macro {
            name: format!("m_{n}"),
            condition,
            change,
        }),
        (text(), 0..3usize, prop::option::of(exceptions::of_rule())).prop_map(
            |((change, condition), n, exceptions)| Item::Rule {
                name: format!("R{n}"),
                condition: Some(condition),
                exceptions: exceptions.map_or_else(Vec::new, |exceptions| exceptions.defined),
                change,
            }
        ),
    ]
}

/// The same change, with names of its exceptions that no other has. What is added needs values.
fn distinct(number: usize, mut item: Item) -> Item {
    if let Item::Rule {
        exceptions, change, ..
    } = &mut item
    {
        let adds = matches!(change, Change::Append | Change::OverrideAppend);
        exceptions.retain(|exception| !adds || !exception.rows.is_empty());
        for exception in exceptions {
            exception.name += &format!("_{number}");
        }
    }
    item
}

/// A file.
pub(super) fn file() -> impl Strategy<Value = File> {
    let changes = vec(change(), 0..3);
    let style = vec(any::<u8>(), 0..200);
    (lists(), macros(), rules(), changes, style).prop_map(
        |(lists, macros, rules, changes, style)| {
            let mut items = woven(vec![lists, macros, rules], &mut Style::new(&style));
            let known =
                |change: &Item, items: &[Item]| items.iter().any(|item| item.key() == change.key());
            let changes = changes.into_iter().filter(|change| known(change, &items));
            let changes = changes.enumerate().map(|(n, change)| distinct(n, change));
            let changes: Vec<Item> = changes.collect();
            items.extend(changes);
            File {
                items: needed(&items),
                style,
            }
        },
    )
}

/// All of several sequences, each in its order.
fn woven(sequences: Vec<Vec<Item>>, style: &mut Style) -> Vec<Item> {
    let mut rest: Vec<_> = sequences
        .into_iter()
        .map(|sequence| sequence.into_iter().peekable())
        .collect();
    let mut items = Vec::new();
    loop {
        rest.retain_mut(|sequence| sequence.peek().is_some());
        let Ok(count @ 1..) = u8::try_from(rest.len()) else {
            return items;
        };
        items.extend(rest[usize::from(style.pick(count))].next());
    }
}

/// Without the lists and macros that nobody names: so that a failure shows little.
fn needed(items: &[Item]) -> Vec<Item> {
    let texts: Vec<String> = items.iter().map(|item| format!("{item:?}")).collect();
    let is_needed = |(index, item): &(usize, &Item)| match item {
        Item::Rule { .. } => true,
        Item::List { name, .. } | Item::Macro { name, .. } => {
            let mut others = texts.iter().enumerate().filter(|(other, _)| other != index);
            others.any(|(_, other)| other.contains(name))
        }
    };
    let kept = items.iter().enumerate().filter(is_needed);
    kept.map(|(_, item)| item.clone()).collect()
}
