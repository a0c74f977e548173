//! `cargo xtask demo`: six acts in a throwaway container, and the alert that each raises.
//!
//! The acts are harmless: most are refused by the kernel, which is the point, since an attempt is an
//! alert too. A detector that runs already is used; without one, one of our own is started on a
//! temporary directory. The container belongs to a Docker daemon of its own, which ends with this.

mod watching;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use tests::{Act, Alert, Container, Engine, Image, Rule, shipped};
use watching::Watching;

/// What is done, which of its calls counts, and the rule that must notice.
const ACTS: [(&str, &str, &str, Rule); 6] = [
    (
        "mount a tmpfs",
        "mount none /mnt tmpfs",
        "mount",
        shipped::MOUNT,
    ),
    (
        "leave the mount namespace",
        "unshare mnt",
        "unshare",
        shipped::NAMESPACE,
    ),
    (
        "open core_pattern for writing",
        "open /proc/sys/kernel/core_pattern write",
        "openat",
        shipped::KERNEL_INTERFACE,
    ),
    (
        "make a bpf map",
        "bpf map-create",
        "bpf",
        shipped::KERNEL_CODE,
    ),
    (
        "read /etc/shadow",
        "open /etc/shadow read",
        "openat",
        shipped::CREDENTIALS,
    ),
    (
        "ask the metadata service",
        "connect tcp 169.254.169.254 80",
        "connect",
        shipped::METADATA,
    ),
];

fn main() -> ExitCode {
    match demonstrate() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(missing) => {
            eprintln!("demo: {missing} of {} alerts are missing", ACTS.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Performs all acts; the number of alerts that did not come.
fn demonstrate() -> Result<usize> {
    let state = state_directory()?;
    let engine = Engine::start().context("no Docker daemon for the demo")?;
    let mut watching = Watching::begin(&engine, state)?;
    println!("{watching}");
    let container = Container::idle(&engine, Image::Bare, &[])?;
    println!(
        "container {}\n",
        container.id().get(..12).unwrap_or_else(|| container.id())
    );
    let mut missing = 0;
    for (number, (title, words, call, rule)) in ACTS.into_iter().enumerate() {
        println!("{}. {title}: `acts {words}`", number + 1);
        let acted = container.perform(&Act::new(words))?;
        let answer = acted.calls.iter().rev().find(|made| made.name == call);
        let answer = answer.with_context(|| format!("the container made no {call}"))?;
        println!(
            "   the kernel's answer: {call} = {} ({})",
            answer.result, answer.errno
        );
        match watching.await_alert(&container, rule.name)? {
            Some(alert) => println!("   ALERT  {}\n", told(&alert)),
            None => {
                missing += 1;
                println!("   no alert of the rule '{}'\n", rule.name);
            }
        }
    }
    watching.end()?;
    Ok(missing)
}

/// The alert in one line. It is about a container of our own: nothing hostile stands in it.
fn told(alert: &Alert) -> String {
    let output = alert.get("/output").and_then(|output| output.as_str());
    output.unwrap_or("without output").to_owned()
}

/// `--state-dir DIR`, where the running detector was given one.
fn state_directory() -> Result<Option<PathBuf>> {
    let mut arguments = env::args_os().skip(1);
    match (arguments.next(), arguments.next(), arguments.next()) {
        (None, ..) => Ok(None),
        (Some(option), Some(directory), None) if option == "--state-dir" => {
            Ok(Some(directory.into()))
        }
        _ => bail!("usage: demo [--state-dir DIR]"),
    }
}
