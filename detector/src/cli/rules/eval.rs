//! `escape-detector rules eval`: one condition, asked of events that were written down.

use std::io::{self, BufRead, ErrorKind, Write};
use std::path::PathBuf;

use clap::Args;

use super::{Beside, lines};
use crate::rules::Question;

pub(super) const EXAMPLES: &str = "\
Examples:
  escape-detector rules eval --condition 'fd.name startswith /etc/' --events events.jsonl
  echo '{\"evt.type\": \"open\", \"fd.name\": \"/etc/shadow\"}' |
      escape-detector rules eval --condition 'fd.name pmatch (/etc)' --events -

Prints `true` or `false` for each line of the file. A line is one event in JSON: what `record
--output json` and `events --output json` write, or simply an object with fields by name. The
condition may use the macros and lists of the rules. A line that is no event ends it with exit code
1 and the line's number; empty lines, and those that say how many events were skipped, are passed
over.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct EvalOptions {
    /// What to ask of each event
    #[arg(long, value_name = "EXPR")]
    condition: String,
    /// One event a line, in JSON; - for standard input
    #[arg(long, value_name = "FILE")]
    events: PathBuf,
    #[command(flatten)]
    beside: Beside,
}

pub(super) fn eval(options: &EvalOptions) -> anyhow::Result<()> {
    let survey = super::survey(&options.beside.rules)?;
    let question = survey.question("--condition", &options.condition)?;
    let name = options.events.display().to_string();
    let out = io::stdout().lock();
    let result = answer(&mut *lines::open(&options.events)?, &name, &question, out);
    match result {
        Err(error) if is_closed_pipe(&error) => Ok(()),
        result => result,
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

fn answer(
    events: &mut dyn BufRead,
    name: &str,
    question: &Question,
    out: impl Write,
) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(out);
    let answered = lines::each(events, name, |told| {
        writeln!(out, "{}", question.holds(&told))
    });
    out.flush()?;
    answered
}

#[cfg(test)]
mod tests {
    use super::super::sample::survey;
    use super::*;
    use crate::detect::sighting::sample;
    use crate::sinks::to_line;

    fn asked(condition: &str, events: &str) -> (String, Result<(), String>) {
        let survey = survey("- {macro: root, condition: user.uid = 0}\n");
        let question = survey.question("--condition", condition).unwrap();
        let mut out = Vec::new();
        let result = answer(&mut events.as_bytes(), "e.jsonl", &question, &mut out);
        let result = result.map_err(|error| format!("{error:#}"));
        (String::from_utf8(out).unwrap(), result)
    }

    #[test]
    fn a_count_of_skipped_events_is_no_event() {
        let events = "{\"v\":1,\"skipped\":7}\n{\"user.uid\": 0}\n";
        assert_eq!(asked("root", events), ("true\n".to_owned(), Ok(())));
        let (_, result) = asked("root", "{\"skiped\": 7}");
        assert!(result.is_err());
    }

    #[test]
    fn each_event_has_its_answer() {
        let events = "{\"user.uid\": 0}\n\n{\"user.uid\":\"1\"}\n{\"fields\":{\"user.uid\":0}}\n{}";
        assert_eq!(
            asked("root", events),
            ("true\nfalse\ntrue\nfalse\n".into(), Ok(()))
        );
        assert_eq!(asked("not root", events).0, "false\ntrue\nfalse\ntrue\n");
    }

    #[test]
    fn what_record_writes_can_be_asked() {
        let line = to_line(&sample::sighting()).unwrap();
        for condition in [
            "evt.type = openat and evt.rawres = -13 and outcome = refused",
            "evt.arg.flags = O_RDONLY and evt.arg.name endswith secret",
            "proc.aname = bash and proc.aname[1] = bash and proc.aname[0] = cat",
            "user.loginuid = -1 and container.id != host and workload = true",
            "not proc.aname[2] exists",
        ] {
            assert_eq!(
                asked(condition, &line),
                ("true\n".into(), Ok(())),
                "{condition}"
            );
        }
    }

    #[test]
    fn what_is_no_event_is_named_by_its_line() {
        let deep = "[".repeat(100_000);
        for (bad, said) in [
            ("{", "no JSON"),
            (deep.as_str(), "no JSON"),
            ("7", "an event is an object"),
            ("{\"fd.nam\": 1}", "did you mean 'fd.name'"),
            (
                "{\"user.uid\": \"x\"}",
                "is no value of 'user.uid', which is a number",
            ),
            ("{\"evt.type\": \"opneat\"}", "did you mean 'openat'"),
            ("{\"user.uid\": {}}", "must be a string"),
            ("{\"user.uid\": [1]}", "has one value"),
            ("{\"fields\": 3}", "'fields' must be an object"),
            ("\u{1b}[2J", "no JSON"),
        ] {
            let (out, result) = asked("root", &format!("{{\"user.uid\":0}}\n{bad}\n"));
            let error = result.unwrap_err();
            assert_eq!(out, "true\n");
            assert!(
                error.starts_with("e.jsonl:2: ") && error.contains(said),
                "{error}"
            );
        }
    }
}
