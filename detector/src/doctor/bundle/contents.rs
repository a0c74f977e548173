//! What a bundle holds: each file read, masked, and described in a line.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::mask::Mask;
use crate::control::{SocketPath, client};
use crate::doctor::report::Report;
use crate::doctor::text::render;
use crate::rules::{self, RuleSource};

/// How long a running detector may take for its status.
const PATIENCE: Duration = Duration::from_secs(5);
/// More of a file is not read.
const LONGEST: u64 = 1 << 20;
/// Lines of os-release that say which system it is.
const SYSTEM: [&str; 6] = [
    "NAME=",
    "VERSION=",
    "ID=",
    "ID_LIKE=",
    "VERSION_ID=",
    "PRETTY_NAME=",
];

/// Where to look besides the findings.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The root below which the host's files stand.
    pub root: PathBuf,
    /// Names of this host, to be replaced.
    pub host_names: Vec<String>,
    /// Where a running detector would answer.
    pub socket: Option<SocketPath>,
    /// The configuration, if it is there.
    pub config: PathBuf,
}

/// A file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// What it holds, masked; or why it is not there.
    pub text: Result<String, String>,
}

/// Collects everything.
pub(super) fn collect(report: &Report, sources: &Sources, mask: &mut Mask) -> Vec<Entry> {
    let report = mask.report(report);
    let json = serde_json::to_string_pretty(&report).map_err(|error| error.to_string());
    let version = format!("escape-detector {}\n", report.version);
    let kernel = format!("{} {}\n", report.kernel, report.machine);
    let under = |path: &str| sources.root.join(path);
    let mut entries = vec![
        entry("doctor.json", "the findings, for programs", json),
        entry(
            "doctor.txt",
            "the findings, for people",
            Ok(render(&report, false)),
        ),
        entry("version.txt", "the detector's version", Ok(version)),
        entry("kernel.txt", "the kernel's release and machine", Ok(kernel)),
        entry(
            "rules.txt",
            "the shipped rule files by their SHA-256",
            Ok(digests()),
        ),
    ];
    let mut file = |name, about, path: &Path, keep: fn(&str) -> bool| {
        let text = read(path).map(|text| mask.text(&lines(&text, keep)));
        entries.push(entry(name, about, text));
    };
    let all = |_: &str| true;
    file(
        "proc-version.txt",
        "how the kernel was built",
        &under("proc/version"),
        all,
    );
    file(
        "cmdline.txt",
        "with what it was booted",
        &under("proc/cmdline"),
        all,
    );
    file(
        "os-release.txt",
        "which system this is",
        &under("etc/os-release"),
        |line| SYSTEM.iter().any(|key| line.starts_with(key)),
    );
    file(
        "mountinfo.txt",
        "where cgroups are mounted",
        &under("proc/self/mountinfo"),
        |line| line.contains(" - cgroup"),
    );
    file(
        "cgroup.txt",
        "in which cgroups the doctor ran",
        &under("proc/self/cgroup"),
        all,
    );
    let status = status(sources).map(|mut value| {
        mask.status(&mut value);
        pretty(&value)
    });
    entries.push(entry(
        "status.json",
        "what a running detector says of itself",
        status,
    ));
    let config = settings(&sources.config).map(|mut value| {
        mask.settings(&mut value);
        pretty(&value)
    });
    entries.push(entry(
        "config.json",
        "the configuration file's settings",
        config,
    ));
    for entry in &mut entries {
        if let Err(reason) = &mut entry.text {
            *reason = mask.text(reason);
        }
    }
    entries
}

const fn entry(name: &'static str, about: &'static str, text: Result<String, String>) -> Entry {
    Entry { name, about, text }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn lines(text: &str, keep: fn(&str) -> bool) -> String {
    let kept = text.lines().filter(|line| keep(line));
    kept.fold(String::new(), |text, line| text + line + "\n")
}

/// Name and digest of each rule file that ships with this version.
fn digests() -> String {
    let sources = rules::shipped().into_iter();
    let lines = sources.filter_map(|source| match source {
        RuleSource::Text { name, text } => {
            let digest = Sha256::digest(text.as_bytes());
            let digest = digest
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>();
            Some(format!("{digest}  {name}\n"))
        }
        RuleSource::Path(_) => None,
    });
    lines.collect()
}

fn status(sources: &Sources) -> Result<Value, String> {
    let socket = sources
        .socket
        .as_ref()
        .ok_or("its socket's path is too long")?;
    let status = client::status(socket, PATIENCE).map_err(|error| error.to_string())?;
    serde_json::to_value(status).map_err(|error| error.to_string())
}

/// The settings without the file's comments, which may hold anything. A file that cannot be read as
/// what it should be is left out: what cannot be told apart cannot be masked.
fn settings(path: &Path) -> Result<Value, String> {
    let text = read(path)?;
    toml::from_str(&text)
        .map_err(|_| "it is no TOML, so that secrets in it could not be found".to_owned())
}

fn read(path: &Path) -> Result<String, String> {
    let told = |error: io::Error| format!("{}: {error}", path.display());
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(told)?;
    file.take(LONGEST).read_to_end(&mut bytes).map_err(told)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
