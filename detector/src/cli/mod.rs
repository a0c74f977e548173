//! The command line: one file per command.
//!
//! Exit codes: 0 when done, 1 on failure, 2 when the command line itself is wrong. Alerts and
//! answers go to standard output, everything else to standard error; an error is printed in one
//! place, as one line with its causes. What the commands start stands behind [`Detector`], so that
//! this room knows nothing of kernels.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::builder::PossibleValue;
use clap::error::{ContextKind, ContextValue};
use clap::{Command as Definition, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::config::Output;
use crate::rules::RuleMatching;

mod config;
mod detector;
mod doctor;
mod events;
mod logging;
mod options;
mod orders;
mod place;
mod privilege;
mod record;
mod reference;
mod reload;
mod renewal;
mod replay;
mod report;
mod rules;
mod run;
mod status;
mod terminal;
mod top;

pub use detector::{Detector, Prepared};
pub use options::{RunOptions, Typed};
pub use orders::Orders;
pub use place::Place;
pub use record::{RecordForm, RecordPlan, Recorded};
pub use rules::load as load_rules;

/// What the command line says.
#[derive(Debug, Parser)]
#[command(
    name = "escape-detector",
    version,
    about = "Detects AI-agent containers that break out of their box",
    long_about = "Detects AI-agent containers that break out of their box.\n\n\
        Kernel programs see what the processes of every container on this host really do; rules \
        say what they must not. A match is an alert within a moment, also where the kernel refused \
        the act.",
    after_help = EXAMPLES,
    max_term_width = 100,
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  sudo escape-detector run                       watch every container on this host
  sudo escape-detector run --output json         one JSON object a line, in Falco's form
  sudo escape-detector status --wait 30          wait until the detector is ready
  sudo escape-detector doctor                    try what this host allows
  sudo escape-detector events                    watch what they do, as it is seen
  sudo escape-detector top                       the same and its alerts, on a whole terminal
  escape-detector rules check my.yaml            check rules without starting
  escape-detector config init                    every option explained, with its default
  escape-detector config show                    what is in force, and who said it

Environment:
  ESCAPE_DETECTOR_LOG   what to log: error, warn, info, debug, or a filter such as detector=debug
  DOCKER_HOST           the engine's socket where no --engine is given, as unix:///PATH
  NO_COLOR              no colour, even on a terminal";

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch the containers of this host, and raise alerts
    #[command(after_help = run::EXAMPLES)]
    Run(RunOptions),
    /// Ask a running detector what it sees, and whether it misses anything
    Status(status::StatusOptions),
    /// Try what this host allows the detector to do, and what that costs
    #[command(long_about = doctor::ABOUT)]
    Doctor(doctor::DoctorOptions),
    /// Watch what containers do, as it is seen
    Events(events::EventsOptions),
    /// Watch a running detector on a terminal: containers, rates, alerts, losses
    Top(top::TopOptions),
    /// Let a running detector read its configuration and rules anew
    Reload(reload::ReloadOptions),
    /// Work on the configuration of `run`
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Keep what the sensor sees in a file, for `replay`
    Record(record::RecordOptions),
    /// Run a recorded capture through rules, without kernel or root
    Replay(replay::ReplayOptions),
    /// Write the reference pages of this version
    #[command(hide = true)]
    Reference(reference::ReferenceOptions),
    /// Work on rules
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    /// Do nothing until standard input ends: the process that `doctor` looks at.
    #[command(name = STAND_IN, hide = true)]
    StandIn,
}

/// The command that nobody types.
const STAND_IN: &str = "stand-in";

impl ValueEnum for Output {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let meaning = match self {
            Self::Text => "For people",
            Self::Json => "For programs",
        };
        Some(PossibleValue::new(self.as_str()).help(meaning))
    }
}

impl ValueEnum for RuleMatching {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let meaning = match self {
            Self::All => "Every rule",
            Self::First => "The first in load order",
        };
        Some(PossibleValue::new(self.as_str()).help(meaning))
    }
}

impl Cli {
    /// What the process was called with. Ends the process where that is wrong, or asks for help.
    #[must_use]
    pub fn read() -> Self {
        Self::try_parse().unwrap_or_else(|error| without_hidden(error).exit())
    }

