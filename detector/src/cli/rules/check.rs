//! `escape-detector rules check`: are these rules right?

use clap::Args;
use serde_json::{Value, json};

use super::super::{Detector, terminal};
use crate::config::Output;
use crate::rules::{LoadErrors, Problem};
use crate::sinks::to_line;

pub(super) const EXAMPLES: &str = "\
Examples:
  escape-detector rules check my.yaml
  escape-detector rules check /etc/escape-detector/rules my.yaml
  escape-detector rules check my.yaml --output json | jq '.problems[]'

Files are read in this order, so that later ones may change what earlier ones define. Says what is
wrong, with file, line and column: the first 20 of each file and how many more there are, and all of
it with `--output json`: an object with `ok`, and `problems` with `file`, `line`, `column` and
`message` each; line and column are null where the file as a whole is meant. Exit code 0 means that
`run` would take them.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct CheckOptions {
    #[command(flatten)]
    files: super::Files,
    /// How the answer looks
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

pub(super) fn check<D: Detector>(options: &CheckOptions) -> anyhow::Result<()> {
    let checked = D::load_rules(&options.files.paths()).map(drop);
    if options.output == Output::Json {
        terminal::answer(&(to_line(&answer(&checked))? + "\n"))?;
    } else if checked.is_ok() {
        terminal::answer("The rules are right.\n")?;
    }
    checked
}

/// For programs: everything that is wrong.
fn answer(checked: &anyhow::Result<()>) -> Value {
    let problems = match checked {
        Ok(()) => Vec::new(),
        Err(error) => match error.downcast_ref::<LoadErrors>() {
            Some(errors) => errors.problems.iter().map(Problem::to_json).collect(),
            None => vec![json!({"file": null, "message": format!("{error:#}")})],
        },
    };
    json!({"ok": checked.is_ok(), "problems": problems})
}

#[cfg(test)]
mod tests {
    use super::super::load;
    use super::*;

    #[test]
    fn programs_are_told_all_that_is_wrong() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("cases.yaml");
        std::fs::write(&file, "- case: x\n  event: y\n".repeat(40)).unwrap();
        let checked = load(&[file]).map(drop);
        let text = checked.as_ref().unwrap_err().to_string();
        let named = text.matches("cases.yaml:").count();
        assert_eq!(named, 21, "{text}");
        let answer = answer(&checked);
        assert_eq!(answer["ok"], false);
        let problems = answer["problems"].as_array().unwrap();
        assert!(problems.len() >= 40, "{answer}");
        assert!(text.ends_with(&format!("and {} more in this file", problems.len() - 20)));
        assert_eq!(problems[39]["file"], problems[0]["file"]);
        assert_eq!(problems[0]["line"], 1);
        assert!(problems[0]["message"].is_string());
    }
}
