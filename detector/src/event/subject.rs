//! Who acted: credential, namespaces and executable of a task at the moment of the record.

use detector_common::record;

use super::id::{CgroupId, Device, NamespaceId};
use super::object::FileSystem;
use super::render;

/// A task as it was when the record was written; for a call, after the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Users and groups, in the initial user namespace.
    pub ids: Ids,
    /// Effective capabilities. They count only within the user namespace.
    pub cap_effective: Capabilities,
    /// Permitted capabilities.
    pub cap_permitted: Capabilities,
    /// The bounding set.
    pub cap_bounding: Capabilities,
    /// Its namespaces.
    pub namespaces: Namespaces,
    /// Nesting depth of the user namespace; the initial one is 0.
    pub user_ns_level: u32,
    /// The process id in its own pid namespace.
    pub vpid: Option<u32>,
    /// The cgroup that it is in now, which need not be the one by which it is watched.
    pub cgroup: CgroupId,
    /// The executable; `None` for a kernel thread.
    pub exe: Option<ExeIdentity>,
    /// The user of the login session; `None` where unset.
    pub loginuid: Option<u32>,
    /// Whether system calls are filtered.
    pub seccomp: Seccomp,
}

/// Real, saved, effective and file-system user and group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "the names are those of the kernel's struct cred"
)]
pub struct Ids {
    pub uid: u32,
    pub gid: u32,
    pub suid: u32,
    pub sgid: u32,
    pub euid: u32,
    pub egid: u32,
    pub fsuid: u32,
    pub fsgid: u32,
}

/// A set of capabilities, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Capabilities(pub u64);

impl Capabilities {
    /// The names, parted by blanks: `CAP_CHOWN CAP_SYS_ADMIN`.
    pub fn names(self) -> String {
        render::capabilities(self.0)
    }

    /// Whether a capability is in the set, by its number of include/uapi/linux/capability.h.
    pub fn contains(self, number: u32) -> bool {
        self.0.checked_shr(number).is_some_and(|rest| rest & 1 == 1)
    }
}

/// Numbers of a task's namespaces; `None` where one could not be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Namespaces {
    /// Mount namespace.
    pub mnt: Option<NamespaceId>,
    /// Pid namespace for children, which for a task that did not unshare is its own.
    pub pid: Option<NamespaceId>,
    /// User namespace of the credential.
    pub user: Option<NamespaceId>,
    /// Network namespace.
    pub net: Option<NamespaceId>,
    /// Cgroup namespace.
    pub cgroup: Option<NamespaceId>,
    /// Ipc namespace.
    pub ipc: Option<NamespaceId>,
}

/// Which file a task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExeIdentity {
    /// Inode number.
    pub inode: u64,
    /// Its file system's device.
    pub device: Device,
    /// Its file system's type.
    pub file_system: FileSystem,
}

/// How a task's system calls are filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Seccomp {
    /// Not at all, or the kernel does not say.
    Off,
    /// All but read, write, exit and sigreturn are forbidden.
    Strict,
    /// By a program.
    Filter,
}

impl Subject {
    pub(super) fn new(raw: &record::Subject) -> Self {
        let exe = ExeIdentity {
            inode: raw.exe_inode,
            device: Device::from_kernel(raw.exe_device),
            file_system: FileSystem(raw.exe_magic),
        };
        Self {
            ids: Ids::new(raw.ids),
            cap_effective: Capabilities(raw.cap_effective),
            cap_permitted: Capabilities(raw.cap_permitted),
            cap_bounding: Capabilities(raw.cap_bounding),
            namespaces: Namespaces::new(raw.namespaces),
            user_ns_level: raw.user_ns_level,
            vpid: (raw.vpid != 0).then_some(raw.vpid),
            cgroup: CgroupId(raw.cgroup),
            exe: (raw.exe_inode != 0).then_some(exe),
            loginuid: (raw.loginuid != u32::MAX).then_some(raw.loginuid),
            seccomp: Seccomp::new(raw.seccomp),
        }
    }
}

impl Ids {
    pub(super) fn new([uid, gid, suid, sgid, euid, egid, fsuid, fsgid]: [u32; 8]) -> Self {
        Self {
            uid,
            gid,
            suid,
            sgid,
            euid,
            egid,
            fsuid,
            fsgid,
        }
    }
}

impl Namespaces {
    fn new(raw: record::Namespaces) -> Self {
        let record::Namespaces {
            mnt,
            pid,
            user,
            net,
            cgroup,
            ipc,
        } = raw;
        Self {
            mnt: NamespaceId::known(mnt),
            pid: NamespaceId::known(pid),
            user: NamespaceId::known(user),
            net: NamespaceId::known(net),
            cgroup: NamespaceId::known(cgroup),
            ipc: NamespaceId::known(ipc),
        }
    }
}

impl Seccomp {
    /// From the numbers of include/uapi/linux/seccomp.h.
    pub(super) fn new(mode: u32) -> Self {
        match mode {
            0 => Self::Off,
            1 => Self::Strict,
            _ => Self::Filter,
        }
    }
}
