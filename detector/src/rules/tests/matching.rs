//! Evaluation: what each operator means, for each kind of field.

use std::net::{IpAddr, Ipv4Addr};

use super::super::{RuleMatching, RuleSet, RuleSource, Value, testing::Event};
use super::{load, with_condition};

/// Whether an event with these fields satisfies a condition.
fn holds(condition: &str, event: &Event) -> bool {
    let rules = with_condition(condition).unwrap_or_else(|errors| panic!("{errors}"));
    let event = event.clone().with("evt.type", "open");
    rules.matches("open", &event).count() == 1
}

#[track_caller]
pub(super) fn assert_all(event: &Event, conditions: &[(&str, bool)]) {
    for (condition, expected) in conditions {
        assert_eq!(holds(condition, event), *expected, "{condition}");
    }
}

#[test]
fn a_missing_field_makes_every_check_false() {
    assert_all(
        &Event::default(),
        &[
            ("fd.name = x", false),
            ("fd.name != x", false),
            ("not fd.name = x", true),
            ("fd.name exists", false),
            ("fd.name in ()", false),
            ("fd.name startswith ''", false),
            ("fd.name = allof ()", false),
            ("proc.pid != 1", false),
            ("fd.net != 10.0.0.0/8", false),
        ],
    );
}

#[test]
fn text_is_compared_as_bytes() {
    let event = Event::default()
        .with("fd.name", "/etc/Shadow")
        .set("proc.name", Value::Bytes(b"a\xffb".as_slice().into()));
    assert_all(
        &event,
        &[
            ("fd.name = /etc/Shadow", true),
            ("fd.name == /etc/shadow", false),
            ("fd.name != /etc/shadow", true),
            ("fd.name contains Sha", true),
            ("fd.name contains sha", false),
            ("fd.name icontains SHADOW", true),
            ("fd.name startswith /etc", true),
            ("fd.name endswith dow", true),
            ("fd.name glob /e*w", true),
            ("fd.name glob /e*", true),
            ("fd.name glob etc*", false),
            ("fd.name iglob '*/SHADOW'", true),
            ("fd.name < /etc/a", true),
            ("fd.name > /etc/a", false),
            ("fd.name in (/a, /etc/Shadow)", true),
            ("fd.name intersects (/a, /etc/Shadow)", true),
            ("fd.name pmatch (/var, /etc)", true),
            ("fd.name pmatch (/et)", false),
            ("fd.name regex '/etc/[A-Z][a-z]+'", true),
            ("fd.name regex 'etc'", false),
            ("fd.name regex '/etc/Shadow|x'", true),
            ("fd.name endswith anyof (dow, x)", true),
            ("fd.name contains oneof (e, t)", false),
            ("fd.name contains oneof (e, q)", true),
            ("fd.name contains allof (e, t)", true),
            ("fd.name contains allof (e, q)", false),
            ("fd.name exists", true),
            (r#"proc.name = "a\xffb""#, true),
            ("proc.name regex 'a.b'", true),
            ("proc.name = 'a\u{fffd}b'", false),
        ],
    );
}

#[test]
fn numbers_and_truths() {
    let event = Event::default()
        .with("evt.rawres", "-13")
        .set("thread.cap_effective_raw", Value::Unsigned(u64::MAX))
        .with("evt.failed", "true")
        .with("fd.rport", "80");
    assert_all(
        &event,
        &[
            ("evt.rawres = -13", true),
            ("evt.rawres < 0", true),
            ("evt.rawres >= 0", false),
            ("evt.rawres in (1, -13)", true),
            ("thread.cap_effective_raw = 0xffffffffffffffff", true),
            ("thread.cap_effective_raw > 0", true),
            ("evt.failed = true", true),
            ("evt.failed != true", false),
            ("evt.failed in (true, false)", true),
            ("fd.rport in (80, 443)", true),
            ("fd.rport > 1024", false),
        ],
    );
}

#[test]
fn addresses_of_either_end() {
    let ip = |text: &str| Value::Ip(text.parse().unwrap());
    let ends = |values: [&str; 2]| Value::List(values.map(ip).to_vec());
    let event = Event::default()
        .with("fd.rip", "::ffff:10.0.0.1")
        .set("fd.ip", ends(["192.168.0.2", "10.0.0.1"]))
        .set("fd.net", ends(["192.168.0.2", "10.0.0.1"]))
        .set(
            "fd.port",
            Value::List(vec![Value::Unsigned(40_000), Value::Unsigned(443)]),
        )
        .set("fd.snet", Value::Ip(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    assert_all(
        &event,
        &[
            ("fd.rip = 10.0.0.1", true),
            ("fd.rip = ::ffff:10.0.0.1", true),
            ("fd.rip = ::1", false),
            ("fd.rip != ::1", true),
            ("fd.ip = 10.0.0.1", true),
            ("fd.ip != 10.0.0.1", false),
            ("fd.ip != 10.0.0.9", true),
            ("fd.ip in (1.1.1.1, 192.168.0.2)", true),
            ("fd.port = 443", true),
            ("fd.port != 443", false),
            ("fd.net in (172.16.0.0/12, 10.0.0.0/8)", true),
            ("fd.net != 10.0.0.0/8", false),
            ("fd.net != 11.0.0.0/8", true),
            ("fd.snet = 127.0.0.0/8", true),
        ],
    );
}

#[test]
fn ancestors() {
    let names = ["bash", "sshd"].map(Value::text).to_vec();
    let event = Event::default()
        .set("proc.aname", Value::List(names))
        .with("proc.aname[1]", "bash")
        .with("proc.aname[2]", "sshd");
    assert_all(
        &event,
        &[
            ("proc.aname = sshd", true),
            ("proc.aname in (cron, bash)", true),
            ("proc.aname = cron", false),
            ("proc.aname[2] = sshd", true),
            ("proc.aname[1] = sshd", false),
            ("proc.aname[3] exists", false),
        ],
    );
}

#[test]
fn connectives_and_names() {
    let rules = load(
        "- list: inner\n  items: [b, 'x y']\n- list: outer\n  items: [a, inner, outer]\n\
         - list: one\n  items: [c]\n\
         - macro: either\n  condition: proc.name in (outer) or proc.name = one\n\
         - rule: R\n  desc: d\n  priority: INFO\n  output: o\n\
         \x20 condition: evt.type = open and either and not proc.name = a\n",
    )
    .unwrap_or_else(|errors| panic!("{errors}"));
    for (name, expected) in [
        ("a", 0),
        ("b", 1),
        ("x y", 1),
        ("outer", 1),
        ("c", 1),
        ("inner", 0),
        ("d", 0),
    ] {
        let event = Event::default()
            .with("evt.type", "open")
            .with("proc.name", name);
        assert_eq!(rules.matches("open", &event).count(), expected, "{name}");
    }
}

#[test]
fn rules_are_indexed_by_what_they_can_match() {
    let types = |condition: &str| -> Vec<&'static str> {
        with_condition(condition).unwrap().event_types().collect()
    };
    assert_eq!(types("evt.type = open"), ["open"]);
    assert_eq!(
        types("evt.type in (open, openat) and not evt.type = open"),
        ["openat"]
    );
    assert_eq!(
        types("(evt.type = open and fd.name = x) or evt.type = bpf"),
        ["open", "bpf"]
    );
    assert_eq!(types("not (evt.type != mount or fd.name = x)"), ["mount"]);
    assert_eq!(
        types("evt.type startswith set and evt.type endswith ns"),
        ["setns"]
    );
    assert!(types("fd.name = x").len() > 30);
    assert!(types("not (evt.type = open and fd.name = x)").contains(&"open"));
}

#[test]
fn the_first_match_alone_where_that_was_asked_for() {
    let rule = |name: &str, types: &str| {
        format!("- {{rule: {name}, desc: d, condition: '{types}', output: o, priority: INFO}}\n")
    };
    let text = [
        rule("A", "evt.type = bpf"),
        rule("B", "evt.type = open"),
        rule("C", "evt.type in (open, bpf)"),
    ]
    .concat();
    let source = RuleSource::Text {
        name: "rules.yaml".into(),
        text: text.into(),
    };
    let rules = RuleSet::load(&[source]).unwrap();
    let told = |rules: &RuleSet, event_type: &str| {
        let event = Event::default().with("evt.type", event_type);
        let matching = rules.matches(event_type, &event);
        matching.map(|rule| rule.name.clone()).collect::<String>()
    };
    assert_eq!(
        (told(&rules, "open"), told(&rules, "bpf")),
        ("BC".into(), "AC".into())
    );
    let first = rules.telling(RuleMatching::First);
    assert_eq!(
        (told(&first, "open"), told(&first, "bpf")),
        ("B".into(), "A".into())
    );
}

#[test]
fn every_match_fires_in_load_order() {
    let rule = |name: &str| {
        format!(
            "- rule: {name}\n  desc: d\n  priority: INFO\n  output: o\n  condition: evt.type = open\n"
        )
    };
    let rules = load(&["B", "A", "C"].map(rule).concat()).unwrap();
    let event = Event::default().with("evt.type", "open");
    let names: Vec<&str> = rules
        .matches("open", &event)
        .map(|rule| rule.name.as_str())
        .collect();
    assert_eq!(names, ["B", "A", "C"]);
    assert_eq!(rules.matches("bpf", &event).count(), 0);
    assert_eq!(rules.matches("no such type", &event).count(), 0);
}
