//! Falco's eight priorities: ordered, the gravest first.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How grave a match is. `Emergency` is the least value: sorting puts the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "syslog's names say what they are")]
pub enum Priority {
    Emergency,
    Alert,
    Critical,
    Error,
    Warning,
    Notice,
    Informational,
    Debug,
}

/// A word that is no priority.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown priority {0:?}: use emergency, alert, critical, error, warning, notice, informational or debug"
)]
pub struct UnknownPriority(String);

impl Priority {
    /// All of them, the gravest first.
    pub const ALL: [Self; 8] = [
        Self::Emergency,
        Self::Alert,
        Self::Critical,
        Self::Error,
        Self::Warning,
        Self::Notice,
        Self::Informational,
        Self::Debug,
    ];

    /// Falco's spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Emergency => "Emergency",
            Self::Alert => "Alert",
            Self::Critical => "Critical",
            Self::Error => "Error",
            Self::Warning => "Warning",
            Self::Notice => "Notice",
            Self::Informational => "Informational",
            Self::Debug => "Debug",
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Priority {
    type Err = UnknownPriority;

    /// Any case; `info` is short for `informational`.
    fn from_str(word: &str) -> Result<Self, UnknownPriority> {
        if word.eq_ignore_ascii_case("info") {
            return Ok(Self::Informational);
        }
        let named = |priority: &Self| word.eq_ignore_ascii_case(priority.as_str());
        let found = Self::ALL.into_iter().find(named);
        found.ok_or_else(|| UnknownPriority(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_in_any_case() {
        for priority in Priority::ALL {
            assert_eq!(priority.as_str().parse(), Ok(priority));
            assert_eq!(priority.as_str().to_uppercase().parse(), Ok(priority));
            let json = serde_json::to_value(priority).unwrap();
            assert_eq!(json, priority.as_str());
        }
        assert_eq!("info".parse(), Ok(Priority::Informational));
        assert!("grave".parse::<Priority>().is_err());
        assert!(Priority::ALL.is_sorted());
    }
}
