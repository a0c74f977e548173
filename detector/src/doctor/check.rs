//! A check: what was looked at, what was found, and what that means for the detector.

use serde::Serialize;

/// What a check belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// What this process may do, and where it stands.
    Permissions,
    /// The kernel and what it says of itself.
    Kernel,
    /// Our kernel programs, tried.
    Sensor,
    /// What the kernel offers to kernel programs.
    Features,
    /// Marks on watched objects.
    Objects,
    /// Container engines.
    Engines,
    /// Clocks.
    Clock,
    /// The state directory.
    Disk,
    /// Limits of this process.
    Limits,
    /// The rules.
    Rules,
}

impl Area {
    /// Its name, as in the JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Permissions => "permissions",
            Self::Kernel => "kernel",
            Self::Sensor => "sensor",
            Self::Features => "features",
            Self::Objects => "objects",
            Self::Engines => "engines",
            Self::Clock => "clock",
            Self::Disk => "disk",
            Self::Limits => "limits",
            Self::Rules => "rules",
        }
    }

    /// Whether the detector can run when nothing is known about this.
    pub(super) const fn is_dispensable(self) -> bool {
        matches!(
            self,
            Self::Features | Self::Objects | Self::Engines | Self::Clock | Self::Limits
        )
    }
}

/// What it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// The detector runs, and sees or tells less.
    Less {
        /// What it sees or tells less.
        costs: String,
        /// What to do about it.
        mend: String,
    },
    /// The detector does not run.
    Failed {
        /// What that is for.
        costs: String,
        /// What to do about it.
        mend: String,
    },
    /// There is no telling.
    Skipped {
        /// How there would be.
        mend: Option<String>,
    },
}

impl Verdict {
    /// Its name, as in the JSON.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Less { .. } => "less",
            Self::Failed { .. } => "failed",
            Self::Skipped { .. } => "skipped",
        }
    }

    /// What coverage is lost.
    #[must_use]
    pub fn costs(&self) -> Option<&str> {
        match self {
            Self::Less { costs, .. } | Self::Failed { costs, .. } => Some(costs),
            Self::Ok | Self::Skipped { .. } => None,
        }
    }

    /// What to do.
    #[must_use]
    pub fn mend(&self) -> Option<&str> {
        match self {
            Self::Less { mend, .. } | Self::Failed { mend, .. } => Some(mend),
            Self::Skipped { mend } => mend.as_deref(),
            Self::Ok => None,
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it belongs to.
    pub area: Area,
    /// What was looked at.
    pub name: String,
    /// What was found.
    pub found: String,
    /// What that means.
    pub verdict: Verdict,
}

impl Serialize for Check {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Flat<'a> {
            area: Area,
            name: &'a str,
            verdict: &'static str,
            found: &'a str,
            costs: Option<&'a str>,
            mend: Option<&'a str>,
        }
        let Self {
            area,
            name,
            found,
            verdict,
        } = self;
        let flat = Flat {
            area: *area,
            name,
            verdict: verdict.name(),
            found,
            costs: verdict.costs(),
            mend: verdict.mend(),
        };
        flat.serialize(serializer)
    }
}

/// The checks of an area, in the making.
#[derive(Debug)]
pub(super) struct Checks {
    area: Area,
    checks: Vec<Check>,
}

impl Checks {
    pub(super) const fn of(area: Area) -> Self {
        let checks = Vec::new();
        Self { area, checks }
    }

    pub(super) fn add(
        &mut self,
        name: impl Into<String>,
        found: impl Into<String>,
        verdict: Verdict,
    ) {
        self.checks.push(Check {
            area: self.area,
            name: name.into(),
            found: found.into(),
            verdict,
        });
    }

    pub(super) fn ok(&mut self, name: &str, found: impl Into<String>) {
        self.add(name, found, Verdict::Ok);
    }

    pub(super) fn less(&mut self, name: &str, found: impl Into<String>, costs: &str, mend: &str) {
        let (costs, mend) = (costs.to_owned(), mend.to_owned());
        self.add(name, found, Verdict::Less { costs, mend });
    }

    pub(super) fn failed(&mut self, name: &str, found: impl Into<String>, costs: &str, mend: &str) {
        let (costs, mend) = (costs.to_owned(), mend.to_owned());
        self.add(name, found, Verdict::Failed { costs, mend });
    }

    pub(super) fn skipped(&mut self, name: &str, found: impl Into<String>, mend: Option<&str>) {
        let mend = mend.map(str::to_owned);
        self.add(name, found, Verdict::Skipped { mend });
    }

    pub(super) fn done(self) -> Vec<Check> {
        self.checks
    }
}

/// An error whose message says what is wrong and, behind the first semicolon, what to do: both parts.
pub(super) fn parted(message: &str) -> (&str, &str) {
    message
        .split_once("; ")
        .unwrap_or((message, "see the message"))
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// The check of this name.
    pub(in crate::doctor) fn named<'a>(checks: &'a [Check], name: &str) -> &'a Check {
        let found = checks.iter().find(|check| check.name == name);
        found.unwrap_or_else(|| panic!("no check {name}: {checks:#?}"))
    }

    /// Names and verdicts, for short comparisons.
    pub(in crate::doctor) fn verdicts(checks: &[Check]) -> Vec<(String, &'static str)> {
        let pair = |check: &Check| (check.name.clone(), check.verdict.name());
        checks.iter().map(pair).collect()
    }

    #[test]
    fn every_check_has_the_six_promised_keys() {
        let mut checks = Checks::of(Area::Disk);
        checks.ok("room", "9 GiB");
        checks.failed(
            "directory",
            "read-only",
            "nothing can be written",
            "remount it",
        );
        checks.skipped("use", "not asked", None);
        let value = serde_json::to_value(checks.done()).unwrap();
        assert_eq!(
            value,
            json!([
                {"area": "disk", "name": "room", "verdict": "ok", "found": "9 GiB",
                 "costs": null, "mend": null},
                {"area": "disk", "name": "directory", "verdict": "failed", "found": "read-only",
                 "costs": "nothing can be written", "mend": "remount it"},
                {"area": "disk", "name": "use", "verdict": "skipped", "found": "not asked",
                 "costs": null, "mend": null},
            ])
        );
    }
}
