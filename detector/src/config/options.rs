//! The table of options: everything about each of them, in one row.

use std::ffi::OsStr;

use detector_common::tier::Tier;

use super::layer::{Said, Wrong};
use super::show::Shown;
use super::value::{self, AUTO, NONE};
use super::{Layer, Settings, ValueError};

/// An option.
#[derive(Debug)]
pub struct Opt {
    /// Its name in the configuration file.
    pub key: &'static str,
    /// Its name on the command line, without the dashes.
    pub flag: &'static str,
    /// What stands for a value of it in help.
    pub value_name: &'static str,
    /// How many values it has.
    pub arity: Arity,
    /// What its values look like and mean, where that is to be told.
    pub forms: &'static [(&'static str, &'static str)],
    /// What it is, in one sentence without its full stop.
    pub summary: &'static str,
    /// What else is to be said.
    pub details: &'static str,
    /// What its default means, where the value alone does not say it.
    pub default: Option<&'static str>,
    /// A value, as it stands in the file.
    pub example: &'static str,
    /// When a change takes effect.
    pub effect: Effect,
    /// Reads it.
    pub(super) read: fn(&mut Layer, Said<'_>) -> Vec<Wrong>,
    /// Shows it.
    pub(super) show: fn(&Settings) -> Shown<'_>,
}

/// How many values an option has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// One.
    One,
    /// A list of any length.
    Any,
    /// A list of at least one.
    Some,
}

impl Arity {
    /// Whether the file has a list there.
    #[must_use]
    pub const fn is_list(self) -> bool {
        matches!(self, Self::Any | Self::Some)
    }
}

/// When a change of the file takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// When the running detector reads its configuration anew.
    Reload,
    /// When the detector is started again.
    Start,
}

impl Opt {
    /// The option with this name in the file.
    #[must_use]
    pub fn by_key(key: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|option| option.key == key)
    }

    /// Says whether a word of the command line is a value of it.
    ///
    /// # Errors
    /// If it is not, with what to write instead.
    pub fn check(&self, word: &OsStr) -> Result<(), ValueError> {
        Layer::default().take(self, &[word])
    }

    /// The value in force, in the words that would be typed for it.
    #[must_use]
    pub fn words(&self, settings: &Settings) -> Vec<String> {
        (self.show)(settings).words
    }
}

