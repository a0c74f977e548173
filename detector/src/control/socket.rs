//! The socket itself: its path, and binding it without stepping on another detector.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, fchmod};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, connect, listen};

/// Bytes of a socket's path: `sun_path` has 108, the last one is NUL.
const LONGEST: usize = 107;
/// Clients that may wait to be accepted.
const BACKLOG: i32 = 64;
/// For the detector's own user.
const MODE: Mode = Mode::from_raw_mode(0o600);

/// Why there is no socket. Each message says what to do.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what the variant is")]
pub enum SocketError {
    #[error("the path of the control socket has {length} bytes, the system allows {LONGEST}: {}; give a shorter --state-dir", .path.display())]
    TooLong { path: PathBuf, length: usize },
    #[error("another detector answers at {}; stop it, or give this one a directory of its own with --state-dir", .path.display())]
    InUse { path: PathBuf },
    #[error("{} is no socket; move it away", .path.display())]
    NotASocket { path: PathBuf },
    #[error("cannot listen at {}: {source}; give another directory with --state-dir", .path.display())]
    Other { path: PathBuf, source: io::Error },
}

/// A path that a socket may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketPath(PathBuf);

impl SocketPath {
    /// Checks a path.
    ///
    /// # Errors
    /// If it is longer than the system allows.
    pub fn new(path: PathBuf) -> Result<Self, SocketError> {
        let length = path.as_os_str().len();
        if length > LONGEST {
            return Err(SocketError::TooLong { path, length });
        }
        Ok(Self(path))
    }

    /// The path.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    fn error(&self, source: impl Into<io::Error>) -> SocketError {
        SocketError::Other {
            path: self.0.clone(),
            source: source.into(),
        }
    }
}

/// A socket that takes clients, though nobody answers them yet. Its name goes with the value.
#[derive(Debug)]
pub struct Bound {
    pub(super) listener: UnixListener,
    pub(super) name: Name,
}

impl Bound {
    /// Binds the socket, in the place of one that a dead detector left.
    ///
    /// # Errors
    /// If somebody answers there, or the path cannot be bound.
    pub fn bind(path: &SocketPath) -> Result<Self, SocketError> {
        remove_stale(path)?;
        let listener = listener(path).map_err(|error| path.error(error))?;
        let name = Name(path.0.clone());
        Ok(Self { listener, name })
    }
}

/// A socket in the file system, removed with the value.
#[derive(Debug)]
pub(super) struct Name(PathBuf);

impl Drop for Name {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "the control socket stays behind");
        }
    }
}

fn socket(flags: SocketFlags) -> Result<OwnedFd, Errno> {
    let flags = flags | SocketFlags::CLOEXEC;
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
}

fn listener(path: &SocketPath) -> Result<UnixListener, Errno> {
    let socket = socket(SocketFlags::NONBLOCK)?;
    // Linux gives the name the mode of the socket: nobody else gets in, not even for a moment.
    fchmod(&socket, MODE)?;
    bind(&socket, &SocketAddrUnix::new(&path.0)?)?;
    listen(&socket, BACKLOG)?;
    Ok(UnixListener::from(socket))
}

/// A socket at which nobody listens is what a killed detector leaves.
fn remove_stale(path: &SocketPath) -> Result<(), SocketError> {
    let kind = match std::fs::symlink_metadata(&path.0) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(path.error(error)),
    };
    let named = || path.0.clone();
    if !kind.is_socket() {
        return Err(SocketError::NotASocket { path: named() });
    }
    let probe = socket(SocketFlags::NONBLOCK).map_err(|error| path.error(error))?;
    let address = SocketAddrUnix::new(&path.0).map_err(|error| path.error(error))?;
    match connect(&probe, &address) {
        Err(Errno::CONNREFUSED) => std::fs::remove_file(&path.0).map_err(|error| path.error(error)),
        Err(Errno::NOENT) => Ok(()),
        // EAGAIN: it listens, and its backlog is full.
        Ok(()) | Err(Errno::AGAIN) => Err(SocketError::InUse { path: named() }),
        Err(error) => Err(path.error(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;

    use super::*;

    fn place() -> (tempfile::TempDir, SocketPath) {
        let directory = tempfile::tempdir().unwrap();
        let path = SocketPath::new(directory.path().join("control.sock")).unwrap();
        (directory, path)
    }

    #[test]
    fn the_socket_is_ours_alone_and_goes_with_the_value() {
        let (_directory, path) = place();
        let bound = Bound::bind(&path).unwrap();
        let mode = fs::metadata(path.as_path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        UnixStream::connect(path.as_path()).unwrap();
        drop(bound);
        assert!(!path.as_path().exists());
    }

    #[test]
    fn a_live_socket_is_left_alone() {
        let (_directory, path) = place();
        let _bound = Bound::bind(&path).unwrap();
        let error = Bound::bind(&path).unwrap_err();
        assert!(matches!(error, SocketError::InUse { .. }), "{error}");
        UnixStream::connect(path.as_path()).unwrap();
    }

    #[test]
    fn a_dead_socket_is_replaced() {
        let (_directory, path) = place();
        drop(UnixListener::bind(path.as_path()).unwrap());
        assert!(path.as_path().exists());
        let _bound = Bound::bind(&path).unwrap();
        UnixStream::connect(path.as_path()).unwrap();
    }

    #[test]
    fn what_is_no_socket_is_not_removed() {
        let (_directory, path) = place();
        fs::write(path.as_path(), "precious").unwrap();
        let error = Bound::bind(&path).unwrap_err();
        assert!(matches!(error, SocketError::NotASocket { .. }), "{error}");
        assert_eq!(fs::read_to_string(path.as_path()).unwrap(), "precious");
    }

    #[test]
    fn the_longest_path_works_and_the_next_is_refused_by_name() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().as_os_str().len() + 1;
        let longest = directory.path().join("s".repeat(LONGEST - base));
        let _bound = Bound::bind(&SocketPath::new(longest).unwrap()).unwrap();
        let longer = directory.path().join("s".repeat(LONGEST + 1 - base));
        let error = SocketPath::new(longer).unwrap_err().to_string();
        assert!(
            error.contains("108 bytes") && error.contains("--state-dir"),
            "{error}"
        );
    }
}
