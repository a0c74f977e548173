//! The name of an alert: a UUIDv7, so that names sort by the time at which they were given.

use std::fmt;

use serde::{Serialize, Serializer};
use uuid::Uuid;

/// Names one alert. Receivers that must not act twice keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertUid(Uuid);

impl AlertUid {
    /// A new name, later than all that this process gave before.
    #[must_use]
    pub fn now() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for AlertUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl Serialize for AlertUid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_version_seven_and_rise() {
        let names: Vec<_> = (0..1000).map(|_| AlertUid::now()).collect();
        assert!(names.is_sorted());
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(names[0].0.get_version_num(), 7);
        assert_eq!(names[0].to_string().len(), 36);
    }
}
