//! Files that people write, rules and configuration: read within bounds, and what is wrong in them
//! shown so that it can be mended at once: file, line, column, the line itself, and the name that
//! was probably meant.
//!
//! What a file says is the concern of the rooms that use this one.
#![forbid(unsafe_code)]

mod excerpt;
mod problem;
mod read;
pub mod suggest;

pub use problem::{Position, Problem, Problems};
pub use read::{Document, ReadError};
