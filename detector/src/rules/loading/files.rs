//! Files and directories of rules, read as text.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use super::problem::{FileError, Problem};
use crate::rules::language::place::{Place, count};

/// Ten times the largest rule file known.
const MAX_FILE: u64 = 4 << 20;

/// A text that has been read.
pub(in crate::rules) struct File {
    pub(in crate::rules) name: String,
    pub(in crate::rules) text: String,
}

/// Reads a file, or all files of a directory; what cannot be read is a problem.
pub(in crate::rules) fn read(path: &Path, files: &mut Vec<File>, problems: &mut Vec<Problem>) {
    let name = path.display().to_string();
    let entries = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => directory(path),
        Ok(_) => Ok(vec![path.to_owned()]),
        Err(error) => Err(FileError::Read(error.to_string())),
    };
    match entries {
        Err(error) => problems.push(Problem::with_file(&name, error)),
        Ok(paths) => {
            for path in paths {
                let name = path.display().to_string();
                match read_file(&path) {
                    Ok(text) => files.push(File { name, text }),
                    Err(Unreadable::File(error)) => {
                        problems.push(Problem::with_file(&name, error));
                    }
                    Err(Unreadable::NotUtf8 { valid, place }) => {
                        let fault = FileError::NotUtf8.into();
                        problems.push(Problem::at(&name, &valid, place, fault));
                    }
                }
            }
        }
    }
}

fn directory(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    let unreadable = |error: std::io::Error| FileError::Read(error.to_string());
    let mut paths = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if matches!(ending, Some("yaml" | "yml")) {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        Err(FileError::EmptyDirectory)
    } else {
        Ok(paths)
    }
}

enum Unreadable {
    File(FileError),
    NotUtf8 { valid: String, place: Place },
}

fn read_file(path: &Path) -> Result<String, Unreadable> {
    let unreadable = |error: std::io::Error| Unreadable::File(FileError::Read(error.to_string()));
    let metadata = fs::metadata(path).map_err(unreadable)?;
    // Opening a FIFO would wait for a writer.
    if !metadata.is_file() {
        return Err(Unreadable::File(FileError::Special));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Unreadable::File(FileError::TooLarge(MAX_FILE)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid_up_to = error.utf8_error().valid_up_to();
        let valid = error.as_bytes().get(..valid_up_to).unwrap_or_default();
        let valid = String::from_utf8_lossy(valid).into_owned();
        let line = count(valid.matches('\n').count() + 1);
        let last = valid.rsplit('\n').next().unwrap_or_default();
        let column = count(last.chars().count() + 1);
        Unreadable::NotUtf8 {
            valid,
            place: Place {
                file: 0,
                line,
                column,
                width: 1,
            },
        }
    })
}
