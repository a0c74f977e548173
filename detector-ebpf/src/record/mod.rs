//! A record in the making: scratch memory and the writing of sections.
//!
//! Scratch is an array of which each CPU has some places: a program in softirq context may interrupt one
//! in a task's context on the same CPU, from kernel 7.0 on another task may preempt it, and a per-CPU
//! value holds only 32 KiB.

pub mod account;
pub mod emit;

use core::ffi::c_void;

use aya_ebpf::helpers::generated::{
    bpf_get_smp_processor_id, bpf_probe_read_kernel_str, bpf_probe_read_user,
    bpf_probe_read_user_str,
};
use detector_common::record::{HEADER_SIZE, Header, Lane, RECORD_MAX, flag};
use detector_common::section::{ENV_MAX, SECTION_HEADER_SIZE, SectionHeader, Tag, section_flag};
use detector_common::state::Cause;

use crate::facts::path::Walk;
use crate::kernel::Address;
use crate::maps::SCRATCH;
use crate::tier;

/// Records that may be in the making on one CPU.
pub const SLOTS: u32 = 4;

/// No place is free.
const NONE: u32 = u32::MAX;

/// The longest read into a place whose offset varies.
const CHUNK_MAX: usize = ENV_MAX;

/// Memory for one record and the walk of its paths.
#[repr(C)]
pub struct Scratch {
    /// Kernels from 5.8 to 6.1 may write a word before a string's start when the read faults.
    pad: [u8; 256],
    /// The record.
    pub bytes: [u8; RECORD_MAX],
    /// Room for the longest read at the last offset.
    tail: [u8; CHUNK_MAX + 512],
    /// Bytes of the record that are written; a multiple of eight.
    pub length: u32,
    /// Bits of [`flag`]; in memory, since in a register they would multiply the verifier's states.
    pub flags: u32,
    /// State of a walk.
    pub walk: Walk,
    /// Which entry of its map this is.
    slot: u32,
    /// Not 0 while a record is made in it.
    taken: u64,
}

/// Handle to a place in the scratch memory. Ended by [`Record::end`] on every path.
#[derive(Clone, Copy)]
pub struct Record(pub *mut Scratch);

impl Record {
    /// Takes a free place in the scratch memory, for a record with a body of type `B`.
    #[inline(always)]
    pub fn begin<B>(lane: Lane) -> Option<Self> {
        let slot = take_slot();
        let Some(scratch) = SCRATCH.get_ptr_mut(slot) else {
            account::lose(lane, Cause::Nested);
            return None;
        };
        let record = Self(scratch);
        // SAFETY: this place belongs to this program until `end`.
        unsafe {
            (*scratch).length = (HEADER_SIZE + size_of::<B>()) as u32;
            (*scratch).flags = 0;
            (*scratch).walk.wanted = 0;
            (*scratch).slot = slot;
        }
        Some(record)
    }

    /// Which entry of [`SCRATCH`] it is made in.
    #[cfg(feature = "legacy")]
    #[inline(always)]
    pub fn slot(self) -> u32 {
        // SAFETY: this place belongs to this program until `end`.
        unsafe { (*self.0).slot }
    }

    /// Gives the place back.
    #[inline(always)]
    pub fn end(self) {
        // SAFETY: this place belongs to this program, which uses it no more. Volatile: after all else.
        unsafe { (&raw mut (*self.0).taken).write_volatile(0) };
    }

    /// The header.
    #[inline(always)]
    pub fn header(&mut self) -> &mut Header {
        // SAFETY: `bytes` is longer than a header and begins on a multiple of eight.
        unsafe { &mut *(&raw mut (*self.0).bytes).cast::<Header>() }
    }

    /// The body, of the type with which the record was begun.
    #[inline(always)]
    pub fn body<B>(&mut self) -> &mut B {
        // SAFETY: `bytes` is longer than header and body; bodies are plain numbers, so that any
        // bytes are a valid value, and the header's size keeps their alignment.
        unsafe {
            &mut *(&raw mut (*self.0).bytes)
                .cast::<u8>()
                .add(HEADER_SIZE)
                .cast::<B>()
        }
    }

    /// Sets bits of [`flag`].
    #[inline(always)]
    pub fn mark(&self, flags: u32) {
        // SAFETY: this place belongs to this program until `end`.
        unsafe { (*self.0).flags |= flags };
    }

    /// Where the next section begins.
    #[inline(always)]
    pub fn cursor(&self) -> usize {
        // SAFETY: as for `mark`. verifier: the mask bounds what came from memory.
        (unsafe { (*self.0).length } & (RECORD_MAX as u32 - 8)) as usize
    }

    /// The address of a byte of the record.
    #[inline(always)]
    pub fn at(&self, offset: usize) -> *mut u8 {
        // SAFETY: callers pass a cursor, or a cursor and a section header: `tail` lies behind.
        unsafe { (&raw mut (*self.0).bytes).cast::<u8>().add(offset) }
    }

    /// Whether a section of that many bytes still fits; marks the record where it does not.
    #[inline(always)]
    pub fn fits(&self, bytes: usize) -> bool {
        let fits = self.cursor() + SECTION_HEADER_SIZE + bytes < RECORD_MAX - 8;
        if !fits {
            self.mark(flag::INCOMPLETE);
        }
        fits
    }

