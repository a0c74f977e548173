//! What explains a change: the calls that may change a part, and what an execution may. A call does
//! not explain what it cannot have given to a task that was as it was seen.

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

/// Of include/uapi/linux/capability.h, as bits of a set.
const CAP_SETGID: u64 = 1 << 6;
const CAP_SETUID: u64 = 1 << 7;

/// The one of the securebits that an execution clears (include/uapi/linux/securebits.h).
const SECBIT_KEEP_CAPS: u32 = 1 << 4;

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

/// Notes what no call gives, whichever was made: the bounding set grows by none, and other sets only
/// within what was permitted (`cap_capset`, `cap_task_prctl` and `cap_emulate_setxuid` of
/// security/commoncap.c). Without the capability for it, users and groups are only exchanged among
/// those that the task has (kernel/sys.c). A new user namespace brings capabilities of its own.
#[inline(always)]
pub fn refute(before: &Seen, now: &Seen, finding: &mut Finding) {
    if finding.changed & part::USER != 0 {
        return;
    }
    let (was, is) = (&before.standing, &now.standing);
    let [inheritable, permitted, effective, bounding, ambient] = was.caps;
    let gained = is.caps[0] & !(inheritable | permitted | bounding)
        | is.caps[1] & !permitted
        | is.caps[2] & !(effective | permitted)
        | is.caps[4] & !(ambient | permitted & inheritable);
    finding.refutes(gained != 0, part::CAPS);
    finding.refutes(is.caps[3] & !bounding != 0, part::BOUNDING);
    // Real, saved, effective and that for files, of users and of groups in turn.
    let (was, is) = (&was.ids, &is.ids);
    if effective & CAP_SETUID == 0 {
        for id in [is[0], is[2], is[4], is[6]] {
            let had = id == was[0] || id == was[2] || id == was[4] || id == was[6];
            finding.refutes(!had, part::UIDS);
        }
    }
    if effective & CAP_SETGID == 0 {
        for id in [is[1], is[3], is[5], is[7]] {
            let had = id == was[1] || id == was[3] || id == was[5] || id == was[7];
            finding.refutes(!had, part::GIDS);
        }
    }
}

/// Notes what of the changes an execution does not explain. It never changes real ids, namespaces,
/// the root, the bounding and the inheritable set, and effective ids only by a file that is marked
/// for that. Capabilities come from the bounding set, or from those that are inherited
/// (`cap_bprm_creds_from_file` of security/commoncap.c).
#[inline(always)]
pub fn execution(before: &Seen, now: &Seen, binary: Address, finding: &mut Finding) {
    let (was, is) = (&before.standing.ids, &now.standing.ids);
    let file = follow(binary, offset!(linux_binprm_file));
    let mode: u16 = read(follow(file, offset!(file_f_inode)), offset!(inode_i_mode));
    // With binfmt_misc the credential may come from another file than the one that runs in the end.
    let interpreted: u64 = read(binary, offset!(linux_binprm_interp));
    let given: u64 = read(binary, offset!(linux_binprm_filename));
    let by_another = interpreted != given;
    // Where it may give no privilege (no_new_privs, a tracer), kernels take effective ids back to the
    // real ones, without any such mark. Seen on 6.1.
    let marked = |mark: u16| mode & mark != 0 || by_another;
    let mut explained = 0;
    if was[0] == is[0] && (is[4] == was[4] || is[4] == was[0] || marked(S_ISUID)) {
        explained |= part::UIDS;
    }
    if was[1] == is[1] && (is[5] == was[5] || is[5] == was[1] || marked(S_ISGID)) {
        explained |= part::GIDS;
    }
    let (was, is) = (&before.standing, &now.standing);
    let [inheritable, _, _, bounding, ambient] = was.caps;
    let gained = is.caps[1] & !(bounding | inheritable | ambient) | is.caps[4] & !ambient;
    if is.caps[0] == inheritable && gained == 0 {
        explained |= part::CAPS;
    }
    if is.securebits == was.securebits & !SECBIT_KEEP_CAPS {
        explained |= part::SECUREBITS;
    }
    finding.unexplained = finding.changed & !explained;
}
