//! From files to compiled definitions, or all that is wrong with them.
//!
//! `files` reads, `yaml` makes a tree that knows its places, `definitions` merges the objects of
//! all files, `build` has each condition compiled; `problem` shows faults to people.

pub(super) mod build;
pub(super) mod changes;
pub(super) mod codes;
pub(super) mod definitions;
pub(super) mod exceptions;
pub(super) mod files;
pub(super) mod items;
mod mentions;
pub(super) mod priority;
pub(super) mod problem;
pub(super) mod rule_definition;
mod scalar;
mod versions;
pub(super) mod yaml;
