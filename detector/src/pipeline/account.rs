//! What became of the records that came in, by kind: the detector's half of the account that the
//! sensor begins.

use std::collections::BTreeMap;

use crate::event::{Kind, claimed_kind};

/// What became of the records of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Read, and taken as events.
    pub seen: u64,
    /// Could not be read, or tell something that this version does not know.
    pub unread: u64,
    /// Of those seen: matched by at least one rule.
    pub matched: u64,
}

/// The account of all records.
#[derive(Debug, Default)]
pub(super) struct Account {
    kinds: BTreeMap<Kind, Taken>,
    /// Records whose kind is unknown too.
    nameless: u64,
}

impl Account {
    /// An event was read.
    pub(super) fn saw(&mut self, kind: Kind) {
        self.kinds.entry(kind).or_default().seen += 1;
    }

    /// A record could not be read.
    pub(super) fn could_not_read(&mut self, record: &[u8]) {
        match claimed_kind(record) {
            Some(kind) => self.kinds.entry(kind).or_default().unread += 1,
            None => self.nameless += 1,
        }
    }

    /// At least one rule matched an event.
    pub(super) fn matched(&mut self, kind: Kind) {
        self.kinds.entry(kind).or_default().matched += 1;
    }

    /// The account by kind.
    pub(super) fn by_kind(&self) -> &BTreeMap<Kind, Taken> {
        &self.kinds
    }

    /// Records that could not be read, of whatever kind.
    pub(super) fn unread(&self) -> u64 {
        let named = self.kinds.values().map(|taken| taken.unread);
        self.nameless + named.sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_counts_for_its_kind_where_that_is_known() {
        let mut account = Account::default();
        let mut record = vec![0; 64];
        account.could_not_read(&record);
        record[2] = Kind::Open as u8;
        account.could_not_read(&record);
        account.could_not_read(&record[..10]);
        account.saw(Kind::Open);
        account.matched(Kind::Open);
        let open = Taken {
            seen: 1,
            unread: 1,
            matched: 1,
        };
        assert_eq!(account.by_kind().get(&Kind::Open), Some(&open));
        assert_eq!(account.unread(), 3);
    }
}
