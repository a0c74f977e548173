//! Requests to an io_uring of our own, for the hooks on them.

use std::ffi::CStr;
use std::io;
use std::os::fd::OwnedFd;
use std::ptr;

use rustix::fs::{CWD, OFlags};
use rustix::io::Errno;
use rustix::io_uring::{
    IORING_OFF_SQ_RING, IORING_OFF_SQES, IoringEnterFlags, IoringOp, IoringSqeFlags,
    io_uring_enter, io_uring_params, io_uring_ptr, io_uring_setup, io_uring_sqe,
};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use std::os::fd::AsRawFd;

/// Requests that the ring has room for.
const ENTRIES: u32 = 2;
/// The shortest mapping: a page. Both rings of so few entries fit, and the entries do.
const PAGE: usize = 4096;

/// Has two files opened: of one the kernel tells the end, of the other it does not.
pub(super) fn open_twice() -> io::Result<()> {
    let ring = Ring::new()?;
    ring.push(0, c"/dev/null", IoringSqeFlags::empty());
    ring.push(1, c"/dev/null", IoringSqeFlags::CQE_SKIP_SUCCESS);
    ring.submit()
}

/// A ring whose queue is filled once.
struct Ring {
    descriptor: OwnedFd,
    parameters: io_uring_params,
    queue: Mapping,
    entries: Mapping,
}

impl Ring {
    fn new() -> io::Result<Self> {
        let mut parameters = io_uring_params::default();
        // SAFETY: the parameters ask for nothing but a ring.
        let descriptor = unsafe { io_uring_setup(ENTRIES, &mut parameters) }?;
        let queue = Mapping::of(&descriptor, IORING_OFF_SQ_RING)?;
        let entries = Mapping::of(&descriptor, IORING_OFF_SQES)?;
        let fits = |offset: u32| offset as usize + size_of::<[u32; ENTRIES as usize]>() <= PAGE;
        if !fits(parameters.sq_off.array) || !fits(parameters.sq_off.tail) {
            return Err(Errno::OVERFLOW.into());
        }
        Ok(Self {
            descriptor,
            parameters,
            queue,
            entries,
        })
    }

    /// Puts a request into a slot of the queue that was not used before.
    fn push(&self, slot: u32, path: &'static CStr, flags: IoringSqeFlags) {
        let mut request = io_uring_sqe {
            opcode: IoringOp::Openat,
            flags,
            fd: CWD.as_raw_fd(),
            ..io_uring_sqe::default()
        };
        request.addr_or_splice_off_in.addr = io_uring_ptr::new(path.as_ptr().cast_mut().cast());
        request.op_flags.open_flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let array = self.parameters.sq_off.array as usize + slot as usize * size_of::<u32>();
        // SAFETY: entries and array are mapped, and `new` saw that they fit; slots are below ENTRIES.
        unsafe {
            let entries = self.entries.0.cast::<io_uring_sqe>();
            entries.add(slot as usize).write(request);
            self.queue
                .0
                .cast::<u8>()
                .add(array)
                .cast::<u32>()
                .write(slot);
        }
    }

    /// Has both carried out.
    fn submit(&self) -> io::Result<()> {
        let tail = self.parameters.sq_off.tail as usize;
        // SAFETY: the tail is mapped, and nobody else writes to it; the names live for ever.
        let taken = unsafe {
            let tail = self.queue.0.cast::<u8>().add(tail).cast::<u32>();
            tail.write_volatile(ENTRIES);
            io_uring_enter(&self.descriptor, ENTRIES, 1, IoringEnterFlags::GETEVENTS)
        }?;
        if taken == ENTRIES {
            Ok(())
        } else {
            Err(io::Error::other(format!("{taken} requests were taken")))
        }
    }
}

/// A page of a ring.
struct Mapping(*mut std::ffi::c_void);

impl Mapping {
    fn of(ring: &OwnedFd, offset: u64) -> io::Result<Self> {
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping, wherever the kernel finds room.
        let mapped = unsafe {
            mmap(
                ptr::null_mut(),
                PAGE,
                protection,
                MapFlags::SHARED,
                ring,
                offset,
            )
        };
        Ok(Self(mapped?))
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: our own mapping, of this length, and nothing of it is used any more.
        let _ = unsafe { munmap(self.0, PAGE) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_requests_are_taken_where_there_are_rings() {
        match open_twice() {
            Ok(()) => {}
            // Switched off, filtered or not there: the doctor says so.
            Err(error) => assert!(
                matches!(
                    Errno::from_io_error(&error),
                    Some(Errno::PERM | Errno::NOSYS | Errno::ACCESS)
                ),
                "{error}"
            ),
        }
    }
}
