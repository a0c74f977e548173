//! From observations to alerts: rules are asked, secrets masked, evidence put together.
#![forbid(unsafe_code)]

pub mod alert;
pub mod fields;
mod matcher;
pub mod redact;
pub mod sighting;
mod teller;

pub use matcher::Matcher;
pub use sighting::Sighting;
pub use teller::Teller;
