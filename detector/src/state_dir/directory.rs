//! Directories that only their owner may write into.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, fchmod, fstat, fstatvfs, mkdirat, openat};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::{StateDirError, refused};

/// Others may pass through, to reach what they may reach, but not list.
const MODE: Mode = Mode::from_raw_mode(0o711);
/// Write permission for group and others.
const OTHERS_WRITE: u32 = 0o022;
/// Less room than this counts as none: a few alerts.
const LEAST_ROOM: u64 = 256 * 1024;

/// Opens a directory, made where it is missing, into which only we may write.
///
/// # Errors
/// If it cannot be made or opened, is another user's, or others may write into it.
pub fn open_private(path: &Path) -> Result<OwnedFd, StateDirError> {
    let made = make(path)?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = openat(CWD, path, flags, Mode::empty()).map_err(|e| refused(path, e))?;
    if made {
        // The umask took bits away.
        fchmod(&directory, MODE).map_err(|e| refused(path, e))?;
    }
    check_private(&directory, path)?;
    Ok(directory)
}

/// Refuses a directory that is not ours alone to write into.
pub(super) fn check_private(directory: &OwnedFd, path: &Path) -> Result<(), StateDirError> {
    let stat = fstat(directory).map_err(|e| refused(path, e))?;
    let own = geteuid().as_raw();
    if stat.st_uid != own {
        let path = path.to_owned();
        return Err(StateDirError::ForeignOwner {
            path,
            owner: stat.st_uid,
            own,
        });
    }
    let mode = stat.st_mode & 0o7777;
    if mode & OTHERS_WRITE != 0 {
        let path = path.to_owned();
        return Err(StateDirError::WritableByOthers { path, mode });
    }
    Ok(())
}

/// Makes the directory itself, never its parents: a slip of the pen should not grow a tree.
fn make(path: &Path) -> Result<bool, StateDirError> {
    match mkdirat(CWD, path, MODE) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        // A read-only file system answers before it looks whether the directory exists.
        Err(_) if path.is_dir() => Ok(false),
        Err(Errno::NOENT) => {
            let parent = path.parent().unwrap_or(Path::new("/")).to_owned();
            let path = path.to_owned();
            Err(StateDirError::NoParent { path, parent })
        }
        Err(error) => Err(refused(path, error)),
    }
}

/// Refuses a disk without room before anything is written to it. File systems without a size of
/// their own (some network and user-space ones) report none and are believed to have room.
pub(super) fn check_room(directory: &OwnedFd, path: &Path) -> Result<(), StateDirError> {
    let room = fstatvfs(directory).map_err(|e| refused(path, io::Error::from(e)))?;
    let sized = room.f_blocks > 0;
    let bytes = room.f_bavail.saturating_mul(room.f_frsize);
    let no_files = room.f_files > 0 && room.f_ffree == 0;
    if sized && (bytes < LEAST_ROOM || no_files) {
        let path = path.to_owned();
        return Err(StateDirError::Full { path });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn a_missing_directory_is_made_for_passing_through_only() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("state");
        open_private(&path).unwrap();
        assert_eq!(mode(&path), 0o711);
    }

    #[test]
    fn a_stricter_mode_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o700)).unwrap();
        open_private(directory.path()).unwrap();
        assert_eq!(mode(directory.path()), 0o700);
    }

    #[test]
    fn a_missing_parent_is_named_and_not_made() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("tpyo/state");
        let error = open_private(&path).unwrap_err().to_string();
        assert!(
            error.contains("there is no") && error.contains("tpyo;"),
            "{error}"
        );
        assert!(!parent.path().join("tpyo").exists());
    }

    #[test]
    fn what_is_no_directory_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = open_private(file.path()).unwrap_err();
        assert!(
            matches!(error, StateDirError::NotADirectory { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("--state-dir"));
        let below = open_private(&file.path().join("state")).unwrap_err();
        assert!(
            matches!(below, StateDirError::NotADirectory { .. }),
            "{below}"
        );
    }

    #[test]
    fn a_directory_open_to_others_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o1777)).unwrap();
        let error = open_private(directory.path()).unwrap_err().to_string();
        assert!(
            error.contains("1777") && error.contains("chmod go-w"),
            "{error}"
        );
    }

    #[test]
    fn a_directory_of_somebody_else_is_refused() {
        // /proc/1 belongs to root; root itself borrows a directory that it gives away.
        let directory = tempfile::tempdir().unwrap();
        let path = if geteuid().is_root() {
            std::os::unix::fs::chown(directory.path(), Some(4711), None).unwrap();
            directory.path()
        } else {
            Path::new("/proc/1")
        };
        let error = open_private(path).unwrap_err();
        assert!(
            matches!(error, StateDirError::ForeignOwner { .. }),
            "{error}"
        );
    }
}
