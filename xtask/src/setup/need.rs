//! Programs and files that a purpose needs, whoever brought them.

use super::missing::{Missing, Packages};

/// One thing, how to see whether it is here, and who brings it.
pub(super) struct Need {
    /// Its name for people.
    pub(super) what: &'static str,
    /// Whether it is here.
    pub(super) found: fn() -> bool,
    /// Debian's packages that bring it.
    pub(super) packages: &'static [&'static str],
}

/// What of these is not here.
pub(super) fn missing(needs: &[Need]) -> Vec<Missing> {
    let missing = needs.iter().filter(|need| !(need.found)());
    let packages = missing.map(|Need { what, packages, .. }| Packages {
        what: (*what).to_owned(),
        names: packages.iter().map(|&name| name.to_owned()).collect(),
        suite: "bookworm",
        by_hand: format!("the package that Debian calls {}", packages.join(", ")),
    });
    packages.map(Missing::Packages).collect()
}
