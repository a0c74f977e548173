//! Where the kernel keeps its BTF.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

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
    kernel: String,
    bytes: Vec<u8>,
}

impl BtfFile {
    /// The running kernel's.
    ///
    /// # Errors
    /// When the kernel has none, or it cannot be read.
    pub fn running() -> Result<Self, SourceError> {
        Self::kernel_in(Path::new(DIRECTORY))
    }

    /// That of a module of the running kernel. Some have it only once they are loaded.
    ///
    /// # Errors
    /// When the module has none, or it cannot be read.
    pub fn module(name: &str) -> Result<Self, SourceError> {
        let path = Path::new(DIRECTORY).join(name);
        read(&path, || SourceError::ModuleAbsent {
            module: name.to_owned(),
            path: path.clone(),
        })
    }

    fn kernel_in(directory: &Path) -> Result<Self, SourceError> {
        let path = directory.join("vmlinux");
        read(&path, || SourceError::Absent(path.clone()))
    }

    /// Indexes a kernel's types.
    ///
    /// # Errors
    /// When they are damaged, or of a newer format.
    pub fn parse(&self) -> Result<Btf<'_>, ParseError> {
        Btf::parse(&self.bytes, &self.kernel)
    }

    /// Indexes a module's types on top of its kernel's.
    ///
    /// # Errors
    /// When they are damaged, or of a newer format.
    pub fn parse_on<'a>(&'a self, base: &'a Btf<'a>) -> Result<Btf<'a>, ParseError> {
        Btf::parse_module(&self.bytes, base)
    }
}

fn read(path: &Path, absent: impl Fn() -> SourceError) -> Result<BtfFile, SourceError> {
    let bytes = fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => absent(),
        _ => SourceError::Unreadable {
            path: path.to_owned(),
            source,
        },
    })?;
    let kernel = rustix::system::uname()
        .release()
        .to_string_lossy()
        .into_owned();
    Ok(BtfFile { kernel, bytes })
}
