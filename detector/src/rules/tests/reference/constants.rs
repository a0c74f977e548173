//! Constants: for each kind of field and operator, some that fit, and of these many that hit.

use proptest::prelude::*;
use proptest::sample::select;

use super::event::{self, Kind};
use super::tree::Constant;

/// The kinds that have lists, with the beginning of the names of these: `text_0`, `text_1`.
pub(super) const LISTED: &[(Kind, &str)] = &[
    (Kind::Text, "text"),
    (Kind::EventType, "type"),
    (Kind::Number, "number"),
    (Kind::Ip, "address"),
    (Kind::Network, "network"),
];

/// A list of one text, which may stand where one value stands.
pub(super) const SINGLE: &str = "single";

/// One value for an operator.
pub(super) fn one(kind: Kind, operator: &str) -> BoxedStrategy<Constant> {
    let is_text = matches!(kind, Kind::Text | Kind::EventType | Kind::Word);
    let bytes = match operator {
        "glob" | "iglob" => words(GLOBS),
        "pmatch" => words(PREFIXES),
        "regex" => return regex().prop_map(value).boxed(),
        "bcontains" | "bstartswith" => words(&["61", "6162", "ca", "CAFE", "Fe", "00", "0061"]),
        "startswith" | "endswith" | "contains" | "icontains" if is_text => {
            let part = match kind {
                Kind::Text => words(PARTS),
                _ => words(&["open", "o", "en", "at", "e", "set", "ns", "r", "OPEN", ""]),
            };
            return prop_oneof![2 => part, 1 => event::text()]
                .prop_map(Constant::Value)
                .boxed();
        }
        // Behind these no name of a list is one: no bound stands between.
        "<" | "<=" | ">" | ">=" if kind == Kind::Text => event::text().boxed(),
        _ => return equal(kind),
    };
    bytes.prop_map(Constant::Value).boxed()
}

/// A value of which a field may be the same.
fn equal(kind: Kind) -> BoxedStrategy<Constant> {
    let bytes = match kind {
        Kind::Text => {
            let value = event::text().prop_map(Constant::Value);
            let list = Just(Constant::List(SINGLE.to_owned()));
            return prop_oneof![12 => value, 1 => list].boxed();
        }
        Kind::EventType => words(&[
            "open", "open", "openat", "setns", "bpf", "write", "execveat",
        ]),
        Kind::Word => words(&["regular", "regular", "directory", "block", "fifo"]),
        Kind::Number => words(NUMBERS),
        Kind::Port => words(&["80", "80", "443", "0x50", "0", "65535", "1024"]),
        Kind::Bool => words(&["true", "false"]),
        Kind::Ip => words(ADDRESSES),
        Kind::Network => words(NETWORKS),
        Kind::Bytes => select(BYTES).prop_map(|bytes| bytes.to_vec()).boxed(),
    };
    bytes.prop_map(Constant::Value).boxed()
}

/// Several values, and among them lists where there are lists of that kind.
pub(super) fn several(kind: Kind, operator: &str) -> BoxedStrategy<Vec<Constant>> {
    let value = one(kind, operator);
    let prefix = LISTED.iter().find(|(listed, _)| *listed == kind);
    let element = match prefix {
        Some((_, prefix)) if operator != "regex" => prop_oneof![
            6 => value,
            1 => (0..2usize).prop_map(move |number| Constant::List(format!("{prefix}_{number}"))),
        ]
        .boxed(),
        _ => value,
    };
    prop::collection::vec(element, 0..4).boxed()
}

/// Items of a list: what may stand in a condition once it is put there.
pub(super) fn item(kind: Kind) -> BoxedStrategy<String> {
    let words: &[&str] = match kind {
        Kind::EventType => &["open", "openat", "connect", "read"],
        Kind::Number => NUMBERS,
        Kind::Ip => ADDRESSES,
        Kind::Network => NETWORKS,
        _ => &[
            "/a/b", "a", "ab", "/etc/x", "b", "/a", "A", "a b", " a", "10", "é", "\"a b\"", "'b'",
            "'a,b'", "a=b c", "oneof", "true",
        ],
    };
    select(words.to_vec()).prop_map(str::to_owned).boxed()
}

