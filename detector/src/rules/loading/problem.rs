//! What can be wrong with rules, in words.

use super::{exceptions::ExceptionError, rule_definition::DefinitionError, yaml::YamlError};
use crate::document::{self, ReadError};
use crate::rules::language::{
    check::CheckError,
    doubt::Doubt,
    lexer::SyntaxError,
    output::OutputError,
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
    /// Only a doubt.
    #[error(transparent)]
    Doubt(#[from] Doubt),
    /// Only for attention.
    #[error(transparent)]
    Caution(#[from] Caution),
}

/// Files that hold no rules.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FileError {
    /// A file or directory that cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A directory without rules.
    #[error("has no file that ends in .yaml or .yml")]
    EmptyDirectory,
    /// Tests, not rules.
    #[error("holds tests, going by its name: `rules test` runs them")]
    Test,
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
    /// A rule of events that exist and are not reported.
    #[error("rule '{0}' never matches here: the sensor reports none of its event types")]
    NothingReported(String),
    /// A second rule of the same name in one file.
    #[error("rule '{0}' stands twice in this file: the later one replaces the earlier")]
    Redefined(String),
    /// A rule of events that do not exist here.
    #[error(
        "rule '{rule}' is skipped: it is about events of '{events}', and only those of 'syscall' exist here"
    )]
    OtherSource {
        /// The rule.
        rule: String,
        /// Its source of events.
        events: String,
    },
    /// A key that asks for what is done otherwise here.
    #[error("'{0}' has no effect: `record` keeps the events of containers")]
    NoEffect(&'static str),
    /// A name that no condition can use.
    #[error("no condition can name the {item} '{name}': use letters, digits and '_'")]
    BadName {
        /// The sort of object.
        item: &'static str,
        /// The name.
        name: String,
    },
    /// Two exceptions of one name.
    #[error(
        "exception '{0}' stands twice in one rule: both count, but later values are added to the first alone"
    )]
    ExceptionTwice(String),
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
    /// `append: true`.
    #[error("'append' is the old way: name each key under 'override' as 'append'")]
    Appended,
    /// A macro or list that nothing uses.
    #[error("nothing uses the {item} '{name}'")]
    NeverUsed {
        /// The sort of object.
        item: &'static str,
        /// Its name.
        name: String,
    },
    /// A fault in a macro that no rule uses.
    #[error("in a macro that no rule uses: {0}")]
    UnusedMacro(String),
}

/// A problem of rules, with all that is needed to show it.
pub type Problem = document::Problem<Fault>;

/// All problems of a load.
pub type LoadErrors = document::Problems<Fault>;
