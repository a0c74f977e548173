//! All that clients may look at and ask for.

use std::sync::Arc;

use super::{Board, Feed, Recent, Requests};

/// What the detector publishes, and the server shows; and where it carries requests.
#[derive(Debug, Clone)]
pub struct Views {
    /// How things stand.
    pub board: Arc<Board>,
    /// The last alerts.
    pub recent: Arc<Recent>,
    /// The events, as they come.
    pub feed: Arc<Feed>,
    /// What is wanted.
    pub requests: Requests,
}

impl Views {
    /// A board, nothing else to see yet, and nobody who hears requests.
    #[must_use]
    pub fn of(board: Arc<Board>) -> Self {
        Self {
            board,
            recent: Arc::default(),
            feed: Arc::default(),
            requests: Requests::unheard(),
        }
    }
}
