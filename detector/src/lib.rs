//! The detector: from kernel records to alerts.
//!
//! One module per room; `docs/architecture.md` draws the house and says which room may use which.

pub mod capture;
pub mod cli;
pub mod config;
pub mod control;
pub mod detect;
pub mod doctor;
pub mod document;
pub mod event;
pub mod host;
pub mod live;
pub mod objects;
pub mod pipeline;
pub mod replay;
pub mod rules;
pub mod sensor;
pub mod sinks;
pub mod state_dir;
pub mod view;
