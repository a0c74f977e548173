//! Where producer and consumer of a ring stand, which aya keeps to itself.
//!
//! The first page of a ring holds the consumer's position, the second the producer's
//! (kernel/bpf/ringbuf.c, `struct bpf_ringbuf`). Both only grow.

use std::num::NonZeroUsize;
use std::os::fd::AsFd;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::io;
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use rustix::param::page_size;

/// A read-only view of both positions.
#[derive(Debug)]
pub(super) struct Positions {
    base: NonNull<u8>,
    page: NonZeroUsize,
}

// SAFETY: the mapping belongs to this value alone and is only read, by atomic loads.
unsafe impl Send for Positions {}

impl Positions {
    /// Maps the two pages of a ring.
    pub(super) fn map(ring: impl AsFd) -> io::Result<Self> {
        let page = NonZeroUsize::new(page_size()).ok_or(io::Errno::INVAL)?;
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours.
        let base = unsafe {
            mmap(
                ptr::null_mut(),
                2 * page.get(),
                ProtFlags::READ,
                MapFlags::SHARED,
                ring,
                0,
            )
        }?;
        let base = NonNull::new(base.cast::<u8>()).ok_or(io::Errno::NOMEM)?;
        Ok(Self { base, page })
    }

    /// Up to where records are consumed.
    pub(super) fn consumed(&self) -> u64 {
        self.load(0)
    }

    /// Up to where records are reserved.
    pub(super) fn produced(&self) -> u64 {
        self.load(self.page.get())
    }

    fn load(&self, offset: usize) -> u64 {
        // SAFETY: both pages stay mapped while `self` lives, and a page begins on a multiple of
        // eight. The kernel writes the word atomically (smp_store_release).
        unsafe { &*self.base.as_ptr().add(offset).cast::<AtomicU64>() }.load(Ordering::Acquire)
    }
}

impl Drop for Positions {
    fn drop(&mut self) {
        // SAFETY: the range is the one that `map` was given, and nothing refers to it any more.
        // Failure would leave it mapped, which harms nobody.
        let _ = unsafe { munmap(self.base.as_ptr().cast(), 2 * self.page.get()) };
    }
}
