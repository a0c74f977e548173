//! From observations to alerts.
#![forbid(unsafe_code)]

pub mod alert;
