//! The flood: as many opens as the processors make, in a watched cgroup, beside a detector that runs
//! as people run it. What counts is how many there were and how many records were lost.

use std::env;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;
use serde_json::Value;

use crate::ground::Ground;
use crate::options::{Flooding, Options};
use crate::performer::{await_word, begin, stay_on};

/// The levels that are flooded.
const LEVELS: [&str; 3] = ["rules", "operations", "all"];
/// Opens between two looks at the clock.
const BATCH: u64 = 1_000;
/// How long it may take until everything that was done is accounted for.
const PATIENCE: Duration = Duration::from_secs(60);
/// The status is renewed twice a second.
const RENEWED: Duration = Duration::from_millis(700);

/// What became of a flood.
#[derive(Debug, Serialize)]
pub(crate) struct Flood {
    pub(crate) level: &'static str,
    pub(crate) opens_per_second: f64,
    /// Opens that the sensor sent records of.
    pub(crate) sent: u64,
    /// Records lost, of any kind, for any cause.
    pub(crate) lost: u64,
}

/// Floods at each level.
pub(crate) fn all(ground: &Ground, options: &Options) -> Result<Vec<Flood>> {
    if options.flood == 0 {
        return Ok(Vec::new());
    }
    let detector = env::var_os("ESCAPE_DETECTOR").map(PathBuf::from);
    let detector = detector.context("ESCAPE_DETECTOR names no detector to be flooded")?;
    let floods = LEVELS.into_iter().map(|level| {
        eprintln!("bench: flood at level {level}");
        one(ground, &detector, level, options.flood).with_context(|| format!("flood, {level}"))
    });
    floods.collect()
}

fn one(ground: &Ground, detector: &Path, level: &'static str, seconds: u64) -> Result<Flood> {
    let cgroup = ground.cgroup(&format!("flood-{level}"))?;
    let state = ground.directory().join(format!("state-{level}"));
    let watch = format!("cgroup={}", ground.path_of(&cgroup)?.display());
    let detector = Detector::start(detector, &state, &watch, level)?;
    let mut floods = Vec::new();
    for cpu in ground.processors() {
        let mut flood = Command::new(env::current_exe()?);
        flood.args(["flood", "--seconds", &seconds.to_string()]);
        flood.args(["--cpu", &cpu.to_string(), "--file"]);
        flood.arg(ground.file());
        floods.push(begin(flood, &cgroup)?);
    }
    let mut opens_per_second = 0.0;
    for flood in floods {
        let said = flood.wait_with_output()?;
        ensure!(said.status.success(), "a flood ended: {}", said.status);
        opens_per_second += String::from_utf8(said.stdout)?.trim().parse::<f64>()?;
    }
    let status = detector.accounted()?;
    detector.stop()?;
    let sent = status.pointer("/events/open/seen").and_then(Value::as_u64);
    let lost = status
        .get("dropped")
        .context("the status tells of no losses")?;
    Ok(Flood {
        level,
        opens_per_second,
        sent: sent.unwrap_or_default(),
        lost: sum(lost),
    })
}

/// The sum of all numbers in a value, however deep.
fn sum(value: &Value) -> u64 {
    match value {
        Value::Object(fields) => fields.values().map(sum).sum(),
        other => other.as_u64().unwrap_or_default(),
    }
}

impl Flooding {
    /// Opens the file as often as it can, and says how often a second.
    pub(crate) fn flood(&self) -> Result<()> {
        await_word()?;
        stay_on(&[self.cpu])?;
        let name = std::ffi::CString::new(self.file.as_os_str().as_encoded_bytes())?;
        let (started, end) = (Instant::now(), Duration::from_secs(self.seconds));
        let mut opens = 0;
        while started.elapsed() < end {
            for _ in 0..BATCH {
                drop(open(name.as_c_str(), OFlags::RDONLY, Mode::empty())?);
            }
            opens += BATCH;
        }
        let rate = opens as f64 / started.elapsed().as_secs_f64();
        writeln!(std::io::stdout(), "{rate}")?;
        Ok(())
    }
}

/// The detector that is flooded. It ends with the value.
struct Detector {
    program: PathBuf,
    state: PathBuf,
    child: Child,
}

impl Detector {
    fn start(program: &Path, state: &Path, watch: &str, level: &str) -> Result<Self> {
        let mut command = Command::new(program);
        command.args([
            "run", "--output", "json", "--watch", watch, "--level", level,
        ]);
        command.arg("--state-dir").arg(state);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut detector = Self {
            program: program.to_owned(),
            state: state.to_owned(),
            child,
        };
        let ready = detector.ask(&["status", "--wait", "60"])?;
        if !ready.status.success() {
            let mut said = String::new();
            detector.end()?;
            if let Some(mut errors) = detector.child.stderr.take() {
                errors.read_to_string(&mut said)?;
            }
            bail!("the detector is not ready: {said}");
        }
        Ok(detector)
    }

    fn ask(&self, arguments: &[&str]) -> Result<std::process::Output> {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg("--state-dir").arg(&self.state);
        command.output().context("the detector cannot be asked")
    }

    /// Its status, once every act is accounted for.
    fn accounted(&self) -> Result<Value> {
        let started = Instant::now();
        loop {
            thread::sleep(RENEWED);
            let answer = self.ask(&["status", "--output", "json"])?;
            let status: Value = serde_json::from_slice(&answer.stdout)?;
            if is_even(&status) {
                return Ok(status);
            }
            ensure!(
                started.elapsed() < PATIENCE,
                "acts are not accounted for: {status}"
            );
        }
    }

    fn stop(mut self) -> Result<()> {
        let status = self.end()?;
        ensure!(status.success(), "the detector ended: {status}");
        Ok(())
    }

    fn end(&mut self) -> Result<std::process::ExitStatus> {
        if let Some(ended) = self.child.try_wait()? {
            return Ok(ended);
        }
        let pid = Pid::from_raw(self.child.id().cast_signed()).context("no such pid")?;
        // Not waited for yet, so the pid is still its own.
        kill_process(pid, Signal::TERM)?;
        Ok(self.child.wait()?)
    }
}

impl Drop for Detector {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            eprintln!("bench: a detector was left behind: {error:#}");
        }
    }
}

/// Whether every act of each kind is accounted for, once.
fn is_even(status: &Value) -> bool {
    let Some(events) = status.get("events").and_then(Value::as_object) else {
        return false;
    };
    events.values().all(|counts| {
        let count = |name: &str| counts.get(name).and_then(Value::as_u64).unwrap_or_default();
        let became = ["seen", "filtered", "suppressed", "dropped"];
        count("made") == became.into_iter().map(count).sum::<u64>()
    })
}