/// All options, in the order in which people read of them.
pub static OPTIONS: &[Opt] = &[
    Opt {
        key: "rules",
        flag: "rules",
        value_name: "PATH",
        arity: Arity::Any,
        forms: &[],
        summary: "Rule file, or directory of them",
        details: "Of a directory, the files that end in .yaml or .yml are read, in the order of \
                  their names. What is given here takes the place of the shipped rules.",
        default: Some("the shipped rules"),
        example: "[\"/etc/escape-detector/rules\"]",
        effect: Effect::Reload,
        read: |layer, said| said.many(&mut layer.rules, value::path),
        show: |settings| Shown::words(&settings.rules, |path| path.display().to_string()),
    },
    Opt {
        key: "rule_matching",
        flag: "rule-matching",
        value_name: "WHICH",
        arity: Arity::One,
        forms: &[
            ("all", "Every rule"),
            (
                "first",
                "The first in the order in which they are loaded, as Falco does by default",
            ),
        ],
        summary: "Which of the rules that match an event raise an alert",
        details: "",
        default: None,
        example: "\"first\"",
        effect: Effect::Reload,
        read: |layer, said| said.one(&mut layer.rule_matching, value::rule_matching),
        show: |settings| Shown::word(&settings.rule_matching, |which| which.as_str().to_owned()),
    },
    Opt {
        key: "output",
        flag: "output",
        value_name: "FORM",
        arity: Arity::One,
        forms: &[
            ("text", "For people"),
            ("json", "For programs: one object a line, in Falco's form"),
        ],
        summary: "How alerts look on standard output",
        details: "",
        default: None,
        example: "\"json\"",
        effect: Effect::Start,
        read: |layer, said| said.one(&mut layer.output, value::output),
        show: |settings| Shown::word(&settings.output, |output| output.as_str().to_owned()),
    },
    Opt {
        key: "state_dir",
        flag: "state-dir",
        value_name: "DIR",
        arity: Arity::One,
        forms: &[],
        summary: "Directory of the detector's state and control socket",
        details: "It is made where it is missing, and is one detector's alone. The socket of the \
                  default directory is /run/escape-detector/control.sock, that of any other is \
                  control.sock in it. Commands that ask a running detector, such as `status`, \
                  read no configuration: give them the same directory with --state-dir.",
        default: None,
        example: "\"/srv/escape-detector\"",
        effect: Effect::Start,
        read: |layer, said| said.one(&mut layer.state_dir, value::path),
        show: |settings| Shown::word(&settings.state_dir, |path| path.display().to_string()),
    },
    Opt {
        key: "engines",
        flag: "engine",
        value_name: "SOCKET",
        arity: Arity::Any,
        forms: &[],
        summary: "Socket of a container engine that tells names and labels",
        details: "An absolute path, or unix:///PATH. Engines elsewhere are not asked.",
        default: Some("DOCKER_HOST, else where Docker and Podman usually listen"),
        example: "[\"/run/user/1000/docker.sock\"]",
        effect: Effect::Start,
        read: |layer, said| said.many(&mut layer.engines, value::engine),
        show: |settings| Shown::engines(&settings.engines),
    },
    Opt {
        key: "watch",
        flag: "watch",
        value_name: "SELECTOR",
        arity: Arity::Some,
        forms: &[
            ("all-containers", "Every container"),
            (
                "container=NAME",
                "The container of that name, or of that id: 12 digits or more",
            ),
            ("label=KEY[=VALUE]", "Containers with that label"),
            (
                "image=GLOB",
                "Containers of images that fit a pattern with * and ?",
            ),
            ("cgroup=PATH", "A cgroup and all below it"),
            (
                "unit=NAME",
                "A unit of systemd, a service if its type is left out",
            ),
            ("pid=N", "A process and all that it starts"),
        ],
        summary: "What to watch",
        details: "Whatever one of them selects is watched.",
        default: None,
        example: "[\"container=gateway\", \"label=team=blue\", \"unit=agent.service\"]",
        effect: Effect::Reload,
        read: |layer, said| said.many(&mut layer.watch, value::selector),
        show: |settings| Shown::words(&settings.watch, ToString::to_string),
    },
    Opt {
        key: "level",
        flag: "level",
        value_name: "LEVEL",
        arity: Arity::One,
        forms: &[
            (
                AUTO,
                "`operations` for containers of agents, `rules` for others",
            ),
            ("rules", "What the rules can match"),
            (
                "operations",
                "Besides: commands, writes, connections, changes of privilege",
            ),
            ("all", "Everything that the sensor knows"),
        ],
        summary: "How closely to look at what is watched",
        details: "Each level includes those before it. A [[container]] of the configuration file \
                  has a level of its own.",
        default: None,
        example: "\"operations\"",
        effect: Effect::Reload,
        read: |layer, said| said.one(&mut layer.level, value::level_or_auto),
        show: |settings| {
            Shown::word(&settings.level, |level| {
                level.map_or(AUTO, |level| level.as_str()).to_owned()
            })
        },
    },
    Opt {
        key: "capture",
        flag: "capture",
        value_name: "FILE",
        arity: Arity::One,
        forms: &[],
        summary: "Capture in which everything that is taken is kept besides, for `replay`",
        details: "The file must not exist yet. It holds what containers did unmasked, with every \
                  secret in it. `none` keeps none; a file of that name is ./none.",
        default: None,
        example: "\"/srv/escape-detector/today.capture\"",
        effect: Effect::Start,
        read: |layer, said| said.one(&mut layer.capture, value::path_or_none),
        show: |settings| {
            Shown::word(&settings.capture, |path| {
                path.as_ref()
                    .map_or(NONE.to_owned(), |path| path.display().to_string())
            })
        },
    },
    Opt {
        key: "sensor_object",
        flag: "sensor-object",
        value_name: "OBJECT",
        arity: Arity::One,
        forms: &[
            (AUTO, "The one that the kernel takes"),
            ("normal", "For kernels from 5.17 on"),
            (
                "legacy",
                "For kernels from 5.10 on; of a path it reads the last 256 components",
            ),
        ],
        summary: "Which of the sensor's two objects to load",
        details: "What the kernel offers decides, and `doctor` says which it is and why. Only where \
                  that goes wrong is there a reason to say it.",
        default: None,
        example: "\"legacy\"",
        effect: Effect::Start,
        read: |layer, said| said.one(&mut layer.object, value::object_or_auto),
        show: |settings| {
            Shown::word(&settings.object, |tier| {
                tier.map_or(AUTO, Tier::name).to_owned()
            })
        },
    },
    Opt {
        key: "objects",
        flag: "object",
        value_name: "CLASS=PATH",
        arity: Arity::Any,
        forms: &[
            (
                "agent_config",
                "What an agent may do: settings, hooks, skills",
            ),
            (
                "agent_instructions",
                "What an agent is told before anybody speaks to it",
            ),
            ("agent_memory", "What an agent remembers"),
            ("agent_log", "An agent's own account of what it did"),
            ("host_log", "A log of the host's"),
            ("custom", "Anything else: every change of it is told"),
        ],
        summary: "File, or directory with all that is in it, whose changes are told whoever makes them",
        details: "The class says what it is, and so which rules ask about it. Besides these the \
                  detector looks after what it knows: its own state, the host's logs, and in the \
                  homes of the host's users and in the workspaces of agents' containers the files \
                  of usual agents.",
        default: Some("only what the detector knows"),
        example: "[\"agent_config=/srv/agent/settings.json\", \"custom=/etc/cron.d\"]",
        effect: Effect::Start,
        read: |layer, said| said.many(&mut layer.objects, value::object),
        show: |settings| Shown::words(&settings.objects, ToString::to_string),
    },
];
