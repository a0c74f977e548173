//! `escape-detector rules new`: a first rule and its tests, which load and pass as they are.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::super::terminal;
use crate::rules::{Formatted, REPORTED, is_test, is_yaml, suggest};
use crate::sinks::escape::{escape, is_harmless};

pub(super) const EXAMPLES: &str = "\
Examples:
  escape-detector rules new my.yaml
  escape-detector rules new --name 'Shadow read' --event-type openat rules/shadow.yaml

Writes the rule and, beside it as NAME.test.yaml, two cases: one that raises it and one that does
not. Both files explain themselves. They overwrite nothing. From there on:

  escape-detector rules check my.yaml      is it right?
  escape-detector rules test my.yaml       does it raise what its tests expect?
  escape-detector rules fields             what else can it ask?
  escape-detector rules fmt my.yaml        lay it out";

/// No name of a rule is longer.
const LONGEST: usize = 200;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct NewOptions {
    /// The file of the rule, which must not be there yet
    file: PathBuf,
    /// The name of the rule
    #[arg(long, value_name = "NAME", default_value = "My first rule", value_parser = name)]
    name: String,
    /// The type of the events that it looks at
    #[arg(long, value_name = "TYPE", default_value = "execve", value_parser = event_type)]
    event_type: String,
}

fn name(name: &str) -> Result<String, String> {
    let name = name.trim();
    if name.is_empty() || name.len() > LONGEST || !name.chars().all(is_harmless) {
        return Err(format!(
            "a name is one line of printable text, of at most {LONGEST} bytes"
        ));
    }
    Ok(name.to_owned())
}

fn event_type(name: &str) -> Result<String, String> {
    if REPORTED.contains(&name) {
        return Ok(name.to_owned());
    }
    let hint = suggest(name, REPORTED.iter().copied());
    Err(format!(
        "no event has this type{hint} (docs/reference/events.md lists all)"
    ))
}

pub(super) fn new(options: &NewOptions) -> anyhow::Result<()> {
    let rules = &options.file;
    if !is_yaml(rules) || is_test(rules) {
        bail!(
            "{}: the file of a rule ends in .yaml, and not in .test.yaml",
            rules.display()
        );
    }
    let tests = rules.with_extension("test.yaml");
    if fs::symlink_metadata(&tests).is_ok() {
        bail!("{} exists: nothing is overwritten", tests.display());
    }
    let rule = rule(&options.name, &options.event_type, rules);
    create(rules, &Formatted::of("the rule", &rule)?.text)?;
    if let Err(error) = create(&tests, &cases(&options.name, &options.event_type)) {
        // Half of it would be in the way of another try.
        let _ = fs::remove_file(rules);
        return Err(error);
    }
    let text = format!(
        "{} and {} are written.\nNext: escape-detector rules test {}\n",
        escape(&rules.display().to_string()),
        escape(&tests.display().to_string()),
        escape(&rules.display().to_string()),
    );
    Ok(terminal::answer(&text)?)
}

fn create(path: &Path, text: &str) -> anyhow::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = match file {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} exists: nothing is overwritten", path.display())
        }
        file => file.with_context(|| format!("{} cannot be made", path.display()))?,
    };
    let written = file.write_all(text.as_bytes());
    written.with_context(|| format!("{} cannot be written", path.display()))
}

/// As a YAML scalar: every string of JSON is one.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || " _()/.".contains(c);
    let word = |text: &str| {
        let lower = text.to_lowercase();
        ["true", "false", "null", "yes", "no"].contains(&lower.as_str())
    };
    let begins = text.starts_with(char::is_alphabetic);
    if begins && text.chars().all(plain) && !word(text) {
        return text.to_owned();
    }
    serde_json::Value::from(text).to_string()
}

fn rule(name: &str, event_type: &str, path: &Path) -> String {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let file = if file.chars().all(is_harmless) {
        file.as_ref()
    } else {
        "NAME.yaml"
    };
    let test = file.trim_end_matches(".yaml").trim_end_matches(".yml");
    format!(
        "\
# What this file looks for. `escape-detector rules check {file}` says whether it is right,
# `escape-detector rules test {file}` runs the cases of {test}.test.yaml.

# A list gives values one name. Conditions use it as `in (known_programs)`.
- list: known_programs
  items: [/usr/bin/true]

# A macro gives a part of conditions one name.
- macro: by_workload
  condition: >
    workload = true

- rule: {name}
  # For people: what has happened when this rule matches, and why it matters.
  desc: >
    A program in a container did what this rule looks for. Say here what that is.
  # All parts have to hold. Begin with evt.type: the rule then meets no other events, and the sensor
  # need not report them. A check of a field that an event does not have is false.
  # `escape-detector rules fields` lists the fields.
  condition: >
    evt.type = {event_type}
    and by_workload
    and not proc.exepath in (known_programs)
  # What the alert says. A %field that the event does not have is shown as <NA>.
  output: >-
    Event of a kind that is looked for
    (event=%evt.type outcome=%outcome process=%proc.exepath command=%proc.cmdline pid=%proc.pid
    parent=%proc.pname user=%user.uid container=%container.id name=%container.name
    image=%container.image agent=%agent.id)
  # EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFO or DEBUG.
  priority: WARNING
  # The same act, refused by the kernel, is only an attempt.
  priority_refused: NOTICE
  tags: [container]
",
        name = scalar(name),
    )
}

