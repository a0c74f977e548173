//! Looking at a state directory without making, locking or changing it.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{Access, AtFlags, CWD, Mode, OFlags, accessat, fstatfs, fstatvfs, openat};
use rustix::io::Errno;

use super::directory::{check_private, check_room};
use super::{StateDirError, lock, refused};

/// Bytes of the trial of writing.
const TRIAL: usize = 4096;

/// What is known of a state directory that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Where it is, or the directory in which it would be made.
    pub place: PathBuf,
    /// Whether it is there.
    pub exists: bool,
    /// Who uses it, if anybody does: the pid, unless that is not to be known.
    pub holder: Option<Option<u32>>,
    /// The superblock magic of its file system.
    pub file_system: u64,
    /// What is free there; `None` for a file system without a size of its own.
    pub room: Option<Room>,
    /// How long it took to write and flush a file without a name; `None` where there are no such
    /// files and only the permission was looked at.
    pub flushed: Option<Duration>,
}

/// What is free on a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes for this user.
    pub bytes: u64,
    /// Files; `None` where their number has no bound.
    pub files: Option<u64>,
}

/// Looks at a state directory as [`StateDir::open`](super::StateDir::open) would take it.
///
/// # Errors
/// With that function's errors, except that a directory in use is none.
pub fn inspect(path: &Path) -> Result<Inspection, StateDirError> {
    let (place, exists) = match path.try_exists() {
        Ok(true) => (path, true),
        Ok(false) => (parent(path), false),
        Err(error) => return Err(refused(path, error)),
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = match openat(CWD, place, flags, Mode::empty()) {
        Ok(directory) => directory,
        Err(Errno::NOENT) => {
            let (path, parent) = (path.to_owned(), place.to_owned());
            return Err(StateDirError::NoParent { path, parent });
        }
        Err(error) => return Err(refused(place, error)),
    };
    let mut holder = None;
    if exists {
        check_private(&directory, path)?;
        holder = lock::holder(directory.as_fd(), path)?;
    }
    check_room(&directory, path)?;
    let flushed = try_writing(&directory).map_err(|error| refused(place, error))?;
    let file_system = fstatfs(&directory).map_err(|e| refused(place, e))?.f_type;
    Ok(Inspection {
        place: place.to_owned(),
        exists,
        holder,
        // The field's type differs between architectures.
        file_system: u64::try_from(file_system).unwrap_or_default(),
        room: room(&directory).map_err(|error| refused(place, error))?,
        flushed,
    })
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn room(directory: &OwnedFd) -> Result<Option<Room>, Errno> {
    let room = fstatvfs(directory)?;
    Ok((room.f_blocks > 0).then(|| Room {
        bytes: room.f_bavail.saturating_mul(room.f_frsize),
        files: (room.f_files > 0).then_some(room.f_ffree),
    }))
}

/// Writes and flushes a file that never has a name.
fn try_writing(directory: &OwnedFd) -> std::io::Result<Option<Duration>> {
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    match openat(directory, ".", flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) => {
            let start = Instant::now();
            let mut file = File::from(file);
            file.write_all(&[0; TRIAL])?;
            file.sync_all()?;
            Ok(Some(start.elapsed()))
        }
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => {
            let access = Access::WRITE_OK | Access::EXEC_OK;
            accessat(directory, ".", access, AtFlags::EACCESS)?;
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::super::StateDir;
    use super::*;

    #[test]
    fn looking_makes_and_changes_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("state");
        let missing = inspect(&path).unwrap();
        assert!(!missing.exists);
        assert_eq!(missing.place, parent.path());
        assert!(!path.exists());

        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o711)).unwrap();
        let there = inspect(&path).unwrap();
        assert!(there.exists && there.room.unwrap().bytes > 0);
        assert_eq!(there.holder, None);
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
    }

    #[test]
    fn a_directory_in_use_names_its_holder_and_stays_in_use() {
        let directory = tempfile::tempdir().unwrap();
        let state = StateDir::open(directory.path()).unwrap();
        let held = inspect(directory.path()).unwrap();
        assert_eq!(held.holder, Some(Some(std::process::id())));
        StateDir::open(directory.path()).unwrap_err();
        drop(state);
        assert_eq!(inspect(directory.path()).unwrap().holder, None);
    }

    #[test]
    fn what_cannot_be_used_is_refused_in_the_same_words() {
        let parent = tempfile::tempdir().unwrap();
        let message = |path: &Path| inspect(path).unwrap_err().to_string();
        assert!(message(&parent.path().join("tpyo/state")).contains("there is no"));
        let file = parent.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(message(&file).contains("is no directory"));
        fs::set_permissions(parent.path(), Permissions::from_mode(0o777)).unwrap();
        assert!(message(parent.path()).contains("chmod go-w"));
    }
}
