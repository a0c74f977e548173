//! A container, and what is done in it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::Pid;
use serde_json::Value;

use crate::act::{self, Act, Acted, Call};
use crate::engine::{Engine, checked};
use crate::image::Image;

/// Options of `docker run` by what they allow.
pub mod allow {
    /// Mounts, namespaces and bpf, as most escapes need.
    pub const ADMINISTRATION: [&str; 2] = ["--cap-add", "SYS_ADMIN"];
    /// Every system call, and all of `/proc`: what sandboxes inside a container ask for.
    pub const SANDBOXES: [&str; 4] = [
        "--security-opt",
        "seccomp=unconfined",
        "--security-opt",
        "systempaths=unconfined",
    ];
    /// Loop devices.
    pub const LOOP_DEVICES: [&str; 2] = ["--device-cgroup-rule", "b 7:* rwm"];
    /// Own addresses.
    pub const NETWORK: [&str; 4] = [
        "--cap-add",
        "NET_ADMIN",
        "--sysctl",
        "net.ipv6.conf.all.disable_ipv6=0",
    ];
}

/// A copy of the acts in the container's upper layer, under a name that says nothing.
pub const RENAMED: &str = "/tmp/innocent";

/// A container that is removed when the value is dropped.
pub struct Container<'e> {
    engine: &'e Engine,
    id: String,
}

