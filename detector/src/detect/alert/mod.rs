//! An alert: what was done, by whom, in which container, and which rule says that it matters.
//!
//! The keys of its JSON are a promise to others: Falco's own, so that whatever reads Falco reads
//! these, and beside them ours. Strings hold what the kernel or a container said, hostile as it may
//! be: they are data here, and every sink makes them harmless for its own readers. What nobody knew
//! is `None`, never a guess.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod fingerprint;
mod json;
mod uid;

pub use fingerprint::{Fingerprint, Identity};
pub use uid::AlertUid;

use crate::event::Event;
pub use crate::host::attribution::Attributed;
pub use crate::rules::Priority;

/// One match of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Names this alert and no other.
    pub uid: AlertUid,
    /// When the act was done.
    pub time: Timestamp,
    /// The rule's name.
    pub rule: String,
    /// How grave it is.
    pub priority: Priority,
    /// The host's name.
    pub hostname: String,
    /// The rule's tags.
    pub tags: Vec<String>,
    /// The rule's output with its fields filled in, without Falco's prefix of time and priority.
    pub message: String,
    /// The fields that the output names, typed.
    pub output_fields: Map<String, Value>,
    /// Whether the kernel let it happen.
    pub outcome: Outcome,
    /// By which equal alerts are folded.
    pub fingerprint: Fingerprint,
    /// Who did it.
    pub process: Process,
    /// That process's ancestors, the parent first.
    pub lineage: Vec<Ancestor>,
    /// Where; `None` on the host itself.
    pub container: Option<Container>,
    /// The AI agent.
    pub agent: Option<Attributed>,
    /// Its conversation or run.
    pub session: Option<Attributed>,
    /// The person whom it serves.
    pub user: Option<Attributed>,
    /// True where the process tree still lacked something when the rule matched.
    pub incomplete: bool,
}

/// What the kernel made of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Done,
    /// The kernel refused.
    Refused,
}

impl Outcome {
    /// The outcome of an event.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        match event.refused() {
            true => Self::Refused,
            false => Self::Done,
        }
    }

    /// The word in JSON and in the field `outcome`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// The process that acted, as its image was then.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct Process {
    /// `BOOTID-TGID-STARTNS`.
    pub process_id: String,
    /// The process id and the count of its execs.
    pub exec_id: String,
    /// As the host numbers it.
    pub pid: u32,
    /// The executable's path, resolved by the kernel.
    pub exe: Option<String>,
    /// Its arguments, secrets masked.
    pub argv: Vec<String>,
    /// Its working directory.
    pub cwd: Option<String>,
}

/// A process above the one that acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ancestor {
    /// `BOOTID-TGID-STARTNS`.
    pub process_id: String,
    /// The process id and the count of its execs; `None` where that count is not known, as of a
    /// process of the host.
    pub exec_id: Option<String>,
    /// As the host numbers it.
    pub pid: u32,
    /// The executable's path, resolved by the kernel.
    pub exe: Option<String>,
    /// Its arguments, secrets masked.
    pub argv: Vec<String>,
}

/// The container of the process that acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Container {
    /// The engine's whole id.
    pub id: String,
    /// Its name, where the engine answered.
    pub name: Option<String>,
    /// Its image, where the engine answered.
    pub image: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

#[cfg(test)]
pub(crate) mod sample;
