//! Single values: read from a word as it was typed.
//!
//! A word may be no UTF-8 where it is a path of the command line; a word of the file always is.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use detector_common::tier::Tier;

use super::{ObjectPath, Output};
use crate::document::suggest;
use crate::host::engine::{SocketError, Sockets};
use crate::host::selection::{Level, Selector, SelectorError};
use crate::rules::RuleMatching;

/// The word for what depends on the container, or on the kernel.
pub(super) const AUTO: &str = "auto";
/// The word for no file.
pub(super) const NONE: &str = "none";

/// Why a word is no value of its option.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Not one of a few words.
    #[error("{found:?} is none of {choices}{hint}")]
    Choice {
        /// The word.
        found: String,
        /// What there is.
        choices: String,
        /// What was probably meant.
        hint: String,
    },
    /// Nothing that can be watched.
    #[error(transparent)]
    Selector(#[from] SelectorError),
    /// No socket of this host.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// No path at all.
    #[error("a path is missing here")]
    EmptyPath,
    /// A path that no system call takes.
    #[error("no path has a NUL in it")]
    Nul,
    /// No class before a path.
    #[error("{found:?} says not what it is; write CLASS=PATH, with one of {choices} for CLASS")]
    NoClass {
        /// The word.
        found: OsString,
        /// The classes.
        choices: String,
    },
    /// A path that depends on where somebody stands.
    #[error("{0:?} is a relative path; give an absolute one")]
    Relative(PathBuf),
    /// Bytes where text is needed.
    #[error("{0:?} is not UTF-8")]
    NotText(OsString),
}

/// A word as it was typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    /// The word.
    pub(super) text: &'a OsStr,
    /// Where relative paths begin; the working directory, if nothing is said.
    pub(super) base: Option<&'a Path>,
}

impl<'a> Word<'a> {
    /// A word whose relative paths begin in the working directory.
    pub(super) const fn typed(text: &'a OsStr) -> Self {
        Self { text, base: None }
    }

    fn text(self) -> Result<&'a str, ValueError> {
        self.text
            .to_str()
            .ok_or_else(|| ValueError::NotText(self.text.to_owned()))
    }
}

pub(super) fn path(word: Word<'_>) -> Result<PathBuf, ValueError> {
    if word.text.is_empty() {
        return Err(ValueError::EmptyPath);
    }
    if word.text.as_bytes().contains(&0) {
        return Err(ValueError::Nul);
    }
    Ok(word.base.unwrap_or(Path::new("")).join(word.text))
}

/// A path, or the word for none.
pub(super) fn path_or_none(word: Word<'_>) -> Result<Option<PathBuf>, ValueError> {
    if word.text == NONE {
        return Ok(None);
    }
    path(word).map(Some)
}

/// As typed: `/PATH` or `unix:///PATH`.
pub(super) fn engine(word: Word<'_>) -> Result<String, ValueError> {
    let text = word.text()?;
    Sockets::choose(&[text], None)?;
    Ok(text.to_owned())
}

pub(super) fn selector(word: Word<'_>) -> Result<Selector, ValueError> {
    Ok(word.text()?.parse()?)
}

/// An object: `CLASS=PATH`.
pub(super) fn object(word: Word<'_>) -> Result<ObjectPath, ValueError> {
    let bytes = word.text.as_bytes();
    let Some(at) = bytes.iter().position(|byte| *byte == b'=') else {
        let names: Vec<_> = ObjectPath::classes().map(|(name, _)| name).collect();
        return Err(ValueError::NoClass {
            found: word.text.to_owned(),
            choices: names.join(", "),
        });
    };
    let part = |part: Option<&'_ [u8]>| OsStr::from_bytes(part.unwrap_or_default()).to_owned();
    let (class, rest) = (part(bytes.get(..at)), part(bytes.get(at + 1..)));
    let classes: Vec<_> = ObjectPath::classes().collect();
    let class = choice(Word::typed(&class), classes)?;
    let path = path(Word {
        text: &rest,
        base: word.base,
    })?;
    if path.is_relative() {
        return Err(ValueError::Relative(path));
    }
    Ok(ObjectPath { class, path })
}

pub(super) fn rule_matching(word: Word<'_>) -> Result<RuleMatching, ValueError> {
    choice(word, RuleMatching::ALL.map(|which| (which.as_str(), which)))
}

pub(super) fn output(word: Word<'_>) -> Result<Output, ValueError> {
    choice(word, Output::ALL.map(|output| (output.as_str(), output)))
}

pub(super) fn level(word: Word<'_>) -> Result<Level, ValueError> {
    choice(word, Level::ALL.map(|level| (level.as_str(), level)))
}

/// A level, or the word for one that depends on the container.
pub(super) fn level_or_auto(word: Word<'_>) -> Result<Option<Level>, ValueError> {
    let levels = Level::ALL.map(|level| (level.as_str(), Some(level)));
    let choices: Vec<_> = [(AUTO, None)].into_iter().chain(levels).collect();
    choice(word, choices)
}

/// An object of the sensor, or the word for the one that the kernel takes.
pub(super) fn object_or_auto(word: Word<'_>) -> Result<Option<Tier>, ValueError> {
    let tiers = Tier::ALL.map(|tier| (tier.name(), Some(tier)));
    let choices: Vec<_> = [(AUTO, None)].into_iter().chain(tiers).collect();
    choice(word, choices)
}

fn choice<T: Copy>(
    word: Word<'_>,
    choices: impl AsRef<[(&'static str, T)]>,
) -> Result<T, ValueError> {
    let text = word.text()?;
    let choices = choices.as_ref();
    if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
        return Ok(*value);
    }
    let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
    Err(ValueError::Choice {
        found: text.to_owned(),
        choices: names.join(", "),
        hint: suggest::hint(text, names),
    })
}
