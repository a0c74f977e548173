//! Debian's packages: what is installed, what is on offer, and installing it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};

use crate::command::Invocation;
use crate::progress;

use super::missing::Packages;

/// What apt says of each package that it knows.
type Policies = BTreeMap<String, Policy>;

/// Versions of one package.
#[derive(Debug, Default, PartialEq, Eq)]
struct Policy {
    installed: Option<String>,
    candidate: Option<String>,
}

/// Whether these packages are installed.
pub(super) fn has(names: &[String]) -> Result<bool> {
    let policies = policies(names)?;
    let installed = |name| {
        policies
            .get(name)
            .is_some_and(|policy| policy.installed.is_some())
    };
    Ok(names.iter().all(installed))
}

/// Whether this package is installed or could be.
pub(super) fn offers(name: &str) -> Result<bool> {
    let known = policies(&[name.to_owned()])?
        .remove(name)
        .unwrap_or_default();
    Ok(known.installed.is_some() || known.candidate.is_some())
}

/// Installs what of these is not installed, or not in the newest version.
///
/// Lists that lack something, or name what the server has replaced since, are fetched anew, once.
pub(super) fn install<'a>(packages: impl Iterator<Item = &'a Packages>) -> Result<()> {
    let packages: Vec<_> = packages.collect();
    if packages.is_empty() {
        return Ok(());
    }
    let (mut wanted, mut absent) = choose(&packages)?;
    if !absent.is_empty() {
        update()?;
        (wanted, absent) = choose(&packages)?;
    }
    if !absent.is_empty() {
        bail!(
            "no package source here offers {}: add that suite of Debian's to the sources in \
             /etc/apt, then repeat. A rustup nightly with rust-src replaces the compiler",
            absent.join(", ")
        );
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let get = apt_get()
        .args(["install", "--yes", "--no-install-recommends"])
        .args(&wanted);
    progress::quietly("packages", "apt-install", &get).or_else(|_| {
        eprintln!("setup: the package lists may be old: once more with new ones");
        update()?;
        progress::quietly("packages", "apt-install", &get)
    })
}

/// Fetches the package lists, if there are none at all.
pub(super) fn fetch_absent_lists() -> Result<()> {
    let lists = Path::new("/var/lib/apt/lists");
    let names = lists
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name());
    let mut names = names.map(|name| name.to_string_lossy().into_owned());
    if names.any(|name| name.contains("_Packages")) {
        Ok(())
    } else {
        update()
    }
}

/// Fetches the package lists. One source of many that fails is no reason to stop: what is on offer
/// afterwards decides.
fn update() -> Result<()> {
    let fetched = progress::quietly("package lists", "apt-update", &apt_get().args(["update"]));
    if let Err(error) = fetched {
        eprintln!("setup: {error:#}; going on with what there is");
    }
    Ok(())
}

fn apt_get() -> Invocation {
    // Another apt, such as that of the nightly upgrades, is waited for.
    let patient = ["-o", "DPkg::Lock::Timeout=300"];
    Invocation::new("apt-get")
        .args(patient)
        .variable("DEBIAN_FRONTEND", "noninteractive")
        .by_root()
}

/// Names to install, and those that nobody offers with the suite that should.
fn choose(packages: &[&Packages]) -> Result<(Vec<String>, Vec<String>)> {
    let names = packages.iter().flat_map(|packages| &packages.names);
    let alternatives = names.flat_map(|name| name.split(" | ")).map(str::to_owned);
    let policies = policies(&alternatives.collect::<Vec<_>>())?;
    let (mut wanted, mut absent) = (Vec::new(), Vec::new());
    for packages in packages {
        for name in &packages.names {
            let offered = |name: &&str| policies.get(*name).is_some_and(|p| p.candidate.is_some());
            match name.split(" | ").find(offered) {
                None => absent.push(format!("{name} (of {})", packages.suite)),
                Some(name) if policies.get(name).is_some_and(Policy::is_current) => {}
                Some(name) => wanted.push(name.to_owned()),
            }
        }
    }
    wanted.sort();
    wanted.dedup();
    Ok((wanted, absent))
}

impl Policy {
    fn is_current(&self) -> bool {
        self.installed.is_some() && self.installed == self.candidate
    }
}

fn policies(names: &[String]) -> Result<Policies> {
    let policy = Invocation::new("apt-cache").args(["policy"]).args(names);
    Ok(parse(&policy.variable("LC_ALL", "C").read()?))
}

/// Reads the output of `apt-cache policy`, in which a package that apt never heard of is not named.
fn parse(said: &str) -> Policies {
    let mut policies = Policies::new();
    let mut current = None;
    for line in said.lines() {
        if let Some(name) = line.strip_suffix(':').filter(|name| !name.starts_with(' ')) {
            current = Some(policies.entry(name.to_owned()).or_default());
        } else if let (Some(policy), Some((key, version))) = (&mut current, line.split_once(": ")) {
            let version = Some(version.to_owned()).filter(|version| version != "(none)");
            match key.trim() {
                "Installed" => policy.installed = version,
                "Candidate" => policy.candidate = version,
                _ => {}
            }
        }
    }
    policies
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "rustc-web:\n  Installed: 1.85.0+dfsg3-1\n  Candidate: 1.96.0+dfsg1-1\n  \
        Version table:\n     1.96.0+dfsg1-1 500\n        500 http://debian.example \
        bookworm-security/main amd64 Packages\n *** 1.85.0+dfsg3-1 500\n        100 \
        /var/lib/dpkg/status\n\
        docker-cli:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n\
        llvm-22-dev:\n  Installed: 1:22.1.8-1\n  Candidate: 1:22.1.8-1\n  Version table:\n";

    #[test]
    fn policies_are_read() {
        let mut policies = parse(SAID);
        assert_eq!(policies.len(), 3);
        let web = policies.remove("rustc-web").unwrap();
        assert_eq!(web.installed.as_deref(), Some("1.85.0+dfsg3-1"));
        assert_eq!(web.candidate.as_deref(), Some("1.96.0+dfsg1-1"));
        assert!(!web.is_current());
        assert_eq!(policies.remove("docker-cli"), Some(Policy::default()));
        // An epoch's colon is part of the version.
        let llvm = policies.remove("llvm-22-dev").unwrap();
        assert_eq!(llvm.candidate.as_deref(), Some("1:22.1.8-1"));
        assert!(llvm.is_current());
    }

    #[test]
    fn nothing_said_is_nothing_known() {
        assert!(parse("").is_empty());
        assert!(parse("N: Unable to locate package nobody\n").is_empty());
    }
}
