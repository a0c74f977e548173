//! Error messages, word by word: place, fault and what to write instead.

use super::{GOOD, first_line, load, problems, with_condition};

#[test]
fn an_error_shows_its_line() {
    let errors = load(
        "- rule: R\n  desc: d\n  condition: >\n    evt.type = open\n    and proc.nmae = x\n  output: o\n  priority: INFO\n",
    )
    .unwrap_err();
    assert_eq!(
        errors.to_string(),
        "x.yaml:5:9: unknown field 'proc.nmae': did you mean 'proc.name'?\n \
         5 |     and proc.nmae = x\n   \
           |         ^^^^^^^^^"
    );
}

#[test]
fn all_errors_are_reported_in_order() {
    let found = problems(
        "- macro: m\n  condition: proc.nam = x\n\
         - rule: A\n  desc: d\n  condition: m and evt.type = opne and fd.name startswit /a\n  output: o\n  priority: INFO\n\
         - rule: B\n  desc: d\n  condition: m and n and evt.type = opne\n  output: '%fd.nam'\n  priority: HIGH\n\
         - rule: C\n  descr: d\n  condition: m and k\n  output: '100%'\n  priority: INFO\n\
         - rule: D\n  desc: d\n  condition: m and evt.type = opne\n  output: '%fd.nam'\n  priority: INFO\n",
    );
    assert_eq!(
        found,
        [
            "x.yaml:2:14: unknown field 'proc.nam': did you mean 'proc.name'?",
            "x.yaml:5:48: unknown operator 'startswit': did you mean 'startswith'?",
            "x.yaml:10:20: unknown macro 'n'",
            "x.yaml:10:37: unknown event type 'opne': did you mean 'open'?",
            "x.yaml:11:13: unknown field 'fd.nam': did you mean 'fd.name'?",
            "x.yaml:12:13: unknown priority 'HIGH' (one of EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFO, DEBUG)",
            "x.yaml:13:9: the rule 'C' needs the key 'desc'",
            "x.yaml:14:3: unknown key 'descr' in this rule: did you mean 'desc'?",
            "x.yaml:15:20: unknown macro 'k'",
            "x.yaml:16:15: '%' must be followed by a field, such as %proc.name: there is no way to write the sign itself",
            "x.yaml:20:31: unknown event type 'opne': did you mean 'open'?",
            "x.yaml:21:13: unknown field 'fd.nam': did you mean 'fd.name'?",
        ]
    );
}

#[test]
fn conditions_that_do_not_fit() {
    for (condition, expected) in [
        (
            "evt.type = open and",
            "5:24: expected a field, a macro, 'not' or '(', found the end",
        ),
        (
            "evt.type = opn",
            "5:16: unknown event type 'opn': did you mean 'open'?",
        ),
        (
            "evt.type = open and evt.type = bpf",
            "5:5: rule 'R' can never match: no event that the sensor reports satisfies its checks of evt.type",
        ),
        ("proc.fdusgae = 0", "5:5: unknown field 'proc.fdusgae'"),
        (
            "evttype = open",
            "5:5: unknown field 'evttype': did you mean 'evt.type'?",
        ),
        (
            "workload",
            "5:5: unknown macro 'workload': it is a field, write for example 'workload = true'",
        ),
        ("opne_read", "5:5: unknown macro 'opne_read'"),
        (
            "proc.name in shells",
            "5:18: unknown list 'shells'; a single value needs parentheses: (shells)",
        ),
        (
            "outcome = refusd",
            "5:15: 'refusd' is no value of this field (done, refused): did you mean 'refused'?",
        ),
        ("proc.pid = x", "5:16: 'x' is no number"),
        (
            "proc.pid = 1.5",
            "5:16: '1.5' is no number: only whole numbers of 64 bits can be compared",
        ),
        (
            "fd.rport = htps",
            "5:16: 'htps' is no port: write a number from 0 to 65535, or the name of a well-known service",
        ),
        (
            "fd.rport in (1, 70000)",
            "5:21: '70000' is no port: write a number from 0 to 65535, or the name of a well-known service",
        ),
        (
            "workload = yes",
            "5:16: 'yes' is no truth value: write true or false",
        ),
        (
            "fd.rip = 10.0.0.0/8",
            "5:14: '10.0.0.0/8' is no address: it is a network, compare it with fd.snet, fd.rnet or another such field",
        ),
        (
            "fd.rnet = 10.0.0.1",
            "5:15: '10.0.0.1' is no network: write one such as 10.0.0.0/8",
        ),
        (
            "proc.pid contains 1",
            "5:14: operator 'contains' does not suit 'proc.pid', which is a number: use one of exists = != < <= > >= in intersects",
        ),
        (
            "fd.name bcontains aa",
            "5:13: operator 'bcontains' does not suit 'fd.name', which is text: use one of exists = != < <= > >= contains icontains startswith endswith glob iglob regex in intersects pmatch",
        ),
        (
            "proc.name[1] = x",
            "5:15: field 'proc.name' takes no argument, not '1'",
        ),
        (
            "proc.aname[x] = x",
            "5:16: field 'proc.aname' takes the number of an ancestor, not 'x'",
        ),
        (
            "proc.args[x] = x",
            "5:15: field 'proc.args' takes the number of one, from 0, not 'x'",
        ),
        (
            "evt.arg = x",
            "5:5: field 'evt.arg' needs an argument: write for example 'evt.arg.flags'",
        ),
        (
            "container.label = x",
            "5:5: field 'container.label' needs an argument: write for example 'container.label[key]'",
        ),
        (
            "fd.name regex '('",
            "5:19: invalid regular expression: error: unclosed group",
        ),
        (
            "fd.name regex 'a)|(b'",
            "5:19: invalid regular expression: error: unopened group",
        ),
    ] {
        let errors = with_condition(condition)
            .map(|rules| rules.rules().len())
            .unwrap_err();
        let found = first_line(&errors.to_string());
        assert_eq!(found, format!("x.yaml:{expected}"), "{condition}");
    }
}

