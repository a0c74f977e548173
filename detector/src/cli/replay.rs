//! `escape-detector replay`: a capture through the rules again, without kernel or root.

use std::fs::File;
use std::io::{self, BufReader, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::detect::alert::Alert;
use crate::replay::{Replay, Summary};
use crate::rules::RuleMatching;
use crate::sinks::{text, to_line};

use super::record::causes;
use super::rules;
use super::terminal::{coloured, complain};
use crate::config::Output;

const EXAMPLES: &str = "\
Examples:
  escape-detector replay incident.capture
  escape-detector replay incident.capture --rules my.yaml --output json | jq .rule

The alerts are those that live gave, but for their uid, if the rules are the same. They go to
standard output, everything else to standard error. Exit code 1 if the capture cannot be read to
its end; what came before is printed.";

/// Between two looks of the progress bar.
const REDRAW: Duration = Duration::from_millis(100);

/// What `replay` was told.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ReplayOptions {
    /// A capture, made by `record` or `run --capture`
    file: PathBuf,
    /// Rule file, or directory of them; repeatable [default: the shipped rules]
    #[arg(long, value_name = "PATH")]
    rules: Vec<PathBuf>,
    /// Which of the rules that match an event raise an alert
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = RuleMatching::All)]
    rule_matching: RuleMatching,
    /// How alerts look
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

pub(super) fn replay(options: &ReplayOptions) -> anyhow::Result<()> {
    let rules = rules::load(&options.rules)?.telling(options.rule_matching);
    let name = options.file.display();
    let file = File::open(&options.file).with_context(|| format!("{name} cannot be opened"))?;
    let metadata = file.metadata().with_context(|| name.to_string())?;
    if !metadata.is_file() {
        bail!("{name} is no regular file");
    }
    let mut replay = Replay::new(BufReader::new(file), rules).with_context(|| name.to_string())?;
    let bar = progress(metadata.len());
    let form = Form::of(options.output);
    let mut out = io::stdout().lock();
    let mut told = 0_u64;
    let result = loop {
        let step = replay.advance();
        for alert in replay.alerts() {
            let line = form.line(&alert)?;
            told += 1;
            // The bar steps aside for what goes to the same terminal.
            match bar.suspend(|| out.write_all(line.as_bytes())) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                result => result?,
            }
        }
        bar.set_position(replay.position());
        match step {
            Ok(Some(())) => {}
            Ok(None) => break Ok(()),
            Err(fault) => break Err(fault),
        }
    };
    bar.finish_and_clear();
    out.flush()?;
    complain(&account(&replay.summary(), told));
    result.with_context(|| name.to_string())
}

/// A bar on a terminal, nothing elsewhere.
fn progress(length: u64) -> ProgressBar {
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(length), target);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {eta}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(REDRAW);
    bar
}

/// How an alert is printed.
enum Form {
    Json,
    Text { colour: bool },
}

impl Form {
    fn of(output: Output) -> Self {
        match output {
            Output::Json => Self::Json,
            Output::Text => Self::Text {
                colour: coloured(&io::stdout()),
            },
        }
    }

    fn line(&self, alert: &Alert) -> anyhow::Result<String> {
        Ok(match self {
            Self::Json => to_line(alert)? + "\n",
            Self::Text { colour } => text::render(alert, *colour),
        })
    }
}

fn account(summary: &Summary, alerts: u64) -> String {
    let seconds = summary
        .span
        .map_or(0, |(from, to)| to.since(from) / 1_000_000_000);
    let plural = if alerts == 1 { "" } else { "s" };
    let mut text = format!(
        "{} records of {seconds} s, {alerts} alert{plural}",
        summary.records
    );
    if let Some(losses) = &summary.losses {
        if !losses.dropped.is_empty() {
            text += &format!("; lost while it was recorded: {}", causes(losses));
        }
        if losses.suppressed != 0 {
            text += &format!("; {} equal records left out", losses.suppressed);
        }
    }
    let strange = summary.unread + summary.unknown.frames + summary.unknown.records;
    if strange != 0 {
        text += &format!("; {strange} parts that this version cannot read were skipped");
    }
    if summary.unanswered != 0 {
        text += &format!(
            "; {} answers of the host are not in the capture: alerts may be incomplete",
            summary.unanswered
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::BootTime;

    #[test]
    fn the_account_says_what_is_missing() {
        let mut summary = Summary {
            records: 9,
            span: Some((BootTime(0), BootTime(3_000_000_000))),
            ..Summary::default()
        };
        assert_eq!(account(&summary, 2), "9 records of 3 s, 2 alerts");
        summary.unread = 1;
        summary.unanswered = 4;
        let text = account(&summary, 2);
        assert!(text.contains("1 parts"), "{text}");
        assert!(text.contains("4 answers"), "{text}");
    }
}
