//! A command that ends with the tests, however they end.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::Pid;

use crate::workspace;

/// A running command under its warden. Dropping it ends the command.
pub(crate) struct Warden {
    process: Child,
    pid_file: PathBuf,
}

impl Warden {
    /// The command line of a warden over `program`. Its pid is written to `pid_file`;
    /// `directory` is removed when it has ended.
    pub(crate) fn over(
        program: &Path,
        pid_file: &Path,
        directory: Option<&Path>,
    ) -> Result<Command> {
        let mut command = Command::new(workspace::sibling("warden")?);
        command.arg(pid_file);
        command.arg(directory.unwrap_or_else(|| Path::new("-")));
        command.arg(program);
        Ok(command)
    }

    /// Starts it, in a process group of its own, so that an interrupt at the terminal leaves it
    /// alive to clean up.
    pub(crate) fn start(mut command: Command, pid_file: &Path) -> Result<Self> {
        let process = command
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .context("cannot start the warden that cargo builds with the tests")?;
        let pid_file = pid_file.to_owned();
        let mut warden = Self { process, pid_file };
        while !warden.pid_file.exists() {
            let ended = warden.process.try_wait()?;
            ensure!(ended.is_none(), "{command:?} did not start: {ended:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(warden)
    }

    pub(crate) fn process(&mut self) -> &mut Child {
        &mut self.process
    }

    /// The command's own pid.
    pub(crate) fn pid(&self) -> Result<Pid> {
        let text = std::fs::read_to_string(&self.pid_file)?;
        Pid::from_raw(text.trim().parse()?).context("no pid")
    }

    /// True once the command has ended by itself.
    pub(crate) fn has_ended(&self) -> bool {
        std::fs::read_to_string(&self.pid_file).is_ok_and(|text| text.is_empty())
    }

    /// Ends the command by SIGTERM; its exit code, or 128 and the signal that ended it.
    pub(crate) fn end(&mut self) -> Result<i32> {
        drop(self.process.stdin.take());
        self.process.wait()?.code().context("the warden was killed")
    }
}

impl Drop for Warden {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            eprintln!("a command of the tests was left behind: {error:#}");
        }
    }
}
