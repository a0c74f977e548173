//! Processes of the host that are in no container.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::act;
use crate::container::Container;

/// How long a process or a cgroup may take to end.
const PATIENCE: Duration = Duration::from_secs(10);
const PROCESSES: &str = "cgroup.procs";

/// A cgroup in the v2 hierarchy of the host. It goes with the value.
pub struct HostCgroup {
    directory: PathBuf,
    path: String,
}

impl HostCgroup {
    /// Makes one that has never been there.
    ///
    /// # Errors
    /// If the host has no such hierarchy, or lets nobody make one.
    pub fn make() -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self::named(&format!("ed-{}-{number}.service", std::process::id()))
    }

    /// Makes one of this name, directly below the root.
    ///
    /// # Errors
    /// As [`Self::make`], or if it is there.
    pub fn named(name: &str) -> Result<Self> {
        let path = format!("/{name}");
        let directory = hierarchy()?.join(path.trim_start_matches('/'));
        fs::create_dir(&directory).with_context(|| directory.display().to_string())?;
        Ok(Self { directory, path })
    }

    /// Its path in the hierarchy.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The file that takes processes in.
    #[must_use]
    pub fn processes(&self) -> PathBuf {
        self.directory.join(PROCESSES)
    }

    /// The same of a container's cgroup.
    ///
    /// # Errors
    /// If the container has ended.
    pub fn processes_of(container: &Container<'_>) -> Result<PathBuf> {
        let path = container.cgroup()?;
        Ok(hierarchy()?
            .join(path.trim_start_matches('/'))
            .join(PROCESSES))
    }

    /// Performs acts in it, in a process that is moved into it and then executes them.
    ///
    /// # Errors
    /// If they could not be performed.
    pub fn perform(&self, words: &str) -> Result<()> {
        self.execute(&[act::BINARY], words)
    }

    /// As [`Self::perform`], with this directory for the root.
    ///
    /// # Errors
    /// As there, or if the acts cannot be copied to it.
    pub fn perform_below(&self, root: &Path, words: &str) -> Result<()> {
        fs::copy(act::BINARY, root.join("acts"))?;
        self.execute(&["chroot", &root.display().to_string(), "/acts"], words)
    }

    fn execute(&self, program: &[&str], words: &str) -> Result<()> {
        let script = "echo $$ >\"$0\"; exec \"$@\"";
        let mut command = Command::new("sh");
        command.args(["-euc", script]);
        command.arg(self.processes()).args(program);
        command.args(words.split_whitespace());
        let output = command.output()?;
        ensure!(
            output.status.success(),
            "{words}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }
}

impl Drop for HostCgroup {
    fn drop(&mut self) {
        let started = Instant::now();
        // Busy until its last process is gone.
        while let Err(error) = fs::remove_dir(&self.directory) {
            if started.elapsed() > PATIENCE {
                eprintln!("{} was left behind: {error}", self.directory.display());
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Where the whole v2 hierarchy is mounted.
fn hierarchy() -> Result<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo")?;
    let whole = mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        (root == "/" && line.contains(" - cgroup2 ")).then_some(point)
    });
    whole
        .map(PathBuf::from)
        .context("no v2 cgroup hierarchy is mounted")
}

/// A shell that does what it is told, below another one that waits for it. It ends with the value.
pub struct HostShell {
    outer: Child,
    input: Option<ChildStdin>,
}

impl HostShell {
    /// Starts both.
    ///
    /// # Errors
    /// If they cannot be started.
    pub fn start() -> Result<Self> {
        let mut command = Command::new("sh");
        // A shell's background process reads from nothing unless it is given something.
        command.args(["-c", "exec 3<&0; sh <&3 3<&- & wait"]);
        command.env("ACTS", act::BINARY);
        let mut outer = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let input = outer.stdin.take();
        let shell = Self { outer, input };
        shell.await_inner()?;
        Ok(shell)
    }

    /// The outer shell.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.outer.id()
    }

    /// The shell below it.
    ///
    /// # Errors
    /// If there is none.
    pub fn inner(&self) -> Result<u32> {
        let pid = self.pid();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
        Ok(children.trim().parse()?)
    }

    /// Lets the inner shell run a line, in which `$ACTS` names the acts.
    ///
    /// # Errors
    /// If it does not listen.
    pub fn tell(&mut self, line: &str) -> Result<()> {
        let input = self.input.as_mut().context("it has no input")?;
        writeln!(input, "{line}")?;
        Ok(input.flush()?)
    }

    /// Ends the outer shell; the inner one goes on.
    ///
    /// # Errors
    /// If it is not there.
    pub fn end_outer(&mut self) -> Result<()> {
        let pid = Pid::from_raw(self.pid().cast_signed()).context("no pid")?;
        kill_process(pid, Signal::KILL)?;
        self.outer.wait()?;
        Ok(())
    }

    fn await_inner(&self) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Ok(inner) = self.inner()
                && Path::new(&format!("/proc/{inner}/exe")).read_link().is_ok()
            {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("no shell below {}", self.pid())
    }
}

impl Drop for HostShell {
    fn drop(&mut self) {
        // The inner shell ends with its input, the outer one with the inner.
        drop(self.input.take());
        if let Err(error) = self.outer.wait() {
            eprintln!("a shell of the tests was left behind: {error}");
        }
    }
}
