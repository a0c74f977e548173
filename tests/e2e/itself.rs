//! Attacks on the detector itself, by workloads and by the host.

use anyhow::{Context, Result};
use tests::shipped::{DETECTOR_ATTACKED, DETECTOR_SIGNALLED, DETECTOR_STOPPED, DETECTOR_TRACED};
use tests::{Attack, Detector, Engine, Ground, HostCgroup, RENAMED, Rule, Verdict};

/// A signal that is ignored, and one by which a stopped process goes on.
const SIGURG: u32 = 23;
const SIGCONT: u32 = 18;

#[test]
fn workload_that_sees_the_detector_attacks_it() -> Verdict {
    let ground = Ground::shared()?;
    let options = ["--pid=host", "--cap-add", "SYS_PTRACE"];
    let container = ground.container(&options)?.with_renamed()?;
    let pid = ground.detector.pid()?;
    let ways = ["kill", "tkill", "tgkill", "queue", "pidfd"];
    let signals = ways.map(|way| (format!("signal {pid} {SIGURG} {way}"), way));
    let others = [
        (format!("memory read {pid}"), "process_vm_readv"),
        (format!("take-file {pid} 0"), "pidfd_getfd"),
        (format!("ptrace seize {pid}"), "ptrace"),
        (format!("open /proc/{pid}/mem read"), "openat"),
    ];
    for (words, call) in signals.into_iter().chain(others) {
        let attack = Attack::new(&words, call, "SUCCESS");
        attack.raises(DETECTOR_ATTACKED, &container, &ground.detector)?;
        attack
            .by(RENAMED)
            .raises(DETECTOR_ATTACKED, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn workload_that_is_refused_has_attacked_all_the_same() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&["--pid=host"])?.with_renamed()?;
    let pid = ground.detector.pid()?;
    let ways = ["kill", "tkill", "tgkill", "queue", "pidfd"];
    let signals = ways.map(|way| (format!("signal {pid} 9 {way}"), way));
    let traced = [(format!("ptrace attach {pid}"), "ptrace")];
    for (words, call) in signals.into_iter().chain(traced) {
        let attack = Attack::new(&words, call, "EPERM").as_user("1000");
        attack.raises(DETECTOR_ATTACKED, &container, &ground.detector)?;
        attack
            .by(RENAMED)
            .raises(DETECTOR_ATTACKED, &container, &ground.detector)?;
    }
    Ok(())
}

/// Acts of a process of the host, and the alert that they raise.
fn by_host(words: &str, rule: Rule, detector: &Detector) -> Result<()> {
    HostCgroup::make()?.perform(words)?;
    detector
        .wait_for_any(|alert| {
            alert.rule() == rule.name
                && alert.priority() == rule.done
                && alert.outcome() == "done"
                && alert.executable().ends_with("acts")
        })
        .with_context(|| words.to_owned())?;
    Ok(())
}

#[test]
fn host_that_signals_or_traces_the_detector() -> Verdict {
    // Its own, since these alerts belong to no container.
    let detector = Detector::start(Engine::shared()?)?;
    let pid = detector.pid()?;
    for way in ["kill", "tgkill", "queue"] {
        let words = format!("signal {pid} {SIGCONT} {way}");
        by_host(&words, DETECTOR_STOPPED, &detector).context(way)?;
    }
    by_host(
        &format!("signal {pid} {SIGURG}"),
        DETECTOR_SIGNALLED,
        &detector,
    )?;
    by_host(&format!("memory read {pid}"), DETECTOR_TRACED, &detector)?;
    detector.stop()?;
    Ok(())
}

#[test]
fn host_in_a_cgroup_of_which_nothing_is_decided_yet() -> Verdict {
    let detector = Detector::start(Engine::shared()?)?;
    let pid = detector.pid()?;
    // The cgroup that is made now waits for its decision until the detector goes on.
    detector.suspend()?;
    let acted = HostCgroup::make()?.perform(&format!("signal {pid} {SIGURG}"));
    detector.resume()?;
    acted?;
    // Stopping it was an alert too, by another program. This one has ended, and still has its name.
    detector.wait_for_any(|alert| {
        alert.rule() == DETECTOR_SIGNALLED.name
            && alert.mentions("SIGURG")
            && alert.executable().ends_with("acts")
    })?;
    detector.stop()?;
    Ok(())
}

#[test]
fn host_at_its_own_processes_is_nobodys_concern() -> Verdict {
    let detector = Detector::start(Engine::shared()?)?;
    let own = std::process::id();
    let cgroup = HostCgroup::make()?;
    cgroup.perform(&format!(
        "memory read {own} then signal {own} {SIGCONT} then debug-child"
    ))?;
    by_host(
        &format!("signal {} {SIGURG}", detector.pid()?),
        DETECTOR_SIGNALLED,
        &detector,
    )?;
    let alerts = detector.alerts();
    assert_eq!(alerts.len(), 1, "{alerts:#?}");
    Ok(())
}
