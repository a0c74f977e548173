//! What builds the sensor: a Rust compiler with `core` for the kernel target, and bpf-linker.
//!
//! Two compilers do: a rustup nightly with rust-src, which builds `core` itself, and Debian's
//! `rustc-web` with `libstd-rust-web-dev-bpf`, which brings it built. Compiler and linker must share
//! the major version of LLVM, since what goes from one to the other is LLVM bitcode. So the rule is:
//! the first compiler present that the installed linker serves; where none is served, `setup`
//! decides which one to complete.

mod compiler;
mod linker;

use anyhow::{Context, Result};

pub(crate) use compiler::{Compiler, Llvm};
pub(crate) use linker::{Linker, PINNED as PINNED_LINKER, cargo_bin};

use crate::command::Invocation;
use crate::workspace;

/// The kernel's own target, little endian.
const TARGET: &str = "bpfel-unknown-none";

/// Cargo's output for the kernel programs, as seen from their crate. It is not shared with the rest
/// of the workspace: the compilers differ, and would throw each other's output away.
const TARGET_DIRECTORY: &str = "../target/bpf";

/// A compiler for kernel programs, found on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// A rustup nightly with rust-src.
    Nightly { name: String, compiler: Compiler },
    /// Debian's rustc-web and what belongs to it, in /usr.
    Debian(Compiler),
}

impl Toolchain {
    /// All that are present, best first.
    pub(crate) fn present() -> Vec<Self> {
        let nightlies = compiler::nightlies().into_iter();
        let nightlies = nightlies.map(|(name, compiler)| Self::Nightly { name, compiler });
        nightlies
            .chain(compiler::debian().map(Self::Debian))
            .collect()
    }

    /// The one that can build the sensor now, compiler and linker together.
    pub(crate) fn ready() -> Option<Self> {
        served(Self::present(), Linker::installed().as_ref())
    }

    /// The same, for tasks that cannot do without.
    pub(crate) fn required() -> Result<Self> {
        Self::ready().context("nothing here can build the sensor: run `cargo xtask setup`")
    }

    /// The compiler's LLVM.
    pub(crate) fn llvm(&self) -> Llvm {
        match self {
            Self::Nightly { compiler, .. } | Self::Debian(compiler) => compiler.llvm,
        }
    }

    /// A cargo command for the kernel crate.
    pub(crate) fn cargo(&self, subcommand: &str) -> Invocation {
        let cargo = match self {
            Self::Nightly { name, .. } => Invocation::new("rustup")
                .args(["run", name, "cargo", subcommand, "-Z", "build-std=core"])
                .path_first(cargo_bin()),
            // aya-ebpf uses a feature gate, hence the bootstrap. cargo-clippy stands in both
            // folders; that of this compiler comes first.
            Self::Debian(_) => Invocation::new("/usr/bin/cargo")
                .args([subcommand])
                .path_first("/usr/bin")
                .path_first(cargo_bin())
                .variable("RUSTC", "/usr/bin/rustc")
                .variable("RUSTC_BOOTSTRAP", "1"),
        };
        cargo
            .args([
                "--release",
                "--target",
                TARGET,
                "--target-dir",
                TARGET_DIRECTORY,
            ])
            .inside(workspace::sensor_crate())
            .with_other_toolchain()
    }
}

/// Where [`Toolchain::cargo`] leaves the sensor.
pub(crate) fn built_sensor() -> std::path::PathBuf {
    workspace::sensor_crate()
        .join(TARGET_DIRECTORY)
        .join(TARGET)
        .join("release/sensor")
}

/// How people call it.
impl std::fmt::Display for Toolchain {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nightly { name, compiler } => write!(out, "rustup's {name} ({})", compiler.llvm),
            Self::Debian(compiler) => write!(out, "Debian's rustc-web ({})", compiler.llvm),
        }
    }
}

/// The first toolchain whose LLVM the linker shares.
fn served(present: Vec<Toolchain>, linker: Option<&Linker>) -> Option<Toolchain> {
    let linker = linker?;
    present
        .into_iter()
        .find(|toolchain| linker.serves(toolchain.llvm()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nightly(llvm: u32) -> Toolchain {
        Toolchain::Nightly {
            name: "nightly-x".into(),
            compiler: Compiler::with_llvm(llvm),
        }
    }

    fn debian(llvm: u32) -> Toolchain {
        Toolchain::Debian(Compiler::with_llvm(llvm))
    }

    #[test]
    fn the_first_that_the_linker_serves() {
        let linker = |llvm| Linker {
            version: linker::PINNED.into(),
            llvm: Some(Llvm(llvm)),
        };
        let both = || vec![nightly(23), debian(22)];
        assert_eq!(served(both(), Some(&linker(23))), Some(nightly(23)));
        assert_eq!(served(both(), Some(&linker(22))), Some(debian(22)));
        assert_eq!(served(both(), Some(&linker(21))), None);
        assert_eq!(served(both(), None), None);
        assert_eq!(served(vec![], Some(&linker(22))), None);
    }

    #[test]
    fn a_linker_of_unknown_llvm_is_given_the_benefit() {
        let unknown = Linker {
            version: linker::PINNED.into(),
            llvm: None,
        };
        assert_eq!(
            served(vec![nightly(22), debian(22)], Some(&unknown)),
            Some(nightly(22))
        );
        let other = Linker {
            version: "0.9.0".into(),
            llvm: None,
        };
        assert_eq!(served(vec![nightly(22)], Some(&other)), None);
    }

    #[test]
    fn commands_can_be_repeated_by_hand() {
        let line = nightly(22).cargo("build").to_string();
        assert!(line.contains("rustup run nightly-x cargo build -Z build-std=core --release"));
        let line = debian(22).cargo("clippy").to_string();
        assert!(
            line.starts_with("(cd detector-ebpf && PATH=/usr/bin:"),
            "{line}"
        );
        assert!(
            line.contains("RUSTC_BOOTSTRAP=1 /usr/bin/cargo clippy --release"),
            "{line}"
        );
    }
}
