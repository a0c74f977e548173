//! One detector to a directory: an exclusive lock on its file `lock`.
//!
//! The lock ends with the process, however that ends. The file stays: removing it would let two
//! detectors hold locks on two files of one name. The pid in it serves the message only.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::BorrowedFd;
use std::path::Path;

use rustix::fs::{FlockOperation, Mode, OFlags, flock, ftruncate, openat};
use rustix::io::Errno;
use rustix::process::getpid;

use super::{StateDirError, refused};

/// The file's name.
const NAME: &str = "lock";
/// A pid is shorter.
const LONGEST_PID: u64 = 16;

/// A lock that is held.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a directory.
    pub(super) fn take(directory: BorrowedFd<'_>, path: &Path) -> Result<Self, StateDirError> {
        let named = path.join(NAME);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = openat(directory, NAME, flags, Mode::from_raw_mode(0o644));
        let mut file = match opened {
            Ok(file) => File::from(file),
            Err(Errno::LOOP | Errno::ISDIR) => return Err(StateDirError::NotAFile { path: named }),
            Err(Errno::ROFS) => return Err(refused(path, Errno::ROFS)),
            Err(error) => return Err(refused(&named, error)),
        };
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let path = path.to_owned();
                let pid = pid_in(&mut file);
                return Err(StateDirError::InUse { path, pid });
            }
            Err(error) => return Err(refused(&named, error)),
        }
        ftruncate(&file, 0).map_err(|e| refused(&named, e))?;
        writeln!(file, "{}", getpid()).map_err(|e| refused(&named, e))?;
        Ok(Self { _file: file })
    }
}

/// Who holds the lock of a directory, if anybody does: the pid, unless that is only just being
/// written.
pub(super) fn holder(
    directory: BorrowedFd<'_>,
    path: &Path,
) -> Result<Option<Option<u32>>, StateDirError> {
    let named = path.join(NAME);
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut file = match openat(directory, NAME, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP) => return Err(StateDirError::NotAFile { path: named }),
        Err(error) => return Err(refused(&named, error)),
    };
    // A shared lock is had unless somebody holds the exclusive one; it goes with the file, at once.
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(None),
        Err(Errno::WOULDBLOCK) => Ok(Some(pid_in(&mut file))),
        Err(error) => Err(refused(&named, error)),
    }
}

/// The holder's pid, unless it is only just writing it.
fn pid_in(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(LONGEST_PID).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::super::StateDir;
    use super::*;

    #[test]
    fn a_second_detector_is_refused_by_name_until_the_first_ends() {
        let directory = tempfile::tempdir().unwrap();
        let first = StateDir::open(directory.path()).unwrap();
        let error = StateDir::open(directory.path()).unwrap_err().to_string();
        assert!(
            error.contains(&format!("(pid {})", std::process::id())),
            "{error}"
        );
        assert!(
            error.contains(&directory.path().display().to_string()),
            "{error}"
        );
        drop(first);
        StateDir::open(directory.path()).unwrap();
    }

    #[test]
    fn what_a_dead_detector_left_is_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join(NAME);
        fs::write(&file, "4194303000 and more than one would think\n").unwrap();
        let _state = StateDir::open(directory.path()).unwrap();
        assert_eq!(
            fs::read_to_string(file).unwrap(),
            format!("{}\n", std::process::id())
        );
    }

    #[test]
    fn a_link_is_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("precious");
        fs::write(&target, "content").unwrap();
        symlink(&target, directory.path().join(NAME)).unwrap();
        let error = StateDir::open(directory.path()).unwrap_err();
        assert!(matches!(error, StateDirError::NotAFile { .. }), "{error}");
        assert_eq!(fs::read_to_string(target).unwrap(), "content");
    }
}
