//! What can be wrong with a test file, in words.

use crate::document::{self, ReadError};
use crate::rules::loading::{items::ItemError, priority::UnknownPriority, yaml::YamlError};
use crate::rules::told::ToldError;

/// What is wrong.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CaseError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is no YAML.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// The root of the file.
    #[error("a test file is a sequence of cases: begin each with '- case:'")]
    Root,
    /// Nothing in it.
    #[error("has no cases in it")]
    Empty,
    /// Keys or types.
    #[error(transparent)]
    Item(#[from] ItemError),
    /// A case that says nothing of what happens, or twice.
    #[error("the case '{0}' needs one of the keys 'event', 'events' and 'capture', and only one")]
    Input(String),
    /// A field or its value.
    #[error(transparent)]
    Told(#[from] ToldError),
    /// An event without a type.
    #[error("the event needs 'evt.type': rules are asked by it")]
    NoType,
    /// A priority.
    #[error(transparent)]
    Priority(#[from] UnknownPriority),
    /// A rule that is not there.
    #[error("no rule '{name}' is loaded and switched on{hint}")]
    UnknownRule {
        /// The name.
        name: String,
        /// Perhaps a suggestion.
        hint: String,
    },
}

/// One of them, with all that is needed to show it.
pub type CaseProblem = document::Problem<CaseError>;

/// All that is wrong with test files.
pub type CaseErrors = document::Problems<CaseError>;
