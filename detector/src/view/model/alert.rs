//! An alert as the detector tells it; what is missing is empty, so that those of an older or newer
//! one can be read.

use jiff::Timestamp;
use serde::Deserialize;

/// An alert.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Alert {
    pub(crate) uid: String,
    pub(crate) time: Option<Timestamp>,
    pub(crate) rule: String,
    pub(crate) priority: String,
    pub(crate) outcome: String,
    pub(crate) output: String,
    pub(crate) process: Process,
    pub(crate) lineage: Vec<Process>,
    pub(crate) container: Option<Container>,
    pub(crate) agent: Option<Said>,
    pub(crate) session: Option<Said>,
    pub(crate) user: Option<Said>,
    pub(crate) incomplete: bool,
}

/// A process: the one that acted, or one above it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    pub(crate) exe: Option<String>,
    pub(crate) argv: Vec<String>,
    pub(crate) cwd: Option<String>,
}

/// Where it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Container {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) image: Option<String>,
}

/// What somebody said of whom it was done for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Said {
    pub(crate) value: String,
}

impl Alert {
    /// Whether somebody should look at once.
    pub(crate) fn is_grave(&self) -> bool {
        matches!(
            self.priority.as_str(),
            "Emergency" | "Alert" | "Critical" | "Error"
        )
    }

    /// Whether the kernel refused the act.
    pub(crate) fn is_refused(&self) -> bool {
        self.outcome == "refused"
    }
}
