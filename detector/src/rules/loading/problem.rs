//! Problems as people read them: file, line, column, what is wrong, and the line itself.

use std::fmt;

use super::{exceptions::ExceptionError, rule_definition::DefinitionError, yaml::YamlError};
use crate::rules::language::{
    check::CheckError,
    lexer::SyntaxError,
    output::OutputError,
    place::Place,
    resolve::{ResolveError, Suspicion},
};

/// What is wrong.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// The file cannot be had.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is no YAML.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// An object of it is wrong.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    /// A condition cannot be parsed.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A name in it is unknown.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// Field, operator and value do not fit.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// An exception is wrong.
    #[error(transparent)]
    Exception(#[from] ExceptionError),
    /// An output template is wrong.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A rule that could never fire.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// Only a suspicion.
    #[error(transparent)]
    Suspicion(#[from] Suspicion),
    /// Only for attention.
    #[error(transparent)]
    Caution(#[from] Caution),
}

/// A file that cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FileError {
    /// The system refused.
    #[error("cannot read: {0}")]
    Read(String),
    /// Not a regular file and not a directory.
    #[error("is neither a file nor a directory")]
    Special,
    /// A directory without rules.
    #[error("has no file that ends in .yaml or .yml")]
    EmptyDirectory,
    /// Too large.
    #[error("is larger than {0} bytes: split it")]
    TooLarge(u64),
    /// Not UTF-8.
    #[error("is not UTF-8 here: save it as UTF-8")]
    NotUtf8,
    /// Nothing in it.
    #[error("has no rules in it")]
    Empty,
}

/// A rule that is well formed and useless.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RuleError {
    /// No event type that is reported can satisfy it.
    #[error(
        "rule '{0}' can never match: no event that the sensor reports satisfies its checks of evt.type"
    )]
    NeverMatches(String),
}

/// Something to know about rules that do load.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Caution {
    /// An event type that exists and is not reported.
    #[error("the sensor does not report '{0}': this part of the condition never holds")]
    Unreported(String),
    /// A second rule of the same name in one file.
    #[error("rule '{0}' stands twice in this file: the later one replaces the earlier")]
    Redefined(String),
    /// A condition without `evt.type`.
    #[error(
        "rule '{0}' is tried on every event: check evt.type first, or set warn_evttypes: false"
    )]
    EveryEvent(String),
    /// `skip-if-unknown-filter` at work.
    #[error("rule '{rule}' is skipped: {reason}")]
    Skipped {
        /// The rule.
        rule: String,
        /// What was unknown.
        reason: String,
    },
    /// A fault in a macro that no rule uses.
    #[error("in a macro that no rule uses: {0}")]
    UnusedMacro(String),
}

/// Where a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

/// A problem, with all that is needed to show it.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The file, as it was named.
    pub file: String,
    /// Where in it; nothing if the file as a whole is meant.
    pub position: Option<Position>,
    /// What is wrong.
    pub fault: Fault,
    snippet: Option<Snippet>,
}

#[derive(Clone, Debug)]
struct Snippet {
    line: u32,
    text: String,
    indent: usize,
    width: usize,
}

/// How much of a line is shown before and behind the place.
const CONTEXT: usize = 76;

impl Problem {
    pub(in crate::rules) fn with_file(file: &str, fault: impl Into<Fault>) -> Self {
        Self {
            file: file.to_owned(),
            position: None,
            fault: fault.into(),
            snippet: None,
        }
    }

    pub(in crate::rules) fn at(file: &str, text: &str, place: Place, fault: Fault) -> Self {
        let position = Position {
            line: place.line,
            column: place.column,
        };
        let snippet = Snippet::new(text, place);
        Self {
            file: file.to_owned(),
            position: Some(position),
            fault,
            snippet,
        }
    }
}

impl Snippet {
    fn new(text: &str, place: Place) -> Option<Self> {
        let column = place.column.checked_sub(1)? as usize;
        let line = text.split('\n').nth(place.line.checked_sub(1)? as usize)?;
        let skipped = column.saturating_sub(CONTEXT);
        let visible = |character: char| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        };
        let shown: String = line
            .chars()
            .skip(skipped)
            .take(2 * CONTEXT)
            .map(visible)
            .collect();
        let shown = shown.trim_end().to_owned();
        let indent = column - skipped;
        let rest = shown.chars().count().saturating_sub(indent).max(1);
        let width = (place.width as usize).clamp(1, rest);
        (!shown.is_empty()).then_some(Self {
            line: place.line,
            text: shown,
            indent,
            width,
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some(Position { line, column }) = self.position {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.fault)?;
        let Some(Snippet {
            line,
            text,
            indent,
            width,
        }) = &self.snippet
        else {
            return Ok(());
        };
        let number = line.to_string();
        let margin = number.len();
        let carets = "^".repeat(*width);
        write!(
            f,
            "\n {number} | {text}\n {:margin$} | {:indent$}{carets}",
            "", ""
        )
    }
}

impl std::error::Error for Problem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.fault.source()
    }
}

/// All problems of a load, in the order of files and lines.
#[derive(Clone, Debug)]
pub struct LoadErrors {
    /// One or more.
    pub problems: Vec<Problem>,
}

impl fmt::Display for LoadErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if index > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadErrors {}
