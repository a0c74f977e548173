//! `warden PIDFILE DIRECTORY|- COMMAND...` runs a command for the tests and sees to its end.
//!
//! A test process may panic, be killed or simply return from `main` with its shared detector and
//! Docker daemon still in a static. The warden's standard input is a pipe that only the test
//! process holds: when it ends, the warden ends the command by its pid, then unmounts and removes
//! the directory that the command lived in. It exits with the command's exit code. A command that
//! ends by itself leaves its directory until then, and an empty pid file.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::mount::{UnmountFlags, unmount};
use rustix::process::{Pid, Signal, kill_process};

/// How long a command may take to end after SIGTERM.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

fn main() -> ExitCode {
    match watch(std::env::args_os().skip(1)) {
        Ok(status) => ExitCode::from(exit_code(status)),
        Err(error) => {
            eprintln!("warden: {error:#}");
            ExitCode::from(125)
        }
    }
}

fn watch(mut arguments: impl Iterator<Item = OsString>) -> Result<ExitStatus> {
    let pid_file = arguments.next().context("expected a pid file")?;
    let directory = arguments.next().context("expected a directory or `-`")?;
    let program = arguments.next().context("expected a command")?;
    let mut child = Command::new(&program)
        .args(arguments)
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    // Whole at once: the tests wait for the file and read it.
    let draft = Path::new(&pid_file).with_extension("draft");
    std::fs::write(&draft, child.id().to_string())?;
    std::fs::rename(draft, &pid_file)?;
    let status = until_input_ends(&mut child, Path::new(&pid_file))?;
    if directory != "-" {
        remove(&PathBuf::from(directory))?;
    }
    Ok(status)
}

/// Waits for the end of standard input, and ends the command if it is still there.
fn until_input_ends(child: &mut Child, pid_file: &Path) -> Result<ExitStatus> {
    let input = input_end();
    while input.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
        if let Some(status) = child.try_wait()? {
            std::fs::write(pid_file, "")?;
            // The channel only closes.
            input.recv().unwrap_or_default();
            return Ok(status);
        }
    }
    end(child)
}

/// A channel that closes when standard input ends.
fn input_end() -> Receiver<()> {
    let (closes, input) = mpsc::channel();
    std::thread::spawn(move || {
        std::io::stdin()
            .lock()
            .read_to_end(&mut Vec::new())
            .unwrap_or_default();
        drop(closes);
    });
    input
}

fn end(child: &mut Child) -> Result<ExitStatus> {
    let pid = i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .context("no such pid")?;
    // Not waited for yet, so the pid is still the command's.
    kill_process(pid, Signal::TERM)?;
    // A stopped process takes its signal only when it goes on.
    kill_process(pid, Signal::CONT)?;
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(PAUSE);
    }
    child.kill()?;
    // Standard error may be gone with the tests, which is no reason to leave anything behind.
    let late = format!("warden: the command did not end within {PATIENCE:?} of SIGTERM\n");
    std::io::stderr()
        .write_all(late.as_bytes())
        .unwrap_or_default();
    Ok(child.wait()?)
}

/// Unmounts what is still mounted below the directory, innermost first, and removes it.
fn remove(directory: &Path) -> Result<()> {
    let mounts = std::fs::read_to_string("/proc/self/mounts")?;
    let below = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    for target in below
        .filter(|target| Path::new(target).starts_with(directory))
        .rev()
    {
        unmount(target, UnmountFlags::DETACH).with_context(|| format!("unmounting {target}"))?;
    }
    std::fs::remove_dir_all(directory).with_context(|| format!("removing {}", directory.display()))
}

/// As a shell tells it: 128 and the signal where a signal ended the command.
fn exit_code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(125)
}
