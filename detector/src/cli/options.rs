//! The options of `run` on the command line, and those that other commands share with it, from the
//! table in `config`.

use std::ffi::OsString;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, PathBufValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

use crate::config::{
    Arity, ConfigProblems, DEFAULT_FILE, Layer, OPTIONS, Opt, Origin, Settings, Sources,
};
use crate::host::selection::Level;

/// The option that no configuration file can hold.
const CONFIG: &str = "config";

/// Which options a command takes.
pub trait Choice: Clone + Debug + Default {
    /// Whether it reads a configuration file.
    const CONFIGURED: bool;

    /// Whether it takes this one.
    fn takes(option: &Opt) -> bool;

    /// Changes what nobody said.
    fn adjust(_: &mut Settings) {}
}

/// All of them: `run`.
#[derive(Debug, Clone, Default)]
pub struct All;

impl Choice for All {
    const CONFIGURED: bool = true;

    fn takes(_: &Opt) -> bool {
        true
    }
}

/// All but `--output`, which is the command's own.
#[derive(Debug, Clone, Default)]
pub struct ButOutput;

impl Choice for ButOutput {
    const CONFIGURED: bool = true;

    fn takes(option: &Opt) -> bool {
        option.flag != "output"
    }
}

/// What to watch, how closely, and who tells names. Whoever records wants to see everything.
#[derive(Debug, Clone, Default)]
pub struct Watching;

impl Choice for Watching {
    const CONFIGURED: bool = false;

    fn takes(option: &Opt) -> bool {
        ["watch", "level", "engine", "sensor-object"].contains(&option.flag)
    }

    fn adjust(settings: &mut Settings) {
        if settings.level.origin == Origin::Default {
            settings.level.value = Some(Level::All);
        }
    }
}

/// Options as they were typed.
#[derive(Debug, Clone, Default)]
pub struct Typed<C> {
    file: Option<PathBuf>,
    layer: Box<Layer>,
    choice: PhantomData<C>,
}

/// What `run` was told: a file, and what goes before it.
pub type RunOptions = Typed<All>;

impl<C: Choice> Typed<C> {
    /// All that speaks of the options.
    pub(super) fn sources(self) -> Sources {
        let Self { file, layer, .. } = self;
        if C::CONFIGURED {
            Sources::new(file, *layer)
        } else {
            Sources::without_file(*layer)
        }
    }

    /// What all that says together.
    pub(super) fn settings(self) -> Result<Settings, ConfigProblems> {
        let mut settings = self.sources().read()?;
        C::adjust(&mut settings);
        Ok(settings)
    }

    fn options() -> impl Iterator<Item = &'static Opt> {
        OPTIONS.iter().filter(|option| C::takes(option))
    }
}

impl<C: Choice> FromArgMatches for Typed<C> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut options = Self::default();
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        if C::CONFIGURED {
            self.file = matches.get_one(CONFIG).cloned();
        }
        for option in Self::options() {
            let Some(words) = matches.get_many::<OsString>(option.key) else {
                continue;
            };
            let words: Vec<_> = words.map(OsString::as_os_str).collect();
            let taken = self.layer.take(option, &words);
            taken.map_err(|error| Error::raw(ErrorKind::ValueValidation, format!("{error}\n")))?;
        }
        Ok(())
    }
}

impl<C: Choice> Args for Typed<C> {
    fn augment_args(command: Command) -> Command {
        let mut defaults = Settings::default();
        C::adjust(&mut defaults);
        command
            .args(C::CONFIGURED.then(config))
            .args(Self::options().map(|option| arg(option, &defaults)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn config() -> Arg {
    let default = format!("[default: {DEFAULT_FILE}, if it is there]");
    Arg::new(CONFIG)
        .long("config")
        .value_name("FILE")
        .value_parser(PathBufValueParser::new())
        .help(format!("Configuration file {default}"))
        .long_help(format!(
            "Configuration file, in TOML {default}\n\n`escape-detector config init` prints one to \
             begin with. The other options here go before what it says; a list takes the place of \
             the whole list there."
        ))
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
