//! An io_uring, driven without a library.

use std::ffi::CStr;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use libc::{MAP_POPULATE, MAP_SHARED, PROT_READ, PROT_WRITE, c_int, c_long};

use crate::call::{Answer, address, call, string};
use crate::words::Misuse;

// include/uapi/linux/io_uring.h
pub(crate) const SETUP_SQPOLL: u32 = 1 << 1;
/// `IORING_SETUP_SINGLE_ISSUER` and `IORING_SETUP_DEFER_TASKRUN`, which asks for it.
pub(crate) const SETUP_DEFERRED: u32 = 1 << 12 | 1 << 13;
const ENTER_GETEVENTS: c_long = 1;
const ENTER_SQ_WAKEUP: c_long = 1 << 1;
const SQ_NEED_WAKEUP: u32 = 1;
pub(crate) const REGISTER_FILES: c_long = 2;
pub(crate) const REGISTER_PERSONALITY: c_long = 9;
const AT_RINGS: i64 = 0;
const AT_ENTRIES: i64 = 0x1000_0000;
pub(crate) const OP_NOP: u8 = 0;
const OP_CLOSE: u8 = 19;
pub(crate) const OP_CONNECT: u8 = 16;
const OP_OPENAT: u8 = 18;
pub(crate) const OP_READ: u8 = 22;
const OP_OPENAT2: u8 = 28;
pub(crate) const FIXED_FILE: u8 = 1;
pub(crate) const ASYNC: u8 = 1 << 4;
pub(crate) const SKIP_SUCCESS: u8 = 1 << 6;
const ENTRIES: u32 = 8;
/// Numbers in `struct io_uring_params`, and the bytes at which the offsets into the rings stand in it.
pub(crate) const PARAMETERS: usize = 30;
const SQ_OFFSETS: usize = 40;
const CQ_OFFSETS: usize = 80;

/// `struct io_uring_sqe`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct Request {
    pub(crate) operation: u8,
    pub(crate) flags: u8,
    pub(crate) priority: u16,
    pub(crate) descriptor: c_int,
    pub(crate) offset: u64,
    pub(crate) address: u64,
    pub(crate) length: u32,
    pub(crate) operation_flags: u32,
    pub(crate) user_data: u64,
    pub(crate) buffer: u16,
    pub(crate) personality: u16,
    pub(crate) place: u32,
    pub(crate) rest: [u64; 2],
}

impl Request {
    /// openat, from the working directory.
    pub(crate) fn open(path: &CStr, flags: c_int) -> Self {
        Self {
            operation: OP_OPENAT,
            descriptor: libc::AT_FDCWD,
            address: string(path) as u64,
            operation_flags: flags as u32,
            ..Self::default()
        }
    }

    pub(crate) fn open2(path: &CStr, how: &[u64; 3]) -> Self {
        Self {
            operation: OP_OPENAT2,
            operation_flags: 0,
            offset: address(how) as u64,
            length: size_of_val(how) as u32,
            ..Self::open(path, 0)
        }
    }

    pub(crate) fn close(descriptor: c_int) -> Self {
        Self {
            operation: OP_CLOSE,
            descriptor,
            ..Self::default()
        }
    }
}

/// An io_uring of this process.
pub(crate) struct Ring {
    pub(crate) descriptor: c_long,
    rings: *mut u8,
    entries: *mut Request,
    pub(crate) parameters: [u32; PARAMETERS],
    polled: bool,
}

impl Ring {
    /// Sets one up with these flags.
    pub(crate) fn new(flags: u32) -> Result<Self, Misuse> {
        let mut parameters = [0_u32; PARAMETERS];
        parameters[2] = flags;
        // How long the polling thread stays awake, in ms.
        parameters[4] = 1000;
        let made = address(&parameters);
        // SAFETY: the parameters have the size that the kernel reads and writes.
        let setup = unsafe { call(libc::SYS_io_uring_setup, [ENTRIES.into(), made]) };
        let descriptor = setup.told("io_uring_setup");
        if descriptor < 0 {
            return Err(Misuse::new("no io_uring is to be had"));
        }
        Self::of(descriptor, parameters)
    }

    /// One that is set up already, with what the kernel has answered to whoever did.
    pub(crate) fn of(descriptor: c_long, parameters: [u32; PARAMETERS]) -> Result<Self, Misuse> {
        let rings = map(descriptor, 4096, AT_RINGS)?;
        let entries = map(
            descriptor,
            size_of::<Request>() * ENTRIES as usize,
            AT_ENTRIES,
        )?;
        Ok(Self {
            descriptor,
            rings,
            entries: entries.cast(),
            parameters,
            polled: parameters[2] & SETUP_SQPOLL != 0,
        })
    }

