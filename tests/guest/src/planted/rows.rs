//! The table of planted changes: what a process does, what is overwritten meanwhile, and the alert.

use serde_json::Value;

use crate::bundle;

/// What the detector has to say of a change that no call made.
pub(super) const RULE: &str = "Privileges changed without a system call";

/// What it says of namespaces that calls have made: so it has compared that process.
const INWARD: &str = "Step inward by a workload";

/// One process.
pub(super) struct Row {
    /// Its name in the table that people read.
    pub(super) name: &'static str,
    /// What it does, in the words of `acts`.
    pub(super) words: &'static str,
    /// What the host overwrites while it waits: members of its credential, and the bytes.
    pub(super) writes: &'static [(&'static str, &'static [u8])],
    /// The rule that is to raise an alert.
    pub(super) rule: &'static str,
    /// Fields of that alert.
    pub(super) fields: &'static [(&'static str, &'static str)],
}

const ROOT: &[u8] = &[0; 4];

/// All that Linux 5.10 has, up to CAP_CHECKPOINT_RESTORE.
const ALL: &[u8] = &[0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0];

const USERS: &[(&str, &[u8])] = &[
    ("uid", ROOT),
    ("suid", ROOT),
    ("euid", ROOT),
    ("fsuid", ROOT),
];

/// All rows. Each begins as root with every capability, gives that up, and opens a file, so that it is
/// seen as it is then.
pub(super) const ROWS: &[Row] = &[
    Row {
        name: "planted users",
        words: "setid setresuid 1000 1000 1000 then open /tmp/file read then await uid 0 \
                then open /tmp/file read",
        writes: USERS,
        rule: RULE,
        fields: &[
            ("boundary.unexplained", "uids"),
            ("boundary.from", "uids=1000/1000/1000/1000"),
            ("boundary.to", "uids=0/0/0/0"),
            ("boundary.call", "openat"),
            ("boundary.way", "call"),
        ],
    },
    Row {
        name: "planted capabilities",
        words: "setid setresuid 1000 1000 1000 then open /tmp/file read then await capability 21 \
                then open /tmp/file read",
        writes: &[("cap_effective", ALL)],
        rule: RULE,
        fields: &[
            ("boundary.unexplained", "capabilities"),
            ("boundary.from", "capabilities=0/0/0/0"),
            ("boundary.to", "capabilities=1ffffffffff/0/0/0"),
            ("boundary.call", "openat"),
            ("boundary.way", "call"),
        ],
    },
    Row {
        name: "users by a call",
        words: "setid setresuid 1000 1000 1000 then open /tmp/file read then unshare user \
                then open /tmp/file read",
        writes: &[],
        rule: INWARD,
        fields: &[("boundary.changed", "user_ns capabilities")],
    },
];

impl Row {
    /// How many answers its process gives.
    pub(super) fn acts(&self) -> usize {
        self.words.split(" then ").count()
    }

    /// Whether an alert is about its process.
    pub(super) fn is_of(&self, alert: &Value) -> bool {
        let container = alert.pointer("/container/id").and_then(Value::as_str);
        let line = alert.pointer("/process/argv").and_then(Value::as_array);
        let words = line.into_iter().flatten().skip(1).filter_map(Value::as_str);
        // What runs in the end is what was executed last.
        let own = self.words.rsplit(" exec ").next().unwrap_or(self.words);
        container == Some(bundle::ID) && words.eq(own.split_whitespace())
    }

    /// What an alert says otherwise than expected.
    pub(super) fn wrong(&self, alert: &Value) -> Vec<String> {
        let priority = alert.get("priority").and_then(Value::as_str);
        let grave = (self.rule == RULE && priority != Some("Critical"))
            .then(|| format!("the priority is {priority:?}"));
        let wrong = self.fields.iter().filter_map(|(name, expected)| {
            let found = field(alert, name);
            (found != *expected).then(|| format!("{name} is `{found}`, expected `{expected}`"))
        });
        grave.into_iter().chain(wrong).collect()
    }
}

fn field<'a>(alert: &'a Value, name: &str) -> &'a str {
    let fields = alert.get("output_fields");
    let found = fields.and_then(|fields| fields.get(name)?.as_str());
    found.unwrap_or_default()
}
