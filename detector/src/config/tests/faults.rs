//! What is wrong with a file, word by word: place, fault and what to write instead.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

use super::super::template;
use super::*;

#[test]
fn a_problem_shows_its_line() {
    assert_eq!(
        layer("# mine\noutptu = \"json\"\n")
            .unwrap_err()
            .to_string(),
        "config.toml:2:1: unknown key 'outptu': did you mean 'output'?\n \
         2 | outptu = \"json\"\n   \
           | ^^^^^^"
    );
}

#[test]
fn everything_that_is_wrong_is_said_at_once_and_in_order() {
    let found = problems(
        "watch = [\"containers\", 7, \"pid=0\"]\n\
         level = \"allo\"\n\
         rules = \"/etc/rules\"\n\
         output = true\n\
         verbosity = 3\n\
         capture = \"\"\n\
         engines = [\"tcp://10.0.0.1:2375\", \"/run/docker.sock\", \"relative\"]\n\
         [[container]]\n\
         wacth = \"container=a\"\n\
         level = \"auto\"\n\
         [[container]]\n\
         watch = [\"container=a\"]\n\
         [sinks]\n",
    );
    assert_eq!(
        found,
        [
            "config.toml:1:24: 'watch' takes a list of strings, not a number; write for example \
             watch = [\"container=gateway\", \"label=team=blue\", \"unit=agent.service\"]",
            "config.toml:2:9: \"allo\" is none of auto, rules, operations, all: did you mean 'all'?",
            "config.toml:3:9: 'rules' takes a list of strings, not a string; write for example \
             rules = [\"/etc/escape-detector/rules\"]",
            "config.toml:4:10: 'output' takes a string, not a truth value; write for example \
             output = \"json\"",
            "config.toml:5:1: unknown key 'verbosity'; there is rules, rule_matching, output, state_dir, engines, \
             watch, level, capture, sensor_object, objects, container",
            "config.toml:6:11: a path is missing here",
            "config.toml:7:12: \"tcp://10.0.0.1:2375\" is not a socket of this host; give an \
             absolute path or unix:///PATH",
            "config.toml:7:55: \"relative\" is not a socket of this host; give an absolute path or \
             unix:///PATH",
            "config.toml:8:1: this [[container]] lacks 'watch'; write for example \
             watch = \"container=gateway\"",
            "config.toml:9:1: unknown key 'wacth': did you mean 'watch'?",
            "config.toml:10:9: \"auto\" is none of rules, operations, all",
            "config.toml:11:1: this [[container]] lacks 'level'; write for example level = \"all\"",
            "config.toml:12:9: 'watch' takes a string, not a list; write for example \
             watch = \"container=gateway\"",
            "config.toml:13:2: unknown key 'sinks'; there is rules, rule_matching, output, state_dir, engines, \
             watch, level, capture, sensor_object, objects, container",
        ]
    );
}

#[test]
fn words_that_name_nothing_to_watch() {
    for (watch, fault) in [
        (
            "[]",
            "1:9: 'watch' is an empty list; leave it out for the default",
        ),
        (
            "[\"containers\"]",
            "1:10: \"containers\" names nothing to watch; there is all-containers",
        ),
        (
            "[\"pid=1\", \"unit=a/b\"]",
            "1:19: unit=\"a/b\" must be a unit's name",
        ),
    ] {
        let found = problems(&format!("watch = {watch}\n"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with(&format!("config.toml:{fault}")),
            "{found:?}"
        );
    }
}

#[test]
fn containers_are_tables_under_a_heading_each() {
    let line = "'container' takes tables, each under a [[container]] of its own, not";
    for (text, fault) in [
        (
            "[container]\nwatch = \"pid=1\"\n",
            format!("1:1: {line} a table"),
        ),
        ("container = 1\n", format!("1:13: {line} a number")),
        ("container = [1]\n", format!("1:14: {line} a number")),
    ] {
        let found = problems(text);
        assert!(
            found[0].starts_with(&format!("config.toml:{fault}")),
            "{found:?}"
        );
    }
}

#[test]
fn text_that_is_no_toml_hides_nothing_but_its_own_line() {
    let found = problems("output = json\nlevel = \"al\"\nrules = [\"a\"\n");
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        found[0].starts_with("config.toml:1:10: this is no TOML: "),
        "{found:?}"
    );
    assert!(
        found[1].starts_with("config.toml:2:9: \"al\" is none of"),
        "{found:?}"
    );
    assert!(found[2].contains("this is no TOML: "), "{found:?}");
    let twice = problems("output = \"text\"\noutput = \"json\"\n");
    assert_eq!(twice, ["config.toml:2:1: this is no TOML: duplicate key"]);
}

