//! What a detector says of itself.
//!
//! A client reads the status of an older or newer detector: what is missing is empty, what is
//! unknown is left out. So counts and names only, and no closed choices.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The state of a detector at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// Every hook that must be is attached, and what ran before is known: from here on, nothing
    /// goes unseen without being counted.
    pub ready: bool,
    /// What it is doing until it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<String>,
    /// The sensor's hooks.
    pub hooks: Vec<Hook>,
    /// The containers that it watches.
    pub containers: Vec<Container>,
    /// What it watches that is no container's.
    pub services: Vec<Service>,
    /// Events by type.
    pub events: BTreeMap<String, EventCounts>,
    /// Lost records by lane and cause.
    pub dropped: BTreeMap<String, BTreeMap<String, u64>>,
    /// The last losses that were located, oldest first.
    pub gaps: Vec<Gap>,
    /// The sensor's signs of life.
    pub heartbeat: Heartbeat,
    /// How often somebody was found to have altered the sensor's programs or tables.
    pub alterations: u64,
    /// Records that budgets of the alarm lane held back: each equal to one that was sent, or one of
    /// too many.
    pub suppressed: u64,
    /// Records of cgroups that turned out to be no container's.
    pub discarded: u64,
    /// Its version.
    pub version: String,
    /// Since when it runs.
    pub uptime_seconds: u64,
    /// What is marked of watched objects.
    pub objects: Objects,
    /// The container engines that it asks for names.
    pub engines: Vec<Engine>,
    /// When configuration and rules were last read anew, and what came of it; null before.
    pub reload: Option<Reload>,
    /// Alerts since its start.
    pub alerts: u64,
    /// Alerts that `alerts.jsonl` lacks, because its disk took none.
    pub alerts_unwritten: u64,
}

/// A loss, and between which moments it lies.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(default)]
pub struct Gap {
    /// In which lane; null for what is lost before there is one.
    pub lane: Option<String>,
    /// On which CPU, where that is known.
    pub cpu: Option<u32>,
    /// How many records.
    pub count: u64,
    /// Why.
    pub cause: String,
    /// The last moment before it of which something was told: nanoseconds since boot.
    pub from: u64,
    /// The first moment after it.
    pub to: u64,
}

/// The sensor's signs of life. The detector asks for one in every lane once a second.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(default)]
pub struct Heartbeat {
    /// When the last one came: nanoseconds since boot; null before the first.
    pub last: Option<u64>,
    /// The same by lane.
    pub lanes: BTreeMap<String, u64>,
    /// Seconds since the pipeline last wrote its state: more than a few say that it is stalled,
    /// whatever the signs of life.
    pub state_age_seconds: u64,
}

/// A place in the kernel where the sensor listens.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(default)]
pub struct Hook {
    /// Its name.
    pub name: String,
    /// Whether it listens there.
    pub attached: bool,
    /// If not, why.
    pub reason: Option<String>,
}

/// A watched container.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(default)]
pub struct Container {
    /// The engine's whole id.
    pub id: String,
    /// Its name, where an engine told.
    pub name: Option<String>,
    /// How much of what it does is looked at.
    pub level: String,
    /// Events of its processes.
    pub events: u64,
    /// Alerts that these raised.
    pub alerts: u64,
    /// Whether only its engine can tell if anybody asked for it. It is watched until then.
    pub undecided: bool,
}

/// A watched cgroup that is no container's, with all below it.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    /// Its path in the v2 hierarchy.
    pub cgroup: String,
    /// How much of what it does is looked at.
    pub level: String,
}

/// Files and directories that are marked, so that whoever changes them is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(default)]
pub struct Objects {
    /// How many.
    pub marks: u64,
    /// What should be and is not: too much, too deep, or on a file system that takes no marks.
    pub left_out: u64,
}

/// Acts of one type, and what became of them: made is seen, filtered, suppressed and dropped, once
/// nothing is under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(default)]
pub struct EventCounts {
    /// Done or tried by what is watched.
    pub made: u64,
    /// Looked at by the detector.
    pub seen: u64,
    /// Of no interest to anybody: the sensor kept them to itself.
    pub filtered: u64,
    /// Held back by budgets of the alarm lane.
    pub suppressed: u64,
    /// Lost.
    pub dropped: u64,
    /// Of those seen: matched a rule.
    pub matched: u64,
}

/// What came of reading configuration and rules anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(default)]
pub struct Reload {
    /// When, as RFC 3339 has it.
    pub time: String,
    /// Whether what was read is in force. If not, everything is as it was before.
    pub ok: bool,
    /// What was wrong.
    pub error: Option<String>,
    /// Rules that are in force.
    pub rules: u64,
    /// Options that changed since.
    pub changes: Vec<Change>,
}

