//! The language of rules: from text that knows its place to a condition that is ready to run.
//!
//! `lexer` and `parser` make a tree, `resolve` puts lists and macros in, `check` compares fields,
//! operators and values with the table of fields and compiles; `output` reads templates, `layout` puts
//! conditions on lines.

pub(super) mod ast;
mod call;
pub(super) mod check;
pub(super) mod constant;
pub(super) mod doubt;
pub(super) mod field_name;
pub(super) mod fragment;
mod kind;
pub(super) mod layout;
mod level;
pub(super) mod lexer;
mod made;
pub(super) mod output;
pub(super) mod parser;
pub(super) mod place;
pub(super) mod resolve;
mod services;
pub(super) mod subject;
pub(super) mod text;

pub(super) use crate::document::suggest;