    /// A number in the rings, by where its offset stands in the parameters.
    fn word(&self, at: usize) -> &AtomicU32 {
        let offset = self.parameters.get(at / 4).copied().unwrap_or_default() as usize;
        // SAFETY: the kernel gave the offset of an aligned word in the rings, which stay mapped.
        unsafe { &*self.rings.add(offset).cast::<AtomicU32>() }
    }

    /// Puts a request into the queue.
    pub(crate) fn push(&mut self, request: &Request) {
        let tail = self.word(SQ_OFFSETS + 4);
        let next = tail.load(Ordering::Acquire);
        let slot = next % ENTRIES;
        // SAFETY: the slot is one of the mapped entries, and free: answers are awaited.
        unsafe { *self.entries.add(slot as usize) = *request };
        let array = self.parameters[(SQ_OFFSETS + 24) / 4] as usize + slot as usize * 4;
        // SAFETY: the kernel gave the offset of the array of slots.
        unsafe { *self.rings.add(array).cast::<u32>() = slot };
        tail.store(next.wrapping_add(1), Ordering::Release);
    }

    /// Has so many requests carried out, and waits for so many answers.
    pub(crate) fn enter(&self, submit: usize, wait: usize) {
        let mut flags = if wait > 0 { ENTER_GETEVENTS } else { 0 };
        if self.polled && self.word(SQ_OFFSETS + 16).load(Ordering::SeqCst) & SQ_NEED_WAKEUP != 0 {
            flags |= ENTER_SQ_WAKEUP;
        }
        let [submit, wait] = [submit, wait].map(|count| count as c_long);
        // SAFETY: the call takes numbers alone.
        unsafe {
            call(
                libc::SYS_io_uring_enter,
                [self.descriptor, submit, wait, flags],
            )
        };
    }

    /// The next answer, behind the mark of its request; none where there is none.
    pub(crate) fn reap(&mut self) -> Option<(u64, c_int)> {
        let head = self.word(CQ_OFFSETS);
        let at = head.load(Ordering::Acquire);
        if at == self.word(CQ_OFFSETS + 4).load(Ordering::Acquire) {
            return None;
        }
        let slot = at % self.parameters[1];
        let offset = self.parameters[(CQ_OFFSETS + 20) / 4] as usize + slot as usize * 16;
        // SAFETY: the kernel gave the offset of the answers, of 16 bytes each, and their number.
        let answer = unsafe {
            let answer = self.rings.add(offset);
            (*answer.cast::<u64>(), *answer.add(8).cast::<c_int>())
        };
        head.store(at.wrapping_add(1), Ordering::Release);
        Some(answer)
    }

    /// Makes a request and waits for its answer.
    pub(crate) fn answer(&mut self, request: &Request) -> Answer {
        self.push(request);
        self.enter(1, 1);
        loop {
            if let Some((_, result)) = self.reap() {
                return Answer::of(result);
            }
            std::thread::yield_now();
        }
    }

    /// Makes requests in one go; the answers in their order, whichever came first.
    pub(crate) fn answers(&mut self, requests: &[Request]) -> Vec<c_int> {
        for (request, user_data) in requests.iter().zip(0..) {
            self.push(&Request {
                user_data,
                ..*request
            });
        }
        self.enter(requests.len(), requests.len());
        let mut answers: Vec<_> = std::iter::from_fn(|| self.reap()).collect();
        answers.sort_unstable();
        answers.into_iter().map(|(_, result)| result).collect()
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: the call takes a number alone, and nothing else owns the descriptor. The mappings
        // go with the process.
        unsafe { call(libc::SYS_close, [self.descriptor]) };
    }
}

fn map(descriptor: c_long, length: usize, offset: i64) -> Result<*mut u8, Misuse> {
    let protection = PROT_READ | PROT_WRITE;
    let flags = MAP_SHARED | MAP_POPULATE;
    let descriptor = descriptor as c_int;
    // SAFETY: a new mapping, wherever the kernel finds room.
    let mapped = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            length,
            protection,
            flags,
            descriptor,
            offset,
        )
    };
    if mapped == libc::MAP_FAILED {
        let error = io::Error::last_os_error();
        return Err(Misuse::new(format!("the ring cannot be mapped: {error}")));
    }
    Ok(mapped.cast())
}