#[test]
fn a_flood_of_problems_ends() {
    for line in ["]\n", "a b\n", "k = 1\n"] {
        let text = line.repeat((1 << 17) / line.len());
        let found = layer(&text).unwrap_err().problems;
        assert_eq!(found.len(), 51, "{line}");
        assert_eq!(
            found[50].to_string(),
            "config.toml: has more problems, not shown"
        );
    }
    let deep = format!("a = {}", "[".repeat(1 << 20));
    assert!(layer(&deep).is_err());
}

#[test]
fn files_that_cannot_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let read = |path: PathBuf| {
        let text = file::read(&path).unwrap_err().to_string();
        text.replace(&format!("{}/", directory.path().display()), "")
    };
    fs::write(path("latin"), b"# caf\xe9\n").unwrap();
    fs::write(path("large"), vec![b'#'; (1 << 20) + 1]).unwrap();
    assert!(read(path("absent")).starts_with("absent: cannot read: No such file"));
    assert!(read(path("latin")).starts_with("latin:1:6: is not UTF-8 here"));
    assert_eq!(read(path("large")), "large: is larger than 1048576 bytes");
    assert_eq!(read("/dev/null".into()), "/dev/null: is no regular file");
    assert!(read(directory.path().to_owned()).ends_with("is no regular file"));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*") {
        if let Err(found) = layer(&text) {
            prop_assert!(!found.to_string().is_empty());
        }
    }

    #[test]
    fn nor_does_a_damaged_file(
        damages in prop::collection::vec((any::<prop::sample::Index>(), 0usize..9, "[\\PC\n]{0,4}"), 1..6),
    ) {
        let text = template().replace("\n#", "\n");
        let mut text: Vec<char> = text.chars().filter(|c| *c != '`').collect();
        for (at, length, damage) in damages {
            let at = at.index(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, damage.chars());
        }
        if let Err(found) = layer(&text.into_iter().collect::<String>()) {
            prop_assert!(!found.to_string().is_empty());
        }
    }
}

#[test]
fn an_object_has_a_class_and_an_absolute_path() {
    let found = problems(
        "objects = [\"/etc/passwd\", \"agent_confg=/a\", \"detector_state=/b\", \"custom=\"]\n",
    );
    assert_eq!(
        found,
        [
            "config.toml:1:12: \"/etc/passwd\" says not what it is; write CLASS=PATH, with one of \
             agent_config, agent_instructions, agent_memory, agent_log, host_log, custom for CLASS",
            "config.toml:1:27: \"agent_confg\" is none of agent_config, agent_instructions, \
             agent_memory, agent_log, host_log, custom: did you mean 'agent_config'?",
            "config.toml:1:45: \"detector_state\" is none of agent_config, agent_instructions, \
             agent_memory, agent_log, host_log, custom",
            "config.toml:1:66: a path is missing here",
        ]
    );
    let option = super::super::Opt::by_key("objects").unwrap();
    let error = option
        .check(std::ffi::OsStr::new("custom=notes"))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"notes\" is a relative path; give an absolute one"
    );
    assert_eq!(option.check(std::ffi::OsStr::new("custom=/a=b")), Ok(()));
}
