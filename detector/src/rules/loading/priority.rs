//! How urgent an alert is.

use std::{fmt, str::FromStr};

use serde::Serialize;

use crate::rules::language::suggest;

/// Priorities of syslog, from the most urgent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Priority {
    /// The host is unusable.
    Emergency,
    /// Act at once.
    Alert,
    /// A boundary has been crossed.
    Critical,
    /// Somebody should look today.
    Error,
    /// Unusual.
    Warning,
    /// Usual, and worth knowing.
    Notice,
    /// For the record.
    Informational,
    /// For those who write rules.
    Debug,
}

/// A word that is no priority.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown priority '{name}'{hint} (one of EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, \
     INFO, DEBUG)"
)]
pub struct UnknownPriority {
    name: String,
    hint: String,
}

impl Priority {
    /// All of them, the most urgent first.
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

    /// The name as alerts carry it.
    #[must_use]
    pub const fn name(self) -> &'static str {
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
        f.pad(self.name())
    }
}

impl FromStr for Priority {
    type Err = UnknownPriority;

    fn from_str(text: &str) -> Result<Self, UnknownPriority> {
        if text.eq_ignore_ascii_case("info") {
            return Ok(Self::Informational);
        }
        let names = Self::ALL.map(Self::name);
        Self::ALL
            .into_iter()
            .find(|level| level.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownPriority {
                name: text.to_owned(),
                hint: suggest::hint(text, names)
                    .to_uppercase()
                    .replace("DID YOU MEAN", "did you mean"),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_its_own_names_in_any_case() {
        for priority in Priority::ALL {
            assert_eq!(priority.name().to_uppercase().parse(), Ok(priority));
        }
        assert_eq!("info".parse(), Ok(Priority::Informational));
        assert!(
            Priority::Critical < Priority::Error,
            "the more urgent comes first"
        );
        let error = "WARNIN".parse::<Priority>().unwrap_err().to_string();
        assert!(error.contains("did you mean 'WARNING'?"), "{error}");
    }
}
