//! From observations to alerts: rules are asked, secrets masked, evidence put together.
#![forbid(unsafe_code)]

pub mod alert;
pub mod fields;
mod matcher;
pub mod redact;
#[cfg(test)]
pub(crate) mod sample;
pub mod sighting;
mod teller;

pub use matcher::{Matcher, Matches};
pub use sighting::Sighting;
pub use teller::Teller;