    /// Does what the command line says, with this detector.
    ///
    /// # Errors
    /// With everything that went wrong, for [`exit_code`] to print.
    pub fn execute<D: Detector>(self) -> anyhow::Result<()> {
        logging::start(self.command.is_run())?;
        match self.command {
            Command::Run(options) => run::run::<D>(options),
            Command::Status(options) => status::status(&options),
            Command::Doctor(options) => doctor::doctor(options),
            Command::Events(options) => events::events(options),
            Command::Top(options) => top::top(&options),
            Command::Reload(options) => reload::reload(&options),
            Command::Config(command) => config::config::<D>(command),
            Command::Record(options) => record::record::<D>(&options),
            Command::Replay(options) => replay::replay(&options),
            Command::Reference(options) => reference::write(&options),
            Command::Rules(command) => rules::rules(&command),
            Command::StandIn => doctor::wait(),
        }
    }
}

impl Command {
    const fn is_run(&self) -> bool {
        matches!(self, Self::Run(_))
    }
}

/// The same error, which suggests no command that the help does not name. The parser itself suggests
/// hidden ones too.
fn without_hidden(mut error: clap::Error) -> clap::Error {
    let kind = ContextKind::SuggestedSubcommand;
    let Some(ContextValue::Strings(mut names)) = error.remove(kind) else {
        return error;
    };
    let cli = Cli::command();
    names.retain(|name| {
        !cli.find_subcommand(name)
            .is_some_and(Definition::is_hide_set)
    });
    if names.is_empty() {
        // Left alone, what else could be suggested makes an empty line.
        error.remove(ContextKind::Suggested);
    } else {
        error.insert(kind, ContextValue::Strings(names));
    }
    error
}

/// Prints an error with its causes, and chooses the exit code.
///
/// The causes stand on one line whatever `RUST_BACKTRACE` says: this is for people.
#[must_use]
pub fn exit_code(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&format!("escape-detector: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_examples_of_the_help_are_right() {
        let examples = EXAMPLES.lines().filter_map(|line| {
            let start = line.find("escape-detector ")?;
            line.get(start..)?.split("   ").next()
        });
        let examples: Vec<_> = examples.collect();
        assert_eq!(examples.len(), 9);
        for example in examples {
            parse(example).unwrap_or_else(|error| panic!("{example}: {error}"));
        }
    }

    #[test]
    fn usage_errors_have_code_two_and_help_none() {
        for line in [
            "escape-detector",
            "escape-detector dance",
            "escape-detector run --output xml",
            "escape-detector run --engine tcp://10.0.0.1:2375",
            "escape-detector run --watch containers",
            "escape-detector run --level loud",
            "escape-detector run --level all --level rules",
            "escape-detector run --capture",
            "escape-detector config",
            "escape-detector config show --output toml",
            "escape-detector status --wait soon",
            "escape-detector doctor --engine tcp://10.0.0.1:2375",
            "escape-detector doctor now",
            "escape-detector rules",
            "escape-detector events --type opneat",
            "escape-detector events --count 0",
            "escape-detector top --interval 0",
        ] {
            let error = parse(line).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{line}");
        }
        let help = parse("escape-detector --help").unwrap_err();
        assert_eq!((help.kind(), help.exit_code()), (ErrorKind::DisplayHelp, 0));
        let version = parse("escape-detector --version").unwrap_err();
        assert!(version.to_string().contains(env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn no_hidden_command_is_suggested() {
        let said = |word: &str| {
            let error = parse(&format!("escape-detector {word}")).unwrap_err();
            without_hidden(error).to_string()
        };
        for word in ["stand", "standin", "stand-inn", "sta", "referense"] {
            let text = said(word);
            assert!(text.contains(&format!("'{word}'")), "{text}");
            assert!(
                !text.contains("'stand-in'") && !text.contains("'reference'"),
                "{text}"
            );
        }
        let text = said("stand-inn");
        assert!(
            !text.contains("tip:") && !text.contains("\n\n\n"),
            "{text:?}"
        );
        assert!(said("sta").contains("a similar subcommand exists: 'status'"));
        // Commands below another are found as before.
        assert!(said("rules chek").contains("'check'"));
    }

    #[test]
    fn errors_become_the_failure_code() {
        let failed = exit_code(Err(anyhow::anyhow!("cause").context("what was tried")));
        assert_eq!(format!("{failed:?}"), format!("{:?}", ExitCode::FAILURE));
        let done = exit_code(Ok(()));
        assert_eq!(format!("{done:?}"), format!("{:?}", ExitCode::SUCCESS));
    }
}
