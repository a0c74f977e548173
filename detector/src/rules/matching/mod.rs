//! What runs at an event: fields and their values, comparisons, conditions, and the sentence that
//! an alert says. And what can be said before there is an event: `interest`.
//!
//! It knows nothing of how a rule is written.

mod base64;
pub(super) mod comparison;
pub(super) mod condition;
mod definition;
pub(super) mod events;
pub(super) mod fields;
mod glimpse;
pub(super) mod glob;
pub(super) mod interest;
mod names;
pub(super) mod network;
mod options;
pub(super) mod prefixes;
pub(super) mod program;
pub(super) mod relation;
pub(super) mod subject;
pub(super) mod template;
pub(super) mod value;
