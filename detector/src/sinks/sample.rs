//! Alerts on their way, for the tests of whoever handles them.

use std::sync::Arc;

use super::Outgoing;
use crate::detect::alert::sample;

/// An alert with this message.
pub(crate) fn outgoing(message: &str) -> Arc<Outgoing> {
    let mut alert = sample::alert();
    alert.message = message.to_owned();
    Arc::new(Outgoing::new(alert))
}
