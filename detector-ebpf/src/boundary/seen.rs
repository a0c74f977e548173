//! What a thread was seen as, and what of it has changed.
//!
//! Kept by thread: the kernel has a credential, and so has seccomp a mode, for each. The content is
//! compared, and not the pointers: what overwrites a credential in place leaves its address as it is.

use core::arch::asm;

use detector_common::boundary::{SPACES, Standing, part};

use crate::facts::identity::mount_namespace;
use crate::facts::path::Place;
use crate::facts::task::Task;
use crate::kernel::{Address, follow, offset, present, read};
use crate::tier::load_of_task;

use super::finding::Finding;

/// `PFA_NO_NEW_PRIVS` of include/linux/sched.h: the lowest of the atomic flags.
const NO_NEW_PRIVS: u64 = 1;

/// A thread as it was seen.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Seen {
    /// What user space is told of it.
    pub standing: Standing,
    /// Addresses of the namespaces, in the order of [`part`]. While the thread is in them they are
    /// nobody else's.
    pub spaces: [u64; SPACES],
    /// Its root directory. Compared, never followed.
    pub root: Root,
    /// How often a task of its container had changed a root by then.
    pub root_changes: u64,
    /// What of it was not the container's: bits of [`part`].
    pub outside: u32,
    /// Zero.
    pub reserved: u32,
}

/// A root directory, as addresses.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Root {
    /// Its `struct vfsmount`.
    pub mount: u64,
    /// Its dentry.
    pub dentry: u64,
}

/// Whether a thread is anything else than it was seen as. Asked at every call that is looked at, so
/// all reads are direct.
#[inline(always)]
pub fn differs(task: Task, seen: &Seen) -> bool {
    // SAFETY: the task comes from the kernel as a typed pointer, each further one from such a load,
    // and the offsets are those of these fields.
    unsafe { has_other_credential(task.0, seen) || stands_elsewhere(task.0, seen) }
}

/// # Safety
/// As for [`load_of_task`].
#[inline(always)]
unsafe fn has_other_credential(task: Address, seen: &Seen) -> bool {
    let was = &seen.standing;
    // SAFETY: by the contract of this function.
    unsafe {
        let credential: Address = load_of_task(task, offset!(task_cred));
        let id = |at| load_of_task::<u32>(credential, at);
        let caps = |at, was: u64| {
            // The kernel had two words before 6.3, and one since.
            load_of_task::<u32>(credential, at) != was as u32
                || load_of_task::<u32>(credential, at + 4) != (was >> 32) as u32
        };
        if id(offset!(cred_uid)) != was.ids[0]
            || id(offset!(cred_gid)) != was.ids[1]
            || id(offset!(cred_suid)) != was.ids[2]
            || id(offset!(cred_sgid)) != was.ids[3]
            || id(offset!(cred_euid)) != was.ids[4]
            || id(offset!(cred_egid)) != was.ids[5]
            || id(offset!(cred_fsuid)) != was.ids[6]
            || id(offset!(cred_fsgid)) != was.ids[7]
            || id(offset!(cred_securebits)) != was.securebits
        {
            return true;
        }
        if caps(offset!(cred_cap_inheritable), was.caps[0])
            || caps(offset!(cred_cap_permitted), was.caps[1])
            || caps(offset!(cred_cap_effective), was.caps[2])
            || caps(offset!(cred_cap_bset), was.caps[3])
            || caps(offset!(cred_cap_ambient), was.caps[4])
        {
            return true;
        }
        if present(offset!(task_seccomp_mode))
            && load_of_task::<u32>(task, offset!(task_seccomp_mode)) != was.seccomp
        {
            return true;
        }
        let flags: u64 = load_of_task(task, offset!(task_atomic_flags));
        if (flags & NO_NEW_PRIVS) as u32 != was.no_new_privs {
            return true;
        }
        load_of_task::<u64>(credential, offset!(cred_user_ns)) != seen.spaces[0]
    }
}

/// # Safety
/// As for [`load_of_task`].
#[inline(always)]
unsafe fn stands_elsewhere(task: Address, seen: &Seen) -> bool {
    // SAFETY: by the contract of this function.
    unsafe {
        let proxy: Address = load_of_task(task, offset!(task_nsproxy));
        // An exiting task has none.
        if proxy.is_null() {
            return false;
        }
        let fs: Address = load_of_task(task, offset!(task_fs));
        if fs.is_null() {
            return false;
        }
        is_other(proxy, offset!(nsproxy_mnt_ns), seen.spaces[1])
            || is_other(proxy, offset!(nsproxy_pid_ns_for_children), seen.spaces[2])
            || is_other(proxy, offset!(nsproxy_net_ns), seen.spaces[3])
            || is_other(proxy, offset!(nsproxy_ipc_ns), seen.spaces[4])
            || is_other(proxy, offset!(nsproxy_uts_ns), seen.spaces[5])
            || is_other(proxy, offset!(nsproxy_cgroup_ns), seen.spaces[6])
            || is_other(fs, offset!(fs_root_dentry), seen.root.dentry)
            || is_other(fs, offset!(fs_root_mnt), seen.root.mount)
    }
}

/// # Safety
/// As for [`load_of_task`].
#[inline(always)]
unsafe fn is_other(base: Address, at: u32, was: u64) -> bool {
    // SAFETY: by the contract of this function.
    let is = unsafe { load_of_task::<u64>(base, at) };
    // verifier: pointers may be compared and nothing else. Between two comparisons stands what the
    // compiler cannot see through, or it would make one of several by arithmetic.
    // SAFETY: no instruction at all.
    unsafe { asm!("") };
    is != was
}

