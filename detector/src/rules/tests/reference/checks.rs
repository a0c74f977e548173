//! Comparisons: which operators suit which fields, and how fields may be written.

use proptest::prelude::*;
use proptest::sample::select;

use super::constants::{one, several};
use super::event::{Kind, Reach};
use super::subjects;
use super::tree::{Check, Operand, Subject, Tree};

/// The fields as conditions write them.
const WRITTEN: &[(Kind, Reach, &[&str])] = &[
    (Kind::EventType, Reach::One, &["evt.type"]),
    (
        Kind::Text,
        Reach::One,
        &[
            "fd.name",
            "fd.name",
            "fd.name",
            "proc.name",
            "proc.cmdline",
            "evt.arg.flags",
            "evt.arg[flags]",
            "evt.arg[\"flags\"]",
            "evt.arg[0]",
            "container.label[\"a b\"]",
            "container.label['a b']",
            "proc.env",
            "proc.env[HOME]",
            "proc.aname[0]",
            "proc.aname[1]",
            "proc.aname[2]",
            "proc.aname[\"1\"]",
        ],
    ),
    (Kind::Word, Reach::One, &["file.kind"]),
    (
        Kind::Number,
        Reach::One,
        &[
            "proc.pid",
            "evt.rawres",
            "evt.rawarg.flags",
            "evt.rawarg[flags]",
            "proc.apid[1]",
        ],
    ),
    (Kind::Port, Reach::One, &["fd.rport", "fd.lport"]),
    (Kind::Bool, Reach::One, &["evt.failed", "evt.is_open_read"]),
    (Kind::Ip, Reach::One, &["fd.rip", "fd.lip"]),
    (Kind::Network, Reach::One, &["fd.snet"]),
    (Kind::Bytes, Reach::One, &["evt.buffer"]),
    (Kind::Text, Reach::Chain, &["proc.aname"]),
    (Kind::Number, Reach::Chain, &["proc.apid"]),
    (Kind::Ip, Reach::Ends, &["fd.ip"]),
    (Kind::Port, Reach::Ends, &["fd.port"]),
    (Kind::Network, Reach::Ends, &["fd.net"]),
];

const TEXT: &[&str] = &[
    "=",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "contains",
    "icontains",
    "startswith",
    "endswith",
    "glob",
    "iglob",
    "regex",
];

/// The operators that compare with one value.
fn with_one(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Text | Kind::EventType | Kind::Word => TEXT,
        Kind::Number | Kind::Port => &["=", "==", "!=", "<", "<=", ">", ">="],
        Kind::Bool | Kind::Ip | Kind::Network => &["=", "==", "!="],
        Kind::Bytes => &[
            "=",
            "==",
            "!=",
            "contains",
            "startswith",
            "endswith",
            "bcontains",
            "bstartswith",
        ],
    }
}

/// The operators that compare with several.
fn with_several(kind: Kind, reach: Reach) -> &'static [&'static str] {
    match kind {
        _ if reach == Reach::List => &["in", "intersects"],
        Kind::Text | Kind::EventType | Kind::Word => &["in", "intersects", "pmatch"],
        _ if reach == Reach::Ends => &["in"],
        _ => &["in", "intersects"],
    }
}

/// A comparison.
pub(super) fn check() -> impl Strategy<Value = Tree> {
    let fields = WRITTEN.iter().map(|(kind, reach, fields)| {
        let weight = match (kind, reach) {
            (Kind::Text, Reach::One) => 10,
            (Kind::Bytes, _) => 5,
            (Kind::Text, _) | (Kind::EventType, _) => 3,
            _ => 2,
        };
        let field = select(*fields).prop_map(Subject::Field).boxed();
        (weight, with_constants(*kind, *reach, field))
    });
    let mut checks: Vec<_> = fields.collect();
    checks.extend([
        (4, with_constants(Kind::Text, Reach::One, subjects::text())),
        (
            2,
            with_constants(Kind::Number, Reach::One, subjects::number()),
        ),
        (2, with_constants(Kind::Text, Reach::List, subjects::list())),
        (6, with_subjects()),
    ]);
    prop::strategy::Union::new_weighted(checks).prop_map(Tree::Check)
}

