//! What is to be sent of the acts that are sent only where somebody asks for them.

use detector_common::interest::{interest_index, name, want};

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

/// An open that succeeded, as far as it matters who asks for it. Both ways where there is doubt.
#[derive(Clone, Copy)]
pub struct Access {
    /// Whether it is for reading only, or for nothing but naming the file.
    pub reads: bool,
    /// Whether it can write, or has made the file.
    pub writes: bool,
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

/// What a level's wishes mean for an open that succeeded. Names are asked of plain files alone: of
/// any other, and of one that could not be resolved, a rule may look at something else.
#[inline(always)]
pub fn of_open(wanted: u8, access: Access, plain: bool) -> Ask {
    let mut all = 0;
    let mut named = 0;
    let mut names = 0;
    if access.reads {
        all |= want::READS;
        named |= want::NAMED_READS;
        names |= name::READ;
    }
    if access.writes {
        all |= want::WRITES;
        named |= want::NAMED_WRITES;
        names |= name::WRITE;
    }
    if wanted & all != 0 || (!plain && wanted & named != 0) {
        Ask::All
    } else if wanted & named != 0 {
        Ask::Named(names)
    } else {
        Ask::Nothing
    }
}
