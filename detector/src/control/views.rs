//! All that clients may look at.

use std::sync::Arc;

use super::{Board, Feed, Recent};

/// What the detector publishes, and the server shows.
#[derive(Debug, Clone)]
pub struct Views {
    /// How things stand.
    pub board: Arc<Board>,
    /// The last alerts.
    pub recent: Arc<Recent>,
    /// The events, as they come.
    pub feed: Arc<Feed>,
}

impl Views {
    /// A board, and nothing else to see yet.
    #[must_use]
    pub fn of(board: Arc<Board>) -> Self {
        Self {
            board,
            recent: Arc::default(),
            feed: Arc::default(),
        }
    }
}
