//! Very many containers: each alert names its own, and what they cost is given back.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tests::shipped::{NAMESPACE, TO_HOST};
use tests::{Act, Alert, Container, Detector, Engine, Image, Verdict};

/// One at a time: every detector sees the containers of all, and memory is measured.
static ALONE: Mutex<()> = Mutex::new(());

/// Twenty times fewer unless all is tested.
fn number(of_all: usize) -> usize {
    match std::env::var_os("ESCAPE_DETECTOR_TEST_ALL") {
        Some(_) => of_all,
        None => of_all / 20,
    }
}

/// A container under a name that says who it is, which does one forbidden thing and ends.
fn offender(engine: &'static Engine, name: &str) -> Result<Container<'static>> {
    let label = format!("--label=who={name}");
    let options = ["--name", name, &label];
    Container::run(engine, Image::Bare, &options, &["acts", "unshare", "mnt"])
}

/// The alert of this container, and no other container's, tells its name and label.
fn named_itself(detector: &Detector, container: &Container<'_>, name: &str) -> Result<()> {
    let alert = detector.wait_for(container, |alert| alert.rule() == NAMESPACE.name)?;
    let told = |pointer| alert.get(pointer).and_then(serde_json::Value::as_str);
    ensure!(
        told("/container/name") == Some(name) && told("/container/labels/who") == Some(name),
        "{name} is told as {alert}"
    );
    let others: Vec<Alert> = detector
        .alerts()
        .into_iter()
        .filter(|alert| alert.container() != container.id() && alert.mentions(name))
        .collect();
    ensure!(others.is_empty(), "others are told as {name}: {others:?}");
    Ok(())
}

fn one_after_the_other(
    engine: &'static Engine,
    detector: &Detector,
    series: &str,
    number: usize,
) -> Result<()> {
    for count in 0..number {
        let name = format!("{series}-{count}-of-many");
        let container = offender(engine, &name)?;
        named_itself(detector, &container, &name)?;
    }
    Ok(())
}

fn at_once(engine: &'static Engine, detector: &Detector, number: usize) -> Result<()> {
    let begun: Vec<_> = (0..number)
        .map(|count| {
            let name = format!("crowd-{count}-of-many");
            thread::spawn(move || Ok::<_, anyhow::Error>((offender(engine, &name)?, name)))
        })
        .collect();
    let mut containers = Vec::new();
    for thread in begun {
        containers.push(thread.join().ok().context("a thread failed")??);
    }
    let ids: BTreeSet<_> = containers
        .iter()
        .map(|(container, _)| container.id())
        .collect();
    ensure!(ids.len() == number, "{} containers", ids.len());
    for (container, name) in &containers {
        named_itself(detector, container, name)?;
    }
    Ok(())
}

/// Memory that the detector holds, in KiB, once what is gone had time to be forgotten.
fn resident(detector: &Detector) -> Result<usize> {
    thread::sleep(Duration::from_secs(3));
    detector.resident()
}

#[test]
fn each_alert_names_its_own_container_and_memory_returns() -> Verdict {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let engine = Engine::shared()?;
    let detector = Detector::start(engine)?;
    // Caches and pools reach their size.
    one_after_the_other(engine, &detector, "first", number(200))?;
    let before = resident(&detector)?;
    one_after_the_other(engine, &detector, "second", number(1000))?;
    at_once(engine, &detector, number(200))?;
    let after = resident(&detector)?;
    let lost = detector.status()?;
    ensure_nothing_lost(&lost)?;
    // What is remembered of containers that are gone is bounded: some KiB for each.
    let most = before + before / 4 + 8 * 1024;
    if after > most {
        Err(anyhow::anyhow!("{before} KiB before, {after} KiB after"))?;
    }
    detector.stop()?;
    Ok(())
}

/// Containers that run at the same time, started by a few threads.
fn crowd(engine: &'static Engine, number: usize) -> Result<Vec<Container<'static>>> {
    const THREADS: usize = 4;
    let options = ["--pid=host", "--cap-add=SYS_ADMIN", "--cap-add=SYS_PTRACE"];
    let begun = [(); THREADS].map(|()| {
        thread::spawn(move || {
            (0..number.div_ceil(THREADS))
                .map(|_| Container::idle(engine, Image::Bare, &options))
                .collect::<Result<Vec<_>>>()
        })
    });
    let mut containers = Vec::new();
    for thread in begun {
        containers.extend(thread.join().ok().context("a thread failed")??);
    }
    Ok(containers)
}

#[test]
fn escape_from_one_of_a_thousand_that_run() -> Verdict {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let engine = Engine::shared()?;
    let detector = Detector::start(engine)?;
    let containers = crowd(engine, number(1000))?;
    let escaping = containers
        .get(containers.len() / 2)
        .context("no container")?;
    let words = format!("setns /proc/{}/ns/net net", std::process::id());
    let acted = escaping.perform(&Act::new(&words))?;
    assert_eq!(acted.errno("setns")?, "SUCCESS", "{acted:?}");
    let alert = detector.wait_for(escaping, |alert| alert.rule() == TO_HOST.name)?;
    assert_eq!(alert.pid(), Some(acted.pid), "{alert}");
    for container in &containers {
        let told = detector.alerts_of(container);
        let crossed = told.iter().any(|alert| alert.rule() == TO_HOST.name);
        assert_eq!(crossed, container.id() == escaping.id(), "{told:?}");
    }
    detector.stop()?;
    Ok(())
}

fn ensure_nothing_lost(status: &serde_json::Value) -> Result<()> {
    let lost = status.get("dropped").cloned().unwrap_or_default();
    let nothing = lost.as_object().is_some_and(|lanes| {
        let empty = |causes: &serde_json::Value| causes.as_object().is_some_and(|of| of.is_empty());
        lanes.values().all(empty)
    });
    ensure!(nothing, "lost: {lost}");
    Ok(())
}
