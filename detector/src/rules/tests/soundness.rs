//! What rules match is never missing in what they are said to be able to match: properties.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::{Fault, Interest, Names, Problem, RuleSet, testing::Event};
use super::{load, with_condition};

/// Few names, so that paths and constants meet often.
fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["a", "b", "ab", "etc", "long"][..])
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(name(), 0..4).prop_map(|names| format!("/{}", names.join("/")))
}

/// A constant: a piece of a path, or a pattern of one.
fn constant() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => name().prop_map(str::to_owned),
        4 => Just("/".to_owned()),
        1 => prop::sample::select(&["*", "?", "[ab]", ""][..]).prop_map(str::to_owned),
    ];
    prop_oneof![
        path(),
        prop::collection::vec(part, 1..6).prop_map(|parts| parts.concat()),
    ]
}

const FIELDS: &[&str] = &[
    "fd.name",
    "file.path_in_fs",
    "fd.filename",
    "fd.directory",
    "fd.nameraw",
];
const ONE: &[&str] = &[
    "=",
    "!=",
    "startswith",
    "endswith",
    "contains",
    "icontains",
    "glob",
    "iglob",
    "<=",
];
const MANY: &[&str] = &[
    "in",
    "pmatch",
    "= anyof",
    "endswith anyof",
    "glob oneof",
    "contains allof",
    "!= anyof",
];

/// A field, or what a function makes of it.
fn subject() -> impl Strategy<Value = String> {
    let made = [
        "basename(FIELD)",
        "toupper(FIELD)",
        "tolower(basename(FIELD))",
        "concat(FIELD, '/a')",
        "join('/', (FIELD, target.exepath))",
    ];
    let made = prop::sample::select(made.to_vec());
    (
        prop::sample::select(FIELDS.to_vec()),
        prop::option::weighted(0.4, made),
    )
        .prop_map(|(field, made)| made.unwrap_or("FIELD").replace("FIELD", field))
}

fn check() -> impl Strategy<Value = String> {
    let fact = [
        "evt.is_open_read = true",
        "evt.is_open_write = true",
        "evt.type in (open, creat)",
        "file.kind = directory",
        "file.kind = block",
        "file.truth = kernel",
        "file.foreign_mount = true",
        "outcome = done",
        "evt.failed = false",
        "proc.name = a",
        "tolower(evt.type) = open",
        "toupper(outcome) = DONE",
        "concat(file.kind, outcome) = regulardone",
    ];
    prop_oneof![
        3 => (subject(), prop::sample::select(ONE.to_vec()), constant())
            .prop_map(|(subject, operator, value)| format!("{subject} {operator} '{value}'")),
        1 => (subject(), prop::sample::select(ONE.to_vec()), prop::sample::select(FIELDS.to_vec()))
            .prop_map(|(subject, operator, other)| format!("{subject} {operator} val({other})")),
        2 => (subject(), prop::sample::select(MANY.to_vec()),
              prop::collection::vec(constant(), 0..3))
            .prop_map(|(subject, operator, values)| {
                let values: Vec<String> = values.iter().map(|v| format!("'{v}'")).collect();
                format!("{subject} {operator} ({})", values.join(", "))
            }),
        2 => prop::sample::select(fact.to_vec()).prop_map(str::to_owned),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    check().prop_recursive(3, 12, 3, |inner| {
        let parts = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            2 => parts.clone().prop_map(|parts| format!("({})", parts.join(" and "))),
            2 => parts.prop_map(|parts| format!("({})", parts.join(" or "))),
            1 => inner.prop_map(|inner| format!("not ({inner})")),
        ]
    })
}

/// A plain open, with what it is told by.
#[derive(Clone, Debug)]
struct Open {
    event_type: &'static str,
    kind: &'static str,
    reads: bool,
    writes: bool,
    path: String,
    path_in_fs: String,
    nameraw: String,
    process: &'static str,
}

fn open() -> impl Strategy<Value = Open> {
    let event_type = prop::sample::select(&["open", "openat", "openat2", "creat"][..]);
    let kind = prop::sample::select(&["regular", "directory"][..]);
    let flags = any::<(bool, bool)>();
    (event_type, kind, flags, path(), path(), path(), name()).prop_map(
        |(event_type, kind, (reads, writes), path, path_in_fs, nameraw, process)| Open {
            event_type,
            kind,
            reads,
            writes,
            path,
            path_in_fs,
            nameraw,
            process,
        },
    )
}

