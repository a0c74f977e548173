//! Loading: everything that is wrong is reported, with its place.

use std::fs;

use proptest::prelude::*;

use super::super::{Priority, RuleSet, RuleSource, shipped};
use super::{GOOD, first_line, load, problems};

fn warnings(rules: &RuleSet) -> Vec<String> {
    rules
        .warnings()
        .iter()
        .map(|warning| first_line(&warning.to_string()))
        .collect()
}

#[test]
fn bombs_do_not_go_off() {
    let mut macros = "- macro: m0\n  condition: evt.type = open\n".to_owned();
    let mut lists = "- list: l0\n  items: [a, b]\n".to_owned();
    for index in 1..60 {
        let last = index - 1;
        macros += &format!("- macro: m{index}\n  condition: m{last} or m{last}\n");
        lists += &format!("- list: l{index}\n  items: [l{last}, l{last}]\n");
    }
    let rule = |condition: &str| {
        format!("- rule: R\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n")
    };
    assert!(problems(&(macros + &rule("m59")))[0].contains("more than 100000 parts"));
    assert!(problems(&(lists + &rule("proc.name in (l59)")))[0].contains("more than 100000 parts"));

    let mut aliases = "- &a0 [x, x]\n".to_owned();
    for index in 1..60 {
        aliases += &format!("- &a{index} [*a{0}, *a{0}]\n", index - 1);
    }
    let found = problems(&aliases);
    assert!(found[0].contains("more than 200000 values") || found[0].contains("levels deep"));
    let wide: String = (1..6).fold("- &a0 [x]\n".to_owned(), |text, index| {
        text + &format!(
            "- &a{index} [{}]\n",
            vec![format!("*a{}", index - 1); 20].join(", ")
        )
    });
    assert!(problems(&wide)[0].contains("more than 200000 values"));
    assert!(problems(&"[".repeat(100_000))[0].contains("recursion limit exceeded"));
    assert!(problems(&"- ".repeat(50_000))[0].contains("levels deep"));
}

#[test]
fn later_objects_change_earlier_ones() {
    let rules = load(&format!(
        "- required_engine_version: 15\n- required_plugin_versions: [{{name: container, version: 0.4.0}}]\n\
         {GOOD}---\n- rule: R\n  append: true\n  condition: and fd.name = x\n  tags: [t]\n\
         - rule: R\n  override: {{priority: replace, tags: append}}\n  priority: error\n  tags: [u, t]\n\
         - rule: Off\n  desc: d\n  condition: evt.type = bpf\n  output: o\n  priority: INFO\n\
         - rule: Off\n  enabled: false\n"
    ))
    .unwrap_or_else(|errors| panic!("{errors}"));
    let [rule] = rules.rules() else {
        panic!("{:?}", rules.rules())
    };
    assert_eq!(
        (rule.priority, rule.tags.as_slice()),
        (Priority::Error, ["t", "u"].map(String::from).as_slice())
    );
    assert_eq!(rules.event_types().collect::<Vec<_>>(), ["open"]);
    assert_eq!(
        (rule.file.as_str(), rule.position.line, rule.position.column),
        ("x.yaml", 3, 9)
    );
}

#[test]
fn an_error_in_appended_text_points_at_the_appendix() {
    let found = problems(&format!(
        "{GOOD}- rule: R\n  append: true\n  condition: and fd.nam = x\n"
    ));
    assert_eq!(
        found,
        ["x.yaml:8:18: unknown field 'fd.nam': did you mean 'fd.name'?"]
    );
}

#[test]
fn suspicions_are_warnings() {
    let rules = load(
        "- list: shell_binaries\n  items: [sh, bash]\n- macro: unused\n  condition: user.nimbus = root\n\
         - rule: A\n  desc: d\n  output: o\n  priority: INFO\n  condition: fd.name = proc.name and proc.name in (shell_binarys)\n\
         - rule: B\n  desc: d\n  output: o\n  priority: INFO\n  condition: evt.type in (open, getcwd)\n\
         - rule: B\n  desc: d\n  output: o\n  priority: INFO\n  condition: evt.type in (execve, execveat)\n\
         - rule: C\n  desc: d\n  output: o\n  priority: INFO\n  condition: evt.type in (open, getcwd)\n\
         - rule: D\n  desc: d\n  output: o\n  priority: INFO\n  skip-if-unknown-filter: true\n  condition: user.nimbus = root\n",
    )
    .unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(
        warnings(&rules),
        [
            "x.yaml:1:9: nothing uses the list 'shell_binaries'",
            "x.yaml:3:10: nothing uses the macro 'unused'",
            "x.yaml:4:14: in a macro that no rule uses: unknown field 'user.nimbus'",
            "x.yaml:9:14: rule 'A' is tried on every event: check evt.type first, or set warn_evttypes: false",
            "x.yaml:9:24: 'proc.name' is the name of a field, taken as a plain value here: compare with val(proc.name), or quote it if so meant",
            "x.yaml:9:52: 'shell_binarys' is taken as a plain value: did you mean the list 'shell_binaries'?",
            "x.yaml:15:9: rule 'B' stands twice in this file: the later one replaces the earlier",
            "x.yaml:24:33: the sensor does not report 'getcwd': this part of the condition never holds",
            "x.yaml:25:9: rule 'D' is skipped: unknown field 'user.nimbus'",
        ]
    );
}

