//! Why a directory cannot be used, and the mend.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A directory or file that the detector cannot use.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what the variant is")]
pub enum StateDirError {
    #[error("cannot make {}: there is no {}; make that first, or name another directory with --state-dir", .path.display(), .parent.display())]
    NoParent { path: PathBuf, parent: PathBuf },
    #[error("{} is no directory; name another with --state-dir", .path.display())]
    NotADirectory { path: PathBuf },
    #[error("{} is on a read-only file system; remount it writable, or name another directory with --state-dir", .path.display())]
    ReadOnly { path: PathBuf },
    #[error("the disk of {} is full; make room, or name another directory with --state-dir", .path.display())]
    Full { path: PathBuf },
    #[error("no permission for {}; start the detector with sudo, or name another directory with --state-dir", .path.display())]
    Denied { path: PathBuf },
    #[error("{} belongs to user {owner}, the detector runs as user {own}; use `chown {own}`, or name another directory with --state-dir", .path.display())]
    ForeignOwner { path: PathBuf, owner: u32, own: u32 },
    #[error("others may write into {} (mode {mode:04o}); use `chmod go-w`, or name another directory with --state-dir", .path.display())]
    WritableByOthers { path: PathBuf, mode: u32 },
    #[error("another detector{} uses {}; stop it, or give this one a directory of its own with --state-dir", .pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default(), .path.display())]
    InUse { path: PathBuf, pid: Option<u32> },
    #[error("{} is no plain file of the detector's; move it away", .path.display())]
    NotAFile { path: PathBuf },
    #[error("cannot use {}: {source}; name another directory with --state-dir", .path.display())]
    Other { path: PathBuf, source: io::Error },
}

impl StateDirError {
    /// Finds the words for an error of the system.
    pub(super) fn of(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::NotADirectory => Self::NotADirectory { path },
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full { path },
            ErrorKind::PermissionDenied => Self::Denied { path },
            _ => Self::Other {
                path,
                source: error,
            },
        }
    }
}
