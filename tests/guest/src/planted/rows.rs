//! The table of planted changes: what a process does, what is overwritten meanwhile, and the alert.

use serde_json::Value;

use crate::bundle;

/// What the detector has to say of a change that no call made.
pub(super) const RULE: &str = "Privileges changed without a system call";

/// What it says of namespaces that calls have made: so it has compared that process.
pub(super) const INWARD: &str = "Step inward by a workload";

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

const GROUPS: &[(&str, &[u8])] = &[
    ("gid", ROOT),
    ("sgid", ROOT),
    ("egid", ROOT),
    ("fsgid", ROOT),
];

/// All rows. Each begins as root with every capability, gives that up, and is seen as it is then.
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
        name: "planted users, then setresuid",
        words: "setid setresuid 1000 1000 1000 then open /tmp/file read then await uid 0 \
                then setid setresuid 0 0 0",
        writes: USERS,
        rule: RULE,
        fields: &[
            ("boundary.unexplained", "uids"),
            ("boundary.from", "uids=1000/1000/1000/1000"),
            ("boundary.to", "uids=0/0/0/0"),
            ("boundary.call", "setresuid"),
        ],
    },
    Row {
        name: "planted groups, then setresgid",
        words: "setid setresgid 1000 1000 1000 then setid setresuid 1000 1000 1000 \
                then open /tmp/file read then await gid 0 then setid setresgid 0 0 0",
        writes: GROUPS,
        rule: RULE,
        fields: &[
            ("boundary.unexplained", "gids"),
            ("boundary.from", "gids=1000/1000/1000/1000"),
            ("boundary.to", "gids=0/0/0/0"),
            ("boundary.call", "setresgid"),
        ],
    },
    Row {
        name: "planted capabilities, then capset",
        words: "setid setresuid 1000 1000 1000 then open /tmp/file read then await capability 21 \
                then capset 3 3 0",
        writes: &[("cap_permitted", ALL), ("cap_effective", ALL)],
        rule: RULE,
        fields: &[
            ("boundary.unexplained", "capabilities"),
            ("boundary.from", "capabilities=0/0/0/0"),
            ("boundary.to", "capabilities=3/3/0/0"),
            ("boundary.call", "capset"),
        ],
    },
    Row {
        name: "planted capabilities, then execve",
        words: "setid setresuid 1000 1000 1000 then open /tmp/file read then await capability 21 \
                then exec open /tmp/file read",
        writes: &[
            ("cap_inheritable", ALL),
            ("cap_permitted", ALL),
            ("cap_effective", ALL),
            ("cap_ambient", ALL),
        ],
        rule: RULE,
        fields: &[
            ("boundary.unexplained", "capabilities"),
            ("boundary.from", "capabilities=0/0/0/0"),
            (
                "boundary.to",
                "capabilities=1ffffffffff/1ffffffffff/1ffffffffff/1ffffffffff",
            ),
            ("boundary.way", "exec"),
        ],
    },
    Row {
        name: "users by calls",
        words: "setid setresuid 0 1000 0 then open /tmp/file read then setid setresuid 1000 0 1000 \
                then capset 3 3 1 then setid setresuid 1000 1000 1000 then unshare user",
        writes: &[],
        rule: INWARD,
        fields: &[("boundary.changed", "user_ns capabilities")],
    },
    Row {
        name: "users by an execution",
        words: "prctl no-new-privs then setid setresuid 0 1000 0 then open /tmp/file read \
                then exec unshare user,uts",
        writes: &[],
        rule: INWARD,
        fields: &[],
    },
    Row {
        name: "capabilities by calls",
        words: "prctl keep-caps then setid setresuid 1000 1000 1000 then capset 255 255 255 \
                then exec unshare user",
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
