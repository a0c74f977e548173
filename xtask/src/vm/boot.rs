//! A machine, booted in QEMU by emulation alone, and what its guest says.
//!
//! The kernel's messages go to the first serial port and into a log, the guest's to the second,
//! which is QEMU's standard output. A machine that says nothing for a long time is ended.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use super::debugger::Debugger;
use super::image::Programs;
use super::kernel::Kernel;
use super::plant::Plant;
use crate::command::Invocation;
use crate::workspace;

/// How long a machine may be silent. Emulated, on a busy machine, loading takes its time.
const PATIENCE: Duration = Duration::from_secs(180);

/// Emulation alone, with both processors in one thread. With a thread for each, a processor may still
/// meet the breakpoint by which the kernel patches its own code, after the patch is done: a panic.
const ACCELERATOR: &str = "tcg,thread=single";

/// The machine of this task has memory overwritten, and so has that of a task whose name begins so.
pub(crate) const PLANTED: &str = "planted";

/// With these words the kernel is where its symbols say, and mapped whoever runs: a debugger's
/// addresses are those of the page tables in force.
const OPEN_TO_DEBUGGERS: &str = "nokaslr nopti";

/// A running machine.
pub(crate) struct Machine {
    qemu: Child,
    lines: Receiver<String>,
    log: PathBuf,
    debugger: PathBuf,
}

/// One thing that a guest said.
pub(crate) struct Said {
    /// What it speaks of: `cell`, `rows`, `failed` and so on.
    pub(crate) what: String,
    /// The whole.
    pub(crate) line: Value,
}

impl Said {
    /// A text in it.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.line
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

impl Machine {
    /// Boots a kernel whose guest has this task; `name` tells its files from those of others.
    pub(crate) fn boot(kernel: &Kernel, programs: &Programs, task: &str) -> Result<Self> {
        let folder = workspace::logs().join("vm");
        fs::create_dir_all(&folder)?;
        let name = format!("{}-{task}", kernel.version());
        let [image, log, debugger] =
            ["initramfs", "log", "gdb"].map(|end| folder.join(format!("{name}.{end}")));
        fs::write(&image, programs.initramfs(kernel)?)?;
        let qemu = Invocation::new("qemu-system-x86_64")
            .args([
                "-accel",
                ACCELERATOR,
                "-cpu",
                "max",
                "-smp",
                "2",
                "-m",
                "1536",
            ])
            .args(["-nodefaults", "-display", "none", "-no-reboot"])
            .args(["-serial", &format!("file:{}", log.display())])
            .args(["-serial", "stdio"])
            .args(["-kernel".as_ref(), kernel.image().as_os_str()])
            .args(["-initrd".as_ref(), image.as_os_str()])
            .args(words(task, &debugger));
        let mut command = qemu.command()?;
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(Stdio::null());
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start `{qemu}`"))?;
        let output = child.stdout.take().context("QEMU has no output")?;
        Ok(Self {
            qemu: child,
            lines: lines(output),
            log,
            debugger,
        })
    }

    /// The next thing that the guest says; nothing once it is done, or silent.
    pub(crate) fn next(&self) -> Option<Said> {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).ok()?;
            let Ok(line) = serde_json::from_str::<Value>(line.trim()) else {
                continue;
            };
            let what = line.get("say").and_then(Value::as_str).unwrap_or_default();
            if what == "done" {
                return None;
            }
            return Some(Said {
                what: what.to_owned(),
                line,
            });
        }
    }

    /// Overwrites what the guest asks for, while the machine stands still.
    pub(crate) fn plant(&self, asked: &Said) -> Result<()> {
        let plant = Plant::parse(&asked.line)?;
        let mut debugger = Debugger::connect(&self.debugger)?;
        plant.perform(&mut debugger)?;
        debugger.detach()
    }

    /// Where the kernel's messages are.
    pub(crate) fn log(&self) -> &PathBuf {
        &self.log
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // It has said everything, or nothing for minutes; under emulation it may also hang at the
        // very end.
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

/// The kernel's command line, and the way in for a debugger where the task needs one.
fn words(task: &str, debugger: &Path) -> Vec<String> {
    let line = format!("console=ttyS0 quiet panic=-1 guest.task={task}");
    if !task.starts_with(PLANTED) {
        return vec!["-append".to_owned(), line];
    }
    let socket = format!("unix:{},server=on,wait=off", debugger.display());
    let line = format!("{line} {OPEN_TO_DEBUGGERS}");
    ["-append", &line, "-gdb", &socket]
        .map(str::to_owned)
        .into()
}

/// Reads in a thread of its own, so that waiting can end.
fn lines(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