type Right = (&'static str, Option<&'static str>, Operand);

/// Any operator that suits, and constants.
fn with_constants(
    kind: Kind,
    reach: Reach,
    subject: BoxedStrategy<Subject>,
) -> BoxedStrategy<Check> {
    let constants = Operand::Constants;
    let exists = Just::<Right>(("exists", None, Operand::Nothing)).boxed();
    let list = operators(with_several(kind, reach), move |operator| {
        let values = several(kind, operator);
        values
            .prop_map(move |values| (operator, None, constants(values)))
            .boxed()
    });
    let single = operators(with_one(kind), move |operator| {
        let value = one(kind, operator);
        value
            .prop_map(move |value| (operator, None, constants(vec![value])))
            .boxed()
    });
    // Of the operators that compare with one value, those of order take no modifier.
    let modified = with_one(kind)
        .iter()
        .copied()
        .filter(|one| !one.starts_with(['<', '>']));
    let modified = operators(&modified.collect::<Vec<_>>(), move |operator| {
        let modifier = select(&["anyof", "oneof", "allof"][..]);
        (modifier, several(kind, operator))
            .prop_map(move |(modifier, values)| (operator, Some(modifier), constants(values)))
            .boxed()
    });
    let right = match reach {
        Reach::List => prop_oneof![1 => exists, 6 => list].boxed(),
        Reach::Ends => prop_oneof![1 => exists, 8 => single, 4 => list].boxed(),
        _ => prop_oneof![1 => exists, 8 => single, 4 => list, 4 => modified].boxed(),
    };
    checks(subject, right)
}

fn checks(subject: BoxedStrategy<Subject>, right: BoxedStrategy<Right>) -> BoxedStrategy<Check> {
    (subject, right)
        .prop_map(|(subject, (operator, modifier, operand))| Check {
            subject,
            operator,
            modifier,
            operand,
        })
        .boxed()
}

/// What an event has on both sides, or what functions make of that.
fn with_subjects() -> BoxedStrategy<Check> {
    let sides = |subject: fn() -> BoxedStrategy<Subject>, operators: &'static [&'static str]| {
        let right = (select(operators), subject())
            .prop_map(|(operator, right)| (operator, None, Operand::Subject(right)));
        checks(subject(), right.boxed())
    };
    prop_oneof![
        6 => sides(subjects::text, &[
            "=", "!=", "<", "<=", ">", ">=", "contains", "icontains", "startswith", "endswith", "glob",
            "iglob", "in", "intersects",
        ]),
        2 => sides(subjects::number, &["=", "!=", "<", "<=", ">", ">=", "in"]),
        2 => sides(subjects::list, &["in", "intersects"]),
        1 => sides(|| pair(&["fd.rip", "fd.lip"]), &["=", "!=", "in"]),
        1 => sides(|| pair(&["fd.rport", "fd.lport"]), &["=", "!=", "<", ">=", "intersects"]),
        1 => sides(|| pair(&["evt.failed", "evt.is_open_read"]), &["=", "!=", "in"]),
    ]
    .boxed()
}

fn pair(fields: &'static [&'static str]) -> BoxedStrategy<Subject> {
    select(fields).prop_map(Subject::Field).boxed()
}

fn operators<T: std::fmt::Debug + 'static>(
    operators: &[&'static str],
    of: impl Fn(&'static str) -> BoxedStrategy<T>,
) -> BoxedStrategy<T> {
    prop::strategy::Union::new(operators.iter().map(|operator| of(operator))).boxed()
}

/// A condition.
pub(super) fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        6 => check(),
        1 => (0..4usize).prop_map(Tree::Macro),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let parts = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            2 => parts.clone().prop_map(Tree::And),
            4 => parts.prop_map(Tree::Or),
            2 => inner.prop_map(|inner| Tree::Not(Box::new(inner))),
        ]
    })
}
