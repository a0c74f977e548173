//! Where in the rule files a piece of text stands.
//!
//! Every piece that can be wrong carries a [`Place`]; an error is a fault *at* a place ([`At`]),
//! and only the loader, which owns the files, turns it into text for people.

use std::fmt;

/// A stretch of one line of one file, counted in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::rules) struct Place {
    /// The file, by its position in the loader's list.
    pub(in crate::rules) file: u32,
    /// The line, from 1.
    pub(in crate::rules) line: u32,
    /// The column, from 1.
    pub(in crate::rules) column: u32,
    /// How many characters, at least 1.
    pub(in crate::rules) width: u32,
}

/// Something at a place.
///
/// Two are equal when their contents are: a place says where text came from, not what it means.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Placed<T> {
    pub(in crate::rules) node: T,
    pub(in crate::rules) place: Place,
}

impl<T> Placed<T> {
    pub(in crate::rules) fn new(node: T, place: Place) -> Self {
        Self { node, place }
    }
}

impl<T: PartialEq> PartialEq for Placed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl<T: fmt::Display> fmt::Display for Placed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

/// A fault at a place: the error type of every layer below the loader.
#[derive(Clone, Debug)]
pub(in crate::rules) struct At<E> {
    pub(in crate::rules) place: Place,
    pub(in crate::rules) fault: E,
}

impl<E> At<E> {
    pub(in crate::rules) fn new(place: Place, fault: E) -> Self {
        Self { place, fault }
    }

    /// The same fault as a wider type.
    pub(in crate::rules) fn widen<F: From<E>>(self) -> At<F> {
        At {
            place: self.place,
            fault: self.fault.into(),
        }
    }
}

/// Saturating conversion: no line of a rule file is longer than the size limit allows.
pub(in crate::rules) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
