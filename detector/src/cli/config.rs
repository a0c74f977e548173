//! `escape-detector config`: work on a configuration without starting anything.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::config::{ConfigProblem, DEFAULT_FILE, Layer, Output, Settings, Sources, template};
use crate::sinks::escape::{escape, escape_message};
use crate::sinks::to_line;

use super::options::ButOutput;
use super::{Detector, Typed, terminal};

const CHECK_EXAMPLES: &str = "\
Examples:
  escape-detector config check
  escape-detector config check config.toml --output json

Exit code 0 means that `run` would take it, with the rules that it names; 1 that it would not.";

const INIT_EXAMPLES: &str = "\
Examples:
  escape-detector config init | sudo install -D -m 644 /dev/stdin /etc/escape-detector/config.toml";

const SHOW_EXAMPLES: &str = "\
Examples:
  escape-detector config show
  escape-detector config show --config other.toml --level all
  escape-detector config show --output json | jq .settings.watch

The text is a configuration itself: it says what is in force, and in remarks who said it.";

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Say all that is wrong with a configuration file, and with the rules that it names
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckOptions),
    /// Print a configuration file to begin with: every option explained, with its default
    #[command(after_help = INIT_EXAMPLES)]
    Init,
    /// Print what `run` would be told by the same options: each value in force, and who said it
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowOptions),
}

#[derive(Debug, Args)]
pub(super) struct CheckOptions {
    /// The file [default: /etc/escape-detector/config.toml, if it is there]
    file: Option<PathBuf>,
    /// How the answer looks
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct ShowOptions {
    #[command(flatten)]
    told: Typed<ButOutput>,
    /// How the answer looks
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

pub(super) fn config<D: Detector>(command: ConfigCommand) -> anyhow::Result<()> {
    match command {
        ConfigCommand::Check(options) => check::<D>(options),
        ConfigCommand::Init => Ok(terminal::answer(&template())?),
        ConfigCommand::Show(options) => show(options),
    }
}

fn check<D: Detector>(options: CheckOptions) -> anyhow::Result<()> {
    let sources = Sources::new(options.file, Layer::default());
    let read = sources.read();
    let checked = match &read {
        Ok(settings) => {
            D::load_rules(&settings.rules.value, settings.rule_matching.value).map(drop)
        }
        Err(problems) => Err(problems.clone().into()),
    };
    let file = sources.file();
    if options.output == Output::Json {
        let problems = match (&read, &checked) {
            (Err(problems), _) => problems
                .problems
                .iter()
                .map(ConfigProblem::to_json)
                .collect(),
            (Ok(_), Err(error)) => vec![json!({"file": null, "message": format!("{error:#}")})],
            (Ok(_), Ok(())) => Vec::new(),
        };
        let answer = json!({"ok": checked.is_ok(), "file": file, "problems": problems});
        terminal::answer(&(to_line(&answer)? + "\n"))?;
    } else if checked.is_ok() {
        let answer = match file {
            Some(file) => format!("{} is right.\n", file.display()),
            None => format!("There is no {DEFAULT_FILE}: the defaults hold.\n"),
        };
        terminal::answer(&escape_message(&answer))?;
    }
    checked
}

fn show(options: ShowOptions) -> anyhow::Result<()> {
    let ShowOptions { told, output } = options;
    let settings = told.settings()?;
    let text = match output {
        Output::Text => shown(&settings),
        Output::Json => to_line(&json!({"file": settings.file, "settings": settings}))? + "\n",
    };
    Ok(terminal::answer(&text)?)
}

fn shown(settings: &Settings) -> String {
    let file = match &settings.file {
        Some(file) => format!("Configuration file: {}", file.display()),
        None => format!("No configuration file: there is no {DEFAULT_FILE}"),
    };
    let text = format!("# {}\n\n{}", escape(&file), settings.to_toml());
    escape_message(&text).into_owned()
}
