//! `escape-detector rules check`: are these rules right?

use clap::Args;
use serde_json::{Value, json};

use super::super::terminal;
use super::sources;
use crate::config::Output;
use crate::rules::{LoadErrors, Report, Reported};
use crate::sinks::to_line;

pub(super) const EXAMPLES: &str = "\
Examples:
  escape-detector rules check my.yaml
  escape-detector rules check /etc/escape-detector/rules my.yaml
  escape-detector rules check my.yaml --output json | jq '.problems[]'
  escape-detector rules check my.yaml --output json | jq '.falco_load_results[].warnings[].code'

Files are read in this order, so that later ones may change what earlier ones define. Says what is
wrong, with file, line and column: the first 20 of each file and how many more there are, and all of
it with `--output json`: an object with `ok`, and `problems` and `warnings` with `file`, `line`,
`column`, `code` and `message` each; line and column are null where the file as a whole is meant.
`falco_load_results` says the same in the form that Falco has: for each file `name`, `successful`,
`errors` and `warnings`, each of them with `code`, `codedesc`, `message` and `context`, which names
the object, its place (lines and columns count from 1, `offset` is bytes) and shows the line. The
codes are Falco's. Exit code 0 means that `run` would take the rules.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct CheckOptions {
    #[command(flatten)]
    files: super::Files,
    /// How the answer looks
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

pub(super) fn check(options: &CheckOptions) -> anyhow::Result<()> {
    let report = Report::of(&sources(&options.files.paths()));
    if options.output == Output::Json {
        terminal::answer(&(to_line(&answer(&report))? + "\n"))?;
    } else {
        for Reported { problem, .. } in &report.warnings {
            tracing::warn!("{problem}");
        }
        if report.errors.is_empty() {
            terminal::answer("The rules are right.\n")?;
        }
    }
    if report.errors.is_empty() {
        return Ok(());
    }
    let problems = report.errors.into_iter().map(|told| told.problem);
    let problems = problems.collect();
    Err(LoadErrors { problems }.into())
}

/// For programs: everything that is wrong, and what is doubtful.
fn answer(report: &Report) -> Value {
    let plain = |told: &Reported| {
        let mut plain = told.problem.to_json();
        if let Some(plain) = plain.as_object_mut() {
            plain.insert("code".into(), told.problem.fault.code().name().into());
        }
        plain
    };
    json!({
        "ok": report.errors.is_empty(),
        "problems": report.errors.iter().map(plain).collect::<Vec<_>>(),
        "warnings": report.warnings.iter().map(plain).collect::<Vec<_>>(),
        "falco_load_results": report.files.iter().map(|file| of_file(report, file)).collect::<Vec<_>>(),
    })
}

/// What Falco would say of a file.
fn of_file(report: &Report, name: &str) -> Value {
    let of = |told: &[Reported]| -> Vec<Value> {
        let own = told.iter().filter(|told| told.problem.file == name);
        own.map(in_context).collect()
    };
    let errors = of(&report.errors);
    json!({
        "name": name,
        "successful": errors.is_empty(),
        "errors": errors,
        "warnings": of(&report.warnings),
    })
}

fn in_context(told: &Reported) -> Value {
    let Reported { problem, item } = told;
    let (sort, name) = item
        .as_ref()
        .map_or(("rules content", ""), |(sort, name)| (*sort, name));
    let code = problem.fault.code();
    json!({
        "code": code.name(),
        "codedesc": code.about(),
        "message": problem.fault.to_string(),
        "context": {
            "locations": [{
                "item_type": sort,
                "item_name": name,
                "position": {
                    "name": problem.file,
                    "line": problem.position.map_or(0, |position| position.line),
                    "column": problem.position.map_or(0, |position| position.column),
                    "offset": problem.offset.unwrap_or_default(),
                },
            }],
            "snippet": problem.snippet().unwrap_or_default(),
        },
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::rules::RuleSource;

    fn report(path: &Path) -> Report {
        Report::of(&[RuleSource::Path(path.to_owned())])
    }

    #[test]
    fn programs_are_told_all_that_is_wrong() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("cases.yaml");
        std::fs::write(&file, "- case: x\n  event: y\n".repeat(40)).unwrap();
        let answer = answer(&report(&file));
        assert_eq!(answer["ok"], false);
        let problems = answer["problems"].as_array().unwrap();
        assert!(problems.len() >= 40, "{answer}");
        assert_eq!(problems[39]["file"], problems[0]["file"]);
        assert_eq!(problems[0]["line"], 1);
        assert_eq!(problems[0]["code"], "LOAD_ERR_YAML_VALIDATE");
        assert!(problems[0]["message"].is_string());
        let files = super::super::Files {
            files: vec![file],
            rules: Vec::new(),
        };
        let options = CheckOptions {
            files,
            output: Output::Text,
        };
        let text = check(&options).unwrap_err().to_string();
        assert_eq!(text.matches("cases.yaml:").count(), 21, "{text}");
        assert!(text.ends_with(&format!("and {} more in this file", problems.len() - 20)));
    }

    #[test]
    fn programs_that_know_falco_find_its_keys() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let rule = "- list: l\n  items: []\n- rule: \u{1b}R\n  desc: d\n  condition: fd.nam = x\n  output: o\n  priority: INFO\n";
        std::fs::write(path("a.yaml"), rule.replace('\u{1b}', "ü ")).unwrap();
        std::fs::write(path("b.yaml"), "- macro: m\n  condition: fd.num = 1\n").unwrap();
        std::fs::write(path("c.yaml"), "").unwrap();
        let answer = answer(&report(directory.path()));
        let results = answer["falco_load_results"].as_array().unwrap();
        assert_eq!(results.len(), 3);
        let [wrong, right, empty] = [&results[0], &results[1], &results[2]];
        assert_eq!(wrong["successful"], false);
        let error = &wrong["errors"][0];
        assert_eq!(error["code"], "LOAD_ERR_COMPILE_CONDITION");
        let location = &error["context"]["locations"][0];
        assert_eq!(
            (&location["item_type"], &location["item_name"]),
            (&json!("rule"), &json!("ü R"))
        );
        let position = &location["position"];
        assert_eq!(
            (&position["line"], &position["column"]),
            (&json!(5), &json!(14))
        );
        let text = std::fs::read_to_string(path("a.yaml")).unwrap();
        assert_eq!(position["offset"], text.find("fd.nam").unwrap());
        assert!(
            error["context"]["snippet"]
                .as_str()
                .unwrap()
                .contains("^^^^^^")
        );
        assert_eq!(wrong["warnings"][0]["code"], "LOAD_UNUSED_LIST");
        assert_eq!(
            (&right["successful"], &right["warnings"][0]["code"]),
            (&json!(true), &json!("LOAD_UNUSED_MACRO"))
        );
        assert_eq!(
            empty["errors"][0]["context"]["locations"][0]["item_type"],
            "rules content"
        );
    }
}
