//! What is written from the table of options reads back as what it says.

use std::path::PathBuf;

use proptest::prelude::*;

use super::super::show::quote;
use super::super::{Arity, OPTIONS, Setting, template};
use super::*;

/// What settings say, without who said it.
fn values(settings: &Settings) -> Settings {
    fn unsaid<T: Clone>(setting: &Setting<T>) -> Setting<T> {
        Setting::default_of(setting.value.clone())
    }
    Settings {
        file: None,
        rules: unsaid(&settings.rules),
        rule_matching: unsaid(&settings.rule_matching),
        output: unsaid(&settings.output),
        state_dir: unsaid(&settings.state_dir),
        engines: unsaid(&settings.engines),
        watch: unsaid(&settings.watch),
        level: unsaid(&settings.level),
        capture: unsaid(&settings.capture),
        object: unsaid(&settings.object),
        objects: unsaid(&settings.objects),
        containers: settings.containers.iter().map(unsaid).collect(),
    }
}

#[test]
fn the_template_changes_nothing_and_uncommented_says_the_defaults() {
    let template = template();
    assert_eq!(layer(&template).unwrap(), Layer::default());
    let uncommented: Vec<_> = template
        .lines()
        .map(|line| {
            line.strip_prefix('#')
                .filter(|rest| !rest.starts_with(' '))
                .unwrap_or(line)
        })
        .collect();
    let settings = settings(&uncommented.join("\n"));
    assert_eq!(values(&settings), Settings::default());
    for option in OPTIONS {
        let line = format!("{} = ", option.key);
        let said = uncommented.iter().filter(|said| said.starts_with(&line));
        assert_eq!(said.count(), 1, "{}", option.key);
    }
    assert!(
        template.lines().all(|line| line.chars().count() <= 100),
        "{template}"
    );
}

#[test]
fn the_examples_of_the_template_are_right_and_no_defaults() {
    for option in OPTIONS {
        let said = settings(&format!("{} = {}\n", option.key, option.example));
        assert_ne!(values(&said), Settings::default(), "{}", option.key);
        for (word, _) in option.forms.iter().filter(|_| option.arity == Arity::One) {
            settings(&format!("{} = {}\n", option.key, quote(word)));
        }
    }
    let template = template();
    let (_, example) = template.split_once("# Example:\n").unwrap();
    let example = example.replace("#   ", "");
    assert_eq!(settings(&example).containers.len(), 1, "{example}");
}

#[test]
fn what_is_shown_is_a_file_that_says_the_same() {
    let text = "\
rules = [\"mine \\u001B[2J\", \"/etc/rules\"]
output = \"json\"
engines = [\"unix:///run/docker.sock\"]
watch = [\"image=*/claw:2\", \"pid=7\"]
capture = \"now.capture\"
objects = [\"custom=notes\"]

[[container]]
watch = \"container=gateway\"
level = \"all\"

[[container]]
watch = \"label=team\"
level = \"rules\"
";
    let settings = settings(text);
    let shown = settings.to_toml();
    assert_eq!(
        shown,
        "\
rules         = [\"/etc/x/mine \\U0000001B[2J\", \"/etc/rules\"]  # /etc/x/config.toml:1
rule_matching = \"all\"                        # default
output        = \"json\"                       # /etc/x/config.toml:2
state_dir     = \"/var/lib/escape-detector\"   # default
engines       = [\"/run/docker.sock\"]         # /etc/x/config.toml:3
watch         = [\"image=*/claw:2\", \"pid=7\"]  # /etc/x/config.toml:4
level         = \"auto\"                       # default
capture       = \"/etc/x/now.capture\"         # /etc/x/config.toml:5
sensor_object = \"auto\"                       # default
objects       = [\"custom=/etc/x/notes\"]      # /etc/x/config.toml:6

[[container]]                                # /etc/x/config.toml:8
watch = \"container=gateway\"
level = \"all\"

[[container]]                                # /etc/x/config.toml:12
watch = \"label=team\"
level = \"rules\"
"
    );
    assert_eq!(values(&super::settings(&shown)), values(&settings));
    let defaults = Settings::default();
    let shown = defaults.to_toml();
    let rules = format!(
        "rules         = []{}# default: the shipped rules\n",
        " ".repeat(26)
    );
    assert!(shown.starts_with(&rules), "{shown}");
    assert_eq!(values(&super::settings(&shown)), defaults);
}

#[test]
fn the_json_names_value_and_origin() {
    let settings =
        settings("level = \"all\"\n[[container]]\nwatch = \"pid=7\"\nlevel = \"rules\"\n");
    let json = serde_json::to_value(&settings).unwrap();
    assert_eq!(
        json["level"],
        serde_json::json!({"value": "all", "origin": {"from": "file", "path": FILE, "line": 1}})
    );
    assert_eq!(
        json["rules"],
        serde_json::json!({"value": [], "origin": {"from": "default"}})
    );
    assert_eq!(json["container"][0]["value"]["watch"], "pid=7");
    assert_eq!(json["container"][0]["origin"]["line"], 2);
}

proptest! {
    #[test]
    fn any_word_survives_its_quotes(word in any::<String>()) {
        let quoted = quote(&word);
        prop_assert!(!quoted.chars().any(char::is_control));
        let settings = settings(&format!("capture = {}\n", quote(&format!("/{word}").replace('\0', ""))));
        prop_assert_eq!(settings.capture.value, Some(PathBuf::from(format!("/{word}").replace('\0', ""))));
    }
}
