//! What is missing: losses, and acts that were held back.
//!
//! No record tells of these; user space makes them from holes in the sequence numbers and from the
//! sensor's counters.

use detector_common::record::{Kind, Lane};
use detector_common::state::{BudgetKey, Cause};

use super::act::CallResult;
use super::id::{CgroupId, Tgid};
use super::time::BootTime;

/// Records that were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// In which lane.
    pub lane: Lane,
    /// On which CPU.
    pub cpu: u32,
    /// How many.
    pub count: u64,
    /// Why, where the counters can tell.
    pub cause: Option<Cause>,
    /// When: after the last record before the hole and before the first behind it.
    pub span: Span,
}

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its beginning.
    pub from: BootTime,
    /// Its end.
    pub to: BootTime,
}

/// Acts that were not sent because equal ones had used up a budget of the alarm lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// Of which kind.
    pub kind: Kind,
    /// By whom; `None` where the container's budget was used up.
    pub tgid: Option<Tgid>,
    /// In which container: the outermost cgroup.
    pub cgroup: CgroupId,
    /// How they ended; 0 for every success.
    pub outcome: CallResult,
    /// Inode number of the object, where the kernel resolved one.
    pub object: Option<u64>,
    /// How many.
    pub count: u64,
}

impl Suppressed {
    /// From an account of the sensor; `None` for a kind that this version does not know.
    pub fn new(key: &BudgetKey, count: u64) -> Option<Self> {
        let number = u16::try_from(key.kind).ok()?;
        Some(Self {
            kind: Kind::from_number(number)?,
            tgid: (key.tgid != 0).then_some(Tgid(key.tgid)),
            cgroup: CgroupId(key.cgroup),
            outcome: CallResult(key.outcome),
            object: (key.object != 0).then_some(key.object),
            count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_names_task_or_container() {
        let key = BudgetKey {
            tgid: 7,
            kind: Kind::Mount as u32,
            outcome: -1,
            object: 0,
            cgroup: 9,
        };
        let task = Suppressed::new(&key, 12).unwrap();
        assert_eq!(
            (task.kind, task.tgid, task.count),
            (Kind::Mount, Some(Tgid(7)), 12)
        );
        assert_eq!((task.cgroup, task.object), (CgroupId(9), None));
        assert_eq!(task.outcome.to_string(), "EPERM");
        let container = Suppressed::new(&BudgetKey { tgid: 0, ..key }, 1).unwrap();
        assert_eq!(container.tgid, None);
        assert_eq!(
            Suppressed::new(
                &BudgetKey {
                    kind: 70_000,
                    ..key
                },
                1
            ),
            None
        );
    }
}
