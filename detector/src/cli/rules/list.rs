//! `escape-detector rules list`: which rules there are.

use clap::Args;
use serde_json::{Value, json};

use super::super::terminal;
use crate::config::Output;
use crate::rules::Surveyed;
use crate::sinks::escape::escape;
use crate::sinks::to_line;

pub(super) const EXAMPLES: &str = "\
Examples:
  escape-detector rules list
  escape-detector rules list my.yaml --tag network
  escape-detector rules list --output json | jq -r '.[] | select(.enabled) | .name'

With `--output json` one array: `name`, `priority`, `priority_refused` (null without one), `tags`,
`enabled`, `file`, `line` and `column` of each rule.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct ListOptions {
    #[command(flatten)]
    files: super::Files,
    /// Only rules with this tag; repeatable, and then with all of them
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// How the answer looks
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

pub(super) fn list(options: &ListOptions) -> anyhow::Result<()> {
    let survey = super::survey(&options.files.paths())?;
    let tagged = |one: &&Surveyed| options.tag.iter().all(|tag| one.rule.tags.contains(tag));
    let rules: Vec<_> = survey.rules().iter().filter(tagged).collect();
    let text = match options.output {
        Output::Text => table(&rules),
        Output::Json => {
            let rules: Vec<_> = rules.into_iter().map(row).collect();
            to_line(&rules)? + "\n"
        }
    };
    Ok(terminal::answer(&text)?)
}

fn table(rules: &[&Surveyed]) -> String {
    let name = |one: &Surveyed| escape(&one.rule.name).into_owned();
    let width = rules.iter().map(|one| name(one).chars().count()).max();
    let width = width.unwrap_or_default();
    let mut text = String::new();
    for one in rules {
        let off = if one.enabled { "" } else { "off, " };
        text += &format!(
            "{:<width$}  {:<13}  {off}{}:{}  {}\n",
            name(one),
            one.rule.priority.name(),
            escape(&one.rule.file),
            one.rule.position.line,
            escape(&one.rule.tags.join(", ")),
        );
    }
    let off = rules.iter().filter(|one| !one.enabled).count();
    let plural = if rules.len() == 1 { "" } else { "s" };
    text += &format!("{} rule{plural}, {off} of them switched off\n", rules.len());
    text
}

fn row(one: &Surveyed) -> Value {
    json!({
        "name": one.rule.name,
        "priority": one.rule.priority.name(),
        "priority_refused": one.rule.priority_refused.map(|priority| priority.name()),
        "tags": one.rule.tags,
        "enabled": one.enabled,
        "file": one.rule.file,
        "line": one.rule.position.line,
        "column": one.rule.position.column,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::survey;
    use super::*;

    #[test]
    fn rules_that_are_switched_off_are_listed_and_counted() {
        let survey = survey(
            "- {rule: On, desc: d, condition: evt.type = open, output: o, priority: INFO, tags: [a]}\n\
             - {rule: \"O\\eff\", desc: d, condition: evt.type = open, output: o, priority: ERROR, enabled: false}\n",
        );
        let rules: Vec<_> = survey.rules().iter().collect();
        let text = table(&rules);
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("On "), "{text}");
        assert!(lines[0].ends_with("Informational  x.yaml:1  a"), "{text}");
        assert!(
            lines[1].contains("O\\u{1b}ff") && lines[1].contains("off, x.yaml:2"),
            "{text}"
        );
        assert_eq!(lines[2], "2 rules, 1 of them switched off");
        assert_eq!(row(rules[1])["enabled"], false);
        assert_eq!(row(rules[1])["line"], 2);
    }
}
