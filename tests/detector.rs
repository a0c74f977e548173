//! A detector under test: started on a state directory of its own, its alerts collected.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Signal, kill_process};
use serde_json::Value;

use crate::alert::Alert;
use crate::answer::Answer;
use crate::container::Container;
use crate::counts::Counts;
use crate::engine::Engine;
use crate::warden::Warden;
use crate::workspace;

/// How long an alert may take: generous, since only its coming is tested.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it may take until everything that was done is accounted for.
const QUIET: Duration = Duration::from_secs(60);
/// How many alerts a failure prints.
const SHOWN: usize = 200;

/// A running detector. It ends with the value or with the test process.
pub struct Detector {
    state: PathBuf,
    warden: Mutex<Warden>,
    said: Arc<Said>,
}

/// What the detector said so far.
#[derive(Default)]
struct Said {
    alerts: Mutex<Vec<Alert>>,
    more: Condvar,
    /// Lines on standard output that are no alert.
    strays: Mutex<Vec<String>>,
    errors: Mutex<String>,
}

impl Detector {
    /// Starts a detector on an engine and waits until it is ready.
    ///
    /// # Errors
    /// If it is not ready in time, with what it said.
    pub fn start(engine: &Engine) -> Result<Self> {
        let directory = run_directory()?;
        let state = directory.join("state");
        Self::launch(&engine.socket(), directory, state, &[])
    }

    /// Starts a detector on an engine and a state directory that outlives it, with more options.
    ///
    /// # Errors
    /// If it is not ready in time, with what it said.
    pub fn start_at(engine: &Engine, state: &Path, options: &[&str]) -> Result<Self> {
        let directory = run_directory()?;
        Self::launch(&engine.socket(), directory, state.to_owned(), options)
    }

    /// As [`Detector::start`], with more options for `run`.
    ///
    /// # Errors
    /// If it is not ready in time, with what it said.
    pub fn start_with(engine: &Engine, options: &[&str]) -> Result<Self> {
        let directory = run_directory()?;
        let state = directory.join("state");
        Self::launch(&engine.socket(), directory, state, options)
    }

    /// As [`Self::start_with`], on an engine's socket wherever that is.
    ///
    /// # Errors
    /// If it is not ready in time, with what it said.
    pub fn start_apart(socket: &Path, options: &[&str]) -> Result<Self> {
        let directory = run_directory()?;
        let state = directory.join("state");
        Self::launch(socket, directory, state, options)
    }

    /// Starts a detector on an engine's socket and a state directory that outlives it.
    ///
    /// # Errors
    /// If it is not ready in time, with what it said.
    pub fn start_on(socket: &Path, state: &Path) -> Result<Self> {
        Self::launch(socket, run_directory()?, state.to_owned(), &[])
    }

    fn launch(socket: &Path, directory: PathBuf, state: PathBuf, options: &[&str]) -> Result<Self> {
        let pid_file = directory.join("pid");
        let mut command = Warden::over(&detector_binary()?, &pid_file, Some(&directory))?;
        command
            .args(["run", "--output", "json", "--state-dir"])
            .arg(&state);
        command
            .arg("--engine")
            .arg(socket)
            .args(options)
            .env_remove("DOCKER_HOST");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut warden = Warden::start(command, &pid_file)?;
        let said = Arc::new(Said::default());
        said.listen(&mut warden)?;
        let detector = Self {
            state,
            warden: Mutex::new(warden),
            said,
        };
        detector.await_ready()?;
        Ok(detector)
    }

    /// Its process, as the host numbers it.
    ///
    /// # Errors
    /// If it has none.
    pub fn pid(&self) -> Result<i32> {
        Ok(lock(&self.warden).pid()?.as_raw_nonzero().get())
    }

