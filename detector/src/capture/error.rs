//! What can be wrong with a capture.

use std::io;

/// Why a capture cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// It is something else.
    #[error(
        "this is no capture: it does not begin with {:?}",
        String::from_utf8_lossy(super::MAGIC)
    )]
    Foreign,
    /// A newer detector wrote it.
    #[error(
        "the capture has format {found}, the newest known is {}: replay it with the version of \
         escape-detector that made it, or a newer one",
        super::VERSION
    )]
    Newer {
        /// Its version.
        found: u16,
    },
    /// It ends in the middle.
    #[error(
        "the capture ends in the middle of {what}, at byte {at}: it was cut, or its recorder was \
         killed; everything before was read"
    )]
    Cut {
        /// What was being read.
        what: &'static str,
        /// Where.
        at: u64,
    },
    /// It has no end mark.
    #[error(
        "the capture has no end, at byte {at}: its recorder was killed, or the file was cut; \
         everything before was read"
    )]
    Endless {
        /// Where it stops.
        at: u64,
    },
    /// The bytes contradict themselves.
    #[error("the capture is damaged at byte {at}: {what}; everything before was read")]
    Damaged {
        /// What is wrong.
        what: String,
        /// Where the part begins that is wrong.
        at: u64,
    },
    /// It cannot be read from its place.
    #[error("the capture cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// Why a capture cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file takes nothing.
    #[error("the capture cannot be written: {0}")]
    Io(#[from] io::Error),
    /// A fact is no JSON, which only a fault of ours can bring about.
    #[error("a fact cannot be written into the capture: {0}")]
    Json(#[from] serde_json::Error),
}