impl Open {
    fn event(&self) -> Event {
        let (directory, file_name) = self.path.rsplit_once('/').unwrap();
        let directory = if directory.is_empty() { "/" } else { directory };
        Event::default()
            .with("evt.type", self.event_type)
            .with("evt.is_open_read", &self.reads.to_string())
            .with("evt.is_open_write", &self.writes.to_string())
            .with("evt.failed", "false")
            .with("outcome", "done")
            .with("file.truth", "kernel")
            .with("file.kind", self.kind)
            .with("file.foreign_mount", "false")
            .with("fd.name", &self.path)
            .with("fd.directory", directory)
            .with("fd.filename", file_name)
            .with("file.path_in_fs", &self.path_in_fs)
            .with("fd.nameraw", &self.nameraw)
            .with("proc.name", self.process)
    }

    fn matches(&self, rules: &RuleSet) -> bool {
        let event = self.event();
        rules.matches(self.event_type, &event).next().is_some()
    }

    /// What a filter in the kernel would say.
    fn wanted(&self, interest: &Interest) -> bool {
        let names = if self.writes {
            &interest.writes
        } else {
            &interest.reads
        };
        let has = |name: &[u8]| {
            [&self.path, &self.path_in_fs]
                .iter()
                .any(|path| path.split('/').any(|part| part.as_bytes() == name))
        };
        interest.event_types.contains(self.event_type)
            && match names {
                Names::Nobody => false,
                Names::Some(names) => names.iter().any(|name| has(name)),
                Names::Any => true,
            }
    }
}

/// Paths in which a constant is found, or nearly.
fn around(constant: &str) -> BTreeSet<String> {
    let ends = ["", "a", "b/", "/", "/b"];
    let filled = ends.map(|text| constant.replace("[ab]", "a").replace(['*', '?'], text));
    let before = filled
        .into_iter()
        .flat_map(move |text| ends.map(|end| format!("{end}{text}")));
    let whole = before.flat_map(move |text| ends.map(|end| format!("{text}{end}")));
    let paths = whole.flat_map(|text| {
        let names: Vec<&str> = text.split('/').filter(|name| !name.is_empty()).collect();
        let path = format!("/{}", names.join("/"));
        [path.to_uppercase(), path]
    });
    paths.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_not_wanted_matches_no_rule(
        conditions in prop::collection::vec(condition(), 1..3),
        opens in prop::collection::vec(open(), 8),
    ) {
        let text: String = conditions
            .iter()
            .enumerate()
            .map(|(index, condition)| format!(
                "- rule: R{index}\n  desc: d\n  warn_evttypes: false\n  condition: \"{condition}\"\n  \
                 output: o\n  priority: INFO\n"
            ))
            .collect();
        let rules = match load(&text) {
            Ok(rules) => rules,
            Err(errors) => {
                let never = |problem: &Problem| matches!(problem.fault, Fault::Rule(_));
                prop_assert!(errors.problems.iter().all(never), "{errors}");
                return Ok(());
            }
        };
        let interest = rules.interest();
        for open in opens.iter().filter(|open| !open.wanted(&interest)) {
            prop_assert!(!open.matches(&rules), "{text}\n{open:?}\n{interest:?}");
        }
    }

    #[test]
    fn a_test_that_holds_has_one_of_its_names(
        field in prop::sample::select(FIELDS.to_vec()),
        basename in any::<bool>(),
        operator in prop::sample::select([ONE, MANY].concat()),
        constant in constant(),
        open in open(),
    ) {
        let subject = if basename { format!("basename({field})") } else { field.to_owned() };
        let check = if MANY.contains(&operator) {
            format!("{subject} {operator} ('{constant}')")
        } else {
            format!("{subject} {operator} '{constant}'")
        };
        let rules = with_condition(&check).unwrap_or_else(|errors| panic!("{errors}"));
        let interest = rules.interest();
        for near in around(&constant) {
            let elsewhere = || "/".to_owned();
            let (path, path_in_fs, nameraw) = match field {
                "file.path_in_fs" => (elsewhere(), near, elsewhere()),
                "fd.nameraw" => (elsewhere(), elsewhere(), near),
                _ => (near, elsewhere(), elsewhere()),
            };
            let open = Open { path, path_in_fs, nameraw, ..open.clone() };
            let right = open.wanted(&interest) || !open.matches(&rules);
            prop_assert!(right, "{check}\n{open:?}\n{interest:?}");
        }
    }
}
