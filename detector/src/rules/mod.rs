//! Rules: conditions in the Falco language, from YAML files to matches.
//!
//! The way of a rule leads through three folders. `loading` reads files and merges the objects of
//! all of them, `language` makes a checked condition of each text, `matching` asks it at events.
//! `load` goes that way and makes a `rule_set` of what comes out; everything that is wrong on the
//! way is collected and shown with file, line and column, and nothing is ever ignored.
//!
//! `cases` reads the tests that stand beside rules, and asks their events; `layout` lays files out.
//!
//! Each uses only what stands behind it: this folder all three, `loading` uses `language` and
//! `matching`, `language` uses `matching`, and `matching` nothing but itself.
//!
//! This room knows nothing of kernels or containers beyond the names of fields and events: an
//! event is whatever answers [`Fields::value`].
//!
//! Invariants: a check of a missing field is false, whatever its operator; every matching rule
//! fires; no input, however deep or large, overflows the stack or runs without bound.
#![forbid(unsafe_code)]

mod cases;
mod cost;
mod language;
mod layout;
mod load;
mod loading;
mod matching;
mod report;
mod rule_set;
mod schema;
mod shipped;
mod survey;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod told;

pub use crate::document::{Position, suggest::hint as suggest};

pub use self::{
    cases::{
        Alerts, Case, CaseError, CaseErrors, CaseProblem, Input, TestFile, beside, is_test,
        is_yaml, rules_in, tests_in,
    },
    cost::Cost,
    language::{
        check::CheckError,
        constant::ValueError,
        doubt::Doubt,
        lexer::SyntaxError,
        output::OutputError,
        resolve::{ResolveError, Suspicion},
    },
    layout::{Formatted, Left},
    load::RuleSource,
    loading::{
        codes::Code,
        exceptions::ExceptionError,
        items::ItemError,
        priority::{Priority, UnknownPriority},
        problem::{Caution, Fault, FileError, LoadErrors, Problem, RuleError},
        rule_definition::DefinitionError,
        yaml::YamlError,
    },
    matching::{
        events::REPORTED,
        fields::{Accepts, Argument, Definition, Family, Field, Kind, Reach},
        glob::fits,
        interest::{Interest, Names},
        program::Size,
        template::Template,
        value::{Fields, Value},
    },
    report::{Report, Reported},
    rule_set::{Rule, RuleMatching, RuleSet, Workspace},
    schema::schema,
    shipped::{shipped, shipped_tests},
    survey::{Explained, Question, Survey, Surveyed},
    told::{Given, Told, ToldError},
};
