//! Programs of types that the sensor does not use yet. They count their runs and do nothing else:
//! only `doctor` loads them, to see whether this kernel lets them run. A kernel may load and attach
//! a program that it then never calls.

use aya_ebpf::btf_maps::Array;
use aya_ebpf::macros::{btf_map, fentry, lsm};
use aya_ebpf::programs::{FEntryContext, LsmContext};
use detector_common::state::{PROBES, Probe};

/// How often each ran. Runs on two CPUs at once may count as one: what matters is whether any did.
#[btf_map]
pub static PROBE_RUNS: Array<u64, { PROBES as usize }> = Array::new();

/// Runs when a file is opened, where security modules are asked. It objects to nothing.
#[lsm(hook = "file_open")]
pub fn probe_lsm(_: LsmContext) -> i32 {
    ran(Probe::Lsm);
    0
}

/// Runs when the kernel enters the function that asks security modules about an open.
#[fentry(function = "security_file_open")]
pub fn probe_fentry(_: FEntryContext) -> i32 {
    ran(Probe::Fentry);
    0
}

#[inline(always)]
fn ran(probe: Probe) {
    if let Some(runs) = PROBE_RUNS.get_ptr_mut(probe as u32) {
        // SAFETY: the entry of an array stays mapped while the program runs.
        unsafe { *runs += 1 };
    }
}
