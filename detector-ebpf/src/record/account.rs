//! The account: every act is counted once when it is made, and once by what became of it.
//!
//! [`Made`] stands for an act between the two. It can be used up once, and where it is not, its end
//! counts the act as dropped: no path through a program can forget one.

use core::arch::asm;
use core::mem;

use detector_common::record::{Kind, Lane};
use detector_common::state::{Cause, Tally, drop_index, tally_index};

use crate::maps::{DROPS, TALLIES};

/// An act that was counted as made.
#[must_use]
pub struct Made(u32);

impl Made {
    /// An act was made.
    #[inline(always)]
    pub fn act(kind: Kind) -> Self {
        Self::number(kind as u32)
    }

    /// As [`Made::act`], by the number of the kind.
    #[inline(always)]
    pub fn number(kind: u32) -> Self {
        count(kind, Tally::Made);
        Self(kind)
    }

    /// An act that another program counted and passed on by a tail call.
    #[inline(always)]
    pub const fn passed(kind: u32) -> Self {
        Self(kind)
    }

    /// No act of anybody's: kind 0 has a counter that nobody reads.
    #[inline(always)]
    pub const fn nothing() -> Self {
        Self(0)
    }

    /// Nobody is interested in it.
    #[inline(always)]
    pub fn filtered(self) {
        count(self.0, Tally::Filtered);
        mem::forget(self);
    }

    /// Equal ones had used up a budget.
    #[inline(always)]
    pub fn suppressed(self) {
        count(self.0, Tally::Suppressed);
        mem::forget(self);
    }

    /// It was sent, or another program goes on with it.
    #[inline(always)]
    pub fn leave(self) {
        mem::forget(self);
    }
}

impl Drop for Made {
    #[inline(always)]
    fn drop(&mut self) {
        count(self.0, Tally::Dropped);
    }
}

/// Counts a loss.
#[inline(always)]
pub fn lose(lane: Lane, cause: Cause) {
    add_one(DROPS.get_ptr_mut(drop_index(lane, cause)));
}

#[inline(always)]
fn count(kind: u32, tally: Tally) {
    add_one(TALLIES.get_ptr_mut(tally_index(kind, tally)));
}

/// Adds one to a per-CPU counter. In one instruction: a program in an interrupt may count the same.
#[inline(always)]
pub fn add_one(counter: Option<*mut u64>) {
    if let Some(counter) = counter {
        // SAFETY: a live slot of eight bytes. `core`'s atomics have no addition on this target.
        unsafe { asm!("lock *(u64 *)({0} + 0) += {1}", in(reg) counter, in(reg) 1_u64) };
    }
}
