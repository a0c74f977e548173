//! The account of the alarm lane, swept: which acts were held back since the last look.

use std::collections::HashMap as Known;

use aya::maps::{HashMap, MapData, MapError};
use detector_common::record::Kind;
use detector_common::state::{Budget, BudgetKey};
use zerocopy::FromBytes;

/// Bytes of a key, as the map stores it.
type Key = [u8; size_of::<BudgetKey>()];
/// Bytes of a value.
type Value = [u8; size_of::<Budget>()];

/// The account in the kernel. Entries may have been pushed out of it: what it tells is a hint, and
/// how many were held back in all is in the counters.
pub struct Budgets {
    map: HashMap<MapData, Key, Value>,
    known: Known<Key, u64>,
}

/// Acts that were held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldBack {
    /// Their kind.
    pub kind: Kind,
    /// Their result; 0 for every success.
    pub outcome: i64,
    /// The thread group; 0 where all of the container's were too many.
    pub tgid: u32,
    /// Outermost cgroup of the container.
    pub cgroup: u64,
    /// How many since the last look.
    pub count: u64,
}

impl Budgets {
    pub(super) fn new(map: HashMap<MapData, Key, Value>) -> Self {
        Self {
            map,
            known: Known::new(),
        }
    }

    /// What was held back since the last look. It goes through the whole account: worth the while
    /// only where the counters say that anything was.
    ///
    /// # Errors
    /// When the kernel refuses the call.
    pub fn sweep(&mut self) -> Result<Vec<HeldBack>, MapError> {
        let mut held_back = Vec::new();
        let mut known = Known::new();
        for entry in self.map.iter() {
            let (raw, value) = match entry {
                Ok(entry) => entry,
                // Pushed out between its key and its value.
                Err(MapError::KeyNotFound) => continue,
                Err(error) => return Err(error),
            };
            let (Ok(key), Ok(budget)) = (
                BudgetKey::read_from_bytes(&raw),
                Budget::read_from_bytes(&value),
            ) else {
                continue;
            };
            if budget.suppressed == 0 {
                continue;
            }
            known.insert(raw, budget.suppressed);
            let before = self.known.get(&raw).copied().unwrap_or_default();
            // An entry that was pushed out begins at 0 again.
            let count = match budget.suppressed.checked_sub(before) {
                Some(count) => count,
                None => budget.suppressed,
            };
            let kind = u16::try_from(key.kind).ok().and_then(Kind::from_number);
            if let (Some(kind), true) = (kind, count > 0) {
                held_back.push(HeldBack {
                    kind,
                    outcome: key.outcome,
                    tgid: key.tgid,
                    cgroup: key.cgroup,
                    count,
                });
            }
        }
        self.known = known;
        Ok(held_back)
    }
}
