//! Rules: conditions in the Falco language, from YAML files to matches.
//!
//! The way of a rule: `yaml` reads a file into a tree that knows its places, `definitions`
//! merges the objects of all files, `parser` makes a tree of each condition, `resolve` puts
//! lists and macros in, `check` compares fields, operators and values with the table in
//! `fields`, and what comes out is a `condition` ready to run. `load` collects everything
//! that is wrong on the way and shows it with file, line and column; nothing is ever ignored.
//!
//! This room knows nothing of kernels or containers beyond the names of fields and events: an
//! event is whatever answers [`Fields::value`].
//!
//! Invariants: a check of a missing field is false, whatever its operator; every matching rule
//! fires; no input, however deep or large, overflows the stack or runs without bound.
#![forbid(unsafe_code)]

mod ast;
mod build;
mod changes;
mod check;
mod comparison;
mod condition;
mod constant;
mod definitions;
mod events;
mod exceptions;
mod fields;
mod fragment;
mod glob;
mod items;
mod level;
mod lexer;
mod load;
mod network;
mod output;
mod parser;
mod place;
mod prefixes;
mod priority;
mod problem;
mod resolve;
mod rule_definition;
mod rule_set;
mod scalar;
mod shipped;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod text;
mod value;
mod versions;
mod yaml;

use crate::document::suggest;

pub use crate::document::Position;

pub use self::{
    check::CheckError,
    constant::ValueError,
    exceptions::ExceptionError,
    fields::{Accepts, Argument, Definition, Field, Kind, Reach},
    items::ItemError,
    lexer::SyntaxError,
    load::RuleSource,
    output::{OutputError, Template},
    priority::{Priority, UnknownPriority},
    problem::{Caution, Fault, FileError, LoadErrors, Problem, RuleError},
    resolve::{ResolveError, Suspicion},
    rule_definition::DefinitionError,
    rule_set::{Rule, RuleSet},
    shipped::shipped,
    value::{Fields, Value},
    yaml::YamlError,
};
