//! Typed reads of kernel structures, by offsets that user space took from this kernel's BTF.
//!
//! A read that fails gives zero, so that a chain of pointers ends in null and null in zero. Callers
//! treat zero as "could not be read" and say so in the record.

pub mod arch;

use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr;

use aya_ebpf::helpers::generated::bpf_probe_read_kernel;
use detector_common::offsets::Offsets;

/// Offsets of kernel structures, written by user space before load and constant from then on.
#[unsafe(no_mangle)]
pub static OFFSETS: Offsets = Offsets::ABSENT;

/// An address in the kernel. Null where it could not be read.
pub type Address = *const u8;

/// A constant that user space wrote before load. Volatile, or the compiler would fold the value that
/// stands in the object file.
#[inline(always)]
pub fn constant<T: Copy>(of: *const T) -> T {
    // SAFETY: every caller passes a pointer into a live static.
    unsafe { ptr::read_volatile(of) }
}

/// The offset of one field.
macro_rules! offset {
    ($field:ident) => {
        $crate::kernel::constant(&raw const $crate::kernel::OFFSETS.$field)
    };
}
pub(crate) use offset;

/// Whether this kernel has the field.
#[inline(always)]
pub fn present(offset: u32) -> bool {
    offset != u32::MAX
}

/// Reads a value at an address that the verifier knows nothing of; zero when that fails.
#[inline(always)]
pub fn read<T: Copy>(base: Address, offset: u32) -> T {
    let mut value = MaybeUninit::<T>::uninit();
    // SAFETY: the helper checks the address and fills the whole of `value`, with zeroes on failure
    // (kernel/trace/bpf_trace.c, bpf_probe_read_kernel_common); all types read here accept zeroes.
    unsafe {
        bpf_probe_read_kernel(
            value.as_mut_ptr().cast::<c_void>(),
            size_of::<T>() as u32,
            base.wrapping_add(offset as usize).cast::<c_void>(),
        );
        value.assume_init()
    }
}

/// Follows a pointer.
#[inline(always)]
pub fn follow(base: Address, offset: u32) -> Address {
    if base.is_null() {
        ptr::null()
    } else {
        read::<usize>(base, offset) as Address
    }
}

/// Loads a value directly through a pointer whose type the verifier knows.
///
/// # Safety
/// `base` must come from a tracepoint's argument, from `bpf_get_current_task_btf` or from another
/// such load, and `offset` must be that of a field of type `T`: the verifier checks the first, the
/// resolver of user space the second.
#[inline(always)]
pub unsafe fn load<T: Copy>(base: Address, offset: u32) -> T {
    // SAFETY: by the contract of this function; the kernel makes a fault read as zero. Volatile, or
    // the compiler would make one load of two neighbours, which the verifier refuses.
    unsafe { ptr::read_volatile(base.add(offset as usize).cast::<T>()) }
}

/// Whether fields are loaded directly where the verifier knows a pointer's type: many times cheaper
/// than the helper. Where it does not know even the current task's, this is false.
const DIRECT: bool = !cfg!(feature = "legacy");

/// A pointer whose type the verifier knows. It loses the type where it passes through memory of a
/// map, and where an address is computed.
#[derive(Clone, Copy)]
pub struct Typed(Address);

impl Typed {
    /// A pointer from a tracepoint's argument or from `bpf_get_current_task_btf`, in a program where
    /// the verifier can see that.
    #[inline(always)]
    pub const fn of(pointer: Address) -> Self {
        Self(pointer)
    }

    /// Loads a pointer to a structure.
    #[inline(always)]
    pub fn follow(self, offset: u32) -> Self {
        Self(self.address(offset))
    }

    /// Loads a pointer that nothing is loaded through.
    #[inline(always)]
    pub fn address(self, offset: u32) -> Address {
        self.load::<usize>(offset) as Address
    }

    /// Loads a field of four bytes.
    #[inline(always)]
    pub fn word(self, offset: u32) -> u32 {
        self.load(offset)
    }

    /// Loads a field of eight bytes.
    #[inline(always)]
    pub fn long(self, offset: u32) -> u64 {
        self.load(offset)
    }

    /// Loads a field of eight bytes that is an array or a structure of four: the verifier wants each
    /// loaded for itself.
    #[inline(always)]
    pub fn pair(self, offset: u32) -> u64 {
        u64::from(self.word(offset)) | u64::from(self.word(offset + 4)) << 32
    }

    #[inline(always)]
    fn load<T: Copy>(self, offset: u32) -> T {
        if DIRECT {
            // SAFETY: by what `of` asks for, and `follow` keeps; the verifier refuses anything else.
            unsafe { load(self.0, offset) }
        } else {
            read(self.0, offset)
        }
    }
}

/// Whether a kernel pointer is one of the error values.
#[inline(always)]
pub fn is_error(address: Address) -> bool {
    address as usize >= usize::MAX - 4094
}
