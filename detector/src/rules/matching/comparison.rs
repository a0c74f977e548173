//! Compiled comparisons: one value of an event against the constants of a rule.

use std::{cmp::Ordering, collections::BTreeSet, hash, net::IpAddr};

use super::{glob::Glob, network::Network, prefixes::Prefixes, value::Value};

/// A comparison, ready to run. Two that are equal hold for the same values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) enum Comparison {
    /// The value is there.
    Exists,
    Text(TextTest),
    Number(NumberTest),
    Truth(Vec<bool>),
    Address(Vec<IpAddr>),
    Network(Vec<Network>),
    /// The opposite of another: for `!=`, which still needs a value to be there.
    Unlike(Box<Self>),
    /// Without any test it holds for nothing, whatever the quantifier.
    Quantified(Quantifier, Vec<Self>),
}

/// How many of the values on the right have to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) enum Quantifier {
    /// Exactly one.
    One,
    Any,
    All,
}

/// A comparison of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) enum TextTest {
    Among(BTreeSet<Box<[u8]>>),
    Ordered(Order, Box<[u8]>),
    Contains(Box<[u8]>),
    /// In lower case.
    ContainsFolded(Box<[u8]>),
    StartsWith(Box<[u8]>),
    EndsWith(Box<[u8]>),
    Glob(Glob),
    Regex(Regex),
    Prefixes(Prefixes),
}

/// A regular expression that has to match the whole value.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Regex(Box<regex::Regex>);

/// A comparison of numbers, wide enough for both signs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) enum NumberTest {
    Among(BTreeSet<i128>),
    Ordered(Order, i128),
}

/// `<`, `<=`, `>` or `>=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    pub(super) fn allows(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl Comparison {
    /// Whether it holds for a value; nothing, as for a missing one, if it is of another kind.
    fn verdict(&self, value: &Value<'_>) -> Option<bool> {
        match (self, value) {
            (Self::Exists, _) => Some(true),
            (Self::Text(test), Value::Bytes(bytes)) => Some(test.holds(bytes)),
            (Self::Number(test), Value::Number(_) | Value::Unsigned(_)) => {
                value.number().map(|number| test.holds(number))
            }
            (Self::Truth(wanted), Value::Bool(found)) => Some(wanted.contains(found)),
            (Self::Address(wanted), Value::Ip(found)) => {
                Some(wanted.contains(&found.to_canonical()))
            }
            (Self::Network(wanted), Value::Ip(found)) => {
                Some(wanted.iter().any(|network| network.contains(*found)))
            }
            (Self::Unlike(other), value) => other.verdict(value).map(|holds| !holds),
            (Self::Quantified(_, tests), _) if tests.is_empty() => Some(false),
            (Self::Quantified(quantifier, tests), value) => {
                let verdicts: Option<Vec<bool>> =
                    tests.iter().map(|test| test.verdict(value)).collect();
                let verdicts = verdicts?;
                let holding = verdicts.iter().filter(|holds| **holds).count();
                Some(match quantifier {
                    Quantifier::One => holding == 1,
                    Quantifier::Any => holding > 0,
                    Quantifier::All => holding == verdicts.len(),
                })
            }
            _ => None,
        }
    }

    pub(super) fn holds(&self, value: &Value<'_>) -> bool {
        self.verdict(value).unwrap_or(false)
    }
}

impl Regex {
    /// The expression must be anchored at both ends.
    pub(in crate::rules) fn new(regex: regex::Regex) -> Self {
        Self(Box::new(regex))
    }

    pub(super) fn pattern(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Regex {}

impl hash::Hash for Regex {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.as_str().hash(state);
    }
}

impl TextTest {
    fn holds(&self, subject: &[u8]) -> bool {
        match self {
            Self::Among(texts) => texts.contains(subject),
            Self::Ordered(order, text) => order.allows(subject.cmp(text)),
            Self::Contains(text) => contains(subject, text, |a, b| a == b),
            Self::ContainsFolded(text) => contains(subject, text, <[u8]>::eq_ignore_ascii_case),
            Self::StartsWith(text) => subject.starts_with(text),
            Self::EndsWith(text) => subject.ends_with(text),
            Self::Glob(glob) => glob.matches(subject),
            Self::Regex(regex) => regex.0.is_match(&String::from_utf8_lossy(subject)),
            Self::Prefixes(prefixes) => prefixes.matches(subject),
        }
    }
}

/// Whether a part is found in it, by what counts as equal.
pub(super) fn contains(subject: &[u8], part: &[u8], equal: fn(&[u8], &[u8]) -> bool) -> bool {
    part.is_empty()
        || subject
            .windows(part.len())
            .any(|window| equal(window, part))
}

impl NumberTest {
    fn holds(&self, subject: i128) -> bool {
        match self {
            Self::Among(numbers) => numbers.contains(&subject),
            Self::Ordered(order, number) => order.allows(subject.cmp(number)),
        }
    }
}
