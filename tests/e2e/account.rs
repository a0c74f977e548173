//! The account of acts: whatever is made in a storm is seen, filtered, suppressed or dropped, and an
//! escape in the middle is told all the same.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use tests::shipped::NAMESPACE;
use tests::{Act, Container, Counts, Detector, Engine, Image, Verdict, allow};

/// How long the account may take to come out even after a storm.
const PATIENCE: Duration = Duration::from_secs(60);

/// So many of something: all of them where everything is tested, else a tenth.
fn share(of: u32) -> u32 {
    match std::env::var_os("ESCAPE_DETECTOR_TEST_ALL") {
        Some(_) => of,
        None => of / 10,
    }
}

/// One storm at a time: each needs the machine for itself.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn storm_of_opens() -> Verdict {
    let opens = share(200_000);
    let words = format!("open-storm {opens} /etc/passwd");
    Ok(storm(&[], &words, opens, "open")?)
}

#[test]
fn storm_of_processes() -> Verdict {
    let processes = share(50_000);
    let words = format!("fork-storm {processes}");
    Ok(storm(&[], &words, processes, "task_made")?)
}

#[test]
fn storm_of_programs_with_long_arguments() -> Verdict {
    let execs = share(20_000);
    Ok(storm(&[], &format!("exec-storm {execs}"), execs, "exec")?)
}

/// A storm with an escape in its middle, under a detector that was started with these options.
fn storm(options: &[&str], words: &str, times: u32, kind: &str) -> Result<()> {
    let _alone = alone();
    let engine = Engine::shared()?;
    let container = Container::idle(engine, Image::Bare, &allow::ADMINISTRATION)?;
    let detector = Detector::start_with(engine, options)?;
    let acted = container.perform(&Act::new(&format!("{words} unshare mnt")))?;
    let stormed = acted
        .calls
        .iter()
        .find(|call| call.name.ends_with("-storm"));
    let done = stormed.map(|call| call.result);
    ensure!(
        done == Some(i64::from(times)),
        "{done:?} of {times} were done"
    );
    ensure!(acted.errno("unshare")? == "SUCCESS", "the escape failed");

    detector.wait_for(&container, |alert| {
        alert.rule() == NAMESPACE.name && alert.outcome() == "done"
    })?;
    let counts = even(&detector)?;
    let made = counts.iter().find(|counts| counts.kind == kind);
    ensure!(
        made.is_some_and(|counts| counts.made >= u64::from(times)),
        "{times} times {kind}: {counts:#?}"
    );
    detector.stop()
}

/// Waits until nothing is under way: then every kind's account must be even.
fn even(detector: &Detector) -> Result<Vec<Counts>> {
    let started = Instant::now();
    let mut before = Vec::new();
    while started.elapsed() < PATIENCE {
        let counts = detector.counts()?;
        if counts == before {
            let odd: Vec<_> = counts.iter().filter(|counts| !counts.is_even()).collect();
            ensure!(odd.is_empty(), "not even: {odd:#?}{}", detector.errors());
            return Ok(counts);
        }
        before = counts;
        std::thread::sleep(Duration::from_secs(2));
    }
    bail!("it is never quiet: {before:#?}")
}