    /// Its state directory.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    fn await_ready(&self) -> Result<()> {
        let mut command = Command::new(detector_binary()?);
        command
            .args(["status", "--wait", "60", "--state-dir"])
            .arg(self.state());
        let output = command.output()?;
        ensure!(
            output.status.success(),
            "the detector is not ready: {}{}",
            String::from_utf8_lossy(&output.stderr),
            self.errors()
        );
        Ok(())
    }

    /// What `status --output json` says.
    ///
    /// # Errors
    /// If it says nothing.
    pub fn status(&self) -> Result<Value> {
        let mut command = Command::new(detector_binary()?);
        command
            .args(["status", "--output", "json", "--state-dir"])
            .arg(self.state());
        let output = command.output()?;
        ensure!(
            output.status.success(),
            "status: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).context("the status is no JSON")
    }

    /// What became of the acts of each kind.
    ///
    /// # Errors
    /// If the status does not tell.
    pub fn counts(&self) -> Result<Vec<Counts>> {
        let status = self.status()?;
        let events = status.get("events").and_then(Value::as_object);
        let events = events.context("the status tells of no events")?;
        events
            .iter()
            .map(|(kind, counts)| Counts::read(kind, counts).context(kind.clone()))
            .collect()
    }

    /// What became of the acts of each kind, once all that was done so far is accounted for. Others
    /// on this host may go on.
    ///
    /// # Errors
    /// If an account is never even.
    pub fn even(&self) -> Result<Vec<Counts>> {
        let started = Instant::now();
        loop {
            // The state that is told is renewed twice a second.
            std::thread::sleep(Duration::from_millis(700));
            let counts = self.counts()?;
            if counts.iter().all(Counts::is_even) {
                return Ok(counts);
            }
            ensure!(
                started.elapsed() < QUIET,
                "acts are not accounted for: {counts:#?}{}",
                self.errors()
            );
        }
    }

    /// Waits for an alert that this container caused.
    ///
    /// # Errors
    /// If none comes in time, with all that came and what the detector said.
    pub fn wait_for(
        &self,
        container: &Container<'_>,
        wanted: impl Fn(&Alert) -> bool,
    ) -> Result<Alert> {
        self.wait_for_any(|alert| alert.container() == container.id() && wanted(alert))
            .with_context(|| format!("no such alert of container {}", container.id()))
    }

    /// Waits for an alert, whoever caused it.
    ///
    /// # Errors
    /// If none comes in time, with all that came and what the detector said.
    pub fn wait_for_any(&self, wanted: impl Fn(&Alert) -> bool) -> Result<Alert> {
        let end = Instant::now() + PATIENCE;
        let mut alerts = lock(&self.said.alerts);
        loop {
            if let Some(found) = alerts.iter().find(|alert| wanted(alert)) {
                return Ok(found.clone());
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(alerts);
                bail!("no such alert\n{}", self.account());
            }
            let waited = self.said.more.wait_timeout(alerts, left);
            alerts = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// All alerts so far.
    #[must_use]
    pub fn alerts(&self) -> Vec<Alert> {
        lock(&self.said.alerts).clone()
    }

    /// All alerts so far that this container caused.
    #[must_use]
    pub fn alerts_of(&self, container: &Container<'_>) -> Vec<Alert> {
        let alerts = lock(&self.said.alerts);
        alerts
            .iter()
            .filter(|alert| alert.container() == container.id())
            .cloned()
            .collect()
    }

    /// Everything that it said, for a failure's message.
    #[must_use]
    pub fn account(&self) -> String {
        let alerts = lock(&self.said.alerts);
        let mut account = format!("{} alerts", alerts.len());
        for alert in alerts.iter().rev().take(SHOWN).rev() {
            write!(account, "\n  {alert}").unwrap_or_default();
        }
        for stray in lock(&self.said.strays).iter() {
            write!(account, "\nno alert on standard output: {stray}").unwrap_or_default();
        }
        account + &self.errors()
    }

    /// What it wrote to standard error so far.
    #[must_use]
    pub fn errors(&self) -> String {
        format!("\nstandard error:\n{}", lock(&self.said.errors))
    }

    /// Memory that it holds, in KiB.
    ///
    /// # Errors
    /// If it has no process.
    pub fn resident(&self) -> Result<usize> {
        let pid = lock(&self.warden).pid()?.as_raw_nonzero();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.context("no VmRSS")?.parse()?)
    }

    /// Asks it to read configuration and rules anew, by `reload --output json`.
    ///
    /// # Errors
    /// If the command cannot be run.
    pub fn reload(&self) -> Result<Answer> {
        let mut command = Command::new(detector_binary()?);
        command
            .args(["reload", "--output", "json", "--state-dir"])
            .arg(self.state());
        Answer::of(&mut command)
    }

    /// Asks for the same by SIGHUP.
    ///
    /// # Errors
    /// If it has no process.
    pub fn hang_up(&self) -> Result<()> {
        Ok(kill_process(lock(&self.warden).pid()?, Signal::HUP)?)
    }

    /// Stops it where it stands.
    ///
    /// # Errors
    /// If it has no process.
    pub fn suspend(&self) -> Result<()> {
        Ok(kill_process(lock(&self.warden).pid()?, Signal::STOP)?)
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// If it has no process.
    pub fn resume(&self) -> Result<()> {
        Ok(kill_process(lock(&self.warden).pid()?, Signal::CONT)?)
    }

    /// Ends it by SIGTERM; it must exit with code 0 and have said nothing but alerts.
    ///
    /// # Errors
    /// If it ended otherwise.
    pub fn stop(self) -> Result<()> {
        let code = lock(&self.warden).end()?;
        ensure!(code == 0, "exit code {code} after SIGTERM{}", self.errors());
        let strays = lock(&self.said.strays);
        ensure!(
            strays.is_empty(),
            "no alerts on standard output: {strays:?}"
        );
        Ok(())
    }
}

impl Said {
    /// Collects both streams, each in a thread that ends with the stream.
    fn listen(self: &Arc<Self>, warden: &mut Warden) -> Result<()> {
        let output = warden
            .process()
            .stdout
            .take()
            .context("no standard output")?;
        let mut errors = warden
            .process()
            .stderr
            .take()
            .context("no standard error")?;
        let said = Arc::clone(self);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                said.take(&line);
            }
        });
        let said = Arc::clone(self);
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = errors.read(&mut chunk) {
                let text = String::from_utf8_lossy(chunk.get(..length).unwrap_or_default());
                lock(&said.errors).push_str(&text);
            }
        });
        Ok(())
    }

    fn take(&self, line: &str) {
        match Alert::parse(line) {
            Ok(alert) => lock(&self.alerts).push(alert),
            Err(_) => lock(&self.strays).push(line.to_owned()),
        }
        self.more.notify_all();
    }
}

/// A test that panics leaves nothing half-written behind these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Holds the pid and, by default, the state; the warden removes it.
fn run_directory() -> Result<PathBuf> {
    Ok(tempfile::Builder::new().prefix("ed-").tempdir()?.keep())
}

/// The detector under test: `ESCAPE_DETECTOR` names it, else the workspace's release build.
///
/// # Errors
/// If it is not there.
pub fn detector_binary() -> Result<PathBuf> {
    let named = std::env::var_os("ESCAPE_DETECTOR").map(PathBuf::from);
    let built = workspace::root().join("target/release/escape-detector");
    let binary = named.unwrap_or(built);
    ensure!(
        binary.exists(),
        "no detector at {}: `cargo xtask build`",
        binary.display()
    );
    Ok(binary)
}
