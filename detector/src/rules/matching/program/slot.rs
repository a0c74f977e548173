//! All tests of one field, decided by one look at its value.

use std::net::IpAddr;

use regex::{RegexSet, RegexSetBuilder};
use rustc_hash::FxHashMap;

use super::Atom;
use super::paths::Paths;
use super::scratch::Marks;
use super::texts::{Meaning, Texts};
use super::trie::Trie;
use crate::rules::matching::comparison::{Comparison, NumberTest, Quantifier, Regex, TextTest};
use crate::rules::matching::fields::{Argument, Field};
use crate::rules::matching::prefixes::Prefixes;
use crate::rules::matching::value::{Fields, Value};

/// A field with its argument, and what is asked of it.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) field: Field,
    pub(super) argument: Option<Argument>,
    /// What holds of every value.
    present: Vec<Atom>,
    equal: FxHashMap<Box<[u8]>, Vec<Atom>>,
    begins: Option<Trie>,
    ends: Option<Trie>,
    contains: Option<Texts>,
    contains_folded: Option<Texts>,
    below: Option<Paths>,
    expressions: Option<Expressions>,
    numbers: FxHashMap<i128, Vec<Atom>>,
    addresses: FxHashMap<IpAddr, Vec<Atom>>,
    truths: [Vec<Atom>; 2],
    /// What is asked one after the other.
    others: Others,
}

/// Regular expressions, which are tried together.
#[derive(Clone, Debug)]
struct Expressions {
    set: RegexSet,
    atoms: Vec<Atom>,
}

impl Slot {
    /// Marks all that holds of the event's value of the field.
    pub(super) fn decide(&self, fields: &dyn Fields, marks: &mut Marks) {
        fields.each(self.field, self.argument.as_ref(), &mut |value| {
            self.look(value, marks);
        });
    }

    fn look(&self, value: &Value<'_>, marks: &mut Marks) {
        marks.add_all(&self.present);
        let mut known = |atoms: Option<&Vec<Atom>>| marks.add_all(atoms.map_or(&[], Vec::as_slice));
        match value {
            Value::Bytes(text) => {
                known(self.equal.get(&**text));
                self.read(text, marks);
            }
            Value::Number(_) | Value::Unsigned(_) => {
                known(value.number().and_then(|number| self.numbers.get(&number)));
            }
            Value::Bool(truth) => known(self.truths.get(usize::from(*truth))),
            Value::Ip(address) => known(self.addresses.get(&address.to_canonical())),
            Value::List(_) => {}
        }
        for (comparison, atom) in &self.others {
            if comparison.holds(value) {
                marks.add(*atom);
            }
        }
    }

    fn read(&self, text: &[u8], marks: &mut Marks) {
        if let Some(trie) = &self.begins {
            trie.walk(text.iter().copied(), |atoms| marks.add_all(atoms));
        }
        if let Some(trie) = &self.ends {
            trie.walk(text.iter().rev().copied(), |atoms| marks.add_all(atoms));
        }
        if let Some(paths) = &self.below {
            paths.walk(text, marks);
        }
        if let Some(texts) = &self.contains {
            texts.scan(text, marks);
        }
        if let Some(texts) = &self.contains_folded {
            texts.scan(text, marks);
        }
        if let Some(expressions) = &self.expressions {
            expressions.try_all(text, marks);
        }
    }
}

impl Expressions {
    fn try_all(&self, text: &[u8], marks: &mut Marks) {
        let text = String::from_utf8_lossy(text);
        // The first question takes no memory, and is mostly enough.
        if self.set.is_match(&text) {
            let matching = self.set.matches(&text);
            let atoms = matching.iter().filter_map(|index| self.atoms.get(index));
            atoms.for_each(|atom| marks.add(*atom));
        }
    }
}

/// Tests of one field, while they are collected.
#[derive(Debug, Default)]
pub(super) struct Tests {
    present: Vec<Atom>,
    equal: FxHashMap<Box<[u8]>, Vec<Atom>>,
    begins: Vec<(Box<[u8]>, Atom)>,
    ends: Vec<(Box<[u8]>, Atom)>,
    contains: Vec<(Box<[u8]>, Meaning)>,
    contains_folded: Vec<(Box<[u8]>, Meaning)>,
    below: Vec<(Prefixes, Atom)>,
    expressions: Vec<(Regex, Atom)>,
    numbers: FxHashMap<i128, Vec<Atom>>,
    addresses: FxHashMap<IpAddr, Vec<Atom>>,
    truths: [Vec<Atom>; 2],
    others: Others,
}