fn value(text: String) -> Constant {
    Constant::Value(text.into_bytes())
}

fn words(words: &'static [&'static str]) -> BoxedStrategy<Vec<u8>> {
    select(words).prop_map(|word| word.into()).boxed()
}

/// A pattern of which each part is one that hits often.
fn regex() -> impl Strategy<Value = String> {
    let atom = select(
        &[
            "a",
            "b",
            "/",
            "e",
            ".",
            "[ab]",
            "[^a]",
            "[a-e/]",
            "\\*",
            "é",
            "[[:alpha:]]",
            "x",
            "[]/]",
        ][..],
    )
    .prop_map(str::to_owned);
    let pattern = atom.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            2 => (inner.clone(), select(&["*", "+", "?", "{1,2}", "{2}"][..]))
                .prop_map(|(part, times)| format!("({part}){times}")),
            1 => prop::collection::vec(inner, 1..3).prop_map(|parts| format!("({})", parts.join("|"))),
        ]
    });
    prop_oneof![
        2 => pattern.clone(),
        2 => pattern.prop_map(|pattern| format!("{pattern}.*")),
        2 => select(&["/.*", ".*b", "a|ab", "/a/b|/etc/x", "/[a-z]+/[a-z]", ".+", "a?b?", "open.*", "[a-z]+"][..])
            .prop_map(str::to_owned),
    ]
}

const PARTS: &[&str] = &[
    "/", "a", "b", "/a", "/b", "/etc", "x", "e", "A", "/B", "", "/a/", "ab", " ",
];
const GLOBS: &[&str] = &[
    "*",
    "?",
    "/*",
    "/a/?",
    "*b",
    "[ab]*",
    "[!a]*",
    "[^/]*",
    "/[a-c]/*",
    "*/x",
    "a*b",
    "?*",
    "\\*",
    "a\\b",
    "*\\[*",
    "[",
    "[a",
    "[]a]*",
    "[[]a[]]",
    "*[[:alpha:]]*",
    "",
    "/**/?",
    "*a*b*",
    "A*",
    "[a-c/]*[!b]",
    "/A/*",
    "a",
    "*[",
    "[a-]*",
    "[\\]a]*",
    "*\\",
    "??",
    "a?b",
    "[!]]*",
    "[!a-c]*",
];
const PREFIXES: &[&str] = &[
    "/a", "/", "/a/", "//a", "a", "/a/b", "/a/*", "/?/b", "/[ae]*", "/etc", "", "/ab", "*", "/*/x",
    "/a/b/c", "/[!a]*", "a/b/", "/a/\\b", "/a/[", "/A",
];
const NUMBERS: &[&str] = &[
    "0",
    "0",
    "1",
    "1",
    "-1",
    "+1",
    "10",
    "0xa",
    "0XFF",
    "007",
    "-0",
    "0x0",
    "18446744073709551615",
    "-9223372036854775808",
    "0xffffffffffffffff",
];
const ADDRESSES: &[&str] = &[
    "10.0.0.1",
    "10.0.0.1",
    "10.0.0.2",
    "127.0.0.1",
    "::1",
    "0:0:0:0:0:0:0:1",
    "FE80::1",
];
const NETWORKS: &[&str] = &[
    "10.0.0.0/8",
    "10.0.0.1/32",
    "10.0.0.3/31",
    "0.0.0.0/0",
    "127.0.0.0/8",
    "192.168.1.1/16",
    "::/0",
    "::1/128",
    "fe80::/10",
    "10.9.9.9/9",
];
const BYTES: &[&[u8]] = &[b"ab", b"a", b"b", b"\xca\xfe", b"\xca", b"\0a"];
