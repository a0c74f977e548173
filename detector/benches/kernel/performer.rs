//! The processes that perform: their own side, and the conductor's hold on them.
//!
//! A watched one begins as a container's workload does: it is put into the cgroup from outside,
//! changes its root, and executes. After that it reads lines `ACT COUNT` and answers each with the
//! nanoseconds that it took.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::chroot;
use rustix::thread::{CpuSet, sched_setaffinity};

use crate::acts::{Act, Acts};
use crate::options::Placed;

impl Placed {
    /// Begins as a workload, once the conductor has put this process where it belongs.
    pub(crate) fn enter(&self) -> Result<()> {
        await_word()?;
        chroot("/").context("chroot")?;
        let mut itself = Command::new(env::current_exe()?);
        itself.arg("perform").args(self.arguments());
        Err(itself.exec().into())
    }

    /// Performs what it is told until nobody tells it anything any more.
    pub(crate) fn perform(&self) -> Result<()> {
        stay_on(&[self.cpu])?;
        let acts = Acts::prepare(&self.file, &self.cgroup)?;
        println!("ready");
        for line in std::io::stdin().lines() {
            let line = line?;
            let words = line.split_once(' ');
            let (act, count) = words.with_context(|| format!("no order: {line}"))?;
            let act = Act::named(act).with_context(|| format!("no act: {act}"))?;
            println!("{}", acts.perform(act, count.parse()?)?.as_nanos());
        }
        Ok(())
    }

    fn arguments(&self) -> [std::ffi::OsString; 6] {
        [
            "--cpu".into(),
            self.cpu.to_string().into(),
            "--file".into(),
            self.file.clone().into(),
            "--cgroup".into(),
            self.cgroup.clone().into(),
        ]
    }
}

/// Keeps this process, and what it starts, on these processors.
pub(crate) fn stay_on(processors: &[usize]) -> Result<()> {
    let mut set = CpuSet::new();
    for processor in processors {
        set.set(*processor);
    }
    sched_setaffinity(None, &set).context("the processor cannot be chosen")
}

/// Waits for a line of the conductor, and takes nothing of what comes after.
pub(crate) fn await_word() -> Result<()> {
    let mut byte = [0];
    rustix::io::read(rustix::stdio::stdin(), &mut byte)?;
    ensure!(byte == *b"\n", "no word from the conductor");
    Ok(())
}

/// A process that waits for a word, put into a cgroup.
pub(crate) fn begin(mut command: Command, cgroup: &std::path::Path) -> Result<Child> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().context("a process cannot be started")?;
    let put = std::fs::write(cgroup.join("cgroup.procs"), child.id().to_string());
    put.with_context(|| format!("no process can be put into {}", cgroup.display()))?;
    let input = child.stdin.as_mut().context("it has no input")?;
    input.write_all(b"\n")?;
    Ok(child)
}

/// A performer. It ends with the value.
pub(crate) struct Performer {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Performer {
    /// Starts one and waits until it is ready.
    pub(crate) fn start(placed: &Placed) -> Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.arg("enter").args(placed.arguments());
        let mut child = begin(command, &placed.cgroup)?;
        let input = child.stdin.take();
        let output = child.stdout.take().context("it has no output")?;
        let output = BufReader::new(output);
        let mut performer = Self {
            child,
            input,
            output,
        };
        let said = performer.answer()?;
        ensure!(said == "ready", "a performer says '{said}'");
        Ok(performer)
    }

    /// Lets it perform an act that many times; the time that it took.
    pub(crate) fn perform(&mut self, act: Act, count: u64) -> Result<Duration> {
        let Some(input) = &mut self.input else {
            bail!("a performer has ended");
        };
        writeln!(input, "{} {count}", act.name())?;
        Ok(Duration::from_nanos(self.answer()?.parse()?))
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        ensure!(!line.is_empty(), "a performer has ended");
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Performer {
    fn drop(&mut self) {
        // Without input it ends.
        drop(self.input.take());
        let mut rest = Vec::new();
        let ended = self.output.read_to_end(&mut rest);
        if let Err(error) = ended.and_then(|_| self.child.wait()) {
            eprintln!("bench: a performer was left behind: {error}");
        }
    }
}
