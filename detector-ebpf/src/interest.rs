//! What is to be sent of the acts that are sent only where somebody asks for them.

use detector_common::interest::{interest_index, want};

use crate::maps::INTEREST;

/// What a level wants of a system call: bits of [`want`].
#[inline(always)]
pub fn of(level: u32, number: u32) -> u8 {
    match INTEREST.get_ptr(interest_index(level, number)) {
        // SAFETY: the entry stays mapped while the program runs.
        Some(wanted) => unsafe { *wanted },
        None => want::EVERYTHING,
    }
}

/// What is asked of an open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Nothing.
    Nothing,
    /// Whatever has a name with one of these bits of [`detector_common::interest::name`].
    Named(u32),
    /// All of them.
    All,
}

/// What a level's wishes mean for an open that succeeded. Of a file that could not be resolved, its
/// descriptor closed by another thread, only the caller's word is there: that counts as a match.
#[inline(always)]
pub fn of_open(wanted: u8, writes: bool, resolved: bool) -> Ask {
    use detector_common::interest::name::{READ, WRITE};
    let opens = want::READS | want::WRITES | want::NAMED_READS | want::NAMED_WRITES;
    if !resolved && wanted & opens != 0 {
        return Ask::All;
    }
    let (all, named, bit) = if writes {
        (want::WRITES, want::NAMED_WRITES, WRITE)
    } else {
        (want::READS, want::NAMED_READS, READ)
    };
    if wanted & all != 0 {
        Ask::All
    } else if wanted & named != 0 {
        Ask::Named(bit)
    } else {
        Ask::Nothing
    }
}
