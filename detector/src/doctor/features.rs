//! What the kernel offers to kernel programs, and what stands on each.

use super::check::{Area, Check, Checks, Verdict};
use crate::sensor::probe::feature::{
    FENTRY, ITERATORS, LOOP, LSM, RING_BUFFER, TAIL_CALLS, TASK_STORAGE,
};
use crate::sensor::probe::{Outcome, Trial};

/// What stands on a feature, and how a kernel comes by it.
struct Words {
    name: &'static str,
    costs: &'static str,
    mend: &'static str,
}

const KERNEL: &str = "boot a kernel from 5.10 on";
const NEWER: &str = "boot a kernel from 6.1 on";

const FEATURES: &[Words] = &[
    Words {
        name: RING_BUFFER,
        costs: "the sensor cannot speak",
        mend: KERNEL,
    },
    Words {
        name: ITERATORS,
        costs: "processes that run already are not known",
        mend: KERNEL,
    },
    Words {
        name: TAIL_CALLS,
        costs: "system calls are seen and not told",
        mend: KERNEL,
    },
    Words {
        name: TASK_STORAGE,
        costs: "nothing today: not used yet; privileges that change without a call will need it",
        mend: NEWER,
    },
    Words {
        name: LOOP,
        costs: "of a path only the last 256 components are read; what is cut is flagged",
        mend: NEWER,
    },
    Words {
        name: LSM,
        costs: "names of files that are removed, renamed or cut are told by the caller's word alone; acts are told when the kernel has answered, and none is blocked",
        mend: "a kernel with CONFIG_BPF_LSM=y that allows it, and `bpf` in its boot parameter lsm=",
    },
    Words {
        name: FENTRY,
        costs: "nothing today: not used yet; acts that are no system call of their own will need it",
        mend: "a kernel with CONFIG_FUNCTION_TRACER=y that allows it",
    },
];

/// Judges what was tried.
pub(super) fn judge(trials: impl IntoIterator<Item = Trial>) -> Vec<Check> {
    let mut checks = Checks::of(Area::Features);
    for Trial {
        name,
        needed,
        outcome,
    } in trials
    {
        let words = FEATURES.iter().find(|words| words.name == name);
        let costs = words
            .map_or("nothing that is known", |words| words.costs)
            .to_owned();
        let mend = words.map_or(KERNEL, |words| words.mend).to_owned();
        match (outcome, needed) {
            (Outcome::Works(found), _) => checks.ok(name, found),
            (Outcome::Untried(reason), _) => checks.skipped(name, reason, None),
            (Outcome::Fails(reason), true) => {
                checks.add(name, reason, Verdict::Failed { costs, mend })
            }
            (Outcome::Fails(reason), false) => {
                checks.add(name, reason, Verdict::Less { costs, mend })
            }
        }
    }
    checks.done()
}

/// The check in place of all, where nothing was tried.
pub(super) fn untried(reason: &str) -> Vec<Check> {
    let mut checks = Checks::of(Area::Features);
    checks.skipped(
        "all",
        format!("not tried: {reason}"),
        Some("start it with sudo"),
    );
    checks.done()
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::named;
    use super::*;

    #[test]
    fn what_is_not_used_yet_costs_nothing_today_and_never_fails() {
        let trial = |name, needed| Trial {
            name,
            needed,
            outcome: Outcome::Fails("refused".to_owned()),
        };
        let checks = judge([trial(FENTRY, false), trial(RING_BUFFER, true)]);
        let fentry = named(&checks, FENTRY);
        assert_eq!(fentry.verdict.name(), "less");
        assert!(fentry.verdict.costs().unwrap().contains("not used yet"));
        assert_eq!(named(&checks, RING_BUFFER).verdict.name(), "failed");
    }

    #[test]
    fn every_feature_that_is_tried_has_words() {
        for name in crate::sensor::probe::feature::NAMES {
            assert!(FEATURES.iter().any(|words| words.name == *name), "{name}");
        }
    }
}
