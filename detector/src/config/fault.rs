//! What can be wrong with a configuration, in words that say what to write instead.

use super::ValueError;
use crate::document::{Problem, Problems, ReadError};
use crate::host::engine::SocketError;

/// A problem of a configuration.
pub type ConfigProblem = Problem<Fault>;
/// All of them.
pub type ConfigProblems = Problems<Fault>;

/// What is wrong.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// The file cannot be had.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is no TOML.
    #[error("this is no TOML: {0}")]
    Syntax(String),
    /// There is no such option.
    #[error("unknown key '{key}'{hint}")]
    UnknownKey {
        /// Its name.
        key: String,
        /// What to write instead.
        hint: String,
    },
    /// A value of another type.
    #[error("'{key}' takes {wanted}, not {found}; write for example {example}")]
    Type {
        /// The option.
        key: &'static str,
        /// The type that it has.
        wanted: &'static str,
        /// The type that was found.
        found: &'static str,
        /// A right line.
        example: String,
    },
    /// A word that is no value.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// A list that must not be empty.
    #[error("'{0}' is an empty list; leave it out for the default")]
    Nothing(&'static str),
    /// A table that lacks a key.
    #[error("this [[{table}]] lacks '{key}'; write for example {example}")]
    Missing {
        /// The table.
        table: &'static str,
        /// The key.
        key: &'static str,
        /// A right line.
        example: String,
    },
    /// DOCKER_HOST is no socket of this host.
    #[error("{0}; unset it, or give --engine")]
    DockerHost(SocketError),
    /// More than anybody reads.
    #[error("has more problems, not shown")]
    More,
}
