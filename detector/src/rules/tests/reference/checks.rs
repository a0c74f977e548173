//! Comparisons: which operators suit which fields, and how fields may be written.

use proptest::prelude::*;
use proptest::sample::select;

use super::constants::{one, several};
use super::event::{Kind, Reach};
use super::tree::{Check, Tree};

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
    (Kind::FileKind, Reach::One, &["file.kind"]),
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
    (Kind::Port, Reach::One, &["fd.rport"]),
    (Kind::Bool, Reach::One, &["evt.failed", "evt.is_open_read"]),
    (Kind::Ip, Reach::One, &["fd.rip"]),
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
        Kind::Text | Kind::EventType | Kind::FileKind => TEXT,
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
        Kind::Text | Kind::EventType | Kind::FileKind => &["in", "intersects", "pmatch"],
        _ if reach == Reach::Ends => &["in"],
        _ => &["in", "intersects"],
    }
}

/// A comparison.
pub(super) fn check() -> impl Strategy<Value = Tree> {
    let checks = WRITTEN.iter().map(|(kind, reach, fields)| {
        let weight = match (kind, reach) {
            (Kind::Text, Reach::One) => 10,
            (Kind::Text, _) | (Kind::EventType, _) => 3,
            _ => 2,
        };
        (weight, of_kind(*kind, *reach, fields))
    });
    prop::strategy::Union::new_weighted(checks.collect()).prop_map(Tree::Check)
}

fn of_kind(kind: Kind, reach: Reach, fields: &'static [&'static str]) -> BoxedStrategy<Check> {
    let exists = Just(("exists", None, None)).boxed();
    let single = operators(with_one(kind), move |operator| {
        let value = one(kind, operator);
        value
            .prop_map(move |value| (operator, None, Some(vec![value])))
            .boxed()
    });
    let list = operators(with_several(kind, reach), move |operator| {
        let values = several(kind, operator);
        values
            .prop_map(move |values| (operator, None, Some(values)))
            .boxed()
    });
    let comparison = if reach == Reach::Ends {
        prop_oneof![1 => exists, 8 => single, 4 => list].boxed()
    } else {
        // A modifier takes the operators that begin with a word or '=': not those of order.
        let modified = with_one(kind)
            .iter()
            .copied()
            .filter(|operator| !operator.starts_with(['<', '>']));
        let modified = operators(&modified.collect::<Vec<_>>(), move |operator| {
            let modifier = select(&["anyof", "oneof", "allof"][..]);
            (modifier, several(kind, operator))
                .prop_map(move |(modifier, values)| (operator, Some(modifier), Some(values)))
                .boxed()
        });
        prop_oneof![1 => exists, 8 => single, 4 => list, 4 => modified].boxed()
    };
    (select(fields), comparison)
        .prop_map(|(field, (operator, modifier, values))| Check {
            field,
            operator,
            modifier,
            values,
        })
        .boxed()
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
            3 => parts.prop_map(Tree::Or),
            2 => inner.prop_map(|inner| Tree::Not(Box::new(inner))),
        ]
    })
}
