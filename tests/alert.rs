//! An alert as the detector prints it.

use std::fmt;

use anyhow::{Context, Result};
use rustix::process::Pid;
use serde_json::Value;

/// What the kernel made of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// The kernel refused.
    Refused,
}

impl Outcome {
    /// As alerts name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// Falco's priorities, the gravest first.
const PRIORITIES: [&str; 8] = [
    "emergency",
    "alert",
    "critical",
    "error",
    "warning",
    "notice",
    "informational",
    "debug",
];
const WARNING: usize = 4;

/// One line of the detector's standard output.
#[derive(Clone)]
pub struct Alert(Value);

impl Alert {
    /// Reads a line.
    ///
    /// # Errors
    /// If it is no JSON object with a rule.
    pub fn parse(line: &str) -> Result<Self> {
        let alert = Self(serde_json::from_str(line).with_context(|| format!("no JSON: `{line}`"))?);
        alert
            .0
            .get("rule")
            .with_context(|| format!("no alert: `{line}`"))?;
        Ok(alert)
    }

    /// The whole alert as JSON, its keys in order.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.0.to_string()
    }

    fn text(&self, pointer: &str) -> &str {
        self.0
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The value at a JSON pointer.
    #[must_use]
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer)
    }

    /// An output field as text; empty where it has none.
    #[must_use]
    pub fn field(&self, name: &str) -> String {
        let fields = self.get("/output_fields");
        match fields.and_then(|fields| fields.get(name)) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        }
    }

    /// The rule's name.
    #[must_use]
    pub fn rule(&self) -> &str {
        self.text("/rule")
    }

    /// The priority in lower case.
    #[must_use]
    pub fn priority(&self) -> String {
        match self.text("/priority").to_lowercase() {
            short if short == "info" => "informational".to_owned(),
            long => long,
        }
    }

    /// `done` or `refused`.
    #[must_use]
    pub fn outcome(&self) -> &str {
        self.text("/outcome")
    }

    /// The full id of the container.
    #[must_use]
    pub fn container(&self) -> &str {
        self.text("/container/id")
    }

    /// The path of the executable.
    #[must_use]
    pub fn executable(&self) -> &str {
        self.text("/process/exe")
    }

    /// The process, as the host numbers it.
    #[must_use]
    pub fn pid(&self) -> Option<Pid> {
        let raw = self.get("/process/pid")?.as_i64()?;
        Pid::from_raw(i32::try_from(raw).ok()?)
    }

    /// True from WARNING upwards, and for a priority that is none.
    #[must_use]
    pub fn is_grave(&self) -> bool {
        let own = self.priority();
        PRIORITIES
            .iter()
            .position(|name| *name == own)
            .is_none_or(|place| place <= WARNING)
    }

    /// True if the message or an output field holds this text.
    #[must_use]
    pub fn mentions(&self, object: &str) -> bool {
        let fields = self.get("/output_fields").and_then(Value::as_object);
        let mut values = fields.into_iter().flat_map(|fields| fields.values());
        self.text("/output").contains(object)
            || values.any(|value| value.as_str().is_some_and(|text| text.contains(object)))
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let container: String = self.container().chars().take(12).collect();
        write!(
            f,
            "{} [{}, {}] container {container} pid {:?} {}: {}",
            self.rule(),
            self.priority(),
            self.outcome(),
            self.pid(),
            self.executable(),
            self.text("/output"),
        )
    }
}

impl fmt::Debug for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(priority: &str) -> Alert {
        Alert::parse(&format!(
            r#"{{"rule":"R","priority":"{priority}","output":"x","output_fields":{{"fd.name":"/a/b","n":1}}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn grave_begins_at_warning() {
        let grave = ["Critical", "ERROR", "Warning", "", "unheard of"];
        let mild = ["Notice", "Informational", "INFO", "debug"];
        assert!(grave.iter().all(|name| alert(name).is_grave()));
        assert!(!mild.iter().any(|name| alert(name).is_grave()));
    }

    #[test]
    fn objects_are_found_in_message_and_fields() {
        let alert = alert("Error");
        assert!(alert.mentions("/a/b") && alert.mentions("x"));
        assert!(!alert.mentions("/a/c"));
    }

    #[test]
    fn a_line_without_a_rule_is_no_alert() {
        assert!(Alert::parse("{}").is_err() && Alert::parse("ready").is_err());
    }
}
