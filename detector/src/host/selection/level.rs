//! How closely something is looked at.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How closely something is looked at. Each level includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// What the loaded rules can match, and what the process tree needs.
    Rules,
    /// Besides: every command, write, connection and change of privilege.
    Operations,
    /// Everything that the sensor knows.
    All,
}

/// A text that names no level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no level; there are rules, operations and all")]
pub struct UnknownLevel(String);

impl Level {
    /// All levels, the least first.
    pub const ALL: [Self; 3] = [Self::Rules, Self::Operations, Self::All];

    /// The name on the command line, in the configuration and in `status`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Operations => "operations",
            Self::All => "all",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        let known = Self::ALL.into_iter().find(|level| level.as_str() == text);
        known.ok_or_else(|| UnknownLevel(text.to_owned()))
    }
}
