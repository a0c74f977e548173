//! What the two objects do differently: the only file that knows of both.
//!
//! One source makes two objects. The normal one stands on what kernels offer from 6.1 on, the
//! legacy one (feature `legacy`) on what 5.10 has. There, `bpf_get_current_task_btf` is missing, and
//! with it direct loads from the current task, and so is `bpf_loop`: its loops are plain ones, whose
//! body is a function that the verifier looks at once and not at each turn. Atomic exchange and addition
//! with an answer are missing too; there they are not needed.

pub use body::{climb, current_task, load_of_task, next, take, tell_before, walk};

#[cfg(not(feature = "legacy"))]
mod body {
    use core::arch::asm;
    use core::ffi::c_void;

    use aya_ebpf::helpers::generated::{bpf_get_current_task_btf, bpf_loop};
    use detector_common::tier::Tier;

    use crate::acts::before;
    use crate::facts::path::{self, Sheet};
    use crate::kernel::{Address, load};
    use crate::record::Record;
    use crate::watch::{Search, ascend};

    /// The task that runs now.
    #[inline(always)]
    pub fn current_task() -> Address {
        // SAFETY: the helper has no precondition.
        unsafe { bpf_get_current_task_btf() }.cast_const().cast()
    }

    /// A field of the task that runs now.
    ///
    /// # Safety
    /// As for [`load`]; `task` must be [`current_task`]'s answer.
    #[inline(always)]
    pub unsafe fn load_of_task<T: Copy>(task: Address, offset: u32) -> T {
        // SAFETY: by the contract of this function.
        unsafe { load(task, offset) }
    }

    /// Walks upwards from the dentry that a walk was started with.
    #[inline(always)]
    pub fn walk<S: Sheet>(sheet: S) {
        let mut context = sheet;
        // SAFETY: the callback has the signature that the helper calls, and `context` outlives it.
        unsafe {
            bpf_loop(
                Tier::Normal.steps(),
                step::<S> as *mut c_void,
                (&raw mut context).cast::<c_void>(),
                0,
            );
        }
    }

    extern "C" fn step<S: Sheet>(_index: u32, context: *mut S) -> i64 {
        // SAFETY: `context` is what `walk` passed.
        path::step(unsafe { *context })
    }

    /// Adds what was resolved before the act.
    #[inline(always)]
    pub fn tell_before(record: &mut Record) {
        before::tell(record);
    }

    /// Looks for a chosen process among ancestors.
    #[inline(always)]
    pub fn climb(search: &mut Search) {
        // SAFETY: the callback has the signature that the helper calls, and `search` outlives it.
        unsafe {
            bpf_loop(
                Tier::Normal.ancestors(),
                rung as *mut c_void,
                (&raw mut *search).cast::<c_void>(),
                0,
            );
        }
    }

    extern "C" fn rung(_index: u32, search: *mut Search) -> i64 {
        // SAFETY: what `climb` passed.
        ascend(unsafe { &mut *search })
    }

    /// Takes a place that nobody has. In one instruction: another task may preempt this one.
    #[inline(always)]
    pub fn take(taken: *mut u64) -> bool {
        let mut was = 1_u64;
        // SAFETY: a live slot of eight bytes. `core`'s atomics have no exchange on this target.
        unsafe { asm!("{0} = xchg_64({1} + 0, {0})", inout(reg) was, in(reg) taken) };
        was == 0
    }

    /// Counts one up and gives the new count. In one instruction, as [`take`].
    #[inline(always)]
    pub fn next(count: *mut u64) -> u64 {
        let mut was = 1_u64;
        // SAFETY: a live slot of eight bytes.
        unsafe {
            asm!("{0} = atomic_fetch_add((u64 *)({1} + 0), {0})", inout(reg) was, in(reg) count)
        };
        was + 1
    }
}

#[cfg(feature = "legacy")]
mod body {
    use aya_ebpf::helpers::generated::bpf_get_current_task;
    use detector_common::tier::Tier;

    use crate::facts::path;
    use crate::kernel::{Address, read};
    use crate::maps::SCRATCH;
    use crate::record::Record;
    use crate::watch::{Search, ascend};

    /// The task that runs now.
    #[inline(always)]
    pub fn current_task() -> Address {
        // SAFETY: the helper has no precondition.
        unsafe { bpf_get_current_task() as Address }
    }

    /// A field of the task that runs now.
    ///
    /// # Safety
    /// None that is not checked; the other object's is not safe.
    #[inline(always)]
    pub unsafe fn load_of_task<T: Copy>(task: Address, offset: u32) -> T {
        read(task, offset)
    }

    /// Walks upwards from the dentry that a walk was started with.
    #[inline(always)]
    pub fn walk(record: Record) {
        let slot = record.slot();
        let mut steps = 0;
        while steps < Tier::Legacy.steps() {
            if walk_step(slot) != 0 {
                break;
            }
            steps += 1;
        }
    }

    /// A step of the walk in a slot of the scratch memory; 1 when it is over.
    ///
    /// verifier(5.10): a function that is global, and whose argument is a number, is verified once
    /// for all its callers; any other is followed at every call.
    #[unsafe(no_mangle)]
    #[inline(never)]
    pub extern "C" fn walk_step(slot: u32) -> i32 {
        match SCRATCH.get_ptr_mut(slot) {
            Some(scratch) => path::step(Record(scratch)) as i32,
            None => 1,
        }
    }

    /// Nothing is resolved before an act: the programs for it stand on functions that are missing.
    #[inline(always)]
    pub fn tell_before(_: &mut Record) {}

    /// Looks for a chosen process among ancestors.
    #[inline(always)]
    pub fn climb(search: &mut Search) {
        let mut rungs = 0;
        while rungs < Tier::Legacy.ancestors() {
            if ascend(search) != 0 {
                break;
            }
            rungs += 1;
        }
    }

    /// Takes a place that nobody has. No task preempts a program here, and an interrupt between load
    /// and store leaves the place as it found it.
    #[inline(always)]
    pub fn take(taken: *mut u64) -> bool {
        // SAFETY: a live slot of eight bytes; volatile, so that it is not moved.
        unsafe {
            let is_free = taken.read_volatile() == 0;
            if is_free {
                taken.write_volatile(1);
            }
            is_free
        }
    }

    /// Counts one up and gives the new count.
    #[inline(always)]
    pub fn next(count: *mut u64) -> u64 {
        // SAFETY: a live slot of eight bytes.
        unsafe {
            *count += 1;
            *count
        }
    }
}
