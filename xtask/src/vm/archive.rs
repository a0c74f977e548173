//! Debian's archive, asked with lists of our own: the machine's sources stay as they are.
//!
//! apt checks what it fetches against the archive's signatures, so a mirror can withhold, not
//! falsify. Lists and packages are kept in the workspace's `.cache` between runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail, ensure};

use super::series::Series;
use crate::command::Invocation;
use crate::progress;
use crate::workspace;

const MIRROR: &str = "http://deb.debian.org";
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The suites that together have every series.
const SUITES: [(&str, &str); 9] = [
    ("debian", "bullseye"),
    ("debian-security", "bullseye-security"),
    ("debian", "bookworm"),
    ("debian-security", "bookworm-security"),
    ("debian", "bookworm-backports"),
    ("debian", "trixie"),
    ("debian-security", "trixie-security"),
    ("debian", "trixie-backports"),
    ("debian", "sid"),
];

/// How many numbers `6.1-cloud-amd64` has.
const SERIES_AND_BITS: usize = 3;

/// How long lists are good: kernels are renewed every few weeks.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);

/// Our view of the archive.
pub(super) struct Archive {
    folder: PathBuf,
}

impl Archive {
    /// Lists that are fresh are taken as they are, others fetched. Where that fails, old lists do.
    pub(super) fn open() -> Result<Self> {
        let archive = Self {
            folder: workspace::cache().join("debian"),
        };
        ensure!(
            Path::new(KEYS).exists(),
            "{KEYS} is missing: install Debian's package debian-archive-keyring"
        );
        for folder in ["lists/partial", "archives/partial"] {
            fs::create_dir_all(archive.folder.join(folder))?;
        }
        fs::write(archive.sources(), sources())?;
        fs::write(archive.options(), archive.configuration())?;
        if !archive.is_fresh() {
            archive.update()?;
        }
        Ok(archive)
    }

    /// The versions of a series, such as `6.1.0-50-cloud-amd64`, the newest first.
    pub(super) fn versions(&self, series: Series) -> Result<Vec<String>> {
        let said = self
            .ask("apt-cache")
            .args(["search", "--names-only", "^linux-(image|binary)-[0-9]"])
            .read()?;
        let all: Vec<_> = said.lines().filter_map(version).collect();
        let mut found = of(series, &all);
        if let (true, Some(next)) = (found.is_empty(), series.substitute()) {
            found = of(next, &all);
        }
        let suites = SUITES.map(|(_, suite)| suite).join(", ");
        ensure!(
            !found.is_empty(),
            "no suite of {MIRROR} has a cloud kernel {series}: looked in {suites}. Name another \
             series by --kernel, or add the suite that has it to xtask/src/vm/archive.rs"
        );
        Ok(found)
    }

    /// Fetches the packages of a kernel and gives the files. One that is here is not fetched again.
    pub(super) fn fetch(&self, version: &str) -> Result<Vec<PathBuf>> {
        let names = self.packages(version)?;
        let folder = self.folder.join("archives");
        let get = self.ask("apt-get").args(["download"]).args(&names);
        let get = get.inside(&folder);
        let mut files = Vec::new();
        for name in &names {
            match downloaded(&folder, name)? {
                Some(file) => files.push(file),
                None => {
                    progress::quietly(&format!("kernel {version}"), "kernel-download", &get)?;
                    let file = downloaded(&folder, name)?;
                    files.push(file.with_context(|| format!("apt-get left no {name}"))?);
                }
            }
        }
        Ok(files)
    }

    /// From 7.0 on a kernel comes in two packages, and the one that is called image is empty.
    fn packages(&self, version: &str) -> Result<Vec<String>> {
        let [image, binary, modules] =
            ["image", "binary", "modules"].map(|part| format!("linux-{part}-{version}"));
        let known = self
            .ask("apt-cache")
            .args(["pkgnames", &binary])
            .read()?
            .lines()
            .any(|name| name == binary);
        Ok(if known {
            vec![binary, modules]
        } else {
            vec![image]
        })
    }

    fn is_fresh(&self) -> bool {
        let stamp = fs::metadata(self.stamp()).and_then(|stamp| stamp.modified());
        let age = stamp.map(|time| SystemTime::now().duration_since(time));
        matches!(age, Ok(Ok(age)) if age < FRESH)
    }

