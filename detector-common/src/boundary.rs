//! The boundary: what a task is and where it stands, and what may become of that.
//!
//! A container's workload begins with a set of namespaces, a root, a credential and filters: its
//! birth set. What it makes of that by its own calls is its own. The sensor compares every task of a
//! workload with what it was seen as before: a step out of the set, and a change that no call
//! explains, are records of their own.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The parts of a [`Standing`]: bits of what changed.
pub mod part {
    /// The user namespace.
    pub const USER: u32 = 1 << 0;
    /// The mount namespace.
    pub const MNT: u32 = 1 << 1;
    /// The pid namespace for children.
    pub const PID: u32 = 1 << 2;
    /// The network namespace.
    pub const NET: u32 = 1 << 3;
    /// The IPC namespace.
    pub const IPC: u32 = 1 << 4;
    /// The UTS namespace.
    pub const UTS: u32 = 1 << 5;
    /// The cgroup namespace.
    pub const CGROUP_NS: u32 = 1 << 6;
    /// The root directory.
    pub const ROOT: u32 = 1 << 7;
    /// The working directory, looked at when a program is executed.
    pub const CWD: u32 = 1 << 8;
    /// The cgroup.
    pub const CGROUP: u32 = 1 << 9;
    /// User ids.
    pub const UIDS: u32 = 1 << 10;
    /// Group ids.
    pub const GIDS: u32 = 1 << 11;
    /// Capabilities other than the bounding set.
    pub const CAPS: u32 = 1 << 12;
    /// The capability bounding set.
    pub const BOUNDING: u32 = 1 << 13;
    /// Securebits.
    pub const SECUREBITS: u32 = 1 << 14;
    /// The seccomp mode, lowered.
    pub const SECCOMP: u32 = 1 << 15;
    /// no_new_privs, cleared.
    pub const NO_NEW_PRIVS: u32 = 1 << 16;

    /// All namespaces.
    pub const NAMESPACES: u32 = USER | MNT | PID | NET | IPC | UTS | CGROUP_NS;

    /// Every part and its name, in the order of the bits.
    pub const NAMES: [(u32, &str); 17] = [
        (USER, "user_ns"),
        (MNT, "mnt_ns"),
        (PID, "pid_ns"),
        (NET, "net_ns"),
        (IPC, "ipc_ns"),
        (UTS, "uts_ns"),
        (CGROUP_NS, "cgroup_ns"),
        (ROOT, "root"),
        (CWD, "cwd"),
        (CGROUP, "cgroup"),
        (UIDS, "uids"),
        (GIDS, "gids"),
        (CAPS, "capabilities"),
        (BOUNDING, "bounding_set"),
        (SECUREBITS, "securebits"),
        (SECCOMP, "seccomp"),
        (NO_NEW_PRIVS, "no_new_privs"),
    ];
}

/// Number of kinds of namespaces in a [`Standing`], in the order of the bits of [`part`].
pub const SPACES: usize = 7;

/// Where a changed part leads, from the harmless to the worst.
pub mod grade {
    /// To what the container was born with or has made itself.
    pub const INSIDE: u32 = 0;
    /// To what is nobody's that is known, and not the container's.
    pub const OUTSIDE: u32 = 1;
    /// To what the container's own was made in.
    pub const ANCESTOR: u32 = 2;
    /// Into another container.
    pub const CONTAINER: u32 = 3;
    /// To the host.
    pub const HOST: u32 = 4;
}

/// By what a change was noticed.
pub mod way {
    /// At the return of a system call.
    pub const CALL: u32 = 0;
    /// When a program was executed.
    pub const EXEC: u32 = 1;
    /// When a task was made.
    pub const TASK_MADE: u32 = 2;
    /// When a task was moved into another cgroup.
    pub const ATTACH: u32 = 3;
    /// When the sensor found the task at its start.
    pub const FOUND: u32 = 4;
    /// How many there are.
    pub const WAYS: u32 = 5;
}

/// What a task is and where it stands.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Standing {
    /// uid, gid, suid, sgid, euid, egid, fsuid, fsgid, in the initial user namespace.
    pub ids: [u32; 8],
    /// Inheritable, permitted, effective, bounding and ambient capabilities, as bits.
    pub caps: [u64; 5],
    /// Numbers of the namespaces, in the order of [`part`].
    pub spaces: [u32; SPACES],
    /// Nesting depth of the user namespace; the initial one is 0.
    pub user_ns_level: u32,
    /// Securebits of the credential.
    pub securebits: u32,
    /// Seccomp mode: 0 off, 1 strict, 2 filter.
    pub seccomp: u32,
    /// 1 with no_new_privs.
    pub no_new_privs: u32,
    /// Number of the mount namespace of the root directory's mount, 0 where it has none.
    pub root_mount_ns: u32,
    /// Inode of the root directory.
    pub root_inode: u64,
    /// Number of the mount namespace of the working directory's mount, told at executions; else 0.
    pub cwd_mount_ns: u32,
    /// Zero.
    pub reserved: u32,
}
