//! What stands behind each key of a rule file, and what it means, for people.

/// A sort of object.
pub(super) struct Sort {
    /// The key that makes an object of this sort.
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// What a definition needs besides its name.
    pub(super) required: &'static [&'static str],
    pub(super) keys: &'static [Key],
}

/// A key of an object: its name, what it holds, what it means.
pub(super) type Key = (&'static str, Form, &'static str);

/// What stands behind a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    /// A condition, in the language of rules.
    Condition,
    /// A text with fields in it.
    Output,
    Flag,
    Number,
    Priority,
    /// A sequence of plain values.
    Values,
    Version,
    Plugins,
    Exceptions,
    /// Keys, and what happens to each.
    Override,
    /// One value, or several.
    Names,
    Any,
}

const APPEND: Key = (
    "append",
    Form::Flag,
    "Adds to an earlier one of this name. `override` says the same more clearly.",
);
const OVERRIDE: Key = (
    "override",
    Form::Override,
    "Changes an earlier one of this name: what happens to each key.",
);

/// Every sort, in the order in which Falco asks for them.
pub(super) const SORTS: &[Sort] = &[
    Sort {
        name: "required_engine_version",
        about: "The engine that these rules need.",
        required: &[],
        keys: &[(
            "required_engine_version",
            Form::Version,
            "The oldest engine of Falco that knows what these rules use, such as 0.50.0.",
        )],
    },
    Sort {
        name: "required_plugin_versions",
        about: "The plugins that these rules need.",
        required: &[],
        keys: &[(
            "required_plugin_versions",
            Form::Plugins,
            "Plugins with their versions. What `container` supplies is built in; there are no others.",
        )],
    },
    Sort {
        name: "list",
        about: "Values under one name, for conditions and other lists.",
        required: &["items"],
        keys: &[
            ("list", Form::Text, "The name of the list."),
            (
                "items",
                Form::Values,
                "Its values. The name of another list stands for the values of that one.",
            ),
            APPEND,
            OVERRIDE,
        ],
    },
    Sort {
        name: "macro",
        about: "A part of conditions under one name.",
        required: &["condition"],
        keys: &[
            (
                "macro",
                Form::Text,
                "The name of the macro: letters, digits and _.",
            ),
            ("condition", Form::Condition, "What the name stands for."),
            APPEND,
            OVERRIDE,
        ],
    },
    Sort {
        name: "rule",
        about: "What raises an alert.",
        required: &["desc", "condition", "output", "priority"],
        keys: &[
            ("rule", Form::Text, "The name of the rule."),
            (
                "desc",
                Form::Text,
                "What has happened when it matches, and why that matters.",
            ),
            ("condition", Form::Condition, "What an event has to be."),
            ("output", Form::Output, "What the alert says."),
            ("priority", Form::Priority, "How urgent its alerts are."),
            (
                "priority_refused",
                Form::Priority,
                "How urgent they are where the kernel refused the act. Without it, `priority` counts.",
            ),
            ("tags", Form::Values, "Topics and MITRE techniques."),
            (
                "enabled",
                Form::Flag,
                "Whether the rule is switched on; it is without this key. With the name alone it switches an earlier rule.",
            ),
            (
                "exceptions",
                Form::Exceptions,
                "For which values of which fields the rule stays silent.",
            ),
            (
                "source",
                Form::Text,
                "Where the events come from. Here that is always `syscall`.",
            ),
            APPEND,
            OVERRIDE,
            (
                "warn_evttypes",
                Form::Flag,
                "Whether to warn that the rule is tried on every event; so it is without this key.",
            ),
            (
                "skip-if-unknown-filter",
                Form::Flag,
                "Whether to leave the rule out, with a warning, where a field or an event type of it is unknown.",
            ),
            (
                "capture",
                Form::Flag,
                "For Falco: captures of single alerts are not made here.",
            ),
            (
                "capture_duration",
                Form::Number,
                "For Falco: captures of single alerts are not made here.",
            ),
        ],
    },
];

/// The keys of an exception.
pub(super) const EXCEPTION: &[Key] = &[
    (
        "name",
        Form::Text,
        "What later objects call the exception by.",
    ),
    (
        "fields",
        Form::Names,
        "A field, or several that are compared together.",
    ),
    (
        "comps",
        Form::Names,
        "The operator of each field. Without it `in` for a single field, `=` for each of several.",
    ),
    (
        "values",
        Form::Any,
        "A sequence: of values for a single field, of sequences of values for several.",
    ),
];
