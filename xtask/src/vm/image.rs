//! What lies in a machine: the guest's programs, the detector with its libraries, a runtime.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::initramfs::Initramfs;
use super::kernel::Kernel;
use crate::artifacts;
use crate::command::{Invocation, which};
use crate::workspace;

/// What guests are linked for, statically: an image without libraries runs them.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Modules that the stage in the guest needs.
const NEEDED: [&str; 1] = ["overlay"];

/// The one that the container loads. It needs no other and no device.
const LOADED: &str = "dummy";

/// Folders that have to be there for something to be mounted on.
const FOLDERS: [&str; 6] = ["dev", "proc", "sys", "tmp", "run", "var"];

/// What runs in every machine, whatever its kernel.
pub(crate) struct Programs {
    files: Vec<(String, Vec<u8>)>,
}

impl Programs {
    /// Builds the guest's part, and collects the rest.
    pub(crate) fn gather(detector: &Path) -> Result<Self> {
        let guests = built()?;
        let of = |name: &str| {
            let found = guests.iter().find(|program| program.target == name);
            let path = &found
                .with_context(|| format!("cargo built no `{name}`"))?
                .path;
            fs::read(path).with_context(|| format!("cannot read {}", path.display()))
        };
        let (guest, acts) = (of("guest")?, of("acts")?);
        let runc = which("runc").context("runc is not installed: `cargo xtask setup`")?;
        let mut files = vec![
            ("init".to_owned(), guest.clone()),
            ("bin/busybox".to_owned(), fs::read("/bin/busybox")?),
            ("usr/sbin/runc".to_owned(), fs::read(&runc)?),
            ("usr/bin/escape-detector".to_owned(), fs::read(detector)?),
            (
                "usr/lib/libverifier_log.so".to_owned(),
                fs::read(verifier_log()?)?,
            ),
            ("image/bin/guest".to_owned(), guest),
            ("image/bin/acts".to_owned(), acts),
            ("image/bin/busybox".to_owned(), fs::read("/bin/busybox")?),
        ];
        let mut libraries = libraries(detector)?;
        libraries.extend(self::libraries(&runc)?);
        for library in libraries {
            files.push((library.display().to_string(), fs::read(&library)?));
        }
        Ok(Self { files })
    }

    /// The first file system of a machine with this kernel.
    pub(super) fn initramfs(&self, kernel: &Kernel) -> Result<Vec<u8>> {
        let mut archive = Initramfs::default();
        for folder in FOLDERS {
            archive.folder(folder);
            archive.folder("image");
            archive.folder(&format!("image/{folder}"));
        }
        for (path, content) in &self.files {
            archive.file(path, content);
        }
        let mut order = 0;
        for name in NEEDED {
            for (name, image) in kernel.module(name)? {
                archive.file(&format!("modules/{order:02}-{name}.ko"), &image);
                order += 1;
            }
        }
        for (_, image) in kernel.module(LOADED)? {
            archive.file("image/module.ko", &image);
        }
        Ok(archive.finish())
    }
}

/// The programs of the guest, linked statically by a cargo of their own: everything else here is
/// linked as usual, and one target directory for both would be built anew each time.
fn built() -> Result<Vec<artifacts::Program>> {
    let cargo = Invocation::new("cargo").args(["build", "--quiet", "--release"]);
    let cargo = cargo.args([
        "--package",
        "guest",
        "--package",
        "acts",
        "--target",
        TARGET,
    ]);
    let cargo = cargo.args([
        "--config",
        r#"build.rustflags=["-C","target-feature=+crt-static"]"#,
    ]);
    artifacts::built(&cargo.args(["--target-dir".as_ref(), guests().as_os_str()]))
}

fn guests() -> PathBuf {
    workspace::root().join("target/guest")
}

/// The library that asks the verifier for its log: linked as usual, since it is loaded into the
/// detector.
fn verifier_log() -> Result<PathBuf> {
    let cargo = Invocation::new("cargo").args(["build", "--quiet", "--release"]);
    let cargo = cargo.args(["--package", "verifier-log"]);
    cargo
        .args(["--target-dir".as_ref(), guests().as_os_str()])
        .run()?;
    Ok(guests().join("release/libverifier_log.so"))
}

/// The libraries of a program, and the loader that finds them.
fn libraries(program: &Path) -> Result<BTreeSet<PathBuf>> {
    let said = Invocation::new("ldd").args([program]).read();
    // ldd refuses a program without libraries.
    Ok(parse(&said.unwrap_or_default()))
}

/// The paths in what `ldd` says.
fn parse(said: &str) -> BTreeSet<PathBuf> {
    let words = said.split_whitespace();
    let paths = words.filter(|word| word.starts_with('/'));
    paths.map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_and_loader_are_found() {
        let said = "\tlinux-vdso.so.1 (0x00007f)\n\
            \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n\
            \t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n";
        let paths = [
            "/lib/x86_64-linux-gnu/libc.so.6",
            "/lib64/ld-linux-x86-64.so.2",
        ];
        assert_eq!(parse(said), paths.map(PathBuf::from).into());
        assert!(parse("\tstatically linked\n").is_empty());
    }
}
