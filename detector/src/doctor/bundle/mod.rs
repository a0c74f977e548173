//! The findings and what stands around them in one file, for somebody else to read.
//!
//! Nothing goes in unmasked: secrets are masked by the redaction that alerts pass, and names of
//! hosts, people and containers are replaced. No environment and no command line of any process is
//! read. The archive is a gzipped tar, since everybody can open that.

mod contents;
mod mask;
mod pseudonyms;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

pub use contents::{Entry, Sources};

use super::report::Report;
use contents::collect;
use mask::Mask;

/// The folder inside of the archive.
const FOLDER: &str = "escape-detector-doctor";
/// For the one who asked alone.
const MODE: u32 = 0o600;

const README: &str = "\
What `escape-detector doctor --bundle` has found, for those who help with it.

Secrets that were recognised are replaced by ***. Names of hosts, addresses, containers, mail
addresses and home directories are replaced by host-1, address-1, container-1, mail-1, user-1 and so
on; the same name has the same number in all files here. Container ids stay. No environment and no
command line of any process is in here. Look through it before you pass it on.
";

/// Why there is no bundle. Each message says what to do.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what the variant is")]
pub enum BundleError {
    #[error("{} is there already; name another file with --bundle, or remove it", .path.display())]
    Exists { path: PathBuf },
    #[error("cannot write {}: {source}; name another file with --bundle", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("the patterns of secrets are wrong ({0}); build the detector again")]
    Patterns(#[from] regex::Error),
}

/// A bundle's file: made at once, so that a name that cannot be had is known before the work. What
/// was not filled is removed.
#[derive(Debug)]
pub struct Bundle {
    path: PathBuf,
    file: File,
    filled: bool,
}

impl Bundle {
    /// Makes the file, which must not be there yet.
    ///
    /// # Errors
    /// If it is there, or cannot be made.
    pub fn create(path: &Path) -> Result<Self, BundleError> {
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(MODE).open(path);
        let file = file.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => BundleError::Exists {
                path: path.to_owned(),
            },
            _ => failed(path, source),
        })?;
        Ok(Self {
            path: path.to_owned(),
            file,
            filled: false,
        })
    }

    /// Fills it, and says with what.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn fill(mut self, report: &Report, sources: &Sources) -> Result<Vec<Entry>, BundleError> {
        let mut mask = Mask::new(&sources.host_names)?;
        let mut entries = collect(report, sources, &mut mask);
        let readme = readme(&entries);
        entries.insert(0, readme);
        let time = u64::try_from(report.time.as_second()).unwrap_or_default();
        let written = pack(&entries, time)
            .and_then(|archive| self.file.write_all(&archive))
            .and_then(|()| self.file.sync_all());
        written.map_err(|source| failed(&self.path, source))?;
        self.filled = true;
        Ok(entries)
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        if !self.filled
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "an empty bundle stays behind");
        }
    }
}

fn failed(path: &Path, source: io::Error) -> BundleError {
    let path = path.to_owned();
    BundleError::Write { path, source }
}

/// The first file: what the others are, and which are missing and why.
fn readme(entries: &[Entry]) -> Entry {
    let mut text = README.to_owned();
    text.push('\n');
    for Entry {
        name,
        about,
        text: held,
    } in entries
    {
        let line = match held {
            Ok(_) => format!("{name:<17} {about}\n"),
            Err(reason) => format!("{name:<17} not here ({about}): {reason}\n"),
        };
        text.push_str(&line);
    }
    Entry {
        name: "README.txt",
        about: "what is here, and what was masked",
        text: Ok(text),
    }
}

fn pack(entries: &[Entry], time: u64) -> io::Result<Vec<u8>> {
    let gzip = GzEncoder::new(Vec::new(), Compression::default());
    let mut archive = tar::Builder::new(gzip);
    for entry in entries {
        let Ok(text) = &entry.text else { continue };
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(text.len()).unwrap_or_default());
        header.set_mode(MODE);
        header.set_mtime(time);
        archive.append_data(
            &mut header,
            format!("{FOLDER}/{}", entry.name),
            text.as_bytes(),
        )?;
    }
    archive.into_inner()?.finish()
}

#[cfg(test)]
mod tests;
