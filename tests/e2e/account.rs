//! The account of acts: whatever is made in a storm is seen, filtered, suppressed or dropped, and an
//! escape in the middle is told all the same.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use tests::shipped::NAMESPACE;
use tests::{Act, Container, Detector, Engine, Image, Verdict, allow};

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
fn storm_of_opens_where_all_is_looked_at() -> Verdict {
    Ok(storm_of_opens("all")?)
}

#[test]
fn storm_of_opens_where_rules_alone_ask() -> Verdict {
    Ok(storm_of_opens("rules")?)
}

fn storm_of_opens(level: &str) -> Result<()> {
    let opens = share(200_000);
    let words = format!("open-storm {opens} /etc/passwd");
    storm(level, &words, opens, "open")
}

#[test]
fn storm_of_processes_where_all_is_looked_at() -> Verdict {
    Ok(storm_of_processes("all")?)
}

#[test]
fn storm_of_processes_where_rules_alone_ask() -> Verdict {
    Ok(storm_of_processes("rules")?)
}

fn storm_of_processes(level: &str) -> Result<()> {
    let processes = share(50_000);
    let words = format!("fork-storm {processes}");
    storm(level, &words, processes, "task_made")
}

#[test]
fn storm_of_programs_with_long_arguments_where_all_is_looked_at() -> Verdict {
    Ok(storm_of_programs("all")?)
}

#[test]
fn storm_of_programs_with_long_arguments_where_rules_alone_ask() -> Verdict {
    Ok(storm_of_programs("rules")?)
}

fn storm_of_programs(level: &str) -> Result<()> {
    let execs = share(20_000);
    storm(level, &format!("exec-storm {execs}"), execs, "exec")
}

#[test]
fn end_in_the_middle_of_a_storm() -> Verdict {
    let _alone = alone();
    let engine = Engine::shared()?;
    let container = Container::idle(engine, Image::Bare, &[])?;
    let detector = Detector::start(engine)?;
    std::thread::scope(|scope| -> Result<()> {
        let storm = scope.spawn(|| container.perform(&Act::new("open-storm 2000000 /etc/passwd")));
        std::thread::sleep(Duration::from_secs(1));
        let ended = detector.stop();
        let storming = !storm.is_finished();
        container.exec(&["sh", "-c", "kill -9 -1"])?;
        ensure!(storming, "the storm was over first");
        ended
    })?;
    Ok(())
}

/// A storm with an escape in its middle, under a detector that looks so closely.
fn storm(level: &str, words: &str, times: u32, kind: &str) -> Result<()> {
    let _alone = alone();
    let engine = Engine::shared()?;
    let container = Container::idle(engine, Image::Bare, &allow::ADMINISTRATION)?;
    let detector = Detector::start_with(engine, &["--level", level])?;
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
    let counts = detector.even()?;
    let made = counts.iter().find(|counts| counts.kind == kind);
    ensure!(
        made.is_some_and(|counts| counts.made >= u64::from(times)),
        "{times} times {kind}: {counts:#?}"
    );
    detector.stop()
}
