//! Programs that tasks start: described first, then shown and run.
//!
//! An [`Invocation`] prints as a line for a shell at the workspace's root, so that whoever reads it
//! can repeat it. Root is asked for here and nowhere else: a step marked [`Invocation::by_root`]
//! goes through sudo when the caller is not root.

mod shown;

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::workspace;

/// A program to start, with everything that makes its start differ from a plain one.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    program: OsString,
    args: Vec<OsString>,
    variables: Vec<(&'static str, OsString)>,
    path_first: Vec<PathBuf>,
    directory: PathBuf,
    root: bool,
    other_toolchain: bool,
}

impl Invocation {
    /// The program, started at the workspace's root.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            variables: Vec::new(),
            path_first: Vec::new(),
            directory: workspace::root().to_owned(),
            root: false,
            other_toolchain: false,
        }
    }

    /// Adds arguments.
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn variable(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name, value.as_ref().to_owned()));
        self
    }

    /// Puts a folder before those of PATH; the first one named comes first.
    pub(crate) fn path_first(mut self, folder: impl Into<PathBuf>) -> Self {
        self.path_first.push(folder.into());
        self
    }

    /// Starts it in this folder.
    pub(crate) fn inside(mut self, folder: impl Into<PathBuf>) -> Self {
        self.directory = folder.into();
        self
    }

    /// Starts it as root.
    pub(crate) fn by_root(mut self) -> Self {
        self.root = true;
        self
    }

    /// Keeps away from it what the cargo that started us, or the caller's shell, says about the
    /// compiler: this one brings its own.
    pub(crate) fn with_other_toolchain(mut self) -> Self {
        self.other_toolchain = true;
        self
    }

    /// Shows the command and runs it to its end.
    pub(crate) fn run(&self) -> Result<()> {
        eprintln!("$ {self}");
        self.checked(self.command()?.status())
    }

    /// Shows the command and becomes it: returns only if that failed.
    pub(crate) fn become_it(&self) -> Result<()> {
        eprintln!("$ {self}");
        let error = self.command()?.exec();
        Err(error).with_context(|| format!("cannot start `{self}`"))
    }

    /// What the program writes to its standard output, unseen by the reader.
    pub(crate) fn read(&self) -> Result<String> {
        let output = self.command()?.stdin(Stdio::null()).output();
        let output = output.with_context(|| format!("cannot start `{self}`"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "`{self}` failed: {}", said.trim());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The command as the standard library starts it.
    pub(crate) fn command(&self) -> Result<Command> {
        let mut command = if self.through_sudo() {
            self.sudo()?
        } else {
            self.direct()?
        };
        command.args(&self.args).current_dir(&self.directory);
        Ok(command)
    }

    fn direct(&self) -> Result<Command> {
        let mut command = Command::new(&self.program);
        if self.other_toolchain {
            for (name, _) in env::vars_os() {
                if name.to_str().is_some_and(speaks_of_toolchain) {
                    command.env_remove(name);
                }
            }
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if !self.path_first.is_empty() {
            let inherited = env::var_os("PATH").unwrap_or_default();
            let folders = self
                .path_first
                .iter()
                .cloned()
                .chain(env::split_paths(&inherited));
            command.env(
                "PATH",
                env::join_paths(folders).context("a folder cannot be in PATH")?,
            );
        }
        Ok(command)
    }

    /// sudo keeps little of the environment, so variables are named to it.
    fn sudo(&self) -> Result<Command> {
        ensure!(
            which("sudo").is_some(),
            "`{self}` needs root and sudo is not installed: install it, or run that command as root"
        );
        let mut sudo = Command::new("sudo");
        if !self.variables.is_empty() {
            sudo.arg("env");
            sudo.args(
                self.variables
                    .iter()
                    .map(|(name, value)| assignment(name, value)),
            );
        }
        sudo.arg(&self.program);
        Ok(sudo)
    }

    /// Turns the end of the program into ours.
    pub(crate) fn checked(&self, status: std::io::Result<std::process::ExitStatus>) -> Result<()> {
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => bail!("`{self}` failed ({status})"),
            Err(error) => Err(error).with_context(|| format!("cannot start `{self}`")),
        }
    }

    fn through_sudo(&self) -> bool {
        self.root && !is_root()
    }
}

/// Whether we are root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A program in PATH or in the folders of the system's daemons, which a user's PATH often lacks.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path);
    let daemons = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    folders
        .chain(daemons)
        .map(|folder| folder.join(program))
        .find(|found| found.is_file())
}

fn assignment(name: &str, value: &OsStr) -> OsString {
    let mut assignment = OsString::from(name);
    assignment.push("=");
    assignment.push(value);
    assignment
}

/// Whether a variable of this name changes which compiler cargo takes, or with what flags.
fn speaks_of_toolchain(name: &str) -> bool {
    const NAMES: [&str; 5] = [
        "CARGO",
        "LD_LIBRARY_PATH",
        "RUSTDOCFLAGS",
        "RUSTFLAGS",
        "RUSTUP_TOOLCHAIN",
    ];
    const BEGINNINGS: [&str; 7] = [
        "CARGO_BUILD_RUST",
        "CARGO_BUILD_TARGET",
        "CARGO_ENCODED_",
        "CARGO_PROFILE_",
        "CARGO_TARGET_",
        "CARGO_UNSTABLE_",
        "RUSTC",
    ];
    NAMES.contains(&name)
        || BEGINNINGS
            .iter()
            .any(|beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_variables_reach_the_program() {
        let shell = Invocation::new("/bin/sh")
            .args(["-c", "echo ${PATH%%:*} $RUSTC ${CARGO-none}; pwd"])
            .path_first("/first")
            .variable("RUSTC", "mine")
            .inside("/")
            .with_other_toolchain();
        // The test itself was started by a cargo, which sets CARGO.
        assert!(env::var_os("CARGO").is_some());
        assert_eq!(shell.read().unwrap(), "/first mine none\n/\n");
    }

    #[test]
    fn failure_names_the_command_and_its_words() {
        let failing = Invocation::new("sh").args(["-c", "echo no room >&2; exit 3"]);
        let error = failing.read().unwrap_err().to_string();
        assert!(
            error.contains("sh -c") && error.contains("no room"),
            "{error}"
        );
    }

    #[test]
    fn only_the_compiler_s_variables_disturb() {
        for name in [
            "RUSTC",
            "RUSTC_WRAPPER",
            "CARGO",
            "CARGO_ENCODED_RUSTFLAGS",
            "RUSTFLAGS",
        ] {
            assert!(speaks_of_toolchain(name), "{name}");
        }
        for name in [
            "PATH",
            "CARGO_HOME",
            "RUSTUP_HOME",
            "CARGO_BUILD_JOBS",
            "RUST_BACKTRACE",
        ] {
            assert!(!speaks_of_toolchain(name), "{name}");
        }
    }
}