#[test]
fn files_and_directories() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let load = |name: &str| {
        let found = RuleSet::load(&[RuleSource::Path(path(name))]);
        found.map(|rules| rules.rules().len()).map_err(|errors| {
            let text = first_line(&errors.to_string());
            text.replace(&format!("{}/", directory.path().display()), "")
        })
    };
    fs::create_dir(path("d")).unwrap();
    assert_eq!(
        load("d"),
        Err("d: has no file that ends in .yaml or .yml".into())
    );
    fs::write(path("d/b.yaml"), GOOD.replace('R', "B")).unwrap();
    fs::write(path("d/a.yml"), GOOD).unwrap();
    fs::write(path("d/notes.txt"), "not rules").unwrap();
    assert_eq!(load("d"), Ok(2));
    assert!(
        load("none.yaml")
            .unwrap_err()
            .starts_with("none.yaml: cannot read: No such file")
    );
    fs::write(path("latin.yaml"), b"# ok\n- rule: caf\xe9\n").unwrap();
    assert_eq!(
        load("latin.yaml"),
        Err("latin.yaml:2:12: is not UTF-8 here: save it as UTF-8".into())
    );
    fs::write(path("huge.yaml"), vec![b'#'; (4 << 20) + 1]).unwrap();
    assert!(
        load("huge.yaml")
            .unwrap_err()
            .contains("is larger than 4194304 bytes")
    );
    fs::write(
        path("long.yaml"),
        GOOD.replace("o\n", &format!("{}%\n", "o ".repeat(1 << 20))),
    )
    .unwrap();
    assert!(
        load("long.yaml")
            .unwrap_err()
            .contains("'%' must be followed by a field")
    );
    fs::write(
        path("marked.yaml"),
        format!("\u{feff}{GOOD}").replace('\n', "\r\n"),
    )
    .unwrap();
    assert_eq!(load("marked.yaml"), Ok(1));
    assert!(
        load("/dev/null")
            .unwrap_err()
            .ends_with("is no regular file")
    );
}

fn shipped_texts() -> Vec<String> {
    let text = |source| match source {
        RuleSource::Text { text, .. } => text.into_owned(),
        RuleSource::Path(path) => panic!("{path:?}"),
    };
    shipped().into_iter().map(text).collect()
}

proptest! {
    #[test]
    fn loading_never_panics(text in "\\PC*") {
        let _ = load(&text);
    }

    #[test]
    fn damaged_rules_never_panic(
        source in prop::sample::select(shipped_texts()),
        damages in prop::collection::vec((any::<prop::sample::Index>(), 0usize..40, "[\\PC\n]{0,4}"), 1..4),
    ) {
        let mut text: Vec<char> = source.chars().collect();
        for (at, length, damage) in damages {
            let at = at.index(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, damage.chars());
        }
        if let Err(errors) = load(&text.into_iter().collect::<String>()) {
            prop_assert!(!errors.to_string().is_empty());
        }
    }

    #[test]
    fn objects_of_any_shape_never_panic(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "- rule: R", "- macro: m", "- list: l", "- required_engine_version: 0.1.0",
            "- required_plugin_versions: [{name: container, version: 1.0.0}]", "---",
            "  desc: d", "  condition: evt.type = open and m", "  condition: m or", "  output: '%proc.name'",
            "  priority: INFO", "  items: [a, l, 'b c']", "  append: true", "  override: {condition: append}",
            "  override: {items: replace}", "  exceptions: [{name: n, fields: proc.name, values: [l]}]",
            "  exceptions: [{name: n, values: [[a]]}]", "  exceptions: {}", "  tags: [a]", "  tags: a",
            "  enabled: false", "  source: x", "  capture: true", "  skip-if-unknown-filter: true",
            "  condition: proc.name in (l) and tolower(proc.name) = val(proc.pname)",
        ]), 0..24)
    ) {
        if let Err(errors) = load(&pieces.join("\n")) {
            prop_assert!(!errors.to_string().is_empty());
        }
    }
}
