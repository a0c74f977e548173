//! The detector: from kernel records to alerts.

pub mod detect;
pub mod event;
pub mod host;
pub mod sinks;
pub mod state_dir;
