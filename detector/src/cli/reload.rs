//! `escape-detector reload`: a running detector reads its configuration and rules anew.

use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::{Place, terminal};
use crate::config::Output;
use crate::control::client::{self, ClientError};
use crate::control::{Change, Reload};
use crate::sinks::escape::escape;
use crate::sinks::layout::Layout;
use crate::sinks::to_line;

/// How long a detector may take: longer than it keeps anybody waiting.
const PATIENCE: Duration = Duration::from_secs(70);

const EXAMPLES: &str = "\
Examples:
  sudo escape-detector reload
  sudo escape-detector reload --output json | jq .changes
  sudo kill -HUP $(sudo cat /var/lib/escape-detector/lock)       the same, without an answer

What is wrong, in configuration or rules, leaves everything as it was: exit code 1. The sensor stays
where it is, and no event is missed. Options of the command line stay what they are; those that
cannot change while a detector runs are named.";

/// What `reload` was told.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ReloadOptions {
    #[command(flatten)]
    place: Place,
    /// How the answer looks
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

pub(super) fn reload(options: &ReloadOptions) -> anyhow::Result<()> {
    let told = client::reload(&options.place.socket()?, PATIENCE);
    match (options.output, &told) {
        (Output::Text, Ok(reload)) => terminal::answer(&render(reload))?,
        (Output::Json, Ok(reload)) => terminal::answer(&(to_line(reload)? + "\n"))?,
        (Output::Json, Err(ClientError::Refused(refusal))) => {
            let answer = json!({"ok": false, "error": refusal.message});
            terminal::answer(&(to_line(&answer)? + "\n"))?;
        }
        (_, Err(_)) => {}
    }
    told?;
    Ok(())
}

fn render(reload: &Reload) -> String {
    let mut text = Layout::default();
    text.line(&format!("Reloaded: {} rules.", reload.rules));
    for change in &reload.changes {
        let Change {
            option,
            from,
            to,
            in_force,
        } = change;
        let (from, to) = (escape(from), escape(to));
        let what = if *in_force {
            format!("now {to}, before {from}")
        } else {
            format!("{to} takes effect at the next start, until then {from}")
        };
        text.row(&escape(option), &what);
    }
    text.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_tells_what_is_in_force_and_what_is_not_yet() {
        let change = |option: &str, in_force| Change {
            option: option.into(),
            from: "\"a\"".into(),
            to: "\"b\u{202e}\"".into(),
            in_force,
        };
        let reload = Reload {
            ok: true,
            rules: 3,
            changes: vec![change("level", true), change("state_dir", false)],
            ..Reload::default()
        };
        assert_eq!(
            render(&reload),
            "Reloaded: 3 rules.\n  \
             level      now \"b\\u{202e}\", before \"a\"\n  \
             state_dir  \"b\\u{202e}\" takes effect at the next start, until then \"a\"\n\n"
        );
    }
}
