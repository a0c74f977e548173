//! What this machine lacks for a purpose, and what would mend it.

use std::fmt;

use anyhow::Result;

use crate::command::Invocation;
use crate::toolchain::{Linker, Llvm, PINNED_LINKER, Toolchain};

use super::{Purpose, apt, containers, machines, need, system::System};

/// The LLVM of Debian's rustc-web, as long as it is not installed and can be asked itself.
const DEBIAN_LLVM: Llvm = Llvm(22);

/// Something that a purpose needs and that is not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missing {
    /// Packages of Debian's.
    Packages(Packages),
    /// bpf-linker built with this LLVM.
    Linker(Llvm),
    /// The clippy of a rustup toolchain.
    Clippy { nightly: String },
}

/// Packages that mend one lack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packages {
    /// What is lacking.
    pub(super) what: String,
    /// Names; `a | b` is the first of them that is on offer.
    pub(super) names: Vec<String>,
    /// The suite that has them.
    pub(super) suite: &'static str,
    /// What to do on a system without them.
    pub(super) by_hand: String,
}

impl Missing {
    /// The packages, if it takes packages.
    pub(super) fn packages(&self) -> Option<&Packages> {
        match self {
            Self::Packages(packages) => Some(packages),
            Self::Linker(_) | Self::Clippy { .. } => None,
        }
    }

    /// One line for a system that we cannot install on.
    pub(super) fn by_hand(&self) -> String {
        match self {
            Self::Packages(packages) => format!("{}: {}", packages.what, packages.by_hand),
            Self::Linker(llvm) => {
                let install = Linker::install_anywhere(*llvm);
                let number = llvm.0;
                format!("{self}: `{install}`, {number} being what `rustc -vV` says of the compiler")
            }
            Self::Clippy { nightly } => format!("{self}: `{}`", clippy_of(nightly)),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Packages(Packages { what, names, .. }) => {
                write!(out, "{what} ({})", names.join(", "))
            }
            Self::Linker(llvm) => write!(out, "bpf-linker {} for {llvm}", PINNED_LINKER),
            Self::Clippy { nightly } => write!(out, "the clippy of rustup's {nightly}"),
        }
    }
}

/// What the machine lacks for these purposes, in the order in which it is to be installed.
pub(super) fn of(purposes: &[Purpose]) -> Result<Vec<Missing>> {
    let mut missing = Vec::new();
    for purpose in purposes {
        missing.extend(match purpose {
            Purpose::Sensor => sensor()?,
            Purpose::Lints => lints(),
            Purpose::Containers => need::missing(&containers::NEEDS),
            Purpose::Machines => need::missing(&machines::NEEDS),
        });
    }
    // Two purposes may need the same.
    let mut once = Vec::new();
    for lack in missing {
        if !once.contains(&lack) {
            once.push(lack);
        }
    }
    Ok(once)
}

/// Adds clippy to a rustup toolchain.
pub(super) fn clippy_of(nightly: &str) -> Invocation {
    Invocation::new("rustup").args(["component", "add", "clippy", "--toolchain", nightly])
}

fn lints() -> Vec<Missing> {
    match Toolchain::ready() {
        Some(Toolchain::Nightly { name, .. }) => {
            let clippy = Invocation::new("rustup").args(["run", &name, "cargo-clippy", "-V"]);
            let missing = clippy.read().is_err();
            missing
                .then_some(Missing::Clippy { nightly: name })
                .into_iter()
                .collect()
        }
        Some(Toolchain::Debian(_)) | None => Vec::new(),
    }
}

fn sensor() -> Result<Vec<Missing>> {
    if Toolchain::ready().is_some() {
        return Ok(Vec::new());
    }
    let debian = System::this().has_debian_packages();
    let mut aim = None;
    for toolchain in Toolchain::present() {
        // Without LLVM's own files there would be no linker for it.
        if aim.is_none() && (!debian || apt::offers(&llvm_package(toolchain.llvm()))?) {
            aim = Some(toolchain);
        }
    }
    let mut missing = Vec::new();
    if aim.is_none() {
        missing.push(Missing::Packages(compiler()));
    }
    let llvm = aim.map_or(DEBIAN_LLVM, |toolchain| toolchain.llvm());
    if !Linker::installed().is_some_and(|linker| linker.serves(llvm)) {
        let libraries = libraries(llvm);
        if !debian || !apt::has(&libraries.names)? {
            missing.push(Missing::Packages(libraries));
        }
        missing.push(Missing::Linker(llvm));
    }
    Ok(missing)
}

fn compiler() -> Packages {
    let names = [
        "rustc-web",
        "cargo-web",
        "libstd-rust-web-dev-bpf",
        "rust-web-clippy",
    ];
    Packages {
        what: "a compiler for kernel programs".to_owned(),
        names: names.map(str::to_owned).into(),
        suite: "bookworm-security",
        by_hand: "`rustup toolchain install nightly --component rust-src --component clippy`"
            .to_owned(),
    }
}

/// What bpf-linker is built with; it links to libstdc++ as LLVM does, which comes with g++.
fn libraries(llvm: Llvm) -> Packages {
    let polly = format!("libpolly-{}-dev", llvm.0);
    let others = ["libzstd-dev", "zlib1g-dev", "g++"].map(str::to_owned);
    Packages {
        what: format!("the development files of {llvm}"),
        names: [llvm_package(llvm), polly]
            .into_iter()
            .chain(others)
            .collect(),
        suite: "bookworm-security",
        by_hand: format!("{llvm} with its headers and libraries, and a C++ compiler"),
    }
}

fn llvm_package(llvm: Llvm) -> String {
    format!("llvm-{}-dev", llvm.0)
}
