//! What the doctor says in the end.

use jiff::Timestamp;
use serde::Serialize;

use super::check::{Area, Check, Verdict};

/// The version of the JSON's form.
const FORMAT: u32 = 1;

/// All checks, and what they come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The version of this form.
    pub v: u32,
    /// The detector's version.
    pub version: String,
    /// When the checks were made.
    pub time: Timestamp,
    /// The kernel's release.
    pub kernel: String,
    /// Its processor architecture.
    pub machine: String,
    /// What the checks come to.
    pub verdict: Overall,
    /// The checks, by area.
    pub checks: Vec<Check>,
}

/// What all checks together mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Overall {
    /// The detector can run, and sees all that it can see.
    Ok,
    /// The detector can run, and sees less.
    Less,
    /// The detector cannot run.
    Failed,
}

impl Report {
    pub(super) fn of(checks: Vec<Check>) -> Self {
        let uname = rustix::system::uname();
        Self {
            v: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            time: Timestamp::now(),
            kernel: uname.release().to_string_lossy().into_owned(),
            machine: uname.machine().to_string_lossy().into_owned(),
            verdict: overall(&checks),
            checks,
        }
    }

    /// The checks that must go well for the detector to run and did not.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        let failed = |check: &&Check| matches!(check.verdict, Verdict::Failed { .. });
        self.checks.iter().filter(failed)
    }

    /// How many checks ended so.
    pub(super) fn count(&self, verdict: &str) -> usize {
        let named = self.checks.iter();
        named
            .filter(|check| check.verdict.name() == verdict)
            .count()
    }

    /// The areas in their order, with their checks.
    pub(super) fn areas(&self) -> impl Iterator<Item = (Area, &[Check])> {
        let areas = self.checks.chunk_by(|one, next| one.area == next.area);
        areas.filter_map(|checks| Some((checks.first()?.area, checks)))
    }
}

fn overall(checks: &[Check]) -> Overall {
    let worst = checks.iter().map(|check| match check.verdict {
        Verdict::Failed { .. } => 2,
        // What nothing stands on yet costs nothing today.
        Verdict::Less { .. } if check.area == Area::Features => 0,
        Verdict::Less { .. } => 1,
        Verdict::Ok | Verdict::Skipped { .. } => 0,
    });
    match worst.max() {
        Some(2) => Overall::Failed,
        Some(1) => Overall::Less,
        _ => Overall::Ok,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::check::Checks;
    use super::*;

    /// A report with one check of each kind.
    pub(in crate::doctor) fn sample() -> Report {
        let mut checks = Checks::of(Area::Kernel);
        checks.ok("types", "/sys/kernel/btf/vmlinux, 5.5 MiB");
        checks.less(
            "release",
            "5.15.0 is older than 6.1",
            "nobody has tried this kernel",
            "boot one from 6.1 on",
        );
        let mut disk = Checks::of(Area::Disk);
        disk.failed(
            "directory",
            "cannot make /x/state: there is no /x",
            "alerts cannot be kept",
            "make that first, or name another directory with --state-dir",
        );
        disk.skipped("use", "a detector (pid 42) uses it", None);
        let checks = [checks.done(), disk.done()].concat();
        Report {
            v: FORMAT,
            version: "0.1.0".to_owned(),
            time: "2026-11-24T01:02:03Z".parse().unwrap(),
            kernel: "5.15.0-91-generic".to_owned(),
            machine: "x86_64".to_owned(),
            verdict: overall(&checks),
            checks,
        }
    }

    #[test]
    fn the_worst_check_decides_and_what_was_skipped_does_not() {
        let report = sample();
        assert_eq!(report.verdict, Overall::Failed);
        assert_eq!(report.failures().count(), 1);
        let without = |name: &str| -> Vec<Check> {
            let checks = report.checks.iter();
            checks
                .filter(|check| check.verdict.name() != name)
                .cloned()
                .collect()
        };
        assert_eq!(overall(&without("failed")), Overall::Less);
        let mut unused = Checks::of(Area::Features);
        unused.less("LSM programs", "refused", "nothing today", "another kernel");
        assert_eq!(overall(&unused.done()), Overall::Ok);
        let only_skipped = report
            .checks
            .last()
            .cloned()
            .into_iter()
            .collect::<Vec<_>>();
        assert_eq!(overall(&only_skipped), Overall::Ok);
    }

    #[test]
    fn the_json_has_the_promised_shape() {
        let value = serde_json::to_value(sample()).unwrap();
        assert_eq!(value["v"], 1);
        assert_eq!(value["verdict"], "failed");
        assert_eq!(value["time"], "2026-11-24T01:02:03Z");
        assert_eq!(value["checks"][0]["area"], "kernel");
        assert_eq!(value["checks"].as_array().unwrap().len(), 4);
    }
}