    /// Ends the section that begins at the cursor.
    #[inline(always)]
    pub fn close(&self, tag: Tag, flags: u16, length: u32) {
        let header = SectionHeader {
            tag: tag as u16,
            flags,
            length,
        };
        // SAFETY: the cursor is a multiple of eight inside `bytes`.
        unsafe { self.at(self.cursor()).cast::<SectionHeader>().write(header) };
        let after = self.cursor() as u32 + SECTION_HEADER_SIZE as u32 + ((length + 7) & !7);
        // SAFETY: as for `mark`.
        unsafe { (*self.0).length = after };
        if flags != 0 {
            self.mark(flag::INCOMPLETE);
        }
    }

    /// Adds a section of plain numbers, which `fill` has to write whole; they are zero before.
    #[inline(always)]
    pub fn numbers<T: Default>(&self, tag: Tag, fill: impl FnOnce(&mut T)) {
        if !self.fits(size_of::<T>()) {
            return;
        }
        let place = self.at(self.cursor() + SECTION_HEADER_SIZE).cast::<T>();
        // SAFETY: a cursor and a section header are a multiple of eight inside the scratch, with
        // `tail` behind; `T` has no stricter alignment, and is written before it is referred to.
        unsafe {
            place.write(T::default());
            fill(&mut *place);
        }
        self.close(tag, 0, size_of::<T>() as u32);
    }

    /// Adds a string of the caller's. What it says is the caller's claim.
    #[inline(always)]
    pub fn user_string<const LIMIT: usize>(&self, tag: Tag, address: u64) {
        if address == 0 || !self.fits(LIMIT) {
            return;
        }
        let text = self.at(self.cursor() + SECTION_HEADER_SIZE);
        // SAFETY: `LIMIT` bytes lie behind every cursor (`tail`); the helper checks the address.
        let got = unsafe {
            bpf_probe_read_user_str(
                text.cast::<c_void>(),
                LIMIT as u32,
                address as *const c_void,
            )
        };
        self.close_string(tag, got, LIMIT);
    }

    /// Adds a string of the kernel's.
    #[inline(always)]
    pub fn kernel_string<const LIMIT: usize>(&self, tag: Tag, address: Address) {
        if address.is_null() || !self.fits(LIMIT) {
            return;
        }
        let text = self.at(self.cursor() + SECTION_HEADER_SIZE);
        // SAFETY: as for `user_string`.
        let got = unsafe {
            bpf_probe_read_kernel_str(
                text.cast::<c_void>(),
                LIMIT as u32,
                address.cast::<c_void>(),
            )
        };
        self.close_string(tag, got, LIMIT);
    }

    /// Adds bytes of the caller's, as many as there are up to the limit.
    #[inline(always)]
    pub fn user_bytes<const LIMIT: usize>(&self, tag: Tag, address: u64, available: u64) {
        if self.fits(LIMIT) {
            self.copy_user::<LIMIT>(self.cursor(), tag, address, available);
        }
    }

    /// Adds bytes of the caller's as the first section behind a body of type `B`. The limit may be
    /// longer than [`CHUNK_MAX`].
    #[inline(always)]
    pub fn first_user_bytes<B, const LIMIT: usize>(&self, tag: Tag, address: u64, available: u64) {
        const { assert!(HEADER_SIZE + size_of::<B>() + SECTION_HEADER_SIZE + LIMIT < RECORD_MAX) };
        // verifier: an offset that is a constant needs no room behind the record.
        self.copy_user::<LIMIT>(HEADER_SIZE + size_of::<B>(), tag, address, available);
    }

    #[inline(always)]
    fn copy_user<const LIMIT: usize>(&self, at: usize, tag: Tag, address: u64, available: u64) {
        if available == 0 || address == 0 {
            return;
        }
        let cut = available > LIMIT as u64;
        let length = if cut { LIMIT as u64 } else { available };
        let text = self.at(at + SECTION_HEADER_SIZE);
        // SAFETY: `LIMIT` bytes lie behind `at`: a constant checked by the caller, or a cursor with
        // `tail` behind it. `length` is at most `LIMIT`; the helper checks the address.
        let failed = unsafe {
            bpf_probe_read_user(
                text.cast::<c_void>(),
                length as u32,
                address as *const c_void,
            )
        } < 0;
        if failed {
            self.close(tag, section_flag::UNREADABLE, 0);
        } else {
            self.close(
                tag,
                if cut { section_flag::TRUNCATED } else { 0 },
                length as u32,
            );
        }
    }

    #[inline(always)]
    fn close_string(&self, tag: Tag, got: i64, limit: usize) {
        if got <= 0 {
            self.close(tag, section_flag::UNREADABLE, 0);
            return;
        }
        // The helpers count the final NUL, which a cut string has too.
        let cut = got as usize >= limit;
        let length = if cut {
            limit as u32 - 1
        } else {
            got as u32 - 1
        };
        self.close(tag, if cut { section_flag::TRUNCATED } else { 0 }, length);
    }
}

/// Takes a free place of this CPU; [`NONE`] where there is none. A function that the verifier looks at
/// once and not at each call, nor at what follows for each place.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn take_slot() -> u32 {
    // SAFETY: the helper has no precondition.
    let cpu = unsafe { bpf_get_smp_processor_id() } as u32;
    let mut at = 0;
    while at < SLOTS {
        let slot = cpu * SLOTS + at;
        if let Some(scratch) = SCRATCH.get_ptr_mut(slot) {
            // SAFETY: the entry of an array stays mapped while the program runs.
            if tier::take(unsafe { &raw mut (*scratch).taken }) {
                return slot;
            }
        }
        at += 1;
    }
    NONE
}
