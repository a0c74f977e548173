//! The acts binary, and what it tells of its calls.

use anyhow::{Context, Result};
use rustix::process::Pid;
use serde_json::Value;

/// The binary as it was built with the tests, linked statically.
pub(crate) const BINARY: &str = env!("ACTS");
/// Where the acts lie in the bare image.
pub(crate) const PATH: &str = "/bin/acts";

/// Acts to be performed, and how.
#[derive(Clone, Debug)]
pub struct Act {
    pub(crate) words: Vec<String>,
    pub(crate) executable: String,
    pub(crate) user: String,
}

impl Act {
    /// Acts by their words, as `acts` takes them, with blanks between.
    #[must_use]
    pub fn new(words: &str) -> Self {
        Self {
            words: words.split_whitespace().map(ToOwned::to_owned).collect(),
            executable: PATH.to_owned(),
            user: "0".to_owned(),
        }
    }

    /// Performed by this copy of the acts.
    #[must_use]
    pub fn by(mut self, executable: &str) -> Self {
        executable.clone_into(&mut self.executable);
        self
    }

    /// Performed under this user id.
    #[must_use]
    pub fn as_user(mut self, user: &str) -> Self {
        user.clone_into(&mut self.user);
        self
    }
}

/// One system call and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The system call.
    pub name: String,
    /// What it returned, or how many calls of a storm failed.
    pub result: i64,
    /// The error's name, `SUCCESS` where there was none.
    pub errno: String,
}

impl Call {
    pub(crate) fn parse(line: &Value) -> Option<Self> {
        Some(Self {
            name: line.get("act")?.as_str()?.to_owned(),
            result: line.get("result")?.as_i64()?,
            errno: line.get("errno")?.as_str()?.to_owned(),
        })
    }
}

/// Acts that were performed.
#[derive(Clone, Debug)]
pub struct Acted {
    /// The calls, in order.
    pub calls: Vec<Call>,
    /// Who made them, as the host numbers it.
    pub pid: Pid,
}

impl Acted {
    /// What the first call of this name returned.
    ///
    /// # Errors
    /// If there was none.
    pub fn result(&self, name: &str) -> Result<i64> {
        let call = self.calls.iter().find(|call| call.name == name);
        call.map(|call| call.result)
            .with_context(|| format!("no {name} among {:?}", self.calls))
    }

    /// The answer to the last call of this name.
    ///
    /// # Errors
    /// If there was none.
    pub fn errno(&self, name: &str) -> Result<&str> {
        let call = self.calls.iter().rev().find(|call| call.name == name);
        call.map(|call| call.errno.as_str())
            .with_context(|| format!("no {name} among {:?}", self.calls))
    }
}
