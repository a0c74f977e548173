//! Objects that change earlier ones, what loads with a word about it, and what files ask of the
//! engine.

use super::super::{Priority, RuleSet, testing::Event};
use super::{GOOD, first_line, load, problems};

#[track_caller]
pub(super) fn loaded(text: &str) -> RuleSet {
    load(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}

fn warnings(rules: &RuleSet) -> Vec<String> {
    let warnings = rules.warnings().iter();
    warnings.map(|one| first_line(&one.to_string())).collect()
}

/// Whether the only rule fires at an open by a process of this name.
pub(super) fn fires(rules: &RuleSet, name: &str) -> bool {
    let event = Event::default()
        .with("evt.type", "open")
        .with("proc.name", name)
        .with("fd.name", "/x");
    rules.matches("open", &event).count() == 1
}

#[test]
fn keys_of_a_rule_are_appended_or_replaced() {
    for (change, expected) in [
        (
            "override: {condition: append}, condition: and proc.name = a",
            (true, false),
        ),
        (
            "override: {condition: append}, condition: or proc.name = b",
            (true, true),
        ),
        (
            "override: {condition: replace}, condition: evt.type = open and proc.name = b",
            (false, true),
        ),
        ("append: true, condition: and proc.name = a", (true, false)),
        ("append: true, condition: or proc.name = b", (true, true)),
        (
            "override: {enabled: replace}, enabled: false",
            (false, false),
        ),
        ("enabled: false", (false, false)),
        (
            "override: {exceptions: append}, exceptions: [{name: n, fields: proc.name, values: [a]}]",
            (false, true),
        ),
        (
            "override: {exceptions: replace}, exceptions: [{name: n, fields: proc.name, values: [b]}]",
            (true, false),
        ),
        (
            "override: {desc: replace, tags: append, output: append, condition: append}, desc: e, tags: [t], output: p, condition: and proc.name != b",
            (true, false),
        ),
        (
            "override: {capture: replace, capture_duration: replace}, capture: false, capture_duration: 0",
            (true, true),
        ),
        (
            "desc: d, output: o, priority: ERROR, condition: evt.type = open and proc.name = b",
            (false, true),
        ),
    ] {
        let rules = loaded(&format!("{GOOD}- {{rule: R, {change}}}\n"));
        assert_eq!(
            (fires(&rules, "a"), fires(&rules, "b")),
            expected,
            "{change}"
        );
    }
}

#[test]
fn what_is_not_a_condition_changes_too() {
    let rules = loaded(&format!(
        "{GOOD}- {{rule: R, override: {{desc: append, output: append, tags: append, priority: replace}},\n   desc: e, output: p, tags: [b, a, b], priority: alert}}\n\
         - {{rule: R, override: {{tags: append, output: replace}}, tags: [a, c], output: q}}\n"
    ));
    let rule = &rules.rules()[0];
    assert_eq!(rule.description, "d e");
    assert_eq!(rule.priority, Priority::Alert);
    assert_eq!(rule.tags, ["b", "a", "c"]);
    assert_eq!(rule.output.to_string(), "q");
}

#[test]
fn lists_and_macros_are_appended_or_replaced() {
    let rule = "- {rule: R, desc: d, output: o, priority: INFO, condition: evt.type = open and m and proc.name in (l)}\n";
    for (changes, expected) in [
        ("", (true, false)),
        ("- {list: l, append: true, items: [b]}\n", (true, true)),
        (
            "- {list: l, override: {items: append}, items: [b]}\n",
            (true, true),
        ),
        (
            "- {list: l, override: {items: replace}, items: [b]}\n",
            (false, true),
        ),
        ("- {list: l, items: [b]}\n", (false, true)),
        ("- {list: l, items: []}\n", (false, false)),
        (
            "- {macro: m, append: true, condition: and proc.name != a}\n",
            (false, false),
        ),
        (
            "- {macro: m, override: {condition: append}, condition: or proc.name = b}\n",
            (true, false),
        ),
        (
            "- {macro: m, override: {condition: replace}, condition: proc.name = b}\n",
            (false, false),
        ),
        (
            "- {macro: m, condition: proc.name = b}\n- {list: l, items: [k]}\n- {list: k, items: [b]}\n",
            (false, true),
        ),
    ] {
        let rules = loaded(&format!(
            "- {{list: l, items: [a]}}\n- {{macro: m, condition: fd.name exists}}\n{rule}{changes}"
        ));
        assert_eq!(
            (fires(&rules, "a"), fires(&rules, "b")),
            expected,
            "{changes}"
        );
    }
}

#[test]
fn changes_that_are_wrong() {
    for (change, expected) in [
        (
            "- {list: k, append: true, items: [b]}",
            "6:10: no list 'k' before this one that could be changed",
        ),
        (
            "- {list: k, override: {items: replace}, items: [b]}",
            "6:10: no list 'k' before this one that could be changed",
        ),
        (
            "- {macro: k, append: true, condition: and b}",
            "6:11: no macro 'k' before this one that could be changed",
        ),
        (
            "- {rule: S, enabled: false}",
            "6:10: no rule 'S' before this one that could be changed",
        ),
        (
            "- {rule: R, append: true}",
            "6:3: there is nothing to append: give the object a condition, exceptions or items",
        ),
        (
            "- {rule: R, override: {enabled: append}, enabled: false}",
            "6:24: 'enabled' of a rule cannot be changed by 'append'",
        ),
        (
            "- {rule: R, override: {source: replace}, source: syscall}",
            "6:24: 'source' of a rule cannot be changed by 'replace'",
        ),
        (
            "- {rule: R, override: {condition: prepend}, condition: x}",
            "6:35: 'condition' must be append or replace",
        ),
        (
            "- {rule: R, override: [condition], condition: x}",
            "6:23: 'override' must be a mapping of keys to append or replace",
        ),
        (
            "- {rule: R, override: {tags: append}, tags: [a], priority: INFO}",
            "6:50: 'priority' is defined and not named under 'override': add 'priority: replace' or 'priority: append'",
        ),
        (
            "- {rule: R, append: maybe, condition: x}",
            "6:21: 'append' must be true or false",
        ),
        (
            "- {rule: R, append: true, condition: proc.name = x}",
            "6:38: expected 'and', 'or' or the end of the condition, found 'proc.name'",
        ),
        ("- {list: k, items: a}", "6:20: 'items' must be a sequence"),
        (
            "- {list: k, items: [[a]]}",
            "6:21: 'items' must be a sequence of plain values",
        ),
        (
            "- {macro: k}",
            "6:11: the macro 'k' needs the key 'condition'",
        ),
        (
            "- {macro: k, condition: ''}",
            "6:25: 'condition' must be text, and not empty",
        ),
        (
            "- {rule: T, desc: d, condition: evt.type = open, output: o}",
            "6:10: the rule 'T' needs the key 'priority'",
        ),
        (
            "- {rule: R, override: {condition: append}, condition: and x, source: k8s_audit}",
            "6:70: rule 'R' was defined for another source of events: give this one another name",
        ),
    ] {
        let found = problems(&format!("{GOOD}{change}\n"));
        let expected = format!("x.yaml:{expected}");
        assert!(found.contains(&expected), "{change}\n{found:?}");
    }
}

#[test]
fn what_loads_with_a_word_about_it() {
    for (text, expected) in [
        (
            "- {rule: K, desc: d, condition: ka.verb = get, output: '%ka.verb', priority: INFO, source: k8s_audit}\n- {rule: K, append: true, condition: and ka.user = x}\n",
            "7:92: rule 'K' is skipped: it is about events of 'k8s_audit', and only those of 'syscall' exist here",
        ),
        (
            "- {macro: my-macro, condition: evt.type = open}\n",
            "7:11: no condition can name the macro 'my-macro': use letters, digits and '_'",
        ),
        (
            "- {list: my list, items: [a]}\n",
            "7:10: no condition can name the list 'my list': use letters, digits and '_'",
        ),
        (
            "  capture: true\n  capture_duration: 5000\n",
            "6:12: 'capture' has no effect: `record` keeps the events of containers",
        ),
        (
            "  exceptions: [{name: n, fields: proc.name, values: [a]}, {name: n, fields: fd.name, values: [/y]}]\n",
            "6:66: exception 'n' stands twice in one rule: both count, but later values are added to the first alone",
        ),
    ] {
        // A line between, so that what follows the rule stands in line 7 and a key of it in line 6.
        let between = if text.starts_with(' ') {
            ""
        } else {
            "# more\n"
        };
        let rules = loaded(&format!("{GOOD}{between}{text}"));
        assert_eq!(rules.rules().len(), 1, "{text}");
        let (found, expected) = (warnings(&rules), format!("x.yaml:{expected}"));
        assert!(found.contains(&expected), "{text}\n{found:?}");
    }
}

#[test]
fn what_is_unknown_may_be_skipped() {
    let rule = |condition: &str, output: &str| {
        format!(
            "- {{rule: S, desc: d, condition: '{condition}', output: '{output}', priority: INFO, skip-if-unknown-filter: true}}\n"
        )
    };
    for (condition, output) in [
        ("evt.type = open and user.nimbus = x", "o"),
        ("evt.type = opne", "o"),
        ("evt.type = open", "%user.nimbus"),
        ("evt.type = open and tolower(user.nimbus) = x", "o"),
        (
            "evt.type = open and proc.name = val(user.nimbus)",
            "%toupper(user.nimbus)",
        ),
    ] {
        let rules = loaded(&format!("{GOOD}{}", rule(condition, output)));
        assert_eq!(rules.rules().len(), 1, "{condition}");
        let text = warnings(&rules).join("\n");
        assert!(text.contains("rule 'S' is skipped: unknown"), "{text}");
    }
    for condition in [
        "evt.type = open and nimbus",
        "evt.type = open and proc.pid = x",
        "evt.type =",
    ] {
        assert!(
            load(&format!("{GOOD}{}", rule(condition, "o"))).is_err(),
            "{condition}"
        );
    }
}

#[test]
fn files_ask_for_an_engine_and_for_plugins() {
    for (head, right) in [
        ("required_engine_version: 62", true),
        ("required_engine_version: 63", false),
        ("required_engine_version: 0.50.0", true),
        ("required_engine_version: '0.62.0'", true),
        ("required_engine_version: 0.62.1", false),
        ("required_engine_version: 1.0.0", false),
        ("required_engine_version: x", false),
        ("required_engine_version: -1", false),
        ("required_engine_version: ''", false),
        ("required_plugin_versions: []", true),
        (
            "required_plugin_versions: [{name: container, version: 0.4.0}]",
            true,
        ),
        ("required_plugin_versions: [{name: container}]", false),
        ("required_plugin_versions: [{version: 0.4.0}]", false),
        (
            "required_plugin_versions: [{name: json, version: 0.7.0}]",
            false,
        ),
        (
            "required_plugin_versions: [{name: x, version: 1.0.0, alternatives: [{name: container, version: 0.1.0}]}]",
            true,
        ),
        (
            "required_plugin_versions: [{name: x, version: 1.0.0, alternatives: [{name: y, version: 0.1.0}]}]",
            false,
        ),
        (
            "required_plugin_versions: {name: container, version: 0.4.0}",
            false,
        ),
    ] {
        assert_eq!(load(&format!("- {head}\n{GOOD}")).is_ok(), right, "{head}");
    }
}
