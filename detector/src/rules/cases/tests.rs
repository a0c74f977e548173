//! Test files as people write them, right and wrong.

use std::{fs, path::Path};

use super::*;
use crate::rules::RuleSource;

fn read(text: &str) -> Result<TestFile, CaseErrors> {
    let document = Document {
        name: "folder/x.test.yaml".into(),
        text: text.into(),
    };
    TestFile::read(document)
}

#[test]
fn cases_are_events_or_files_of_them() {
    let file = read(
        "- case: one\n  event: {evt.type: open, proc.aname: [sh, runc]}\n  alerts: {R: INFO}\n\
         - case: many\n  events: e.jsonl\n  alerts: {R: [Error, warning], S: DEBUG}\n\
         - case: all\n  capture: ../c\n  alerts:\n",
    )
    .unwrap();
    let [one, many, all] = file.cases.as_slice() else {
        panic!("{file:?}")
    };
    let Input::Event(event) = &one.input else {
        panic!("{one:?}")
    };
    assert_eq!(event.event_type(), Some("open"));
    assert!(!event.refused(), "done unless it says otherwise");
    assert_eq!(many.expected.to_string(), "R: Error and Warning, S: Debug");
    assert_eq!(many.position, Position { line: 4, column: 9 });
    assert!(matches!(&many.input, Input::Events(path) if path == Path::new("folder/e.jsonl")));
    assert!(matches!(&all.input, Input::Capture(path) if path == Path::new("folder/../c")));
    assert_eq!(all.expected.to_string(), "no alert");
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let errors = read(
        "- case: a\n  evnt: {}\n  alerts: {R: HIGH}\n\
         - case: b\n  event: {evt.type: opne, fd.nam: x, proc.pid: many, fd.name: [a]}\n  alerts: [R]\n\
         - case: c\n  event: {fd.name: /x}\n  alerts: {R: []}\n\
         - case: d\n  event: {evt.type: {a: b}}\n  events: x\n\
         - event: {}\n- 7\n",
    )
    .unwrap_err();
    let lines: Vec<_> = errors
        .problems
        .iter()
        .map(|problem| problem.to_string().lines().next().unwrap().to_owned())
        .map(|line| line.replace("folder/x.test.yaml:", ""))
        .collect();
    assert_eq!(
        lines,
        [
            "1:9: the case 'a' needs one of the keys 'event', 'events' and 'capture', and only one",
            "2:3: unknown key 'evnt' in this case: did you mean 'event'?",
            "3:15: unknown priority 'HIGH' (one of EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, \
             NOTICE, INFO, DEBUG)",
            "5:21: 'opne' is no value of 'evt.type', which is an event type: did you mean 'open'?",
            "5:27: unknown field 'fd.nam': did you mean 'fd.name'?",
            "5:48: 'many' is no value of 'proc.pid', which is a number",
            "5:63: 'fd.name' has one value, not a list",
            "6:11: 'alerts' must be a mapping of rules to priorities; {} where no rule must match",
            "8:10: the event needs 'evt.type': rules are asked by it",
            "9:15: 'R' must be a priority, or a sequence of priorities",
            "10:9: the case 'd' needs one of the keys 'event', 'events' and 'capture', and only one",
            "10:9: the case 'd' needs the key 'alerts'",
            "13:3: the case '' needs the key 'case'",
            "14:3: 'case' must be a mapping",
        ]
    );
}

#[test]
fn what_is_no_test_file_is_refused() {
    for (text, said) in [
        ("", "has no cases in it"),
        ("[]", "has no cases in it"),
        ("a: b\n", "begin each with '- case:'"),
        ("- [\n", "not valid YAML"),
        ("\u{0}\u{1}", "not valid YAML"),
        (&"[".repeat(100), "levels deep"),
        (&"[".repeat(100_000), "not valid YAML"),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn expected_rules_must_be_there() {
    let text = "- {rule: Read, desc: d, condition: evt.type = open, output: o, priority: INFO}\n";
    let (name, text) = ("r.yaml".into(), text.to_owned().into());
    let rules = RuleSet::load(&[RuleSource::Text { name, text }]).unwrap();
    let file =
        read("- case: c\n  event: {evt.type: open}\n  alerts: {Read: INFO, Raed: INFO}\n").unwrap();
    let unknown = file.unknown_rules(&rules);
    let text = unknown[0].to_string();
    assert!(
        text.contains(":3:24: no rule 'Raed' is loaded and switched on: did you mean 'Read'?"),
        "{text}"
    );
    let Input::Event(event) = &file.cases[0].input else {
        panic!()
    };
    let found = Alerts::of(&rules, event);
    assert_eq!(found.to_string(), "Read: Informational");
    assert_eq!(
        file.cases[0].expected.without(&found).collect::<Vec<_>>(),
        ["Raed"]
    );
}

#[test]
fn rules_and_tests_find_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::create_dir(path("tests")).unwrap();
    for name in [
        "a.yaml",
        "a.test.yaml",
        "tests/a.yaml",
        "b.yml",
        "b.test.yaml",
    ] {
        fs::write(path(name), "").unwrap();
    }
    let both = vec![path("a.test.yaml"), path("tests/a.yaml")];
    assert_eq!(beside(&path("a.yaml")), (Some(path("a.yaml")), both));
    let tests = vec![path("b.test.yaml")];
    assert_eq!(beside(&path("b.test.yaml")), (Some(path("b.yml")), tests));
    assert_eq!(beside(&path("c.test.yaml")).0, None);
}

#[test]
fn a_directory_of_rules_is_read_without_its_tests() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let rule = "- {rule: R, desc: d, condition: evt.type = open, output: o, priority: INFO}\n";
    fs::create_dir(path("tests")).unwrap();
    fs::write(path("a.yaml"), rule).unwrap();
    for name in ["a.test.yaml", "b.test.yml", "tests/a.yaml"] {
        fs::write(path(name), "- case: no rule\n").unwrap();
    }
    let load = |path| RuleSet::load(&[RuleSource::Path(path)]);
    assert_eq!(load(directory.path().to_owned()).unwrap().rules().len(), 1);
    let error = load(path("a.test.yaml")).unwrap_err().to_string();
    assert!(error.contains("`rules test` runs them"), "{error}");
}
