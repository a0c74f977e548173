//! The first process of the machine: sets the stage, has the rows performed and judged, and ends it.

use std::fs;
use std::process::{Command, ExitCode};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::detector::Detector;
use crate::host::{Host, Verdict};
use crate::rows;
use crate::{ACTOR, bundle, check, plant, planted, stage, verifier};

/// What the host wants of this machine, by a word of the kernel's command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    /// The table.
    Table,
    /// The table, with an expectation that is wrong.
    WrongExpectation,
    /// The table, the detector being told a wrong offset.
    WrongOffset,
    /// What the verifier says of each program.
    Verifier,
    /// The table of overwritten credentials, whether or not the host overwrites any.
    Planted,
}

/// Lives until everything is told, then switches the machine off.
pub(crate) fn live() -> ExitCode {
    if let Err(error) = stage::devices() {
        eprintln!("guest: {error:#}");
        return ExitCode::FAILURE;
    }
    match Host::reach() {
        Err(error) => eprintln!("guest: {error:#}"),
        Ok(host) => {
            if let Err(error) = perform(&host) {
                host.tell(&json!({"say": "failed", "reason": format!("{error:#}")}));
            }
            host.tell(&json!({"say": "done"}));
        }
    }
    rustix::fs::sync();
    let off = rustix::system::reboot(rustix::system::RebootCommand::PowerOff);
    eprintln!("guest: the machine stays on: {off:?}");
    ExitCode::FAILURE
}

fn perform(host: &Host) -> Result<()> {
    stage::set().context("the stage")?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    host.tell(&json!({"say": "booted", "kernel": kernel.trim(), "time": now}));
    match task()? {
        Task::Verifier => verifier::report(host),
        Task::Planted => planted::table(host),
        task => table(host, task),
    }
}

fn task() -> Result<Task> {
    let words = fs::read_to_string("/proc/cmdline")?;
    let task = words
        .split_whitespace()
        .find_map(|word| word.strip_prefix("guest.task="));
    match task {
        Some("table") | None => Ok(Task::Table),
        Some("wrong-expectation") => Ok(Task::WrongExpectation),
        Some("wrong-offset") => Ok(Task::WrongOffset),
        Some("verifier") => Ok(Task::Verifier),
        Some("planted" | "planted-nothing") => Ok(Task::Planted),
        Some(other) => bail!("no task is called {other}"),
    }
}

fn table(host: &Host, task: Task) -> Result<()> {
    if task == Task::WrongOffset {
        plant::wrong_offset()?;
    }
    host.rows(rows::all().map(|row| row.name));
    let detector = Detector::start(None)?;
    let mut told: Vec<Value> = Vec::new();
    bundle::run(ACTOR, &mut |line| {
        let line = serde_json::from_str(line);
        told.push(line.context("what the actor told is no JSON")?);
        Ok(())
    })?;
    let events = detector.stop()?;
    host.tell(&json!({"say": "events", "count": events.len()}));
    if task == Task::WrongExpectation {
        plant::wrong_expectation(&mut told)?;
    }
    let kernel = version()?;
    for row in rows::all() {
        let own = told
            .iter()
            .find(|line| line.get("row").and_then(Value::as_str) == Some(row.name));
        let verdict = match own.and_then(|line| line.get("told")) {
            Some(told) => check::judge(row, told, &events, kernel),
            None => Verdict::Red("the actor told nothing of it".to_owned()),
        };
        host.cell(row.name, &verdict);
        if matches!(verdict, Verdict::Red(_)) {
            explain(host, row.event, own, &events);
        }
    }
    Ok(())
}

/// The kernel's version, as far as it says what a kernel can tell.
fn version() -> Result<(u32, u32)> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let mut numbers = release.split(['.', '-']).map(str::parse);
    let mut number = || numbers.next().and_then(Result::ok);
    let version = number().zip(number());
    version.with_context(|| format!("no version: {}", release.trim()))
}

/// What stands behind a red cell, for whoever looks into the machine's log.
fn explain(host: &Host, event_type: &str, told: Option<&Value>, events: &[Value]) {
    let events: Vec<_> = events
        .iter()
        .filter(|event| event.get("type").and_then(Value::as_str) == Some(event_type))
        .collect();
    host.tell(&json!({"say": "behind", "told": told, "events": events}));
}

/// Switches the loopback interface of this network namespace on.
pub(crate) fn raise_loopback() -> Result<()> {
    let busybox = Command::new("/bin/busybox")
        .args(["ip", "link", "set", "lo", "up"])
        .status()?;
    ensure!(busybox.success(), "the loopback interface stays down");
    Ok(())
}
