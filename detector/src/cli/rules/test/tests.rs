//! What the verb says of cases that fail, and where it finds them.

use super::*;
use crate::config::Output;

const RULES: &str = "\
- rule: Read
  desc: d
  condition: evt.type in (open, openat) and (fd.name = /etc/shadow or fd.name = /x)
  output: o
  priority: ERROR
  priority_refused: INFO
- {rule: Run, desc: d, condition: evt.type = execve, output: o, priority: DEBUG}
";

/// What the verb says of these tests.
fn run(tests: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, TestOptions) {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("r.yaml"), RULES).unwrap();
    fs::write(path("r.test.yaml"), tests).unwrap();
    for (name, text) in files {
        fs::write(path(name), text).unwrap();
    }
    let files = super::super::Files {
        files: vec![path("r.yaml")],
        rules: Vec::new(),
    };
    (
        directory,
        TestOptions {
            files,
            output: Output::Json,
        },
    )
}

fn failures(tests: &str) -> Vec<String> {
    let (directory, options) = run(tests, &[]);
    let plan = Plan::of(&options.files).unwrap();
    let rules = RuleSet::load(&sources(&plan.rules)).unwrap();
    let survey = Survey::load(&sources(&plan.rules)).unwrap();
    let files = plan.files(&rules).unwrap();
    let file = &files[0];
    let failed = file
        .cases
        .iter()
        .filter_map(|case| judge(file, case, &rules, &survey).unwrap());
    let place = directory.path().display().to_string() + "/";
    failed
        .map(|failure| failure.page(&plan.rules).replace(&place, ""))
        .collect()
}

#[test]
fn a_case_that_fails_says_why() {
    let failed = failures(
        "- case: missed\n  event: {evt.type: open, fd.name: /etc/passwd}\n  alerts: {Read: ERROR}\n\
         - case: it's too much\n  event: {evt.type: execve}\n  alerts: {}\n\
         - case: other\n  event: {evt.type: open, fd.name: /x, outcome: refused}\n  alerts: {Read: ERROR}\n\
         - case: right\n  event: {evt.type: open, fd.name: /x, outcome: refused}\n  alerts: {Read: INFO}\n",
    );
    assert_eq!(
        failed,
        [
            "r.test.yaml:1:9: missed\n  expected  Read: Error\n  got       no alert\n  \
             because   fd.name = /etc/shadow is false: it is /etc/passwd\n  \
             because   fd.name = /x is false: it is /etc/passwd\n  \
             the tree  escape-detector rules explain --event r.test.yaml --case missed \
             --rule Read --rules r.yaml\n",
            "r.test.yaml:4:9: it's too much\n  expected  no alert\n  got       Run: Debug\n  \
             the tree  escape-detector rules explain --event r.test.yaml \
             --case 'it'\\''s too much' --rule Run --rules r.yaml\n",
            "r.test.yaml:7:9: other\n  expected  Read: Error\n  got       Read: Informational\n",
        ]
    );
}

#[test]
fn events_of_a_file_are_asked_together() {
    let lines = "{\"evt.type\": \"open\", \"fd.name\": \"/x\"}\n\n{\"skipped\": 3}\n\
                 {\"evt.type\": \"openat\", \"fd.name\": \"/x\", \"outcome\": \"refused\"}\n";
    let case = |alerts: &str| format!("- {{case: c, events: e.jsonl, alerts: {alerts}}}\n");
    let (_directory, options) = run(&case("{Read: [ERROR, INFO]}"), &[("e.jsonl", lines)]);
    test(&options).unwrap();
    let (_directory, options) = run(&case("{Read: ERROR}"), &[("e.jsonl", lines)]);
    assert_eq!(
        test(&options).unwrap_err().to_string(),
        "1 of 1 cases failed"
    );
    let (_directory, options) = run(&case("{}"), &[("e.jsonl", "\n{\n")]);
    let error = format!("{:#}", test(&options).unwrap_err());
    assert!(error.contains("e.jsonl:2: no JSON"), "{error}");
}

#[test]
fn a_capture_is_run_through_the_rules() {
    let case = |alerts: &str| format!("- {{case: c, capture: c.capture, alerts: {alerts}}}\n");
    for (alerts, right) in [("{}", false), ("{Any: DEBUG}", true)] {
        let (directory, mut options) = run(&case(alerts), &[]);
        let rules = "- {rule: Any, desc: d, condition: 'evt.type in (open, openat)', output: o, priority: DEBUG}\n";
        let path = |name: &str| directory.path().join(name);
        fs::write(path("c.capture"), crate::replay::tests::capture()).unwrap();
        fs::write(path("r.yaml"), rules).unwrap();
        options.files.files = vec![path("r.test.yaml")];
        let tested = test(&options);
        assert_eq!(tested.is_ok(), right, "{alerts}: {tested:?}");
    }
}

#[test]
fn files_that_a_case_names_must_be_files() {
    for input in [
        "events: .",
        "capture: /dev/zero",
        "capture: gone",
        "capture: r.yaml",
    ] {
        let (_directory, options) = run(&format!("- {{case: c, {input}, alerts: {{}}}}\n"), &[]);
        let error = format!("{:#}", test(&options).unwrap_err());
        let known = ["is no regular file", "cannot be opened", "no capture"];
        assert!(known.iter().any(|said| error.contains(said)), "{error}");
    }
}

#[test]
fn tests_are_found_beside_rules_and_in_their_folder() {
    let (directory, options) = run("- {case: c, event: {evt.type: dup}, alerts: {}}\n", &[]);
    test(&options).unwrap();
    let of = |files: Vec<PathBuf>| {
        let files = super::super::Files {
            files,
            rules: Vec::new(),
        };
        test(&TestOptions {
            files,
            output: Output::Json,
        })
    };
    of(vec![directory.path().to_owned()]).unwrap();
    of(vec![directory.path().join("r.test.yaml")]).unwrap();
    of(Vec::new()).unwrap();
    fs::create_dir(directory.path().join("tests")).unwrap();
    fs::write(
        directory.path().join("tests/any.yaml"),
        "- {case: c, event: {evt.type: execve}, alerts: {}}",
    )
    .unwrap();
    assert!(of(vec![directory.path().to_owned()]).is_err());
    fs::write(directory.path().join("alone.yaml"), RULES).unwrap();
    let error = of(vec![directory.path().join("alone.yaml")])
        .unwrap_err()
        .to_string();
    assert!(error.contains("has no tests beside it"), "{error}");
}
