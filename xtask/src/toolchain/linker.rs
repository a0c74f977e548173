//! bpf-linker: which one is installed, against which LLVM it was built, and how it is installed.

use std::env;
use std::fs;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use serde_json::Value;

use crate::command::{Invocation, which};

use super::Llvm;

/// The pinned version.
pub(crate) const PINNED: &str = "0.13.0";

/// The versions of LLVM that the pinned version has a feature for.
pub(crate) const LLVMS: RangeInclusive<Llvm> = Llvm(21)..=Llvm(23);

/// An installed bpf-linker.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Linker {
    /// Its version.
    pub(crate) version: String,
    /// The LLVM that it was built with, unless somebody else than cargo installed it.
    pub(crate) llvm: Option<Llvm>,
}

impl Linker {
    /// The one that the build would take. None, too, if it does not start: its LLVM may be gone.
    pub(crate) fn installed() -> Option<Self> {
        let own = cargo_bin().join("bpf-linker");
        let by_cargo = own.is_file();
        let program = if by_cargo { own } else { which("bpf-linker")? };
        let said = Invocation::new(program).args(["--version"]).read().ok()?;
        let version = said.split_whitespace().nth(1)?.to_owned();
        let ledger = fs::read_to_string(cargo_home().join(".crates2.json"));
        let ledger = ledger.ok().filter(|_| by_cargo);
        Some(Self {
            llvm: ledger.and_then(|ledger| built_with(&ledger, &version)),
            version,
        })
    }

    /// Whether it can link what a compiler with this LLVM wrote.
    pub(crate) fn serves(&self, llvm: Llvm) -> bool {
        self.version == PINNED && self.llvm.is_none_or(|own| own == llvm)
    }

    /// Installs the pinned version, built with Debian's packages of this LLVM.
    pub(crate) fn install(llvm: Llvm) -> Invocation {
        let prefix = PathBuf::from(format!("/usr/lib/llvm-{}", llvm.0));
        Self::install_anywhere(llvm)
            .path_first(prefix.join("bin"))
            .variable("LLVM_PREFIX", prefix)
            .with_other_toolchain()
    }

    /// The same where we do not know where LLVM is.
    pub(crate) fn install_anywhere(llvm: Llvm) -> Invocation {
        Invocation::new("cargo")
            .args([
                "install",
                "bpf-linker",
                "--version",
                PINNED,
                "--locked",
                "--force",
            ])
            .args([
                "--no-default-features",
                "--features",
                &format!("llvm-{}", llvm.0),
            ])
    }
}

/// Where cargo installs programs.
pub(crate) fn cargo_bin() -> PathBuf {
    cargo_home().join("bin")
}

fn cargo_home() -> PathBuf {
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .unwrap_or_default()
}

/// Reads from cargo's ledger of installed programs with which LLVM this bpf-linker was built.
fn built_with(ledger: &str, version: &str) -> Option<Llvm> {
    let ledger: Value = serde_json::from_str(ledger).ok()?;
    let name = format!("bpf-linker {version} ");
    let mut entries = ledger.get("installs")?.as_object()?.iter();
    let (_, entry) = entries.find(|(package, _)| package.starts_with(&name))?;
    let features = entry
        .get("features")?
        .as_array()?
        .iter()
        .filter_map(Value::as_str);
    let mut llvms = features.filter_map(|feature| feature.strip_prefix("llvm-")?.parse().ok());
    llvms.next().map(Llvm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_s_ledger_tells_the_llvm() {
        let source = "(registry+https://github.com/rust-lang/crates.io-index)";
        let ledger = format!(
            r#"{{"installs": {{
                "bpf-linker 0.12.0 {source}": {{"features": ["llvm-21"]}},
                "bpf-linker 0.13.0 {source}": {{"features": ["llvm-link-static", "llvm-22"]}},
                "ripgrep 14.0.0 {source}": {{"features": []}} }} }}"#
        );
        assert_eq!(built_with(&ledger, "0.13.0"), Some(Llvm(22)));
        assert_eq!(built_with(&ledger, "0.12.0"), Some(Llvm(21)));
        assert_eq!(built_with(&ledger, "0.11.0"), None);
        assert_eq!(built_with("{}", "0.13.0"), None);
        assert_eq!(built_with("", "0.13.0"), None);
    }

    #[test]
    fn only_the_pinned_version_of_the_same_llvm_serves() {
        let linker = |version: &str, llvm| Linker {
            version: version.into(),
            llvm,
        };
        assert!(linker(PINNED, Some(Llvm(22))).serves(Llvm(22)));
        assert!(linker(PINNED, None).serves(Llvm(22)));
        assert!(!linker(PINNED, Some(Llvm(23))).serves(Llvm(22)));
        assert!(!linker("0.12.0", Some(Llvm(22))).serves(Llvm(22)));
    }
}
