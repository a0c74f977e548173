//! Where the kernel keeps its BTF.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::types::{Btf, ParseError};

/// One file per kernel and loaded module.
const DIRECTORY: &str = "/sys/kernel/btf";

/// Why there is no BTF to read.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The kernel was built without.
    #[error(
        "this kernel has no BTF ({} is absent): it needs CONFIG_DEBUG_INFO_BTF=y, \
         as Debian 11+, Ubuntu 20.10+, Fedora and RHEL 8.2+ kernels have",
        .0.display()
    )]
    Absent(PathBuf),
    /// The module is not loaded, or was built without.
    #[error(
        "module {module} has no BTF ({} is absent): either it is not loaded, \
         or it was built without CONFIG_DEBUG_INFO_BTF_MODULES=y",
        path.display()
    )]
    ModuleAbsent {
        /// Which module.
        module: String,
        /// The file that it would have.
        path: PathBuf,
    },
    /// It is there and cannot be read.
    #[error("the kernel's types cannot be read from {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
}

/// BTF as read, to be indexed in place.
#[derive(Debug)]
pub struct BtfFile {
    /// The kernel's release or the module's name, as messages call it.
    origin: String,
    bytes: Vec<u8>,
}

impl BtfFile {
    /// The running kernel's.
    ///
    /// # Errors
    /// When the kernel has none, or it cannot be read.
    pub fn running() -> Result<Self, SourceError> {
        let uname = rustix::system::uname();
        let origin = format!("kernel {}", uname.release().to_string_lossy());
        Self::read_kernel(Path::new(DIRECTORY), origin)
    }

    /// That of a module of the running kernel. Some have it only once they are loaded.
    ///
    /// # Errors
    /// When the module has none, or it cannot be read.
    pub fn module(name: &str) -> Result<Self, SourceError> {
        let path = Path::new(DIRECTORY).join(name);
        let bytes = read(&path, |path| SourceError::ModuleAbsent {
            module: name.to_owned(),
            path,
        })?;
        Ok(Self {
            origin: format!("module {name}"),
            bytes,
        })
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    fn read_kernel(directory: &Path, origin: String) -> Result<Self, SourceError> {
        let bytes = read(&directory.join("vmlinux"), SourceError::Absent)?;
        Ok(Self { origin, bytes })
    }

    /// Indexes a kernel's types.
    ///
    /// # Errors
    /// When they are damaged, or of a newer format.
    pub fn parse(&self) -> Result<Btf<'_>, ParseError> {
        Btf::parse(&self.bytes, &self.origin)
    }

    /// Indexes a module's types on top of its kernel's.
    ///
    /// # Errors
    /// When they are damaged, or of a newer format.
    pub fn parse_on<'a>(&'a self, base: &'a Btf<'a>) -> Result<Btf<'a>, ParseError> {
        Btf::parse_module(&self.bytes, &self.origin, base)
    }
}

/// SHA-256 of the running kernel's BTF, in hex: it names the layout of its structures.
///
/// # Errors
/// When the kernel has none, or it cannot be read.
pub fn digest() -> Result<String, SourceError> {
    let BtfFile { bytes, .. } = BtfFile::running()?;
    let digest = Sha256::digest(&bytes);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn read(path: &Path, absent: impl FnOnce(PathBuf) -> SourceError) -> Result<Vec<u8>, SourceError> {
    fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => absent(path.to_owned()),
        _ => SourceError::Unreadable {
            path: path.to_owned(),
            source,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_without_btf_is_told_what_it_needs() {
        let empty = tempfile::tempdir().unwrap();
        let error = BtfFile::read_kernel(empty.path(), "kernel 9.9".to_owned()).unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with("this kernel has no BTF ("), "{error}");
        assert!(
            error.contains("vmlinux is absent): it needs CONFIG_DEBUG_INFO_BTF=y"),
            "{error}"
        );
    }

    #[test]
    fn a_module_without_btf_is_named() {
        let error = BtfFile::module("no_such_module").unwrap_err().to_string();
        assert!(
            error.starts_with("module no_such_module has no BTF"),
            "{error}"
        );
    }
}
