//! What the sensor is to send: its table of wishes by level and system call, and the names that are
//! asked for.
//!
//! While it runs, the table may only grow before those who ask are exchanged and only shrink after:
//! [`InterestTable::widen`] gives a value that has to be used up by [`Widened::narrow`]. In between
//! the sensor sends what the old and what the new ones ask for.

use std::collections::BTreeMap;

use aya::maps::{Array, HashMap, MapData, MapError};
use detector_common::call::CALLS;
use detector_common::interest::{INTEREST_ENTRIES, interest_index, name, want};

/// What is asked for, as the sensor knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Bits of [`want`] by index of the table.
    calls: BTreeMap<u32, u8>,
    /// Bits of [`name`] by hash.
    names: BTreeMap<u64, u32>,
}

impl Interest {
    /// Everything, at every level.
    #[must_use]
    pub fn everything() -> Self {
        let mut interest = Self::default();
        for level in 0..detector_common::interest::LEVELS {
            for call in CALLS {
                interest.want(level, call.number, want::EVERYTHING);
            }
        }
        interest
    }

    /// Asks, at a level, for what these bits of [`want`] say of a system call.
    pub fn want(&mut self, level: u32, call: u32, wanted: u8) {
        *self.calls.entry(interest_index(level, call)).or_default() |= wanted;
    }

    /// Asks for opens of what has this name as a component of its path. What is asked for more names
    /// than the sensor takes is asked for all.
    pub fn name(&mut self, component: &[u8], bits: u32) {
        *self.names.entry(name::hash(component)).or_default() |= bits;
    }

    /// What either of both asks for.
    #[must_use]
    fn or(&self, other: &Self) -> Self {
        let mut both = self.clone();
        for (index, wanted) in &other.calls {
            *both.calls.entry(*index).or_default() |= wanted;
        }
        for (hash, bits) in &other.names {
            *both.names.entry(*hash).or_default() |= bits;
        }
        both
    }

    /// The same, where there are too many names for the sensor: then all opens are asked for of
    /// which names were.
    #[must_use]
    fn within_bounds(mut self) -> Self {
        if self.names.len() <= name::LIMIT as usize {
            return self;
        }
        self.names.clear();
        for wanted in self.calls.values_mut() {
            for (named, all) in [
                (want::NAMED_READS, want::READS),
                (want::NAMED_WRITES, want::WRITES),
            ] {
                if *wanted & named != 0 {
                    *wanted |= all;
                }
            }
        }
        self
    }
}

/// The table in the kernel.
pub struct InterestTable {
    calls: Array<MapData, u8>,
    names: HashMap<MapData, u64, u32>,
    /// What it says.
    now: Interest,
}

impl InterestTable {
    pub(super) fn new(calls: Array<MapData, u8>, names: HashMap<MapData, u64, u32>) -> Self {
        Self {
            calls,
            names,
            now: Interest::default(),
        }
    }

    /// Lets the sensor send what it sends now and besides what is asked for from now on.
    ///
    /// # Errors
    /// When the kernel refuses a call. What was sent is sent still.
    pub fn widen(&mut self, next: Interest) -> Result<Widened<'_>, MapError> {
        let next = next.within_bounds();
        let both = self.now.or(&next).within_bounds();
        self.set(both)?;
        Ok(Widened { table: self, next })
    }

    /// Puts right what is not as it was set; how much that was. Of calls that nobody asks for at any
    /// level nothing is looked at: there is nothing to take away.
    pub fn mend(&mut self) -> usize {
        let mut mended = 0;
        for (index, wanted) in &self.now.calls {
            if self.calls.get(index, 0).is_ok_and(|found| found != *wanted) {
                mended += 1;
                if let Err(error) = self.calls.set(*index, *wanted, 0) {
                    tracing::error!("what the sensor is to send cannot be put right: {error}");
                }
            }
        }
        for (hash, bits) in &self.now.names {
            if !self.names.get(hash, 0).is_ok_and(|found| found == *bits) {
                mended += 1;
                if let Err(error) = self.names.insert(hash, bits, 0) {
                    tracing::error!("a name that is asked for cannot be put right: {error}");
                }
            }
        }
        mended
    }

    /// Makes the table say something. Names are there before anybody is held to them, and until
    /// nobody is any more.
    fn set(&mut self, next: Interest) -> Result<(), MapError> {
        for (hash, bits) in &next.names {
            if self.now.names.get(hash) != Some(bits) {
                self.names.insert(hash, bits, 0)?;
            }
        }
        for index in 0..INTEREST_ENTRIES {
            let wanted = next.calls.get(&index).copied().unwrap_or_default();
            if wanted != self.now.calls.get(&index).copied().unwrap_or_default() {
                self.calls.set(index, wanted, 0)?;
            }
        }
        for hash in self.now.names.keys() {
            if !next.names.contains_key(hash) {
                match self.names.remove(hash) {
                    Ok(()) | Err(MapError::KeyNotFound) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        self.now = next;
        Ok(())
    }
}

/// A table that says what is asked for now and what will be.
#[must_use = "the sensor sends too much until `narrow`"]
pub struct Widened<'a> {
    table: &'a mut InterestTable,
    next: Interest,
}

impl Widened<'_> {
    /// Those who ask were exchanged: lets the sensor send what is asked for now, and no more.
    ///
    /// # Errors
    /// When the kernel refuses a call. Then it sends too much.
    pub fn narrow(self) -> Result<(), MapError> {
        self.table.set(self.next)
    }
}

#[cfg(test)]
mod tests {
    use detector_common::call::{OPENAT, SETUID};
    use detector_common::interest::level;

    use super::*;

    #[test]
    fn what_either_asks_for_is_asked_for_by_both() {
        let mut old = Interest::default();
        old.want(level::RULES, SETUID, want::ANY);
        old.name(b"shadow", name::READ);
        let mut new = Interest::default();
        new.want(level::RULES, OPENAT, want::REFUSED);
        new.name(b"shadow", name::WRITE);
        let both = old.or(&new);
        assert_eq!(both, new.or(&old));
        assert_eq!(both.calls[&interest_index(level::RULES, SETUID)], want::ANY);
        assert_eq!(
            both.calls[&interest_index(level::RULES, OPENAT)],
            want::REFUSED
        );
        assert_eq!(both.names[&name::hash(b"shadow")], name::READ | name::WRITE);
    }

    #[test]
    fn too_many_names_are_all_names() {
        let mut interest = Interest::default();
        interest.want(level::RULES, OPENAT, want::NAMED_READS | want::WRITES);
        for number in 0..=name::LIMIT {
            interest.name(&number.to_be_bytes(), name::READ);
        }
        let bounded = interest.within_bounds();
        assert!(bounded.names.is_empty());
        let wanted = bounded.calls[&interest_index(level::RULES, OPENAT)];
        assert_eq!(
            wanted & (want::READS | want::WRITES),
            want::READS | want::WRITES
        );
    }
}
