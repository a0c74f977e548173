//! A request to an io_uring: what it asks for, and what is remembered of it until it ends.

use core::ffi::c_void;
use core::ptr;

use aya_ebpf::helpers::generated::bpf_probe_read_kernel_str;
use detector_common::call;
use detector_common::interest::want;
use detector_common::record::{ActBody, Lane, Object};
use detector_common::ring::OPERATION_LIMIT;
use detector_common::section::CLAIM_MAX;
use detector_common::state::Cause;

use crate::acts::act::Pending;
use crate::acts::file::Name;
use crate::facts::task::Task;
use crate::kernel::{Address, constant, follow, is_error, offset, present, read};
use crate::maps::{LAST, NOTE, OTHERS, REQUESTS};
use crate::record::Record;
use crate::record::account::lose;
use crate::record::emit::Doer;
use crate::watch::watched::Watched;

/// `IOSQE_CQE_SKIP_SUCCESS` of include/uapi/linux/io_uring.h; a request's flags begin with the entry's.
const SILENT: u32 = 1 << 6;

/// `IORING_SETUP_DEFER_TASKRUN`: ends wait until the thread that made the ring fetches them.
const DEFERS: u32 = 1 << 13;

/// `IORING_FILE_INDEX_ALLOC`: any place of the ring's table, told by the result.
const ANY_PLACE: u32 = u32::MAX;

/// The number of the call that each request equals, written by user space before load.
#[unsafe(no_mangle)]
static REQUEST_CALLS: [u16; OPERATION_LIMIT] = [0; OPERATION_LIMIT];

/// What is remembered of a request until it ends.
#[repr(C)]
pub struct Note {
    /// Who submitted it: it may end in anybody's context.
    pub who: Doer,
    /// Its flags at that moment.
    flags: u32,
    /// Not 0 once it was told of.
    pub told: u32,
    /// The name, as the kernel took it.
    name: [u8; CLAIM_MAX],
}

/// A `struct io_kiocb`.
#[derive(Clone, Copy)]
pub struct Request(pub Address);

impl Request {
    /// The number of the call that it equals; 0 for one that is of no interest.
    #[inline(always)]
    pub fn call(self) -> u32 {
        let operation = read::<u8>(self.0, offset!(io_kiocb_opcode)) as usize;
        if operation >= OPERATION_LIMIT {
            return 0;
        }
        let entry = (&raw const REQUEST_CALLS).cast::<u16>();
        // SAFETY: the number was compared with the table's length.
        u32::from(constant(unsafe {
            entry.add(operation & (OPERATION_LIMIT - 1))
        }))
    }

    /// Whether its end may never be heard of: it is told to nobody if it succeeds, or waits for a
    /// thread that need not fetch it.
    #[inline(always)]
    pub fn may_end_unheard(self) -> bool {
        if self.flags() & SILENT != 0 {
            return true;
        }
        let ring = follow(self.0, offset!(io_kiocb_ctx));
        let flags = offset!(io_ring_ctx_flags);
        present(flags) && read::<u32>(ring, flags) & DEFERS != 0
    }

    /// Whether the kernel could not even take the name of an open, so that it was never submitted
    /// (`getname` in `__io_openat_prep` of io_uring/openclose.c).
    #[inline(always)]
    fn has_no_name(self) -> bool {
        follow(self.0, offset!(io_open_filename)).is_null()
    }

    /// The file that an open has led to. Null where this kernel does not let it be found.
    #[inline(always)]
    pub fn file(self, task: Task, result: i64) -> Address {
        let place: u32 = read(self.0, offset!(io_open_file_slot));
        if place == 0 {
            return task.file(result as u64);
        }
        let nodes = offset!(io_ring_ctx_nodes);
        if !present(nodes) || !present(offset!(io_rsrc_node_file_ptr)) {
            return ptr::null();
        }
        let at = if place == ANY_PLACE {
            result as u32
        } else {
            place - 1
        };
        let table = follow(follow(self.0, offset!(io_kiocb_ctx)), nodes);
        let node = follow(table.wrapping_add(at as usize * size_of::<usize>()), 0);
        let file: u64 = read(node, offset!(io_rsrc_node_file_ptr));
        // What the kernel keeps of the file's modes stands in the lowest bits.
        (file & !7) as Address
    }

    #[inline(always)]
    fn flags(self) -> u32 {
        read(self.0, offset!(io_kiocb_flags))
    }

    /// The descriptor, if the thread that submitted it has carried it out already, although its end
    /// is yet to come. Then it has lost the mark that something is to be cleaned up; what goes to a
    /// worker, or fails, gets marks.
    #[inline(always)]
    pub fn carried_out(self, note: &Note) -> Option<i64> {
        let flags = self.flags();
        let carried_out = flags != note.flags && flags & !note.flags == 0;
        let result: i32 = read(self.0, offset!(io_kiocb_res));
        (carried_out && result >= 0).then_some(i64::from(result))
    }

