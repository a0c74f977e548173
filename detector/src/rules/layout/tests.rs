//! Files before and after, and that nothing else can come out.

use proptest::prelude::*;

use super::*;
use crate::rules::{RuleSet, RuleSource, shipped};

fn formatted(text: &str) -> Formatted {
    let document = Document {
        name: "x.yaml".into(),
        text: text.into(),
    };
    let formatted = format(&document).unwrap_or_else(|errors| panic!("{errors}\n{text}"));
    let again = Document {
        text: formatted.text.clone(),
        ..document
    };
    let again = format(&again).unwrap_or_else(|errors| panic!("{errors}\n{}", formatted.text));
    assert_eq!(again.text, formatted.text, "not the same twice, of\n{text}");
    formatted
}

fn left(text: &str) -> Vec<Left> {
    formatted(text)
        .left
        .into_iter()
        .map(|problem| problem.fault)
        .collect()
}

#[test]
fn a_file_gets_its_layout() {
    let before = "\u{feff}# About.\r\n\r\n\r\n---\r\n-   list:   shells\r\n    items: [bash,\r\n      sh,\r\n    ]\r\n\
        # The macro.\r\n- macro: m\r\n  condition: |\r\n   evt.type  =  open\r\n     and fd.name = '/x'\r\n  # after\r\n\r\n\r\n\
        # Of the rule.\r\n\r\n- rule: R   # named so\r\n\r\n  # Why.\r\n  desc: >-\r\n        words\r\n          more\r\n\r\n        # no comment\r\n  \
        condition:\r\n    m and (proc.name in (shells) or proc.exepath startswith /a/long/path/that/does/not/fit)\r\n    and not user.uid = 0\r\n  \
        output: \"o\r\n      p\"\r\n  priority: INFO\r\n  tags:\r\n  - a\r\n# in between\r\n  -  b\r\n  exceptions:\r\n        - name: e\r\n          fields: [proc.name]\r\n\r\n\r\n";
    let after = "# About.\n\n---\n- list: shells\n  items: [bash,\n    sh,\n  ]\n\n\
        # The macro.\n- macro: m\n  condition: evt.type = open and fd.name = \"/x\"\n  # after\n\n\
        # Of the rule.\n\n- rule: R   # named so\n  # Why.\n  desc: >-\n    words\n      more\n\n    # no comment\n  \
        condition: >\n    m\n    and (proc.name in (shells) or proc.exepath startswith /a/long/path/that/does/not/fit)\n    and not user.uid = 0\n  \
        output: \"o\n    p\"\n  priority: INFO\n  tags:\n    - a\n    # in between\n    -  b\n  exceptions:\n    - name: e\n      fields: [proc.name]\n";
    let formatted = formatted(before);
    assert_eq!(formatted.text, after);
    assert!(formatted.left.is_empty(), "{:?}", formatted.left);
}

#[test]
fn what_cannot_be_kept_is_left_and_said() {
    let rule = |condition: &str| {
        format!("- rule: R\n  desc:   d\n  condition: {condition}\n  output: o\n  priority: INFO\n")
    };
    for (text, expected) in [
        (rule("a   and b # why"), Left::Comment),
        (rule("> # why\n    a   and b"), Left::Comment),
        (rule("a\n    # why\n  "), Left::Comment),
        (rule("'a   and b' # why"), Left::Comment),
        (rule("&c a   and b"), Left::Anchor),
        (rule("a   nd b"), Left::Syntax),
    ] {
        let formatted = formatted(&text);
        let kinds: Vec<_> = formatted
            .left
            .iter()
            .map(|problem| problem.fault.clone())
            .collect();
        // A comment below a plain value ends it.
        if !text.contains("\n    # why") {
            assert_eq!(kinds, [expected], "{text}");
        }
        assert!(formatted.text.contains("desc: d\n"), "the rest is laid out");
        assert!(
            formatted.text.contains("# why") == text.contains("# why"),
            "{}",
            formatted.text
        );
    }
    for text in [
        "- {rule: R,   enabled: false}\n- {list: l, items: []}\n",
        "-\n  list:   l\n  items: []\n",
        "- # a list\n  list:   l\n  items: []\n",
        "- \"list\":   l\n  items: []\n",
        "- rule: R\n  desc: >1\n   x\n",
        "[{list:   l}, {list: m}]\n",
        "- ? list\n  : l\n",
        "a:  b\n",
    ] {
        let formatted = formatted(text);
        assert!(
            formatted.left.iter().all(|left| left.fault == Left::Form),
            "{text}"
        );
        assert!(!formatted.left.is_empty(), "{text}");
        assert_eq!(formatted.text, text);
    }
    // The empty lines at the end are part of this value.
    assert_eq!(
        left("- list:   l\n  items: >+\n    x\n\n\n"),
        [Left::Meaning]
    );
    // A piece to append is no condition, and nothing to speak of.
    assert_eq!(
        left("- macro: m\n  append: true\n  condition: and   (a or b)\n"),
        []
    );
    // All of a file are moved, those that are left too.
    let text = "  - {list: l, items: []}\n  - list: m\n    items: []\n";
    assert_eq!(
        formatted(text).text,
        "- {list: l, items: []}\n\n- list: m\n  items: []\n"
    );
}

