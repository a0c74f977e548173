//! The schema takes what the loader takes, and refuses what it refuses.

use std::collections::BTreeSet;

use regex::Regex;

use super::*;
use crate::rules::loading::yaml::{self, Content, Node};
use crate::rules::{RuleSet, RuleSource, shipped};

/// As editors read it: plain words become truth values and numbers where they can.
fn value(node: &Node) -> Value {
    match &node.content {
        Content::Scalar(text) => match text.as_str() {
            "" => Value::Null,
            "true" => true.into(),
            "false" => false.into(),
            text => text
                .parse::<i64>()
                .map_or_else(|_| text.into(), Value::from),
        },
        Content::Sequence(nodes) => nodes.iter().map(value).collect(),
        Content::Mapping(entries) => entries
            .iter()
            .map(|entry| (entry.key.as_str().to_owned(), value(&entry.value)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

/// Whether a value fits a schema, as far as ours go: a keyword that is not known fails the test.
fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
    let each = |of: &Value| of.as_array().unwrap().clone();
    schema
        .as_object()
        .unwrap()
        .iter()
        .all(|(keyword, rule)| match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "examples" | "then" => true,
            "$ref" => {
                let target = root.pointer(rule.as_str().unwrap().trim_start_matches('#'));
                fits(root, target.unwrap(), value)
            }
            "type" => match rule {
                Value::Array(names) => names.iter().any(|name| is_a(name, value)),
                name => is_a(name, value),
            },
            "enum" => each(rule).contains(value),
            "const" => rule == value,
            "pattern" => value
                .as_str()
                .is_none_or(|text| Regex::new(rule.as_str().unwrap()).unwrap().is_match(text)),
            "minLength" => value.as_str().is_none_or(|text| !text.is_empty()),
            "minimum" => value
                .as_i64()
                .is_none_or(|number| number >= rule.as_i64().unwrap()),
            "items" => value
                .as_array()
                .is_none_or(|items| items.iter().all(|item| fits(root, rule, item))),
            "required" => value.as_object().is_none_or(|object| {
                each(rule)
                    .iter()
                    .all(|key| object.contains_key(key.as_str().unwrap()))
            }),
            "properties" => value.as_object().is_none_or(|object| {
                let known = |(key, value): (&String, &Value)| {
                    rule.get(key).is_none_or(|rule| fits(root, rule, value))
                };
                object.iter().all(known)
            }),
            "additionalProperties" => value.as_object().is_none_or(|object| {
                object
                    .keys()
                    .all(|key| schema["properties"].get(key).is_some())
            }),
            "anyOf" => each(rule).iter().any(|rule| fits(root, rule, value)),
            "allOf" => each(rule).iter().all(|rule| fits(root, rule, value)),
            "not" => !fits(root, rule, value),
            "if" => !fits(root, rule, value) || fits(root, &schema["then"], value),
            other => panic!("{other} is not known"),
        })
}

fn is_a(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    }
}

fn takes(text: &str) -> bool {
    let schema = schema();
    let roots = yaml::read(0, text).unwrap();
    roots
        .iter()
        .all(|root| fits(&schema, &schema, &value(root)))
}

#[test]
fn rules_that_load_fit() {
    for source in shipped() {
        let RuleSource::Text { name, text } = source else {
            panic!("{source:?}")
        };
        assert!(takes(&text), "{name}");
    }
    assert!(takes(include_str!("../tests/falco-shapes.yaml")));
}

#[test]
fn schema_and_loader_agree() {
    let good =
        "- rule: R\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n";
    for (more, right) in [
        ("", true),
        ("  tags: [a, T1]\n  enabled: false\n", true),
        ("  tags:\n", true),
        (
            "  exceptions: [{name: e, fields: proc.name, values: [a]}]\n",
            true,
        ),
        (
            "  exceptions: [{name: e, fields: [proc.name, fd.name], comps: [in, =], values: [[a, b]]}]\n",
            true,
        ),
        ("- rule: R\n  enabled: false\n", true),
        (
            "- rule: R\n  override: {condition: append, priority: replace}\n  condition: and fd.num = 1\n  priority: debug\n",
            true,
        ),
        (
            "- rule: R\n  append: true\n  condition: and fd.num = 1\n",
            true,
        ),
        ("- list: l\n  items: [a, 1, true]\n", true),
        (
            "- required_engine_version: 13\n- required_engine_version: 0.50.0\n",
            true,
        ),
        (
            "- required_plugin_versions: [{name: container, version: 0.4.0}]\n",
            true,
        ),
        ("  descr: d\n", false),
        ("  tags: a\n", false),
        ("  enabled: 7\n", false),
        ("  priority_refused: HIGH\n", false),
        ("  exceptions: [{fields: proc.name}]\n", false),
        ("  exceptions: [{name: e, field: proc.name}]\n", false),
        ("- rule: S\n  desc: d\n", false),
        (
            "- rule: R\n  override: {priority: append}\n  priority: INFO\n",
            false,
        ),
        ("- rule: R\n  override: {rule: replace}\n", false),
        ("- list: l\n", false),
        ("- list: l\n  items: a\n", false),
        ("- list: l\n  items: [[a]]\n", false),
        ("- macro: m\n", false),
        ("- macro: m\n  condition: a.b = c\n  desc: d\n", false),
        ("- odd: x\n", false),
        ("- hello\n", false),
    ] {
        let text = format!("{good}{more}");
        let (name, source) = ("x.yaml".into(), text.clone().into());
        let loaded = RuleSet::load(&[RuleSource::Text { name, text: source }]);
        assert_eq!(loaded.is_ok(), right, "the loader, of {more}");
        assert_eq!(takes(&text), right, "the schema, of {more}");
    }
    assert!(!takes("a: b\n") && !takes("a\n"));
}

#[test]
fn every_key_of_the_loader_is_described() {
    for sort in SORTS {
        let described: BTreeSet<_> = sort.keys.iter().map(|(name, ..)| *name).collect();
        let known: BTreeSet<_> = definitions::keys(sort.name).iter().copied().collect();
        assert_eq!(described, known, "{}", sort.name);
    }
    let described: Vec<_> = EXCEPTION.iter().map(|(name, ..)| *name).collect();
    assert_eq!(described, exceptions::KEYS);
}

#[test]
fn priorities_fit_in_any_case() {
    let schema = schema();
    for (word, right) in [
        ("INFO", true),
        ("informational", true),
        ("Warning", true),
        ("high", false),
    ] {
        assert_eq!(
            fits(&schema, &schema["$defs"]["priority"], &word.into()),
            right,
            "{word}"
        );
    }
}