/// An option that changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    /// Its name in the configuration file.
    pub option: String,
    /// The value before, as the file has it.
    pub from: String,
    /// The value that was read.
    pub to: String,
    /// Whether that is in force; if not, it will be at the next start.
    pub in_force: bool,
}

/// A container engine.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(default)]
pub struct Engine {
    /// Where it listens.
    pub socket: String,
    /// Whether it answers.
    pub up: bool,
    /// Whether it is being asked, and its first answer or failure is still to come.
    pub pending: bool,
    /// If it does not answer, why.
    pub reason: Option<String>,
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The status of a detector that has seen something.
    pub(crate) fn sample() -> Status {
        let hook = |name: &str, reason: Option<&str>| Hook {
            name: name.into(),
            attached: reason.is_none(),
            reason: reason.map(String::from),
        };
        Status {
            ready: true,
            waiting_for: None,
            hooks: vec![
                hook("sys_exit", None),
                hook("inet_sock_set_state", Some("this kernel lacks it")),
            ],
            containers: vec![Container {
                id: "3f4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7".into(),
                name: Some("claw-1".into()),
                level: "rules".into(),
                events: 1_200,
                alerts: 4,
                undecided: false,
            }],
            services: vec![Service {
                cgroup: "/system.slice/gateway.service".into(),
                level: "operations".into(),
            }],
            events: [
                ("mount", [17, 12, 0, 5, 0, 1]),
                ("open", [90_000, 1_993, 88_000, 0, 7, 3]),
            ]
            .into_iter()
            .map(|(name, counts)| {
                let [made, seen, filtered, suppressed, dropped, matched] = counts;
                let counts = EventCounts {
                    made,
                    seen,
                    filtered,
                    suppressed,
                    dropped,
                    matched,
                };
                (name.to_owned(), counts)
            })
            .collect(),
            dropped: [("volume".to_owned(), [("full".to_owned(), 7)].into())].into(),
            gaps: vec![Gap {
                lane: Some("volume".into()),
                cpu: Some(1),
                count: 7,
                cause: "ring_full".into(),
                from: 1_000_000_000,
                to: 2_000_000_000,
            }],
            heartbeat: Heartbeat {
                last: Some(3_000_000_000),
                lanes: [("alarm".to_owned(), 3_000_000_000)].into(),
                state_age_seconds: 0,
            },
            alterations: 0,
            suppressed: 5,
            discarded: 3,
            version: "0.1.0".into(),
            uptime_seconds: 3_725,
            objects: Objects {
                marks: 12,
                left_out: 1,
            },
            engines: vec![Engine {
                socket: "/run/docker.sock".into(),
                up: false,
                pending: false,
                reason: Some("connection refused".into()),
            }],
            reload: Some(Reload {
                time: "2026-03-01T12:00:00Z".into(),
                ok: false,
                error: Some("config.toml:1:1: unknown key 'levl'\n 1 | levl\n   | ^^^^".into()),
                rules: 12,
                changes: Vec::new(),
            }),
            alerts: 4,
            alerts_unwritten: 1,
        }
    }

    #[test]
    fn the_json_has_the_promised_shape() {
        let status = serde_json::to_value(sample()).unwrap();
        assert_eq!(status["ready"], true);
        assert_eq!(
            status["hooks"][0],
            json!({"name": "sys_exit", "attached": true, "reason": null})
        );
        assert_eq!(status["containers"][0]["level"], "rules");
        assert_eq!(status["containers"][0]["undecided"], false);
        assert_eq!(
            status["services"][0],
            json!({"cgroup": "/system.slice/gateway.service", "level": "operations"})
        );
        assert_eq!(
            status["events"]["mount"],
            json!({
                "made": 17, "seen": 12, "filtered": 0, "suppressed": 5, "dropped": 0, "matched": 1
            })
        );
        assert_eq!(status["dropped"]["volume"]["full"], 7);
        assert_eq!(status["suppressed"], 5);
        assert_eq!(
            status["engines"][0],
            json!({
                "socket": "/run/docker.sock", "up": false, "pending": false,
                "reason": "connection refused"
            })
        );
        assert_eq!(status["alerts_unwritten"], 1);
        assert_eq!(status.get("waiting_for"), None);
    }

    #[test]
    fn other_versions_are_read() {
        let status: Status = serde_json::from_value(json!({
            "ready": true,
            "containers": [{"id": "x", "level": "opaque", "colour": "red"}],
            "moon": "full",
        }))
        .unwrap();
        assert!(status.ready);
        assert_eq!(status.containers[0].level, "opaque");
        assert_eq!(status.suppressed, 0);
        let same: Status = serde_json::from_value(serde_json::to_value(sample()).unwrap()).unwrap();
        assert_eq!(same, sample());
        assert_eq!(
            serde_json::to_value(same).unwrap().get("moon"),
            None::<&Value>
        );
    }
}