#[test]
fn names_that_lead_nowhere_or_in_circles() {
    let rule = "- rule: R\n  desc: d\n  condition: a\n  output: o\n  priority: INFO\n";
    for (text, expected) in [
        (
            "- macro: a\n  condition: b\n- macro: b\n  condition: a\n",
            "4:14: macro 'a' contains itself",
        ),
        (
            "- macro: a\n  condition: proc.name = l\n- list: l\n  items: [x, y]\n",
            "2:26: list 'l' stands where one value is needed: write 'in (l)', or 'anyof (l)' behind the operator",
        ),
        (
            "- macro: a\n  condition: proc.name in (l)\n- list: l\n  items: [k]\n- list: k\n  items: [l]\n",
            "4:11: list 'k' contains itself",
        ),
    ] {
        let found = problems(&format!("{text}{rule}"));
        assert!(found.contains(&format!("x.yaml:{expected}")), "{found:?}");
    }
}

#[test]
fn yaml_that_is_no_rule_file() {
    for (text, expected) in [
        ("", "x.yaml: has no rules in it"),
        ("# nothing\n", "x.yaml: has no rules in it"),
        ("[]", "x.yaml: has no rules in it"),
        (
            "a: b\n",
            "x.yaml:1:1: a rule file is a sequence of objects: begin each with '- rule:', '- macro:' or '- list:'",
        ),
        (
            "hello",
            "x.yaml:1:1: a rule file is a sequence of objects: begin each with '- rule:', '- macro:' or '- list:'",
        ),
        (
            "- hello\n",
            "x.yaml:1:3: an object needs one of the keys 'rule', 'macro', 'list', 'required_engine_version' or 'required_plugin_versions'",
        ),
        (
            "- rule: R\n  rule: S\n",
            "x.yaml:2:3: key 'rule' stands twice in one mapping: keep one of them",
        ),
        (
            "- rule: !x R\n",
            "x.yaml:1:9: tag '!x' is not supported: write the value itself",
        ),
        (
            "- *a\n",
            "x.yaml:1:3: not valid YAML: while parsing node, found unknown anchor",
        ),
        (
            "- &a [*a]\n",
            "x.yaml:1:7: an alias must name an anchor that ends before it",
        ),
        (
            "- ? [a]\n  : b\n",
            "x.yaml:1:5: a key must be a plain word, not a sequence or mapping",
        ),
        (
            "- required_engine_version: 0.99.0\n",
            "x.yaml:1:28: the rules require engine version 0.99.0, this is 0.62.0: update the detector",
        ),
        (
            "- required_plugin_versions: [{name: k8saudit, version: 1.0.0}]\n",
            "x.yaml:1:37: the plugin 'k8saudit' is not supported: leave out the rules that need it",
        ),
    ] {
        let found = problems(text);
        assert_eq!(
            found.first().map(String::as_str),
            Some(expected),
            "{text:?}"
        );
    }
}

#[test]
fn objects_that_are_wrong() {
    for (change, expected) in [
        ("  enabled: yes\n", "6:12: 'enabled' must be true or false"),
        ("  tags: container\n", "6:9: 'tags' must be a sequence"),
        (
            "  exceptions: [{fields: proc.name}]\n",
            "6:16: the exception '' needs the key 'name'",
        ),
        (
            "  exceptions: [{name: n, field: proc.name}]\n",
            "6:26: unknown key 'field' in this exception: did you mean 'fields'?",
        ),
        (
            "  exceptions: [{name: n, fields: [proc.name, fd.name], values: [[a]]}]\n",
            "6:65: these values have 1 entries, the fields of exception 'n' 2",
        ),
        (
            "  exceptions: [{name: n, fields: proc.nam, values: [a]}]\n",
            "6:34: unknown field 'proc.nam': did you mean 'proc.name'?",
        ),
        (
            "  exceptions: [{name: n, fields: proc.name, comps: exists, values: [a]}]\n",
            "6:52: 'exists' in an exception is not supported yet: write it into the condition",
        ),
        (
            "- rule: S\n  append: true\n  condition: and x\n",
            "6:9: no rule 'S' before this one that could be changed",
        ),
        (
            "- rule: R\n  override: {condition: append}\n",
            "7:14: 'override' names 'condition', which the object does not define",
        ),
        (
            "- rule: R\n  override: {condition: append}\n  condition: and x\n  desc: y\n",
            "9:3: 'desc' is defined and not named under 'override': add 'desc: replace' or 'desc: append'",
        ),
        (
            "- rule: R\n  override: {priority: append}\n  priority: INFO\n",
            "7:14: 'priority' of a rule cannot be changed by 'append'",
        ),
        (
            "- rule: R\n  append: true\n  override: {desc: append}\n  desc: y\n",
            "8:13: 'append' and 'override' exclude each other: keep 'override'",
        ),
        (
            "- list: l\n  items: ['a,b']\n",
            "7:12: a comma in the list item 'a,b' is not supported: make it two items, or put quotes inside the quotes",
        ),
    ] {
        let found = problems(&format!("{GOOD}{change}"));
        assert_eq!(
            found.first(),
            Some(&format!("x.yaml:{expected}")),
            "{change}"
        );
    }
}