fn cases(name: &str, event_type: &str) -> String {
    let name = scalar(name);
    format!(
        "\
# Cases: an event, and the alerts that it must raise, with their priorities; no other rule may
# match. Fields that are not named are missing, but for workload (true), userns.own (false) and
# outcome (done). `escape-detector rules test --help` tells of captures as cases.

- case: a workload does it
  event: {{evt.type: {event_type}, proc.exepath: /tmp/tool}}
  alerts: {{{name}: WARNING}}

- case: the kernel refused
  event: {{evt.type: {event_type}, proc.exepath: /tmp/tool, outcome: refused}}
  alerts: {{{name}: NOTICE}}

- case: a known program
  event: {{evt.type: {event_type}, proc.exepath: /usr/bin/true}}
  alerts: {{}}

- case: not a workload
  event: {{evt.type: {event_type}, proc.exepath: /tmp/tool, workload: false}}
  alerts: {{}}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Alerts, Input, RuleSet, RuleSource, TestFile};

    fn parsed(text: &str) -> String {
        name(text).unwrap()
    }

    fn options(file: PathBuf, name: &str, event_type: &str) -> NewOptions {
        NewOptions {
            file,
            name: parsed(name),
            event_type: event_type.to_owned(),
        }
    }

    #[test]
    fn what_is_written_loads_without_a_warning_and_passes() {
        let directory = tempfile::tempdir().unwrap();
        for (index, event_type) in REPORTED.iter().enumerate() {
            let names = [
                "My rule",
                "a: 'b' \"c\" # {d}",
                "- x",
                "%fd.name \\ [y]",
                "true",
                "ü, ö",
            ];
            let path = directory.path().join(format!("{index}.yaml"));
            new(&options(
                path.clone(),
                names[index % names.len()],
                event_type,
            ))
            .unwrap();
            let rules = RuleSet::load(&[RuleSource::Path(path.clone())]).unwrap();
            assert_eq!(rules.warnings().len(), 0, "{:?}", rules.warnings());
            assert_eq!(rules.rules()[0].name, names[index % names.len()]);
            let laid_out = Formatted::open(&path).unwrap();
            assert_eq!(laid_out.text, laid_out.document.text);
            let file = TestFile::open(&path.with_extension("test.yaml")).unwrap();
            assert_eq!(file.unknown_rules(&rules).len(), 0);
            assert_eq!(file.cases.len(), 4);
            for case in &file.cases {
                let Input::Event(event) = &case.input else {
                    panic!("{case:?}")
                };
                assert_eq!(Alerts::of(&rules, event), case.expected, "{}", case.name);
            }
        }
    }

    #[test]
    fn nothing_is_overwritten_and_nothing_half_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.yaml");
        fs::write(&path, "mine").unwrap();
        let error = new(&options(path.clone(), "R", "open"))
            .unwrap_err()
            .to_string();
        assert!(error.ends_with("exists: nothing is overwritten"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        fs::rename(&path, directory.path().join("a.test.yaml")).unwrap();
        assert!(new(&options(path.clone(), "R", "open")).is_err());
        assert!(!path.exists());
        for odd in ["a.json", "b.test.yaml", "", "."] {
            assert!(
                new(&options(directory.path().join(odd), "R", "open")).is_err(),
                "{odd}"
            );
        }
        let gone = directory.path().join("no/a.yaml");
        assert!(new(&options(gone, "R", "open")).is_err());
    }

    #[test]
    fn names_and_types_are_looked_at() {
        for bad in ["", "  ", "a\nb", "\u{1b}[2J", "\u{202e}x", &"x".repeat(201)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
        let error = event_type("opneat").unwrap_err();
        assert!(error.contains("did you mean 'openat'?"), "{error}");
        assert!(event_type("execveat").is_err());
    }
}
