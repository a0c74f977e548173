//! Reading a file: a regular one, of a bounded size, in UTF-8.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use super::{Position, Problem};

/// A text, and how errors name it.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its name.
    pub name: String,
    /// All of it.
    pub text: String,
}

/// Why a file cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refused.
    #[error("cannot read: {0}")]
    System(String),
    /// Not a regular file.
    #[error("is no regular file")]
    Special,
    /// Too large.
    #[error("is larger than {0} bytes")]
    TooLarge(u64),
    /// Not UTF-8.
    #[error("is not UTF-8 here: save it as UTF-8")]
    NotUtf8,
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::System(error.to_string())
    }
}

impl Document {
    /// Reads a file of at most so many bytes.
    ///
    /// # Errors
    /// If it is not there, may not be read, is no regular file, larger, or no UTF-8.
    pub fn read(path: &Path, longest: u64) -> Result<Self, Problem<ReadError>> {
        let name = path.display().to_string();
        let bytes = bytes(path, longest).map_err(|error| Problem::with_file(&name, error))?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { name, text }),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let document = Self { name, text };
                let position = document.position(valid);
                Err(Problem::at(&document, position, 1, ReadError::NotUtf8))
            }
        }
    }

    /// Where a byte of the text stands.
    #[must_use]
    pub fn position(&self, byte: usize) -> Position {
        let before = self.text.get(..byte).unwrap_or(&self.text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Position {
            line: count(before.matches('\n').count()).saturating_add(1),
            column: count(line.chars().count()).saturating_add(1),
        }
    }

    /// The byte at which a place begins.
    #[must_use]
    pub fn offset(&self, position: Position) -> Option<usize> {
        let mut lines = self.text.split_inclusive('\n');
        let above = usize::try_from(position.line.checked_sub(1)?).ok()?;
        let before: usize = lines.by_ref().take(above).map(str::len).sum();
        let column = usize::try_from(position.column.checked_sub(1)?).ok()?;
        let line = lines.next().unwrap_or_default();
        let within = line.char_indices().nth(column);
        Some(before + within.map_or(line.len(), |(byte, _)| byte))
    }

    /// How many characters a range of bytes has in its first line.
    #[must_use]
    pub fn width(&self, range: Range<usize>) -> u32 {
        let text = self.text.get(range).unwrap_or_default();
        count(text.lines().next().unwrap_or_default().chars().count())
    }
}

fn bytes(path: &Path, longest: u64) -> Result<Vec<u8>, ReadError> {
    let file = open(path)?;
    if !file.metadata()?.is_file() {
        return Err(ReadError::Special);
    }
    let mut bytes = Vec::new();
    file.take(longest.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > longest {
        return Err(ReadError::TooLarge(longest));
    }
    Ok(bytes)
}

/// Does not wait for the writer of a FIFO, nor make a terminal ours.
fn open(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.cast_signed())
        .open(path)
}

/// Saturating conversion: no file that is read is so long.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    fn refusal(path: &Path) -> String {
        let error = Document::read(path, 8).unwrap_err().to_string();
        error.replace(&path.display().to_string(), "x")
    }

    #[test]
    fn what_is_no_text_file_within_bounds_is_refused_by_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        assert!(refusal(&path).starts_with("x: cannot read: No such file"));
        fs::write(&path, "12345678").unwrap();
        assert_eq!(Document::read(&path, 8).unwrap().text, "12345678");
        fs::write(&path, "123456789").unwrap();
        assert_eq!(refusal(&path), "x: is larger than 8 bytes");
        fs::write(&path, b"a\nb \xe9c\n").unwrap();
        assert_eq!(
            refusal(&path),
            "x:2:3: is not UTF-8 here: save it as UTF-8\n 2 | b \u{fffd}c\n   |   ^"
        );
        fs::remove_file(&path).unwrap();
        mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        for special in [&*path, directory.path(), Path::new("/dev/null")] {
            assert_eq!(refusal(special), "x: is no regular file");
        }
    }

    #[test]
    fn places_are_counted_in_characters() {
        let document = Document {
            name: "x".into(),
            text: "äö\nüß = 1\n".into(),
        };
        let place = |byte| {
            let Position { line, column } = document.position(byte);
            (line, column)
        };
        assert_eq!(place(0), (1, 1));
        assert_eq!(place(5), (2, 1));
        assert_eq!(place(9), (2, 3));
        assert_eq!(place(1000), (3, 1));
        for byte in [0, 2, 5, 9, 13] {
            assert_eq!(document.offset(document.position(byte)), Some(byte));
        }
        assert_eq!(document.width(5..9), 2);
        assert_eq!(document.width(0..9), 2);
    }
}
