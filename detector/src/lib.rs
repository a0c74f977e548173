//! The detector: from kernel records to alerts.

pub mod host;