/// Looks at a thread as it is now. Not at its working directory.
#[inline(never)]
pub fn look(task: Task, into: &mut Seen) {
    let credential = follow(task.0, offset!(task_cred));
    let proxy = follow(task.0, offset!(task_nsproxy));
    let standing = &mut into.standing;
    // The eight ids stand one behind the other since 2.6.29; the resolver asserts it.
    standing.ids = read(credential, offset!(cred_uid));
    standing.caps = [
        read(credential, offset!(cred_cap_inheritable)),
        read(credential, offset!(cred_cap_permitted)),
        read(credential, offset!(cred_cap_effective)),
        read(credential, offset!(cred_cap_bset)),
        read(credential, offset!(cred_cap_ambient)),
    ];
    standing.securebits = read(credential, offset!(cred_securebits));
    standing.seccomp = if present(offset!(task_seccomp_mode)) {
        read(task.0, offset!(task_seccomp_mode))
    } else {
        0
    };
    let flags: u64 = read(task.0, offset!(task_atomic_flags));
    standing.no_new_privs = (flags & NO_NEW_PRIVS) as u32;
    let user = follow(credential, offset!(cred_user_ns));
    standing.user_ns_level = read(user, offset!(user_namespace_level));
    into.spaces = [
        user as u64,
        read(proxy, offset!(nsproxy_mnt_ns)),
        read(proxy, offset!(nsproxy_pid_ns_for_children)),
        read(proxy, offset!(nsproxy_net_ns)),
        read(proxy, offset!(nsproxy_ipc_ns)),
        read(proxy, offset!(nsproxy_uts_ns)),
        read(proxy, offset!(nsproxy_cgroup_ns)),
    ];
    number_spaces(into);
    let root = task.root();
    into.root = Root {
        mount: root.mount as u64,
        dentry: root.dentry as u64,
    };
    into.standing.root_mount_ns = namespace_number(&root);
    let inode = follow(root.dentry, offset!(dentry_d_inode));
    into.standing.root_inode = read(inode, offset!(inode_i_ino));
    into.standing.cwd_mount_ns = 0;
    into.standing.reserved = 0;
    into.root_changes = 0;
    into.outside = 0;
    into.reserved = 0;
}

/// Writes the numbers of the namespaces beside their addresses.
#[inline(always)]
fn number_spaces(seen: &mut Seen) {
    let at = [
        offset!(user_namespace_inum),
        offset!(mnt_namespace_inum),
        offset!(pid_namespace_inum),
        offset!(net_inum),
        offset!(ipc_namespace_inum),
        offset!(uts_namespace_inum),
        offset!(cgroup_namespace_inum),
    ];
    let numbers = &mut seen.standing.spaces;
    numbers[0] = read(seen.spaces[0] as Address, at[0]);
    numbers[1] = read(seen.spaces[1] as Address, at[1]);
    numbers[2] = read(seen.spaces[2] as Address, at[2]);
    numbers[3] = read(seen.spaces[3] as Address, at[3]);
    numbers[4] = read(seen.spaces[4] as Address, at[4]);
    numbers[5] = read(seen.spaces[5] as Address, at[5]);
    numbers[6] = read(seen.spaces[6] as Address, at[6]);
}

/// Number of the mount namespace that a directory's mount belongs to; 0 where it has none.
#[inline(always)]
pub fn namespace_number(place: &Place) -> u32 {
    let namespace = mount_namespace(place);
    read(namespace, offset!(mnt_namespace_inum))
}

/// Notes what is other than before: bits of [`part`]. Filters that were only tightened do not count.
#[inline(always)]
pub fn compare(before: &Seen, now: &Seen, finding: &mut Finding) {
    let (was, is) = (&before.standing, &now.standing);
    finding.changes(before.spaces[0] != now.spaces[0], part::USER);
    finding.changes(before.spaces[1] != now.spaces[1], part::MNT);
    finding.changes(before.spaces[2] != now.spaces[2], part::PID);
    finding.changes(before.spaces[3] != now.spaces[3], part::NET);
    finding.changes(before.spaces[4] != now.spaces[4], part::IPC);
    finding.changes(before.spaces[5] != now.spaces[5], part::UTS);
    finding.changes(before.spaces[6] != now.spaces[6], part::CGROUP_NS);
    finding.changes(before.root != now.root, part::ROOT);
    let users = |ids: &[u32; 8]| [ids[0], ids[2], ids[4], ids[6]];
    finding.changes(users(&was.ids) != users(&is.ids), part::UIDS);
    let groups = |ids: &[u32; 8]| [ids[1], ids[3], ids[5], ids[7]];
    finding.changes(groups(&was.ids) != groups(&is.ids), part::GIDS);
    let others = |caps: &[u64; 5]| [caps[0], caps[1], caps[2], caps[4]];
    finding.changes(others(&was.caps) != others(&is.caps), part::CAPS);
    finding.changes(was.caps[3] != is.caps[3], part::BOUNDING);
    finding.changes(was.securebits != is.securebits, part::SECUREBITS);
    finding.changes(is.seccomp < was.seccomp, part::SECCOMP);
    finding.changes(is.no_new_privs < was.no_new_privs, part::NO_NEW_PRIVS);
}
