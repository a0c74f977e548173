//! Clocks: records carry the time since boot, alerts the time of day.

use std::fs;

use jiff::Timestamp;
use rustix::time::{ClockId, Timespec, clock_gettime};

use super::check::{Area, Check, Checks};
use crate::sensor::clock::{self, Discipline};

/// The clock that the kernel reads.
const SOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
/// Clocks that a program reads without asking a device, by the beginning of their names.
const FAST: &[&str] = &[
    "tsc",
    "kvm-clock",
    "hyperv",
    "xen",
    "arch_sys_counter",
    "pvclock",
];
/// 2024-01-01: a host that believes in an earlier time has no clock.
const PLAUSIBLE: i64 = 1_704_067_200;

/// What there is to judge, times in seconds.
struct Facts {
    now: i64,
    since_boot: i64,
    awake: i64,
    discipline: Option<Discipline>,
    source: Option<String>,
}

/// Looks, and judges.
pub(super) fn check() -> Vec<Check> {
    let seconds = |clock| -> i64 {
        let Timespec { tv_sec, .. } = clock_gettime(clock);
        tv_sec
    };
    let source = fs::read_to_string(SOURCE).ok();
    judge(&Facts {
        now: seconds(ClockId::Realtime),
        since_boot: seconds(ClockId::Boottime),
        awake: seconds(ClockId::Monotonic),
        discipline: clock::discipline().ok(),
        source: source.map(|name| name.trim().to_owned()),
    })
}

fn judge(facts: &Facts) -> Vec<Check> {
    let mut checks = Checks::of(Area::Clock);
    let boot = Timestamp::from_second(facts.now.saturating_sub(facts.since_boot)).map_or_else(
        |_| "an unknown time".to_owned(),
        |time| time.strftime("%F %TZ").to_string(),
    );
    let found = format!(
        "booted {boot}, asleep for {} s since",
        facts.since_boot.saturating_sub(facts.awake)
    );
    match facts.now >= PLAUSIBLE {
        true => checks.ok("time", found),
        false => checks.less(
            "time",
            found,
            "alerts carry a wrong date",
            "set the clock, and keep it by chrony or systemd-timesyncd",
        ),
    }
    match &facts.discipline {
        Some(Discipline::Kept) => checks.ok(
            "synchronisation",
            "the kernel's clock is kept by a time service",
        ),
        Some(Discipline::Free) => checks.less(
            "synchronisation",
            "nobody keeps the kernel's clock",
            "times in alerts drift apart from those of other hosts",
            "start chrony or systemd-timesyncd",
        ),
        None => checks.skipped("synchronisation", "the kernel does not tell", None),
    }
    match facts.source.as_deref() {
        Some(source) if FAST.iter().any(|fast| source.starts_with(fast)) => {
            checks.ok("clock source", source)
        }
        Some(source) => checks.less(
            "clock source",
            format!("{source}, which asks a device each time"),
            "each record costs microseconds instead of nanoseconds",
            "see `dmesg | grep clocksource` for why the processor's own clock is not used",
        ),
        None => checks.skipped("clock source", format!("{SOURCE} cannot be read"), None),
    }
    checks.done()
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::named;
    use super::*;

    fn facts() -> Facts {
        Facts {
            now: 1_795_482_274,
            since_boot: 10_000,
            awake: 9_700,
            discipline: Some(Discipline::Kept),
            source: Some("tsc".to_owned()),
        }
    }

    #[test]
    fn a_kept_clock_is_fine() {
        let checks = judge(&facts());
        assert!(
            checks.iter().all(|check| check.verdict.name() == "ok"),
            "{checks:#?}"
        );
        assert_eq!(
            named(&checks, "time").found,
            "booted 2026-11-23 22:17:54Z, asleep for 300 s since"
        );
    }

    #[test]
    fn a_clock_that_nobody_keeps_or_sets_costs_the_times_of_alerts() {
        let checks = judge(&Facts {
            now: 86_400,
            discipline: Some(Discipline::Free),
            source: Some("acpi_pm".to_owned()),
            ..facts()
        });
        assert!(
            checks.iter().all(|check| check.verdict.name() == "less"),
            "{checks:#?}"
        );
    }

    #[test]
    fn what_cannot_be_read_is_skipped() {
        let checks = judge(&Facts {
            discipline: None,
            source: None,
            now: i64::MAX,
            since_boot: -1,
            awake: -1,
        });
        assert_eq!(named(&checks, "synchronisation").verdict.name(), "skipped");
        assert_eq!(named(&checks, "clock source").verdict.name(), "skipped");
    }
}
