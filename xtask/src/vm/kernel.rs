//! A kernel: found, fetched, unpacked.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::archive::Archive;
use super::series::Series;
use super::{module, unpack};
use crate::workspace;

/// A kernel of Debian's, unpacked.
#[derive(Debug, Clone)]
pub(crate) struct Kernel {
    version: String,
    folder: PathBuf,
}

impl Kernel {
    /// The newest kernels of these series; what is not here is fetched.
    pub(crate) fn newest(series: &[Series]) -> Result<Vec<Self>> {
        let archive = Archive::open()?;
        let of = |series: &Series| Self::newest_of(&archive, *series);
        series.iter().map(of).collect()
    }

    /// Suites may name what the mirror has no longer, or not yet: then the next one is taken.
    fn newest_of(archive: &Archive, series: Series) -> Result<Self> {
        let mut last = None;
        for version in archive.versions(series)? {
            match Self::provide(archive, &version) {
                Ok(kernel) => return Ok(kernel),
                Err(error) => {
                    eprintln!("  {version}: cannot be had, the next older one is tried");
                    last = Some(error);
                }
            }
        }
        let last = last.with_context(|| format!("no kernel {series}"))?;
        Err(last.context(format!("no kernel {series} can be had")))
    }

    fn provide(archive: &Archive, version: &str) -> Result<Self> {
        let folder = workspace::cache().join("kernels").join(version);
        let kernel = Self {
            version: version.to_owned(),
            folder,
        };
        if !kernel.folder.exists() {
            let packages = archive.fetch(version)?;
            // Whole or not at all: an interrupted run leaves nothing that looks like a kernel.
            let beside = kernel.folder.with_extension("new");
            let _ = fs::remove_dir_all(&beside);
            for package in &packages {
                unpack::package(package, &beside)?;
            }
            fs::rename(&beside, &kernel.folder)?;
        }
        ensure!(
            kernel.image().is_file(),
            "the packages of {version} have no vmlinuz: remove {} and repeat",
            workspace::shown(&kernel.folder)
        );
        Ok(kernel)
    }

    /// Its version, such as `6.1.0-50-cloud-amd64`.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Its version for the head of a column: `6.1.0-50`.
    pub(crate) fn short(&self) -> &str {
        let short = self.version.trim_end_matches("-cloud-amd64");
        short.split('+').next().unwrap_or(short)
    }

    /// What QEMU boots.
    pub(super) fn image(&self) -> PathBuf {
        let places = [
            format!("boot/vmlinuz-{}", self.version),
            format!("usr/lib/modules/{}/vmlinuz", self.version),
        ];
        let places = places.map(|place| self.folder.join(place));
        let found = places.iter().find(|place| place.is_file());
        found.or(places.first()).cloned().unwrap_or_default()
    }

    /// A module and what it needs, each before what needs it, as the kernel loads them.
    pub(super) fn module(&self, name: &str) -> Result<Vec<(String, Vec<u8>)>> {
        let modules = ["lib/modules", "usr/lib/modules"];
        let modules = modules.map(|folder| self.folder.join(folder).join(&self.version));
        let folder = modules.iter().find(|folder| folder.join("kernel").is_dir());
        let folder = folder.with_context(|| format!("{} has no modules", self.version))?;
        let mut chain = Vec::new();
        self.add(name, folder, &mut chain)?;
        Ok(chain)
    }

    fn add(&self, name: &str, folder: &Path, chain: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
        if chain.iter().any(|(known, _)| known == name) {
            return Ok(());
        }
        let file = module::find(folder, name)?;
        let file = file.with_context(|| format!("{} has no module {name}", self.version))?;
        let image = unpack::module(&file)?;
        for needed in module::needs(&image) {
            self.add(&needed, folder, chain)?;
        }
        chain.push((name.to_owned(), image));
        Ok(())
    }
}
