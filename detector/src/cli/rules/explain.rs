//! `escape-detector rules explain`: why a rule matches an event, or why not.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};

use super::super::terminal;
use super::{Beside, named};
use crate::config::Output;
use crate::rules::{Case, Explained, Input, Survey, TestFile, Told, suggest};
use crate::sinks::escape::escape;
use crate::sinks::layout::clip;
use crate::sinks::to_line;

pub(super) const EXAMPLES: &str = "\
Examples:
  escape-detector rules explain --event event.json --rule 'Mount by a workload'
  escape-detector rules explain --event event.json --condition 'fd.name pmatch (/etc)'
  escape-detector rules explain --event event.json      every rule of the event's type
  escape-detector rules explain --event my.test.yaml --case 'opens the file' --rules my.yaml

The file holds one event in JSON, as `record --output json` writes it or with fields by name; with
--case it is a test file (see `rules test`), and the event that of the case of this name. Each
part of the condition is shown as true or false with what the event has for its field; also parts
that no longer matter, since one before them decided. With `--output json` one array with `rule`
and the tree: `holds`, `text`, `value` where there is one, `compared_with` where the right side has
one of its own, `parts` where there are some.";

/// No event is longer.
const LONGEST: u64 = 4 << 20;
/// Columns of a check; a list can be longer than any screen.
const CHECK: usize = 100;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct ExplainOptions {
    /// One event, in JSON; or a test file
    #[arg(long, value_name = "FILE")]
    event: PathBuf,
    /// The case of the test file
    #[arg(long, value_name = "NAME")]
    case: Option<String>,
    /// Only this rule, whatever the event's type
    #[arg(long, value_name = "NAME", conflicts_with = "condition")]
    rule: Option<String>,
    /// Not a rule but this condition
    #[arg(long, value_name = "EXPR")]
    condition: Option<String>,
    #[command(flatten)]
    beside: Beside,
    /// How the answer looks
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

pub(super) fn explain(options: &ExplainOptions) -> anyhow::Result<()> {
    let survey = super::survey(&options.beside.rules)?;
    let told = match &options.case {
        Some(name) => case(&options.event, name)?,
        None => read(&options.event)?,
    };
    let explained = ask(&survey, options, &told)?;
    let text = match options.output {
        Output::Text => explained
            .iter()
            .map(|(name, tree)| page(name, tree))
            .collect(),
        Output::Json => {
            let row = |(rule, tree): &(String, Explained)| json!({"rule": rule, "tree": tree});
            to_line(&explained.iter().map(row).collect::<Vec<_>>())? + "\n"
        }
    };
    Ok(terminal::answer(&text)?)
}

fn read(path: &Path) -> anyhow::Result<Told> {
    let name = path.display().to_string();
    let file = File::open(path).with_context(|| format!("{name} cannot be opened"))?;
    let mut values = serde_json::Deserializer::from_reader(BufReader::new(file.take(LONGEST)))
        .into_iter::<Value>();
    let Some(first) = values.next() else {
        bail!("{name} holds no event");
    };
    let event = first.with_context(|| format!("{name} is no JSON"))?;
    if values.next().is_some() {
        bail!("{name} holds more than one event: take one, as by `sed -n 1p`");
    }
    Told::read(&event).with_context(|| name)
}

/// The event of a case.
fn case(path: &Path, name: &str) -> anyhow::Result<Told> {
    let TestFile { cases, document } = TestFile::open(path)?;
    let names = cases.iter().map(|case| case.name.as_str());
    let hint = suggest(name, names);
    match cases.into_iter().find(|case| case.name == name) {
        Some(Case {
            input: Input::Event(told),
            ..
        }) => Ok(told),
        Some(_) => bail!(
            "the case '{name}' of {} has no event of its own",
            document.name
        ),
        None => bail!("{} has no case '{name}'{hint}", document.name),
    }
}

fn ask(
    survey: &Survey,
    options: &ExplainOptions,
    told: &Told,
) -> anyhow::Result<Vec<(String, Explained)>> {
    if let Some(condition) = &options.condition {
        let question = survey.question("--condition", condition)?;
        return Ok(vec![("--condition".into(), question.explain(told))]);
    }
    if let Some(name) = &options.rule {
        let one = named(survey, name)?;
        return Ok(vec![(name.clone(), one.question.explain(told))]);
    }
    let Some(event_type) = told.event_type() else {
        bail!("the event has no evt.type, so name a rule by --rule");
    };
    let rules = survey.rules().iter().filter(|one| {
        let mut types = one.question.event_types();
        one.enabled && types.any(|known| known == event_type)
    });
    let explained: Vec<_> = rules
        .map(|one| (one.rule.name.clone(), one.question.explain(told)))
        .collect();
    if explained.is_empty() {
        bail!("no rule concerns events of type {event_type}");
    }
    Ok(explained)
}

fn page(name: &str, tree: &Explained) -> String {
    let mut text = format!("{}: {}\n", escape(name), tree.holds);
    add(tree, 1, &mut text);
    text
}

fn add(tree: &Explained, depth: usize, text: &mut String) {
    let is_check = tree.parts.is_empty();
    let value = match (&tree.value, &tree.compared_with) {
        (Some(value), Some(other)) => {
            format!(
                "   it is {}, and the right side {}",
                escape(value),
                escape(other)
            )
        }
        (Some(value), None) => format!("   it is {}", escape(value)),
        (None, _) if is_check => "   the event does not have it".to_owned(),
        (None, _) => String::new(),
    };
    *text += &format!(
        "{}{:<5} {}{value}\n",
        "  ".repeat(depth),
        tree.holds,
        clip(&escape(&tree.text), CHECK),
    );
    for part in &tree.parts {
        add(part, depth + 1, text);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::survey;
    use super::*;

    #[test]
    fn each_part_says_its_truth_and_its_value() {
        let survey = survey("- {macro: m, condition: fd.name = /x or not proc.name exists}\n");
        let question = survey.question("x", "evt.type = open and m").unwrap();
        let event = json!({"evt.type": "open", "proc.name": "a\u{1b}b"});
        let tree = question.explain(&Told::read(&event).unwrap());
        assert_eq!(
            page("R", &tree),
            "R: false\n  false and\n    true  evt.type = open   it is open\n    false or\n      \
             false fd.name = /x   the event does not have it\n      false not\n        \
             true  proc.name exists   it is a\\u{1b}b\n"
        );
    }

    #[test]
    fn what_a_function_makes_is_shown_and_what_it_is_compared_with() {
        let survey = survey("- {macro: m, condition: fd.name = /x}\n");
        let event = json!({"fd.name": "/tmp/A", "proc.name": "A"});
        let told = Told::read(&event).unwrap();
        for (condition, shown) in [
            (
                "tolower(fd.name) = /tmp/a",
                "true  tolower(fd.name) = /tmp/a   it is /tmp/a",
            ),
            (
                "basename(fd.name) = val(proc.name)",
                "true  basename(fd.name) = val(proc.name)   it is A, and the right side A",
            ),
            (
                "proc.name = val(proc.pname)",
                "false proc.name = val(proc.pname)   it is A, and the right side <NA>",
            ),
            (
                "len(proc.pname) > 3",
                "false len(proc.pname) > 3   the event does not have it",
            ),
            (
                "getopt((\"-a\", proc.name), \"a:\") intersects (a)",
                "true  getopt((\"-a\", proc.name), \"a:\") intersects (a)   it is (a,A)",
            ),
        ] {
            let question = survey.question("x", condition).unwrap();
            let page = page("R", &question.explain(&told));
            assert!(page.ends_with(&format!("  {shown}\n")), "{page}");
        }
    }
}
