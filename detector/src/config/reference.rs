//! The reference page of the configuration, from the table of options.

use super::template::{CONTAINERS, example};
use super::{Arity, DEFAULT_FILE, OPTIONS, Opt, Settings};

const HEAD: &str = "\
# Configuration

`escape-detector run` reads a TOML file: the one that `--config FILE` names, else
`DEFAULT_FILE` if it is there. What the command line says goes before the
file, that before the environment, that before the defaults. A list that is given replaces the one
below it as a whole. Relative paths in the file count from the file's directory, on the command line
from the working directory.

    escape-detector config init > config.toml     every option explained, with its default
    escape-detector config check config.toml      all that is wrong, by line and column
    escape-detector config show                   what is in force, and who said it

Nothing is ignored: an unknown key, a value of another type or a word that is none of those that an
option takes ends the start, and everything that is wrong is said at once.

| key | command line | default | takes effect |
|---|---|---|---|
";

/// The page, in Markdown.
#[must_use]
pub fn reference() -> String {
    let defaults = Settings::default();
    let mut page = HEAD.replace("DEFAULT_FILE", DEFAULT_FILE);
    for option in OPTIONS {
        page += &row(option, &defaults);
    }
    page += "| `[[container]]` | | none | at a reload |\n";
    for option in OPTIONS {
        page += &section(option);
    }
    page + &format!(
        "\n## `[[container]]`\n\n{CONTAINERS}\n\n```toml\n{}\n```\n",
        example()
    )
}

fn row(option: &Opt, defaults: &Settings) -> String {
    let repeatable = if option.arity == Arity::One {
        ""
    } else {
        ", repeatable"
    };
    let Opt {
        key,
        flag,
        value_name,
        default,
        ..
    } = option;
    let default = match default {
        Some(meaning) => (*meaning).to_owned(),
        None => format!("`{}`", option.toml(defaults)),
    };
    let effect = option.effect.when();
    format!("| `{key}` | `--{flag} {value_name}`{repeatable} | {default} | {effect} |\n")
}

fn section(option: &Opt) -> String {
    let mut text = format!("\n## `{}`\n\n{}.", option.key, option.summary);
    if !option.details.is_empty() {
        text += &format!(" {}", option.details);
    }
    text += "\n\n";
    for (word, meaning) in option.forms {
        text += &format!("- `{word}`: {meaning}\n");
    }
    if !option.forms.is_empty() {
        text += "\n";
    }
    text + &format!("```toml\n{} = {}\n```\n", option.key, option.example)
}
