//! The state directory: where a detector keeps what must outlive it, one detector at a time.
//!
//! Nobody but its owner may write into it, or others could put links where root writes. Files are
//! opened relative to the directory as it was checked, never through a link. It is refused as a
//! whole, before anything is written, where it cannot be used: each message names the directory
//! and what to do about it.
#![forbid(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

mod alerts;
mod directory;
mod error;
mod inspect;
mod lock;

pub use directory::open_private;
pub use error::StateDirError;
pub use inspect::{Inspection, Room, inspect};
use lock::Lock;

/// The state directory of a detector that was given none.
pub const DEFAULT: &str = "/var/lib/escape-detector";

/// A state directory that is ours while this value lives.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    directory: OwnedFd,
    _lock: Lock,
}

impl StateDir {
    /// Makes the directory where it is missing, checks it, and locks it.
    ///
    /// # Errors
    /// If it cannot be made or used, or another detector uses it.
    pub fn open(path: &Path) -> Result<Self, StateDirError> {
        let directory = open_private(path)?;
        directory::check_room(&directory, path)?;
        let lock = Lock::take(directory.as_fd(), path)?;
        Ok(Self {
            path: path.to_owned(),
            directory,
            _lock: lock,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `alerts.jsonl`, opened for appending, its last line whole: what a crash left of a line is
    /// ended, and that is said.
    ///
    /// # Errors
    /// If it is no plain file of ours, or cannot be opened or mended.
    pub fn alerts(&self) -> Result<File, StateDirError> {
        alerts::open(self.directory.as_fd(), &self.path)
    }
}

/// An error of the system about this path, in words that say what to do.
fn refused(path: &Path, error: impl Into<io::Error>) -> StateDirError {
    StateDirError::of(path, error.into())
}
