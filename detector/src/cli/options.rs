//! The options of `run` on the command line, from the table in `config`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, PathBufValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

use crate::config::{Arity, DEFAULT_FILE, Layer, OPTIONS, Opt, Settings, Sources};

/// The option that no configuration file can hold.
const CONFIG: &str = "config";

/// What `run` was told: a file, and what goes before it.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    file: Option<PathBuf>,
    typed: Box<Layer>,
}

/// The same for a command whose own answer has the option `--output`.
#[derive(Debug, Clone, Default)]
pub(super) struct ButOutput(RunOptions);

impl RunOptions {
    /// All that speaks of the options.
    pub(super) fn sources(self) -> Sources {
        Sources::new(self.file, *self.typed)
    }

    fn read<'a>(
        &mut self,
        matches: &ArgMatches,
        options: impl Iterator<Item = &'a Opt>,
    ) -> Result<(), Error> {
        self.file = matches.get_one(CONFIG).cloned();
        for option in options {
            let Some(words) = matches.get_many::<OsString>(option.key) else {
                continue;
            };
            let words: Vec<_> = words.map(OsString::as_os_str).collect();
            let taken = self.typed.take(option, &words);
            taken.map_err(|error| Error::raw(ErrorKind::ValueValidation, format!("{error}\n")))?;
        }
        Ok(())
    }
}

impl ButOutput {
    /// All that speaks of the options.
    pub(super) fn sources(self) -> Sources {
        self.0.sources()
    }

    fn options() -> impl Iterator<Item = &'static Opt> {
        OPTIONS.iter().filter(|option| option.flag != "output")
    }
}

impl FromArgMatches for RunOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut options = Self::default();
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.read(matches, OPTIONS.iter())
    }
}

impl FromArgMatches for ButOutput {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut options = Self::default();
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.read(matches, Self::options())
    }
}

impl Args for RunOptions {
    fn augment_args(command: Command) -> Command {
        command.args(args(OPTIONS.iter()))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl Args for ButOutput {
    fn augment_args(command: Command) -> Command {
        command.args(args(Self::options()))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn args(options: impl Iterator<Item = &'static Opt>) -> impl Iterator<Item = Arg> {
    let defaults = Settings::default();
    let default = format!("[default: {DEFAULT_FILE}, if it is there]");
    let config = Arg::new(CONFIG)
        .long("config")
        .value_name("FILE")
        .value_parser(PathBufValueParser::new())
        .help(format!("Configuration file {default}"))
        .long_help(format!(
            "Configuration file, in TOML {default}\n\n`escape-detector config init` prints one to \
             begin with. The other options here go before what it says; a list takes the place of \
             the whole list there."
        ));
    [config]
        .into_iter()
        .chain(options.map(move |option| arg(option, &defaults)))
}

fn arg(option: &'static Opt, defaults: &Settings) -> Arg {
    let action = match option.arity {
        Arity::One => ArgAction::Set,
        Arity::Any | Arity::Some => ArgAction::Append,
    };
    let check = |word: OsString| option.check(&word).map(|()| word);
    Arg::new(option.key)
        .long(option.flag)
        .value_name(option.value_name)
        .action(action)
        .value_parser(OsStringValueParser::new().try_map(check))
        .help(short(option, defaults))
        .long_help(long(option, defaults))
}

/// For `-h`: what it is, its default, and what values look like.
fn short(option: &Opt, defaults: &Settings) -> String {
    let forms: Vec<_> = option.forms.iter().map(|(form, _)| *form).collect();
    let mut text = head(option, defaults);
    if !forms.is_empty() {
        text += &format!(" [possible values: {}]", forms.join(", "));
    }
    text
}

/// For `--help`: everything.
fn long(option: &Opt, defaults: &Settings) -> String {
    let mut text = head(option, defaults);
    if !option.details.is_empty() {
        text += &format!("\n\n{}", option.details);
    }
    for (index, (form, meaning)) in option.forms.iter().enumerate() {
        let space = if index == 0 { "\n\n" } else { "\n" };
        text += &format!("{space}- {form}: {meaning}");
    }
    text
}

fn head(option: &Opt, defaults: &Settings) -> String {
    let repeatable = match option.arity {
        Arity::One => "",
        Arity::Any | Arity::Some => "; repeatable",
    };
    let default = match option.default {
        Some(meaning) => meaning.to_owned(),
        None => option.words(defaults).join(", "),
    };
    format!("{}{repeatable} [default: {default}]", option.summary)
}
