//! What was found about a thread.

use core::ptr;

use detector_common::boundary::grade;

/// A finding in the making. It lies in a map: in registers, each part of it would double the states
/// that the verifier of kernels before 6.8 follows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Finding {
    /// What changed: bits of [`detector_common::boundary::part`].
    pub changed: u32,
    /// What of it nothing explains.
    pub unexplained: u32,
    /// What of it is not the container's.
    pub outside: u32,
    /// The worst [`grade`].
    pub grade: u32,
    /// The container that it leads into, or 0.
    pub target: u64,
}

impl Finding {
    /// Begins anew.
    #[inline(always)]
    pub fn clear(&mut self) {
        *self = Self {
            changed: 0,
            unexplained: 0,
            outside: 0,
            grade: grade::INSIDE,
            target: 0,
        };
    }

    /// A part changed, if it did.
    #[inline(always)]
    pub fn changes(&mut self, differs: bool, part: u32) {
        if differs {
            add(&mut self.changed, part);
        }
    }

    /// A part is what nothing can have made of it, if it is.
    #[inline(always)]
    pub fn refutes(&mut self, impossible: bool, part: u32) {
        if impossible {
            add(&mut self.unexplained, part);
        }
    }

    /// A part leads to where it has that grade.
    #[inline(always)]
    pub fn leads(&mut self, part: u32, grade: u32, target: u64) {
        if grade == grade::INSIDE {
            return;
        }
        add(&mut self.outside, part);
        if grade > self.grade {
            self.grade = grade;
        }
        if target != 0 {
            self.target = target;
        }
    }
}

#[inline(always)]
fn add(to: &mut u32, part: u32) {
    let to = ptr::from_mut(to);
    // SAFETY: a live reference; volatile, so that it stays in memory.
    unsafe { to.write_volatile(to.read_volatile() | part) };
}
