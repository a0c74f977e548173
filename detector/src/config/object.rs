//! Objects that are watched by the path that somebody gives, each with what it is.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use detector_common::object::Class;

/// An object that is to be watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPath {
    /// What it is, and so which rules ask about it.
    pub class: Class,
    /// A file, or a directory with all that is in it; absolute.
    pub path: PathBuf,
}

impl ObjectPath {
    /// The classes that can be given: the detector knows its own state itself.
    pub(super) fn classes() -> impl Iterator<Item = (&'static str, Class)> {
        let given = |class: &&Class| **class != Class::DetectorState;
        Class::ALL
            .iter()
            .filter(given)
            .map(|class| (class.name(), *class))
    }
}

impl Display for ObjectPath {
    /// As it would be typed.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.class.name(), self.path.display())
    }
}
