//! Requests that act on names: what they ask for, in the order of the family that tells of such acts.

use core::ffi::c_void;
use core::ptr;

use aya_ebpf::helpers::generated::bpf_probe_read_kernel_str;
use detector_common::call;
use detector_common::record::{ActBody, Lane, Object};
use detector_common::section::CLAIM_MAX;

use crate::acts::act::Pending;
use crate::acts::file::Name;
use crate::kernel::{Address, follow, offset, read};
use crate::maps::{OTHER, OTHERS};
use crate::record::Record;
use crate::ring::request::{Request, text};
use crate::watch::watched::Watched;

/// The second name of a request, as the kernel took it.
#[repr(C)]
pub struct Other([u8; CLAIM_MAX]);

impl Request {
    /// Keeps both names of a request and who asks.
    #[inline(always)]
    pub fn remember_names(self, call: u32, watched: &Watched) {
        let (first, second) = self.names_of(call);
        self.keep(first, watched);
        if second.is_null() {
            return;
        }
        let Some(other) = OTHER.get_ptr_mut(0) else {
            return;
        };
        // SAFETY: this CPU's own slot, and no other program that uses it can come between; the helper
        // checks the address and writes no more than the name's room.
        unsafe {
            let room = other.cast::<c_void>();
            if bpf_probe_read_kernel_str(room, CLAIM_MAX as u32, text(second).cast::<c_void>()) < 0
            {
                (*other).0[0] = 0;
            }
            let _ = OTHERS.insert(self.0 as u64, &*other, 0);
        }
    }

    /// Where the kernel has its copies of both names; null for one that there is not. Of a symbolic
    /// link the first is its own, the second what it says.
    #[inline(always)]
    fn names_of(self, call: u32) -> (Address, Address) {
        let at = |offset: u32| follow(self.0, offset);
        match call {
            call::MKDIRAT => (at(offset!(io_mkdir_filename)), ptr::null()),
            call::UNLINKAT => (at(offset!(io_unlink_filename)), ptr::null()),
            call::RENAMEAT2 => (
                at(offset!(io_rename_oldpath)),
                at(offset!(io_rename_newpath)),
            ),
            call::SYMLINKAT => (at(offset!(io_link_newpath)), at(offset!(io_link_oldpath))),
            _ => (at(offset!(io_link_oldpath)), at(offset!(io_link_newpath))),
        }
    }

    /// The second name that was noted.
    #[inline(always)]
    pub fn other_name(self) -> Name {
        let other = OTHERS.get_ptr(self.0 as u64);
        Name::Kernels(other.map_or(ptr::null(), <*const Other>::cast))
    }

    /// Begins the record of an act on names.
    #[inline(always)]
    pub fn begin_names(self, pending: &Pending) -> Option<Record> {
        let mut record = Record::begin::<ActBody>(Lane::Volume)?;
        let body = record.body::<ActBody>();
        body.call.result = pending.result;
        body.call.number = pending.number;
        body.call.reserved = 0;
        body.call.args = self.arguments_of(pending.number);
        body.object = Object::default();
        Some(record)
    }

    /// Its arguments, in the order of `acts::alter`.
    #[inline(always)]
    fn arguments_of(self, call: u32) -> [u64; 6] {
        let word = |offset: u32| u64::from(read::<u32>(self.0, offset));
        match call {
            call::MKDIRAT => {
                let mode = u64::from(read::<u16>(self.0, offset!(io_mkdir_mode)));
                [word(offset!(io_mkdir_dfd)), 0, mode, 0, 0, 0]
            }
            call::UNLINKAT => {
                let flags = word(offset!(io_unlink_flags));
                [word(offset!(io_unlink_dfd)), 0, 0, 0, flags, 0]
            }
            call::RENAMEAT2 => {
                let (old, new) = (
                    word(offset!(io_rename_old_dfd)),
                    word(offset!(io_rename_new_dfd)),
                );
                [old, 0, new, 0, word(offset!(io_rename_flags)), 0]
            }
            call::SYMLINKAT => [word(offset!(io_link_new_dfd)), 0, 0, 0, 0, 0],
            _ => {
                let (old, new) = (
                    word(offset!(io_link_old_dfd)),
                    word(offset!(io_link_new_dfd)),
                );
                [old, 0, new, 0, word(offset!(io_link_flags)), 0]
            }
        }
    }
}