    fn update(&self) -> Result<()> {
        let update = self.ask("apt-get").args(["update", "--error-on=any"]);
        let updated = progress::quietly("lists of Debian's kernels", "kernel-lists", &update);
        match updated {
            Ok(()) => Ok(fs::write(self.stamp(), "")?),
            Err(error) if self.stamp().exists() => {
                eprintln!("{error:#}; going on with the lists of last time");
                Ok(())
            }
            Err(error) => bail!(
                "{error:#}. The suites of {MIRROR} are needed for kernels; the log names the one \
                 that failed. A suite that has been archived goes out of xtask/src/vm/archive.rs"
            ),
        }
    }

    fn ask(&self, program: &str) -> Invocation {
        Invocation::new(program)
            .args(["--config-file".as_ref(), self.options().as_os_str()])
            .variable("LC_ALL", "C")
    }

    /// Lists and packages of our own; no indexes in files, no other languages, no pictures; and
    /// apt's own user may have no way into the workspace.
    fn configuration(&self) -> String {
        let folder = self.folder.display();
        format!(
            r#"Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::Lists "{folder}/lists";
Dir::Cache::Archives "{folder}/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Retries "3";
APT::Sandbox::User "";
"#
        )
    }

    fn options(&self) -> PathBuf {
        self.folder.join("apt.conf")
    }

    fn sources(&self) -> PathBuf {
        self.folder.join("sources.list")
    }

    /// Touched when the lists were fetched as a whole.
    fn stamp(&self) -> PathBuf {
        self.folder.join("fetched")
    }
}

fn sources() -> String {
    let lines = SUITES.map(|(archive, suite)| {
        format!("deb [signed-by={KEYS} arch=amd64] {MIRROR}/{archive} {suite} main\n")
    });
    lines.concat()
}

/// The kernel's version in a line of `apt-cache search`, if it is a cloud kernel that can boot.
fn version(line: &str) -> Option<String> {
    let name = line.split_whitespace().next()?;
    let version = name
        .strip_prefix("linux-image-")
        .or_else(|| name.strip_prefix("linux-binary-"))?;
    // Those with debug information or without signature end otherwise; a package whose version is
    // that of a series points to the newest of its own suite.
    let whole = numbers(version).len() > SERIES_AND_BITS;
    (version.ends_with("-cloud-amd64") && whole).then(|| version.to_owned())
}

/// Those of a series, the newest first.
fn of(series: Series, all: &[String]) -> Vec<String> {
    let own = all.iter().filter(|version| series.has(version));
    let mut own: Vec<_> = own.cloned().collect();
    own.sort_by_key(|version| std::cmp::Reverse(numbers(version)));
    own.dedup();
    own
}

/// A version's numbers, by which versions are ordered.
fn numbers(version: &str) -> Vec<u32> {
    version
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect()
}

/// The file of a package: NAME_VERSION_ARCHITECTURE.deb.
fn downloaded(folder: &Path, name: &str) -> Result<Option<PathBuf>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let own = file
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('_'));
        if own && file.ends_with(".deb") {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_cloud_kernels_that_boot_are_taken() {
        let line = "linux-image-6.1.0-50-cloud-amd64 - Linux 6.1 for x86-64 cloud (signed)";
        assert_eq!(version(line).as_deref(), Some("6.1.0-50-cloud-amd64"));
        let line = "linux-binary-7.3.4+deb13-cloud-amd64 - Linux 7.3";
        assert_eq!(version(line).as_deref(), Some("7.3.4+deb13-cloud-amd64"));
        for other in [
            "linux-image-6.1.0-50-cloud-amd64-dbg - symbols",
            "linux-image-6.1.0-50-cloud-amd64-unsigned - unsigned",
            "linux-image-6.1.0-50-amd64 - Linux 6.1",
            "linux-image-6.1-cloud-amd64 - Linux 6.1 (meta)",
            "linux-modules-7.3.4+deb13-cloud-amd64 - modules",
        ] {
            assert_eq!(version(other), None, "{other}");
        }
    }

    #[test]
    fn newer_is_by_number() {
        assert!(numbers("6.1.0-9-cloud-amd64") < numbers("6.1.0-50-cloud-amd64"));
        assert!(numbers("7.3.4+deb13-cloud-amd64") < numbers("7.10.1+deb13-cloud-amd64"));
    }
}