#[test]
fn what_is_no_rule_file_is_an_error() {
    for text in ["", "# only this\n", "- a: [\n", "- a: 1\n  a: 2\n", "\u{0}"] {
        let document = Document {
            name: "x.yaml".into(),
            text: text.into(),
        };
        assert!(format(&document).is_err(), "{text:?}");
    }
}

#[test]
fn the_shipped_rules_have_this_layout() {
    for source in shipped() {
        let RuleSource::Text { name, text } = source else {
            panic!("{source:?}")
        };
        let formatted = formatted(&text);
        assert!(formatted.left.is_empty(), "{name}: {}", formatted.left[0]);
        assert!(formatted.text == text, "`escape-detector rules fmt {name}`");
    }
}

#[test]
fn rules_in_the_shapes_of_others_mean_the_same() {
    let text = include_str!("../tests/falco-shapes.yaml");
    let load = |text: String| {
        let (name, text) = ("x.yaml".into(), text.into());
        RuleSet::load(&[RuleSource::Text { name, text }]).unwrap()
    };
    let formatted = formatted(text);
    assert!(
        !formatted
            .left
            .iter()
            .any(|left| left.fault == Left::Meaning)
    );
    let (before, after) = (load(text.to_owned()), load(formatted.text));
    let conditions = |rules: &RuleSet| {
        format!(
            "{:?}",
            rules
                .rules()
                .iter()
                .map(|rule| &rule.condition)
                .collect::<Vec<_>>()
        )
    };
    assert_eq!(conditions(&before), conditions(&after));
}

proptest! {
    #[test]
    fn no_text_is_spoilt(text in "(- |  |   ?|rule: R|macro: m|condition: ?|[>|]-?\n|a and b|# c|\n|\n|'|\"|\\[|\\]|, |---\n|&x |\\*x|\t){0,40}") {
        let document = Document { name: "x".into(), text };
        if let Ok(once) = format(&document) {
            let before = yaml::read(0, &document.text).unwrap();
            let after = yaml::read(0, &once.text).unwrap();
            prop_assert!(same::documents(&before, &after), "{:?}\n{}", document.text, once.text);
        }
    }

    #[test]
    fn rules_keep_their_meaning(
        space in prop::collection::vec("( |\n     |  )", 12),
        dash in "(- |-   |  - )",
        style in "(|>\n     |\\|-\n     )",
        tail in "(\n# c|\n\n  # c\n|)",
    ) {
        let key = " ".repeat(dash.len());
        let mut condition = String::new();
        let words = ["a", "and", "not", "(b or", "c)", "and", "fd.name in", "(/x,", "'y z')", "or", "d"];
        for (word, space) in words.iter().zip(&space) {
            condition += word;
            condition += space;
        }
        let text = format!(
            "{dash}macro: m\n{key}condition: {style}{}{tail}\n{dash}list: l\n{key}items: [a]\n",
            condition.trim_end()
        );
        let formatted = formatted(&text);
        prop_assert!(formatted.left.is_empty(), "{text}\n{:?}", formatted.left);
        prop_assert!(formatted.text.contains("condition: (a and not (b or c) and fd.name in (/x, \"y z\")) or d\n"), "{}", formatted.text);
    }
}
