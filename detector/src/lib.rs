//! The detector: from kernel records to alerts.
