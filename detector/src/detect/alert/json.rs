//! The JSON of an alert: Falco's keys with Falco's types, ours beside them, always in this order.
//!
//! Written by hand because two of Falco's keys, `source` and `output`, follow from the others, and
//! so cannot disagree with them.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::Alert;

/// Falco's name of where the event came from: system calls.
const SOURCE: &str = "syscall";

impl Alert {
    /// Falco's line: `HH:MM:SS.nnnnnnnnn: Priority message`, in UTC.
    #[must_use]
    pub fn output(&self) -> String {
        let time = self.time.strftime("%H:%M:%S%.9f");
        format!("{time}: {} {}", self.priority, self.message)
    }
}

impl Serialize for Alert {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            uid,
            time,
            rule,
            priority,
            hostname,
            tags,
            message: _,
            output_fields,
            outcome,
            fingerprint,
            process,
            lineage,
            container,
            agent,
            session,
            user,
            incomplete,
        } = self;
        let mut alert = serializer.serialize_struct("Alert", 17 + usize::from(*incomplete))?;
        alert.serialize_field("uid", uid)?;
        alert.serialize_field("time", &format_args!("{time:.9}"))?;
        alert.serialize_field("rule", rule)?;
        alert.serialize_field("priority", priority)?;
        alert.serialize_field("source", SOURCE)?;
        alert.serialize_field("hostname", hostname)?;
        alert.serialize_field("tags", tags)?;
        alert.serialize_field("output", &self.output())?;
        alert.serialize_field("output_fields", output_fields)?;
        alert.serialize_field("outcome", outcome)?;
        alert.serialize_field("fingerprint", fingerprint)?;
        alert.serialize_field("process", process)?;
        alert.serialize_field("lineage", lineage)?;
        alert.serialize_field("container", container)?;
        alert.serialize_field("agent", agent)?;
        alert.serialize_field("session", session)?;
        alert.serialize_field("user", user)?;
        if *incomplete {
            alert.serialize_field("incomplete", incomplete)?;
        }
        alert.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::detect::alert::sample;

    #[test]
    fn falcosidekick_finds_its_keys_and_types() {
        let alert = serde_json::to_value(sample::alert()).unwrap();
        assert_eq!(alert["time"], "2026-01-05T14:03:07.120000000Z");
        assert!(
            alert["time"]
                .as_str()
                .unwrap()
                .parse::<jiff::Timestamp>()
                .is_ok()
        );
        assert_eq!(alert["priority"], "Critical");
        assert_eq!(alert["source"], "syscall");
        for key in ["rule", "hostname", "output"] {
            assert!(
                alert[key].as_str().is_some_and(|text| !text.is_empty()),
                "{key}"
            );
        }
        assert!(
            alert["tags"]
                .as_array()
                .unwrap()
                .iter()
                .all(Value::is_string)
        );
        assert!(alert["output_fields"].is_object());
        let output = alert["output"].as_str().unwrap();
        assert!(
            output.starts_with("14:03:07.120000000: Critical "),
            "{output}"
        );
    }

    #[test]
    fn our_keys_stand_beside_them() {
        let alert = serde_json::to_value(sample::alert()).unwrap();
        assert_eq!(alert["outcome"], "done");
        assert_eq!(alert["fingerprint"].as_str().unwrap().len(), 64);
        assert_eq!(alert["process"]["pid"], 4711);
        assert_eq!(alert["process"]["argv"][0], "curl");
        assert_eq!(alert["lineage"][0]["exe"], "/usr/bin/bash");
        assert_eq!(alert["container"]["name"], "claw-1");
        assert_eq!(
            alert["agent"],
            json!({"value": "main", "source": "label openclaw.agent"})
        );
        assert_eq!(alert["session"], Value::Null);
        assert_eq!(alert.get("incomplete"), None);
    }

    #[test]
    fn keys_keep_their_order() {
        let text = serde_json::to_string(&sample::alert()).unwrap();
        let keys = [
            "uid",
            "time",
            "rule",
            "priority",
            "source",
            "hostname",
            "tags",
            "output",
            "output_fields",
            "outcome",
            "fingerprint",
            "process",
            "lineage",
            "container",
            "agent",
            "session",
            "user",
        ];
        let top = serde_json::from_str::<Value>(&text).unwrap();
        assert_eq!(top.as_object().unwrap().len(), keys.len());
        let place = |key: &&str| text.find(&format!("\"{key}\":")).unwrap();
        // `pid`'s object holds no key of the same name as a later top-level key.
        assert!(keys.iter().map(place).is_sorted());
    }

    #[test]
    fn an_incomplete_alert_on_the_host_says_so() {
        let mut alert = sample::alert();
        alert.incomplete = true;
        alert.container = None;
        let alert = serde_json::to_value(alert).unwrap();
        assert_eq!(alert["incomplete"], true);
        assert_eq!(alert["container"], Value::Null);
    }
}
