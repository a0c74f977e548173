//! `alerts.jsonl`: for appending, for our eyes only, its last line whole.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::BorrowedFd;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, fchmod, fstat, openat};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::{StateDirError, refused};

/// The file's name.
const NAME: &str = "alerts.jsonl";
/// Alerts quote command lines.
const MODE: Mode = Mode::from_raw_mode(0o600);

pub(super) fn open(directory: BorrowedFd<'_>, path: &Path) -> Result<File, StateDirError> {
    let named = path.join(NAME);
    // Without NONBLOCK, opening a pipe of that name would wait for its reader.
    let flags = OFlags::RDWR
        | OFlags::APPEND
        | OFlags::CREATE
        | OFlags::NOFOLLOW
        | OFlags::NONBLOCK
        | OFlags::CLOEXEC;
    let file = match openat(directory, NAME, flags, MODE) {
        Ok(file) => File::from(file),
        Err(Errno::LOOP | Errno::ISDIR | Errno::NXIO) => {
            return Err(StateDirError::NotAFile { path: named });
        }
        Err(error) => return Err(refused(&named, error)),
    };
    let stat = fstat(&file).map_err(|e| refused(&named, e))?;
    let plain = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    // A second name elsewhere would let others read along, or mend what is not ours.
    if !plain || stat.st_uid != geteuid().as_raw() || stat.st_nlink != 1 {
        return Err(StateDirError::NotAFile { path: named });
    }
    fchmod(&file, MODE).map_err(|e| refused(&named, e))?;
    end_torn_line(&file, &named)?;
    Ok(file)
}

/// Ends a line that a crash tore, so that the next alert gets a line of its own. The part stays: it
/// may be all that is left of an alert.
fn end_torn_line(file: &File, path: &Path) -> Result<(), StateDirError> {
    let mended = end_last_line(file).map_err(|error| refused(path, error))?;
    if mended {
        tracing::warn!(
            file = %path.display(),
            "the last line was torn when the detector ended; it was ended where it broke off"
        );
    }
    Ok(())
}

fn end_last_line(mut file: &File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        return Ok(false);
    }
    file.write_all(b"\n")?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use rustix::fs::{CWD, mknodat};

    use super::super::StateDir;
    use super::*;

    #[test]
    fn alerts_are_appended_and_for_our_eyes_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(NAME);
        fs::write(&path, "{}\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let state = StateDir::open(directory.path()).unwrap();
        state.alerts().unwrap().write_all(b"{}\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}\n{}\n");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn a_torn_line_is_ended() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(NAME);
        fs::write(&path, "{}\n{\"uid\":").unwrap();
        let state = StateDir::open(directory.path()).unwrap();
        state.alerts().unwrap();
        state.alerts().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}\n{\"uid\":\n");
    }

    #[test]
    fn only_a_plain_file_will_do() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(NAME);
        let other = directory.path().join("other");
        fs::write(&other, "precious").unwrap();
        let state = StateDir::open(directory.path()).unwrap();
        let refuses = || matches!(state.alerts(), Err(StateDirError::NotAFile { .. }));

        symlink(&other, &path).unwrap();
        assert!(refuses());
        fs::remove_file(&path).unwrap();
        fs::hard_link(&other, &path).unwrap();
        assert!(refuses());
        fs::remove_file(&path).unwrap();
        mknodat(CWD, &path, FileType::Fifo, MODE, 0).unwrap();
        assert!(refuses());
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(refuses());
        assert_eq!(fs::read_to_string(&other).unwrap(), "precious");
    }
}
