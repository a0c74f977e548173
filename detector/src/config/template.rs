//! A configuration file to begin with: every option explained, with its default.

use super::file::{CONTAINER, CONTAINER_KEYS};
use super::{Effect, OPTIONS, Opt, Settings};

/// Columns of a line.
const WIDTH: usize = 90;

const HEAD: &str = "Configuration of escape-detector. Every option stands here with its default, \
    behind a `#`: take that away to change it. What the command line says goes before this file, \
    a list there in the place of the whole list here. Relative paths count from this file's \
    directory.";

const COMMANDS: &str = "`escape-detector config check` says what is wrong in it, `escape-detector \
    config show` what is in force and why.";

/// What a person is told of single containers.
pub(super) const CONTAINERS: &str = "How closely to look at single containers, where that is to \
    differ from `level`: a table for each, the first that fits counts. It chooses among what \
    `watch` selects, and adds nothing to it.";

/// The text of a file that changes nothing, to be changed.
#[must_use]
pub fn template() -> String {
    let mut text = prose(HEAD) + "#\n" + &prose(COMMANDS);
    let defaults = Settings::default();
    for option in OPTIONS {
        text += "\n";
        text += &prose(&option.explained());
        for (word, meaning) in option.forms {
            text += &prose(&format!("  {word}: {meaning}"));
        }
        text += &prose(&format!("Example: {} = {}", option.key, option.example));
        text += &format!("#{} = {}\n", option.key, option.toml(&defaults));
    }
    text += "\n";
    text += &prose(CONTAINERS);
    text + "# Example:\n" + &example().replace("[[", "#   [[").replace('\n', "\n#   ") + "\n"
}

/// A table of a single container.
pub(super) fn example() -> String {
    let lines = CONTAINER_KEYS.map(|(key, example)| format!("\n{key} = {example}"));
    format!("[[{CONTAINER}]]{}", lines.concat())
}

impl Opt {
    /// All that is said of it, in sentences.
    pub(super) fn explained(&self) -> String {
        let mut sentences = vec![format!("{}.", self.summary)];
        if !self.details.is_empty() {
            sentences.push(self.details.to_owned());
        }
        if let Some(default) = self.default {
            sentences.push(format!("Default: {default}."));
        }
        sentences.push(format!(
            "Command line: --{}. A change takes effect {}.",
            self.flag,
            self.effect.when()
        ));
        sentences.join(" ")
    }
}

impl Effect {
    /// When that is.
    pub(super) const fn when(self) -> &'static str {
        match self {
            Self::Reload => "at a reload",
            Self::Start => "at the next start",
        }
    }
}

/// A remark of several lines; what it begins with indents them all.
fn prose(text: &str) -> String {
    let words = text.trim_start();
    let indent = " ".repeat(text.len() - words.len());
    let mut lines = vec![format!("#{indent}")];
    for word in words.split(' ') {
        if let Some(line) = lines.last_mut() {
            if line.len() + 1 + word.len() <= WIDTH {
                line.push(' ');
                line.push_str(word);
            } else {
                lines.push(format!("#{indent} {word}"));
            }
        }
    }
    lines.join("\n") + "\n"
}
