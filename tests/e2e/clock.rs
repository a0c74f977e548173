//! The host's clock, changed from inside and by the host.

use tests::shipped::{CLOCK, CLOCK_STEPPED, CREDENTIALS};
use tests::{Attack, Ground, HostCgroup, RENAMED, Verdict};

#[test]
fn clock_changed_by_a_workload() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground
        .container(&["--cap-add", "SYS_TIME"])?
        .with_renamed()?;
    for (words, call, change) in [
        ("clock settime", "clock_settime", "step"),
        ("clock settimeofday", "settimeofday", "step"),
        ("clock offset", "clock_adjtime", "step"),
        ("clock frequency", "adjtimex", "slew"),
        ("clock zone", "settimeofday", "zone"),
    ] {
        let attack = Attack::new(words, call, "SUCCESS").on(change);
        attack.raises(CLOCK, &container, &ground.detector)?;
        attack
            .by(RENAMED)
            .raises(CLOCK, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn clock_refused_to_a_workload_is_an_attempt() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    for (words, call) in [
        ("clock settime", "clock_settime"),
        ("clock settimeofday", "settimeofday"),
        ("clock frequency", "adjtimex"),
        ("clock offset", "clock_adjtime"),
    ] {
        let attack = Attack::new(words, call, "EPERM").on(call);
        attack.raises(CLOCK, &container, &ground.detector)?;
        attack
            .by(RENAMED)
            .raises(CLOCK, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn clock_that_is_only_read_raises_nothing() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    Attack::new("clock read", "adjtimex", "SUCCESS").performed(&container)?;
    Attack::new("open /etc/shadow read", "openat", "SUCCESS").raises(
        CREDENTIALS,
        &container,
        &ground.detector,
    )?;
    let alerts = ground.detector.alerts_of(&container);
    assert!(
        alerts.iter().all(|alert| alert.rule() != CLOCK.name),
        "{alerts:#?}"
    );
    Ok(())
}

#[test]
fn clock_stepped_by_the_host_but_not_steered() -> Verdict {
    let ground = Ground::shared()?;
    let cgroup = HostCgroup::make()?;
    cgroup.perform("clock frequency then clock settime")?;
    let stepped = |alert: &tests::Alert| alert.rule() == CLOCK_STEPPED.name;
    let alert = ground.detector.wait_for_any(stepped)?;
    assert_eq!(alert.priority(), CLOCK_STEPPED.done, "{alert}");
    let alerts = ground.detector.alerts();
    let of_host = alerts.iter().filter(|alert| stepped(alert));
    assert_eq!(of_host.count(), 1, "{alerts:#?}");
    Ok(())
}
