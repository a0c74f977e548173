//! The acts binary: built at first use, and what it tells of its calls.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, ensure};
use rustix::process::Pid;
use serde_json::Value;

use crate::engine::checked;
use crate::workspace;

/// Where the acts lie in the bare image.
pub(crate) const PATH: &str = "/bin/acts";

/// Acts to be performed, and how.
#[derive(Clone, Debug)]
pub struct Act {
    pub(crate) words: Vec<String>,
    pub(crate) executable: String,
    pub(crate) user: String,
}

impl Act {
    /// Acts by their words, as `acts` takes them, with blanks between.
    #[must_use]
    pub fn new(words: &str) -> Self {
        Self {
            words: words.split_whitespace().map(ToOwned::to_owned).collect(),
            executable: PATH.to_owned(),
            user: "0".to_owned(),
        }
    }

    /// Performed by this copy of the acts.
    #[must_use]
    pub fn by(mut self, executable: &str) -> Self {
        executable.clone_into(&mut self.executable);
        self
    }

    /// Performed under this user id.
    #[must_use]
    pub fn as_user(mut self, user: &str) -> Self {
        user.clone_into(&mut self.user);
        self
    }
}

/// One system call and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The system call.
    pub name: String,
    /// What it returned, or how many calls of a storm failed.
    pub result: i64,
    /// The error's name, `SUCCESS` where there was none.
    pub errno: String,
}

impl Call {
    pub(crate) fn parse(line: &Value) -> Option<Self> {
        Some(Self {
            name: line.get("act")?.as_str()?.to_owned(),
            result: line.get("result")?.as_i64()?,
            errno: line.get("errno")?.as_str()?.to_owned(),
        })
    }
}

/// Acts that were performed.
#[derive(Clone, Debug)]
pub struct Acted {
    /// The calls, in order.
    pub calls: Vec<Call>,
    /// Who made them, as the host numbers it.
    pub pid: Pid,
}

impl Acted {
    /// The answer to the last call of this name.
    ///
    /// # Errors
    /// If there was none.
    pub fn errno(&self, name: &str) -> Result<&str> {
        let call = self.calls.iter().rev().find(|call| call.name == name);
        call.map(|call| call.errno.as_str())
            .with_context(|| format!("no {name} among {:?}", self.calls))
    }
}

/// The acts binary, linked statically.
pub(crate) fn binary() -> Result<&'static PathBuf> {
    static BINARY: OnceLock<Result<PathBuf>> = OnceLock::new();
    BINARY
        .get_or_init(build)
        .as_ref()
        .map_err(|error| anyhow!("{error:#}"))
}

/// A build of its own: the linking differs from that of everything else in the workspace.
fn build() -> Result<PathBuf> {
    const TRIPLE: &str = "x86_64-unknown-linux-gnu";
    let directory = workspace::target()?.join("acts");
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace::root());
    command.args([
        "build",
        "--quiet",
        "--package",
        "acts",
        "--release",
        "--target",
        TRIPLE,
    ]);
    command.args([
        "--config",
        r#"build.rustflags=["-C","target-feature=+crt-static"]"#,
    ]);
    command.arg("--target-dir").arg(&directory);
    // The flags of the outer build would replace those above.
    command
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    let output = command
        .stdin(Stdio::null())
        .output()
        .context("cannot start cargo")?;
    checked(&command, &output)?;
    let built = directory.join(TRIPLE).join("release/acts");
    ensure!(built.exists(), "cargo left no {}", built.display());
    Ok(built)
}
