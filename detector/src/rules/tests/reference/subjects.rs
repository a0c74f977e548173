//! What is compared besides single fields: functions of texts, of lists, and of both.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::tree::Subject;

const TEXTS: &[&str] = &[
    "fd.name",
    "fd.name",
    "proc.name",
    "proc.cmdline",
    "evt.arg.flags",
    "proc.aname[1]",
    "proc.env[HOME]",
];
const LITERALS: &[&str] = &[
    "", "a", "/", "b", "-", "/a/b", "-a", "-ab", "-bx", "--", "--ab", "é", "YQ", "A", "-a:",
];
const OPTIONS: &[&str] = &["ab", "a:b", "ab:", ":a:bx", "bx", "", "a::b", "x:"];

fn field(fields: &'static [&'static str]) -> BoxedStrategy<Subject> {
    select(fields).prop_map(Subject::Field).boxed()
}

fn call(name: &'static str, given: Vec<Subject>) -> Subject {
    Subject::Call(name, given, None)
}

/// A field or what functions make of it, a text either way.
pub(super) fn text() -> BoxedStrategy<Subject> {
    deeper(field(TEXTS))
}

/// A number.
pub(super) fn number() -> BoxedStrategy<Subject> {
    let measured = prop_oneof![
        4 => text(),
        2 => list(),
        1 => field(&["evt.buffer"]),
    ];
    prop_oneof![
        3 => measured.prop_map(|given| call("len", vec![given])),
        1 => field(&["proc.pid", "evt.rawres", "evt.rawarg.flags"]),
    ]
    .boxed()
}

/// Several values.
pub(super) fn list() -> BoxedStrategy<Subject> {
    let options = options(elements(deeper(field(TEXTS))));
    prop_oneof![
        2 => field(&["fd.types"]),
        2 => options.clone(),
        1 => options.prop_map(|options| call("toupper", vec![options])),
    ]
    .boxed()
}

/// Functions on functions, three deep at most.
fn deeper(text: BoxedStrategy<Subject>) -> BoxedStrategy<Subject> {
    text.prop_recursive(3, 8, 3, |inner| {
        let literal = select(LITERALS).prop_map(Subject::Text);
        let inner_or_literal = prop_oneof![3 => inner.clone(), 1 => literal].boxed();
        let one = select(&["tolower", "toupper", "basename", "basename", "b64"][..]);
        let elements = elements(inner_or_literal.clone());
        let joined = prop_oneof![
            2 => elements.clone(),
            1 => options(elements.clone()),
            1 => field(&["fd.types"]),
        ];
        prop_oneof![
            4 => (one, inner_or_literal.clone()).prop_map(|(name, given)| call(name, vec![given])),
            2 => vec(inner_or_literal.clone(), 2..4).prop_map(|given| call("concat", given)),
            2 => (inner_or_literal, joined).prop_map(|(between, list)| call("join", vec![between, list])),
            2 => (options(elements), select(&['a', 'b', 'x'][..])).prop_map(|(options, option)| {
                match options {
                    Subject::Call(name, given, _) => Subject::Call(name, given, Some(option)),
                    other => other,
                }
            }),
        ]
    })
    .boxed()
}

/// A list in parentheses.
fn elements(text: BoxedStrategy<Subject>) -> BoxedStrategy<Subject> {
    let option = select(LITERALS).prop_map(Subject::Text);
    let element = prop_oneof![1 => text, 2 => option];
    vec(element, 0..4).prop_map(Subject::List).boxed()
}

fn options(elements: BoxedStrategy<Subject>) -> BoxedStrategy<Subject> {
    let letters = prop_oneof![
        8 => select(OPTIONS).prop_map(Subject::Text),
        1 => field(TEXTS),
    ];
    let arguments = prop_oneof![8 => elements, 1 => field(&["fd.types"])];
    (arguments, letters)
        .prop_map(|(arguments, letters)| call("getopt", vec![arguments, letters]))
        .boxed()
}
