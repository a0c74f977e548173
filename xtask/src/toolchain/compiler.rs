//! Compilers: what `rustc -vV` says of itself, and which compilers on this machine have what the
//! kernel target needs.

use std::fmt;
use std::fs;
use std::path::Path;

use crate::command::Invocation;

use super::{TARGET, linker};

/// A major version of LLVM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Llvm(pub(crate) u32);

impl fmt::Display for Llvm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "LLVM {}", self.0)
    }
}

/// A release of Rust, without the patch number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Release(u32, u32);

/// What matters of a compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Compiler {
    /// Its release.
    pub(crate) release: Release,
    /// The LLVM that it writes bitcode for.
    pub(crate) llvm: Llvm,
}

impl Compiler {
    /// Reads the output of `rustc -vV`.
    pub(crate) fn parse(version: &str) -> Option<Self> {
        let value = |key: &str| version.lines().find_map(|line| line.strip_prefix(key));
        let release = Release::parse(value("release: ")?)?;
        let llvm = value("LLVM version: ")?.split('.').next()?.parse().ok()?;
        Some(Self {
            release,
            llvm: Llvm(llvm),
        })
    }

    /// Whether it is new enough for the workspace and the pinned bpf-linker knows its LLVM.
    fn fits(&self) -> bool {
        let oldest = Release::parse(env!("CARGO_PKG_RUST_VERSION"));
        oldest.is_some_and(|oldest| self.release >= oldest) && linker::LLVMS.contains(&self.llvm)
    }

    #[cfg(test)]
    pub(crate) fn with_llvm(llvm: u32) -> Self {
        Self {
            release: Release(1, 96),
            llvm: Llvm(llvm),
        }
    }
}

impl Release {
    fn parse(version: &str) -> Option<Self> {
        let mut numbers = version.split(['.', '-']).map(str::parse);
        Some(Self(numbers.next()?.ok()?, numbers.next()?.ok()?))
    }
}

/// The nightlies of rustup that have rust-src and fit. None where there is no rustup.
pub(super) fn nightlies() -> Vec<(String, Compiler)> {
    let list = Invocation::new("rustup")
        .args(["toolchain", "list"])
        .read()
        .unwrap_or_default();
    nightly_names(&list)
        .filter_map(|name| Some((name.to_owned(), nightly(name)?)))
        .collect()
}

fn nightly(name: &str) -> Option<Compiler> {
    let rustc = |question: [&str; 2]| {
        let asked = Invocation::new("rustup")
            .args(["run", name, "rustc"])
            .args(question);
        asked.with_other_toolchain().read().ok()
    };
    let sysroot = rustc(["--print", "sysroot"])?;
    let source = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/core/Cargo.toml");
    let compiler = Compiler::parse(&rustc(["--verbose", "--version"])?)?;
    (source.exists() && compiler.fits()).then_some(compiler)
}

/// Debian's compiler, if it is here with the kernel target's `core`, its cargo and its clippy.
pub(super) fn debian() -> Option<Compiler> {
    let tools = [
        "/usr/bin/cargo",
        "/usr/bin/cargo-clippy",
        "/usr/bin/clippy-driver",
    ];
    let core = format!("/usr/lib/rustlib/{TARGET}/lib");
    let complete = tools.iter().all(|tool| Path::new(tool).exists()) && fs::exists(core).ok()?;
    let rustc = Invocation::new("/usr/bin/rustc")
        .args(["-vV"])
        .with_other_toolchain();
    let compiler = Compiler::parse(&rustc.read().ok()?)?;
    (complete && compiler.fits()).then_some(compiler)
}

fn nightly_names(list: &str) -> impl Iterator<Item = &str> {
    let names = list
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    names.filter(|name| name.starts_with("nightly"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NIGHTLY: &str = "rustc 1.97.0-nightly (e50aa6fba 2026-05-19)\nbinary: rustc\n\
        commit-date: 2026-05-19\nhost: x86_64-unknown-linux-gnu\nrelease: 1.97.0-nightly\n\
        LLVM version: 22.1.4\n";

    #[test]
    fn release_and_llvm_are_read() {
        let compiler = Compiler::parse(NIGHTLY).unwrap();
        assert_eq!(
            compiler,
            Compiler {
                release: Release(1, 97),
                llvm: Llvm(22)
            }
        );
        assert_eq!(Compiler::parse("rustc 1.60.0\nrelease: 1.60.0\n"), None);
        assert_eq!(Compiler::parse(""), None);
    }

    #[test]
    fn too_old_or_of_an_llvm_that_the_linker_does_not_know() {
        let of = |release: &str, llvm: &str| {
            let version = format!("release: {release}\nLLVM version: {llvm}\n");
            Compiler::parse(&version).unwrap().fits()
        };
        assert!(of("1.95.0", "21.0.1") && of("1.96.0", "22.1.8") && of("2.0.0-nightly", "23.0"));
        assert!(
            !of("1.94.1", "22.1.8"),
            "older than the workspace's rust-version"
        );
        assert!(!of("1.95.0", "20.1.0") && !of("1.99.0-nightly", "24.0.0"));
    }

    #[test]
    fn nightlies_are_told_from_other_toolchains() {
        let list = "stable-x86_64-unknown-linux-gnu (default)\n\
            nightly-2026-05-20-x86_64-unknown-linux-gnu\n1.95.0-x86_64-unknown-linux-gnu (active)\n\
            nightly-x86_64-unknown-linux-gnu (override)\nno installed toolchains\n";
        let names: Vec<_> = nightly_names(list).collect();
        assert_eq!(
            names,
            [
                "nightly-2026-05-20-x86_64-unknown-linux-gnu",
                "nightly-x86_64-unknown-linux-gnu"
            ]
        );
    }
}
