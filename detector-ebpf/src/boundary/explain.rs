//! What explains a change: the calls that may change a part, and what an execution may.

use detector_common::boundary::part;
use detector_common::call;

use super::finding::Finding;
use super::seen::Seen;
use crate::kernel::{Address, follow, offset, read};

/// Options of prctl (include/uapi/linux/prctl.h).
const PR_SET_KEEPCAPS: u32 = 8;
const PR_CAPBSET_DROP: u32 = 24;
const PR_SET_SECUREBITS: u32 = 28;
const PR_CAP_AMBIENT: u32 = 47;

/// Of include/uapi/linux/stat.h.
const S_ISUID: u16 = 0o4000;
const S_ISGID: u16 = 0o2000;

/// Flags of clone and unshare (include/uapi/linux/sched.h) and what each changes.
const CLONE_FLAGS: [(u64, u32); 7] = [
    (0x0002_0000, part::MNT | part::ROOT | part::CWD),
    (0x0200_0000, part::CGROUP_NS),
    (0x0400_0000, part::UTS),
    (0x0800_0000, part::IPC),
    (0x1000_0000, USER),
    (0x2000_0000, part::PID),
    (0x4000_0000, part::NET),
];

/// What a new user namespace brings: all capabilities in it, and no securebits.
const USER: u32 = part::USER | part::CAPS | part::BOUNDING | part::SECUREBITS;

/// What a call that succeeded may have changed of its caller.
#[inline(always)]
pub fn by_call(number: u32, first: u64) -> u32 {
    match number {
        call::SETUID | call::SETREUID | call::SETRESUID | call::SETFSUID => part::UIDS | part::CAPS,
        call::SETGID | call::SETREGID | call::SETRESGID | call::SETFSGID => part::GIDS,
        call::CAPSET => part::CAPS,
        call::PRCTL => match first as u32 {
            PR_CAPBSET_DROP => part::BOUNDING,
            PR_SET_KEEPCAPS | PR_SET_SECUREBITS => part::SECUREBITS,
            PR_CAP_AMBIENT => part::CAPS,
            _ => 0,
        },
        call::CHROOT | call::PIVOT_ROOT => part::ROOT,
        call::UNSHARE => by_flags(first),
        // By a descriptor of a process it may be any of them.
        call::SETNS => part::NAMESPACES | part::ROOT | part::CWD | USER,
        _ => 0,
    }
}

/// The namespaces that a call makes, where they changed.
#[inline(always)]
pub fn made_by_call(number: u32, first: u64) -> u32 {
    match number {
        call::UNSHARE => by_flags(first) & part::NAMESPACES,
        _ => 0,
    }
}

/// What making a task with these flags, or unshare, may change.
#[inline(always)]
pub fn by_flags(flags: u64) -> u32 {
    let mut parts = 0;
    for (flag, changes) in CLONE_FLAGS {
        if flags & flag != 0 {
            parts |= changes;
        }
    }
    parts
}

/// Whether a call changes the root directory of others than its caller: of the threads that share
/// it, and pivot_root that of every task which had the old one.
#[inline(always)]
pub fn moves_roots(number: u32) -> bool {
    matches!(
        number,
        call::CHROOT | call::PIVOT_ROOT | call::SETNS | call::UNSHARE
    )
}

/// Notes what of the changes an execution does not explain. It never changes real ids, namespaces,
/// the root or the bounding set, and effective ids only by a file that is marked for that.
#[inline(always)]
pub fn execution(before: &Seen, now: &Seen, binary: Address, finding: &mut Finding) {
    let (was, is) = (&before.standing.ids, &now.standing.ids);
    let file = follow(binary, offset!(linux_binprm_file));
    let mode: u16 = read(follow(file, offset!(file_f_inode)), offset!(inode_i_mode));
    // With binfmt_misc the credential may come from another file than the one that runs in the end.
    let interpreted: u64 = read(binary, offset!(linux_binprm_interp));
    let given: u64 = read(binary, offset!(linux_binprm_filename));
    let by_another = interpreted != given;
    let mut explained = part::CAPS | part::SECUREBITS;
    if was[0] == is[0] && (was[4] == is[4] || mode & S_ISUID != 0 || by_another) {
        explained |= part::UIDS;
    }
    if was[1] == is[1] && (was[5] == is[5] || mode & S_ISGID != 0 || by_another) {
        explained |= part::GIDS;
    }
    finding.unexplained = finding.changed & !explained;
}
