//! Ways in which a sensor goes blind: each test makes one and lets an escape happen in it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::shipped::{KERNEL_INTERFACE, NAMESPACE};
use tests::{Attack, Call, Container, Detector, Engine, Ground, Image, RENAMED, Verdict, allow};

#[test]
fn escape_by_a_thread_that_executes() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&allow::ADMINISTRATION)?.with_renamed()?;
    let attack = Attack::new("thread-exec unshare mnt", "unshare", "SUCCESS");
    attack.raises(NAMESPACE, &container, &ground.detector)?;
    attack
        .by(RENAMED)
        .raises(NAMESPACE, &container, &ground.detector)?;
    // What the thread left behind is watched too: here the image executes from a thread once more.
    let words = "thread-exec thread-exec mount none /mnt proc \
        then open /mnt/sys/kernel/core_pattern write";
    let attack = Attack::new(words, "openat", "SUCCESS").on("core_pattern");
    attack.raises(KERNEL_INTERFACE, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn escape_by_the_last_of_a_chain_that_forked_while_the_detector_started() -> Verdict {
    let engine = Engine::shared()?;
    // Shorter than a look at /proc, about as long, and longer.
    let chains = ["100", "1000", "20000"].map(|pace| {
        let script = format!("acts relay {pace} /tmp/go unshare mnt; sleep 3600; exit 1");
        Container::run(
            engine,
            Image::Bare,
            &allow::ADMINISTRATION,
            &["sh", "-c", &script],
        )
    });
    let chains = chains.into_iter().collect::<Result<Vec<_>>>()?;
    let detector = Detector::start(engine)?;
    for chain in &chains {
        chain.exec(&["touch", "/tmp/go"])?;
        let alert = detector.wait_for(chain, |alert| {
            alert.rule() == NAMESPACE.name && alert.outcome() == "done"
        })?;
        ensure_unshared(&chain.calls()?)?;
        assert_eq!(alert.executable(), "/bin/acts", "{alert}");
    }
    detector.stop()?;
    Ok(())
}

#[test]
fn escape_in_a_storm_of_equal_calls() -> Verdict {
    storm("setns-storm {calls} 1 equal")
}

#[test]
fn escape_in_a_storm_of_varied_calls() -> Verdict {
    storm("setns-storm {calls} 1 varied")
}

#[test]
fn escape_in_a_storm_of_short_lived_processes() -> Verdict {
    storm("setns-storm {calls} {processes} varied")
}

/// A storm of refused setns calls; the one in the middle is granted.
fn storm(words: &str) -> Verdict {
    let (calls, processes) = match std::env::var_os("ESCAPE_DETECTOR_TEST_ALL") {
        Some(_) => (200_000, 3_200),
        None => (20_000, 320),
    };
    let words = words.replace("{calls}", &calls.to_string());
    let words = words.replace("{processes}", &processes.to_string());
    // One storm at a time: the counters are the detector's, not the container's.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let ground = Ground::shared()?;
    let before = unseen(&ground.detector.status()?)?;
    let container = ground.container(&allow::ADMINISTRATION)?;
    let act = tests::Act::new(&format!("{words} setns /proc/1/ns/uts uts"));
    let acted = container.perform(&act)?;
    let failed = acted.calls.iter().find(|call| call.name == "setns-storm");
    ensure_eq(failed.map(|call| call.result), Some(calls), "calls failed")?;
    ensure_eq(acted.errno("setns")?, "SUCCESS", "the escape")?;

    ground.detector.wait_for(&container, |alert| {
        alert.rule() == NAMESPACE.name && alert.outcome() == "done"
    })?;
    accounted(&ground.detector, &container, before, calls)?;
    Ok(())
}

/// Every refused call is an alert, or counted among those that are not.
fn accounted(
    detector: &Detector,
    container: &Container<'_>,
    before: Unseen,
    calls: i64,
) -> Result<()> {
    let mut last = String::new();
    // Counters are swept once a second, and the last alerts may still be on their way.
    for _ in 0..40 {
        let after = unseen(&detector.status()?)?;
        let alerts = detector.alerts_of(container);
        let told = alerts
            .iter()
            .filter(|alert| alert.outcome() == "refused")
            .count();
        let suppressed = after.suppressed - before.suppressed;
        ensure!(
            after.dropped == before.dropped,
            "the alarm lane dropped: {after:?}"
        );
        if suppressed > 0 && i64::try_from(told)? + suppressed >= calls {
            return Ok(());
        }
        last = format!("{told} of {calls} calls are alerts, {suppressed} suppressed");
        std::thread::sleep(Duration::from_millis(500));
    }
    Err(anyhow::anyhow!("{last}"))
}

/// What the detector counts instead of telling.
#[derive(Clone, Copy, Debug)]
struct Unseen {
    suppressed: i64,
    /// In the alarm lane.
    dropped: i64,
}

fn unseen(status: &Value) -> Result<Unseen> {
    let at = |pointer| status.pointer(pointer).map(total);
    Ok(Unseen {
        suppressed: at("/suppressed").context("the status says nothing of suppression")?,
        dropped: at("/dropped/alarm").unwrap_or(0),
    })
}

/// The sum of all numbers in a value.
fn total(value: &Value) -> i64 {
    match value {
        Value::Number(number) => number.as_i64().unwrap_or(0),
        Value::Array(items) => items.iter().map(total).sum(),
        Value::Object(entries) => entries.values().map(total).sum(),
        _ => 0,
    }
}

#[test]
fn escape_while_the_detector_is_stopped() -> Verdict {
    let engine = Engine::shared()?;
    let detector = Detector::start(engine)?;
    detector.suspend()?;
    let stopped = std::time::Instant::now();
    let escape =
        |command: &[&str]| Container::run(engine, Image::Bare, &allow::ADMINISTRATION, command);
    let gone = escape(&["acts", "unshare", "mnt"])?;
    let alive = escape(&["sh", "-c", "acts unshare mnt; sleep 3600; exit 1"])?;
    let finished = gone.finish();
    std::thread::sleep(Duration::from_secs(2).saturating_sub(stopped.elapsed()));
    detector.resume()?;
    ensure_unshared(&finished?)?;
    for container in [&gone, &alive] {
        detector.wait_for(container, |alert| {
            alert.rule() == NAMESPACE.name
                && alert.outcome() == "done"
                && alert.executable() == "/bin/acts"
        })?;
    }
    detector.stop()?;
    Ok(())
}

fn ensure_unshared(calls: &[Call]) -> Result<()> {
    let unshared = calls
        .iter()
        .any(|call| call.name == "unshare" && call.errno == "SUCCESS");
    ensure!(unshared, "the escape failed: {calls:?}");
    Ok(())
}

fn ensure_eq<T: PartialEq + std::fmt::Debug>(is: T, should: T, what: &str) -> Result<()> {
    ensure!(is == should, "{what}: {is:?} and not {should:?}");
    Ok(())
}
