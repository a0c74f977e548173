//! `escape-detector rules show`: one rule, as the detector understands it.

use clap::Args;
use serde_json::{Value, json};

use super::super::terminal;
use super::{Beside, named};
use crate::config::Output;
use crate::rules::{Names, Surveyed};
use crate::sinks::escape::{escape, escape_message};
use crate::sinks::to_line;

pub(super) const EXAMPLES: &str = "\
Examples:
  escape-detector rules show 'Mount by a workload'
  escape-detector rules show 'My rule' --rules my.yaml --output json | jq -r .condition

The condition is shown with macros, lists and exceptions put in. The kernel filter says what the
sensor has to tell for the sake of this rule: which types of events, and of plain opens, which are
by far the most, only those with one of these names in their path.

The cost is an estimate of what the rule adds for each event of its types: how many checks there are,
how many values they compare with, and what is dear among them (regex, then glob, then contains and
what searches paths). Equal checks of several rules are made once, whatever they cost. With
`--output json` it is `event_types`, `all_event_types`, `checks`, `values` and `dear`: how many
values each dear operator has.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct ShowOptions {
    /// The rule
    name: String,
    #[command(flatten)]
    beside: Beside,
    /// How the answer looks
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

pub(super) fn show(options: &ShowOptions) -> anyhow::Result<()> {
    let survey = super::survey(&options.beside.rules)?;
    let one = named(&survey, &options.name)?;
    let text = match options.output {
        Output::Text => page(one),
        Output::Json => to_line(&object(one))? + "\n",
    };
    Ok(terminal::answer(&text)?)
}

fn page(one: &Surveyed) -> String {
    let rule = &one.rule;
    let interest = one.question.interest();
    let types: Vec<_> = one.question.event_types().collect();
    let refused = rule.priority_refused.map_or_else(String::new, |priority| {
        format!(", {priority} where the kernel refused")
    });
    let off = if one.enabled { "" } else { " (switched off)" };
    let mut text = format!(
        "{}{off}\n  stands in   {}:{}\n  priority    {}{refused}\n",
        escape(&rule.name),
        escape(&rule.file),
        rule.position.line,
        rule.priority
    );
    let mut row = |label: &str, value: &str| {
        if !value.is_empty() {
            text += &format!("  {label:<11} {}\n", escape(value));
        }
    };
    row("tags", &rule.tags.join(", "));
    row("exceptions", &one.exceptions.join(", "));
    row("event types", &types.join(", "));
    row("reads", &names(&interest.reads));
    row("writes", &names(&interest.writes));
    row("cost", &one.question.cost().to_string());
    row("output", &rule.output.to_string());
    let condition = one.question.text();
    let condition: Vec<_> = condition
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect();
    text += "  condition\n";
    text += &escape_message(&condition.concat());
    text
}

fn names(names: &Names) -> String {
    match names {
        Names::Nobody => "no plain open".into(),
        Names::Any => "every plain open".into(),
        Names::Some(_) => format!(
            "plain opens with {}",
            listed(names).unwrap_or_default().join(", ")
        ),
    }
}

/// The names, where only some matter.
fn listed(names: &Names) -> Option<Vec<String>> {
    match names {
        Names::Some(names) => {
            let names = names.iter();
            Some(
                names
                    .map(|name| String::from_utf8_lossy(name).into_owned())
                    .collect(),
            )
        }
        Names::Nobody => Some(Vec::new()),
        Names::Any => None,
    }
}

fn object(one: &Surveyed) -> Value {
    let rule = &one.rule;
    let interest = one.question.interest();
    json!({
        "name": rule.name,
        "description": rule.description,
        "enabled": one.enabled,
        "file": rule.file,
        "line": rule.position.line,
        "priority": rule.priority.name(),
        "priority_refused": rule.priority_refused.map(|priority| priority.name()),
        "tags": rule.tags,
        "exceptions": one.exceptions,
        "output": rule.output.to_string(),
        "condition": one.question.text(),
        "filter": {
            "event_types": one.question.event_types().collect::<Vec<_>>(),
            "any_read": interest.reads == Names::Any,
            "read_names": listed(&interest.reads),
            "any_write": interest.writes == Names::Any,
            "write_names": listed(&interest.writes),
        },
        "cost": one.question.cost(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::survey;
    use super::*;

    const RULES: &str = "\
- {list: shells, items: [bash, 'a b']}
- {macro: opened, condition: 'evt.type in (open, openat) and evt.is_open_read = true'}
- rule: R
  desc: d
  condition: opened and proc.name in (shells) and fd.name endswith /shadow
  output: did %fd.name[x
  priority: INFO
  exceptions: [{name: e, fields: [proc.name], comps: ['='], values: [[dash]]}]
";

    #[test]
    fn macros_lists_and_exceptions_are_put_in() {
        let text = RULES.replace("%fd.name[x", "%20fd.name by %proc.aname[2]");
        let survey = survey(&text);
        let one = named(&survey, "R").unwrap();
        let page = page(one);
        for part in [
            "R\n  stands in   x.yaml:3\n",
            "exceptions  e\n",
            "output      did %20fd.name by %proc.aname[2]\n",
            "proc.name in (bash, \"a b\")",
            "and not proc.name = dash",
            "reads       plain opens with shadow\n",
            "cost        2 of ",
            " event types, 5 checks of 7 values\n",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        let object = object(one);
        assert_eq!(object["filter"]["read_names"], json!(["shadow"]));
        // What is shown can be asked again.
        let again = survey.question("x", &one.question.text()).unwrap();
        assert_eq!(again.text(), one.question.text());
        let error = named(&survey, "r").unwrap_err().to_string();
        assert!(error.contains("no rule 'r'"), "{error}");
    }
}
