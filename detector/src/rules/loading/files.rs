//! Files and directories of rules, read as text.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::problem::{FileError, Problem};
use crate::document::{Document, ReadError};
use crate::rules::cases::files::{is_test, rules_in};

/// No file of rules or of tests is longer: ten times the largest known.
pub(in crate::rules) const MAX_FILE: u64 = 4 << 20;

/// Reads a file, or all files of a directory but those of tests; what cannot be read is a problem.
pub(in crate::rules) fn read(path: &Path, files: &mut Vec<Document>, problems: &mut Vec<Problem>) {
    let name = path.display().to_string();
    let entries = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => directory(path),
        Ok(_) if is_test(path) => Err(FileError::Test),
        Ok(_) => Ok(vec![path.to_owned()]),
        Err(error) => Err(ReadError::from(error).into()),
    };
    match entries {
        Err(error) => problems.push(Problem::with_file(&name, error)),
        Ok(paths) => {
            for path in paths {
                match Document::read(&path, MAX_FILE) {
                    Ok(file) => files.push(file),
                    Err(problem) => problems.push(problem.widen::<FileError>().widen()),
                }
            }
        }
    }
}

fn directory(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    let paths = rules_in(path).map_err(ReadError::from)?;
    if paths.is_empty() {
        Err(FileError::EmptyDirectory)
    } else {
        Ok(paths)
    }
}
