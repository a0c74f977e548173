//! Counts what is allocated.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, with a count.
pub(crate) struct Counting;

/// What was counted.
pub(crate) static COUNTED: Allocations = Allocations {
    made: AtomicUsize::new(0),
    live: AtomicUsize::new(0),
};

/// How often memory was asked for, and how much of it is in use.
pub(crate) struct Allocations {
    made: AtomicUsize,
    live: AtomicUsize,
}

impl Allocations {
    /// How often memory was asked for.
    pub(crate) fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }

    /// Bytes in use.
    pub(crate) fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }
}

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNTED.made.fetch_add(1, Ordering::Relaxed);
        COUNTED.live.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        COUNTED.live.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}
