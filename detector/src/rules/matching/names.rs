//! The names that have to be in a path for a comparison of it to hold.
//!
//! A constant such as `*/.ssh/id_*` is in a path only if that path has a component `.ssh`: what
//! stands in a constant between two slashes, or between a slash and an end that is anchored, is a
//! whole component of every path that satisfies the comparison.

use std::{cmp::Reverse, collections::BTreeSet};

use super::comparison::{Comparison, Quantifier, TextTest};

/// Components of so many paths that asking for them tells little.
const COMMON: &[&str] = &[
    ".cache",
    ".config",
    ".local",
    "bin",
    "cache",
    "config",
    "config.json",
    "config.yaml",
    "data",
    "dev",
    "etc",
    "home",
    "lib",
    "lib64",
    "local",
    "opt",
    "proc",
    "root",
    "run",
    "sbin",
    "share",
    "sys",
    "tmp",
    "usr",
    "var",
];

/// Names of which at least one is a component of every text for which the comparison holds;
/// nothing where there are no such names.
pub(super) fn needed(comparison: &Comparison) -> Option<BTreeSet<Box<[u8]>>> {
    match comparison {
        Comparison::Text(test) => of_test(test),
        Comparison::Quantified(Quantifier::All, tests) => {
            tests.iter().filter_map(needed).min_by_key(cost)
        }
        Comparison::Quantified(Quantifier::Any | Quantifier::One, tests) => {
            let mut all = BTreeSet::new();
            for test in tests {
                all.extend(needed(test)?);
            }
            Some(all)
        }
        _ => None,
    }
}

/// How much it takes to look for names: least for few that are rare.
pub(super) fn cost(names: &BTreeSet<Box<[u8]>>) -> (usize, usize) {
    let common = names.iter().filter(|name| is_common(name)).count();
    (common, names.len())
}

fn is_common(name: &[u8]) -> bool {
    COMMON.iter().any(|common| common.as_bytes() == name)
}

fn of_test(test: &TextTest) -> Option<BTreeSet<Box<[u8]>>> {
    let one = |name: Option<Box<[u8]>>| name.map(|name| BTreeSet::from([name]));
    match test {
        TextTest::Among(texts) => texts
            .iter()
            .map(|text| most_telling(components(text, Anchors::BOTH)))
            .collect(),
        TextTest::StartsWith(text) => one(most_telling(components(text, Anchors::START))),
        TextTest::EndsWith(text) => one(most_telling(components(text, Anchors::END))),
        TextTest::Contains(text) => one(most_telling(components(text, Anchors::NONE))),
        TextTest::Glob(glob) => {
            let literal = glob.components();
            one(most_telling(literal.iter().map(Vec::as_slice)))
        }
        TextTest::Prefixes(prefixes) => prefixes.components().map(most_telling).collect(),
        // Case folds, orders and regular expressions say nothing of whole components.
        TextTest::ContainsFolded(_) | TextTest::Ordered(..) | TextTest::Regex(_) => None,
    }
}

/// Which ends of a constant are ends of the text that it is compared with.
#[derive(Clone, Copy)]
struct Anchors {
    start: bool,
    end: bool,
}

impl Anchors {
    const NONE: Self = Self::new(false, false);
    const START: Self = Self::new(true, false);
    const END: Self = Self::new(false, true);
    const BOTH: Self = Self::new(true, true);

    const fn new(start: bool, end: bool) -> Self {
        Self { start, end }
    }
}

/// The parts of a constant that are whole components of any text it is found in.
fn components(text: &[u8], anchors: Anchors) -> impl Iterator<Item = &[u8]> {
    let mut parts: Vec<&[u8]> = text.split(|byte| *byte == b'/').collect();
    if !anchors.end {
        parts.pop();
    }
    parts.into_iter().skip(usize::from(!anchors.start))
}

/// The one that the fewest paths have: rather a hidden directory, which is one program's own, and
/// rather a long name; one of the common only if there is nothing else.
fn most_telling<'a>(components: impl IntoIterator<Item = &'a [u8]>) -> Option<Box<[u8]>> {
    let shared = |name: &&[u8]| {
        (
            is_common(name),
            !name.starts_with(b"."),
            Reverse(name.len()),
        )
    };
    components
        .into_iter()
        .filter(|name| !name.is_empty())
        .min_by_key(shared)
        .map(Box::from)
}