impl Tests {
    /// One more: where the comparison holds, so does the atom.
    pub(super) fn add(&mut self, comparison: &Comparison, atom: Atom) {
        match comparison {
            Comparison::Exists => self.present.push(atom),
            Comparison::Text(test) => self.add_text(test, atom),
            Comparison::Number(NumberTest::Among(numbers)) => {
                for number in numbers {
                    self.numbers.entry(*number).or_default().push(atom);
                }
            }
            Comparison::Truth(wanted) => {
                for truth in wanted {
                    let [no, yes] = &mut self.truths;
                    if *truth { yes } else { no }.push(atom);
                }
            }
            Comparison::Address(wanted) => {
                for address in wanted {
                    self.addresses.entry(*address).or_default().push(atom);
                }
            }
            Comparison::Quantified(Quantifier::Any, tests) => {
                tests.iter().for_each(|test| self.add(test, atom));
            }
            Comparison::Number(NumberTest::Ordered(..))
            | Comparison::Network(_)
            | Comparison::Unlike(_)
            | Comparison::Quantified(..) => self.others.push((comparison.clone(), atom)),
        }
    }

    fn add_text(&mut self, test: &TextTest, atom: Atom) {
        match test {
            TextTest::Among(texts) => {
                for text in texts {
                    self.equal.entry(text.clone()).or_default().push(atom);
                }
            }
            TextTest::StartsWith(text) => self.begins.push((text.clone(), atom)),
            TextTest::EndsWith(text) => self.ends.push((text.clone(), atom)),
            TextTest::Contains(text) if !text.is_empty() => {
                self.contains.push((text.clone(), Meaning::Holds(atom)));
            }
            TextTest::ContainsFolded(text) if !text.is_empty() => {
                let meaning = Meaning::Holds(atom);
                self.contains_folded.push((text.clone(), meaning));
            }
            TextTest::Glob(glob) => match glob.longest_literal() {
                Some(literal) => {
                    let meaning = Meaning::Try(glob.clone(), atom);
                    self.contains.push((literal, meaning));
                }
                None => self.others.push((Comparison::Text(test.clone()), atom)),
            },
            TextTest::Prefixes(prefixes) => self.below.push((prefixes.clone(), atom)),
            TextTest::Regex(regex) => self.expressions.push((regex.clone(), atom)),
            TextTest::Contains(_) | TextTest::ContainsFolded(_) | TextTest::Ordered(..) => {
                self.others.push((Comparison::Text(test.clone()), atom));
            }
        }
    }

    /// The slot that decides all of them.
    pub(super) fn finish(self, field: Field, argument: Option<Argument>) -> Slot {
        let mut others = self.others;
        Slot {
            field,
            argument,
            present: self.present,
            equal: self.equal,
            begins: trie(&self.begins, |text| text.iter().copied()),
            ends: trie(&self.ends, |text| text.iter().rev().copied()),
            contains: texts(self.contains, false, &mut others),
            contains_folded: texts(self.contains_folded, true, &mut others),
            below: paths(&self.below),
            expressions: expressions(&self.expressions, &mut others),
            numbers: self.numbers,
            addresses: self.addresses,
            truths: self.truths,
            others,
        }
    }
}

type Others = Vec<(Comparison, Atom)>;

fn trie<'a, B>(constants: &'a [(Box<[u8]>, Atom)], bytes: fn(&'a [u8]) -> B) -> Option<Trie>
where
    B: Iterator<Item = u8>,
{
    let constants = constants.iter();
    let named = constants.map(|(text, atom)| (bytes(text), *atom));
    (named.len() > 0).then(|| Trie::new(named))
}

fn paths(tests: &[(Prefixes, Atom)]) -> Option<Paths> {
    let tests = tests.iter();
    (tests.len() > 0).then(|| Paths::new(tests.map(|(prefixes, atom)| (prefixes, *atom))))
}

/// What is too much for one automaton is asked one after the other.
fn texts(constants: Vec<(Box<[u8]>, Meaning)>, fold: bool, others: &mut Others) -> Option<Texts> {
    if constants.is_empty() {
        return None;
    }
    if let Ok(texts) = Texts::new(&constants, fold) {
        return Some(texts);
    }
    others.extend(
        constants
            .into_iter()
            .map(|(text, meaning)| match meaning {
                Meaning::Try(glob, atom) => (TextTest::Glob(glob), atom),
                Meaning::Holds(atom) if fold => (TextTest::ContainsFolded(text), atom),
                Meaning::Holds(atom) => (TextTest::Contains(text), atom),
            })
            .map(|(test, atom)| (Comparison::Text(test), atom)),
    );
    None
}

/// Memory that all expressions of one field may take together, in bytes.
const MAX_EXPRESSIONS: usize = 16 << 20;

/// As [`texts`].
fn expressions(tests: &[(Regex, Atom)], others: &mut Others) -> Option<Expressions> {
    if tests.is_empty() {
        return None;
    }
    let patterns = tests.iter().map(|(regex, _)| regex.pattern());
    let set = RegexSetBuilder::new(patterns)
        .size_limit(MAX_EXPRESSIONS)
        .build();
    if let Ok(set) = set {
        let atoms = tests.iter().map(|(_, atom)| *atom).collect();
        return Some(Expressions { set, atoms });
    }
    let regexes = tests.iter().cloned();
    others.extend(regexes.map(|(regex, atom)| (Comparison::Text(TextTest::Regex(regex)), atom)));
    None
}