    /// Whether a worker has carried it out.
    #[inline(always)]
    pub fn was_passed_on(self, note: &Note) -> bool {
        self.flags() & !note.flags != 0
    }

    /// Begins the record of an open, with the arguments of openat2 and the place in the ring's table
    /// behind them.
    #[inline(always)]
    pub fn begin_open(self, pending: &Pending) -> Option<Record> {
        let mut record = Record::begin::<ActBody>(Lane::Volume)?;
        let body = record.body::<ActBody>();
        body.call.result = pending.result;
        body.call.number = pending.number;
        body.call.reserved = 0;
        body.call.args[0] = u64::from(read::<u32>(self.0, offset!(io_open_dfd)));
        body.call.args[1] = 0;
        body.call.args[2] = read(self.0, offset!(io_open_how_flags));
        body.call.args[3] = read(self.0, offset!(io_open_how_mode));
        body.call.args[4] = read(self.0, offset!(io_open_how_resolve));
        body.call.args[5] = u64::from(read::<u32>(self.0, offset!(io_open_file_slot)));
        body.object = Object::default();
        Some(record)
    }

    /// Keeps the name of an open and who asks.
    #[inline(always)]
    pub fn remember(self, tid: u32, watched: &Watched) {
        self.keep(follow(self.0, offset!(io_open_filename)), watched);
        let _ = LAST.insert(tid, self.0 as u64, 0);
    }

    /// Keeps a name, given as the kernel's copy of it, and who asks.
    #[inline(always)]
    pub fn keep(self, filename: Address, watched: &Watched) {
        let Some(note) = NOTE.get_ptr_mut(0) else {
            return;
        };
        let name = text(filename);
        // SAFETY: this CPU's own slot, and no other program that uses it can come between; the
        // helper checks the address and writes no more than the name's room.
        unsafe {
            (*note).who = Doer::current(watched);
            (*note).flags = self.flags();
            (*note).told = 0;
            let room = (&raw mut (*note).name).cast::<c_void>();
            if bpf_probe_read_kernel_str(room, CLAIM_MAX as u32, name.cast::<c_void>()) < 0 {
                (*note).name[0] = 0;
            }
            let _ = REQUESTS.insert(self.0 as u64, &*note, 0);
        }
    }

    /// What was noted when it was submitted.
    #[inline(always)]
    pub fn note(self) -> Option<&'static mut Note> {
        let note = REQUESTS.get_ptr_mut(self.0 as u64)?;
        // SAFETY: the entry stays mapped while the program runs.
        Some(unsafe { &mut *note })
    }

    /// The name that was noted.
    #[inline(always)]
    pub fn name(self) -> Name {
        match self.note() {
            Some(note) => Name::Kernels((&raw const note.name).cast()),
            None => {
                if !self.has_no_name() {
                    lose(Lane::Volume, Cause::RequestForgotten);
                }
                Name::Kernels(ptr::null())
            }
        }
    }

    /// It has ended: its memory may be another request's from now on.
    #[inline(always)]
    pub fn forget(self) {
        let _ = REQUESTS.remove(self.0 as u64);
        let _ = OTHERS.remove(self.0 as u64);
    }
}

/// The text of a kernel's copy of a name; null where it has none.
#[inline(always)]
pub fn text(filename: Address) -> Address {
    if is_error(filename) {
        ptr::null()
    } else {
        follow(filename, offset!(filename_name))
    }
}

/// The open that a thread submitted last, once.
#[inline(always)]
pub fn take_last(tid: u32) -> Option<Request> {
    let last = LAST.get_ptr(tid)?;
    // SAFETY: the entry stays mapped while the program runs.
    let last = unsafe { *last };
    let _ = LAST.remove(tid);
    Some(Request(last as Address))
}

/// Whether a request that equals this call acts on names.
#[inline(always)]
pub const fn is_of_names(call: u32) -> bool {
    matches!(
        call,
        call::RENAMEAT2 | call::UNLINKAT | call::MKDIRAT | call::SYMLINKAT | call::LINKAT
    )
}

/// Whether it acts on two.
#[inline(always)]
pub const fn has_two_names(call: u32) -> bool {
    matches!(call, call::RENAMEAT2 | call::SYMLINKAT | call::LINKAT)
}

/// Whether a request that equals this call opens a file.
#[inline(always)]
pub const fn is_open(call: u32) -> bool {
    matches!(call, call::OPENAT | call::OPENAT2)
}

/// Whether opens are asked for at all: a claim stands for whatever may have been opened.
#[inline(always)]
pub const fn are_opens_asked_for(wanted: u8) -> bool {
    wanted & (want::READS | want::WRITES | want::NAMED_READS | want::NAMED_WRITES) != 0
}
