//! Where in the rule files a piece of text stands.
//!
//! Every piece that can be wrong carries a [`Place`]; an error is a fault *at* a place ([`At`]),
//! and only the loader, which owns the files, turns it into text for people.

use std::fmt;

/// A stretch of one line of one file, counted in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place {
    /// The file, by its position in the loader's list.
    pub(super) file: u32,
    /// The line, from 1.
    pub(super) line: u32,
    /// The column, from 1.
    pub(super) column: u32,
    /// How many characters, at least 1.
    pub(super) width: u32,
}

/// Something at a place.
///
/// Two are equal when their contents are: a place says where text came from, not what it means.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub(super) node: T,
    pub(super) place: Place,
}

impl<T> Placed<T> {
    pub(super) fn new(node: T, place: Place) -> Self {
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
pub(super) struct At<E> {
    pub(super) place: Place,
    pub(super) fault: E,
}

impl<E> At<E> {
    pub(super) fn new(place: Place, fault: E) -> Self {
        Self { place, fault }
    }

    /// The same fault as a wider type.
    pub(super) fn widen<F: From<E>>(self) -> At<F> {
        At {
            place: self.place,
            fault: self.fault.into(),
        }
    }
}

/// Saturating conversion: no line of a rule file is longer than the size limit allows.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