impl<'e> Container<'e> {
    /// Runs `command` in a new container.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn run(
        engine: &'e Engine,
        image: Image,
        options: &[&str],
        command: &[&str],
    ) -> Result<Self> {
        Self::of_image(engine, engine.image(image)?, options, command)
    }

    /// As [`Self::run`], of an image that the engine has under this name.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn of_image(
        engine: &'e Engine,
        name: &str,
        options: &[&str],
        command: &[&str],
    ) -> Result<Self> {
        let words = ["run", "--detach"]
            .iter()
            .chain(options)
            .chain([&name])
            .chain(command);
        let id = engine.ask(words)?;
        Ok(Self { engine, id })
    }

    /// A container that does nothing until something is executed in it.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn idle(engine: &'e Engine, image: Image, options: &[&str]) -> Result<Self> {
        Self::run(engine, image, options, &["sleep", "3600"])
    }

    /// Puts a copy of the acts at [`RENAMED`].
    ///
    /// # Errors
    /// If it cannot be copied.
    pub fn with_renamed(self) -> Result<Self> {
        self.exec(&["cp", act::PATH, RENAMED])?;
        Ok(self)
    }

    /// The full id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Performs acts by `docker exec` and tells who made them, in the host's numbers.
    ///
    /// # Errors
    /// If they could not be performed. What the kernel refused is no error.
    pub fn perform(&self, act: &Act) -> Result<Acted> {
        let mut command = self
            .engine
            .docker(["exec", "--interactive", "--user", &act.user]);
        command
            .args([&self.id, &act.executable, "hold"])
            .args(&act.words);
        let mut running = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stream = running.stdout.take().context("docker has no output")?;
        let (calls, held) = read_calls(BufReader::new(stream))?;
        // The process lives until its input ends, so its pid can still be looked up.
        let pid = held.map(|inner| self.pid_on_host(inner));
        drop(running.stdin.take());
        checked(&command, &running.wait_with_output()?)?;
        let pid = pid.with_context(|| format!("{command:?} performed nothing"))??;
        Ok(Acted { calls, pid })
    }

    /// Runs a command in the container to its end.
    ///
    /// # Errors
    /// If it fails; the message holds its output.
    pub fn exec(&self, command: &[&str]) -> Result<String> {
        self.exec_with(&[], command)
    }

    /// As [`Self::exec`], with options of `docker exec`.
    ///
    /// # Errors
    /// If it fails; the message holds its output.
    pub fn exec_with(&self, options: &[&str], command: &[&str]) -> Result<String> {
        let words = ["exec"]
            .iter()
            .chain(options)
            .copied()
            .chain([self.id.as_str()]);
        self.engine.ask(words.chain(command.iter().copied()))
    }

    /// Runs a shell script in the container; it ends at its first failure.
    ///
    /// # Errors
    /// If it fails; the message holds its output.
    pub fn shell(&self, script: &str) -> Result<String> {
        self.exec(&["sh", "-euc", script])
    }

    /// Copies a file of the host into the container.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn put(&self, file: &Path, target: &str) -> Result<()> {
        let target = format!("{}:{target}", self.id);
        self.engine
            .ask(["cp", &file.display().to_string(), &target])
            .map(drop)
    }

    /// Copies the acts into a container of another image.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn put_acts(&self, target: &str) -> Result<()> {
        self.put(Path::new(act::BINARY), target)
    }

    /// One of the fields that `docker inspect` knows, as a Go template names it.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn inspect(&self, template: &str) -> Result<String> {
        self.engine.ask(["inspect", "--format", template, &self.id])
    }

    /// The path of its cgroup in the v2 hierarchy.
    ///
    /// # Errors
    /// If it has ended.
    pub fn cgroup(&self) -> Result<String> {
        let first = self.inspect("{{.State.Pid}}")?;
        let lines = std::fs::read_to_string(format!("/proc/{first}/cgroup"))?;
        let path = lines.lines().find_map(|line| line.strip_prefix("0::"));
        Ok(path.context("no v2 cgroup")?.to_owned())
    }

    /// Waits until a field that `docker inspect` knows has this value.
    ///
    /// # Errors
    /// If it does not get it in time.
    pub fn await_state(&self, template: &str, value: &str) -> Result<()> {
        let started = Instant::now();
        let mut last = String::new();
        while started.elapsed() < Duration::from_secs(60) {
            last = self.inspect(template)?;
            if last == value {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("{template} is `{last}` and not `{value}`")
    }

    /// What the container's main process printed so far.
    fn output(&self) -> Result<Output> {
        Ok(self.engine.docker(["logs", &self.id]).output()?)
    }

    /// The calls that the container's main process has told so far.
    ///
    /// # Errors
    /// If it printed anything else.
    pub fn calls(&self) -> Result<Vec<Call>> {
        read_calls(self.output()?.stdout.as_slice()).map(|(calls, _)| calls)
    }

    /// Waits for the end of the main process, which performs acts, and hands back its calls.
    ///
    /// # Errors
    /// If it fails.
    pub fn finish(&self) -> Result<Vec<Call>> {
        let code = self.engine.ask(["wait", &self.id])?;
        let output = self.output()?;
        ensure!(
            code == "0",
            "exit code {code}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        self.calls()
    }

    /// A process of this container as the host numbers it.
    fn pid_on_host(&self, inner: i32) -> Result<Pid> {
        let first = self.inspect("{{.State.Pid}}")?;
        let namespace = std::fs::read_link(format!("/proc/{first}/ns/pid"))?;
        let wanted = inner.to_string();
        for entry in std::fs::read_dir("/proc")? {
            let process = entry?.path();
            // A process may end while it is looked at: then it is not the one that is held.
            let same_namespace =
                std::fs::read_link(process.join("ns/pid")).is_ok_and(|own| own == namespace);
            if !same_namespace {
                continue;
            }
            let status = std::fs::read_to_string(process.join("status")).unwrap_or_default();
            let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
            if numbers.is_some_and(|numbers| numbers.split_whitespace().last() == Some(&wanted)) {
                let name = process
                    .file_name()
                    .context("no pid")?
                    .to_string_lossy()
                    .into_owned();
                return Pid::from_raw(name.parse()?).context("no pid");
            }
        }
        bail!("no process {inner} in the container")
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        let removed = self.engine.ask(["rm", "--force", "--volumes", &self.id]);
        if let Err(error) = removed {
            eprintln!("a container of the tests was left behind: {error:#}");
        }
    }
}

/// Reads calls until the end or until somebody says that it is held.
fn read_calls(lines: impl BufRead) -> Result<(Vec<Call>, Option<i32>)> {
    let mut calls = Vec::new();
    for line in lines.lines() {
        let line = line?;
        let value: Value =
            serde_json::from_str(&line).with_context(|| format!("no call: `{line}`"))?;
        if let Some(held) = value.get("held").and_then(Value::as_i64) {
            return Ok((calls, Some(i32::try_from(held)?)));
        }
        calls.push(Call::parse(&value).with_context(|| format!("no call: `{line}`"))?);
    }
    Ok((calls, None))
}
