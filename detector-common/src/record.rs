//! The records: one header for all, then a body that the kind determines, then sections.
//!
//! Lengths are checked by [`Header::length`] and by the section headers; nothing here is trusted to
//! be consistent until the decoder of user space has looked.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::boundary::Standing;

/// Version of the layout of this module. A reader understands every version up to its own.
pub const FORMAT: u8 = 1;

/// The longest record that the sensor writes, in bytes.
pub const RECORD_MAX: usize = 64 * 1024;

/// The longest record of the alarm lane, in bytes: a bound keeps room for many of them.
pub const ALARM_MAX: usize = 1024;

/// The lane in which a record travels. Each lane is a ring of its own, so that a flood in one
/// cannot push out what another carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Lane {
    /// Acts that the sensor itself can tell to matter, and cgroups made and removed.
    Alarm = 0,
    /// Tasks made, executions, exits, cgroup attaches.
    LifeCycle = 1,
    /// Everything else.
    Volume = 2,
}

impl Lane {
    /// All lanes, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Alarm, Self::LifeCycle, Self::Volume];

    /// The lane of a number found in a record.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Alarm),
            1 => Some(Self::LifeCycle),
            2 => Some(Self::Volume),
            _ => None,
        }
    }

    /// The name in status, gaps and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alarm => "alarm",
            Self::LifeCycle => "life-cycle",
            Self::Volume => "volume",
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// What a record tells. Numbers are never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum Kind { $($(#[$doc])* $name = $number,)* }

        impl Kind {
            /// All kinds that this version knows.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The kind of a number found in a record; `None` for one that a newer sensor wrote.
            pub const fn from_number(number: u16) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// The name in status and documents.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

kinds! {
    /// A process found at start-up. Body: [`TaskBody`].
    Alive = 1, "alive";
    /// A process (not a thread) was made. Body: [`TaskBody`].
    TaskMade = 2, "task_made";
    /// A program was executed. Body: [`ExecBody`].
    Exec = 3, "exec";
    /// The last thread of a process has gone. Body: [`ExitBody`].
    Exit = 4, "exit";
    /// A task was moved into a watched cgroup. Body: [`TaskBody`].
    Attach = 5, "cgroup_attach";
    /// A cgroup was made. Body: [`CgroupBody`].
    CgroupMade = 6, "cgroup_made";
    /// A cgroup was removed. Body: [`CgroupBody`].
    CgroupRemoved = 7, "cgroup_removed";
    /// open, openat, openat2, creat. Body: [`ActBody`].
    Open = 16, "open";
    /// chdir, fchdir, chroot, pivot_root. Body: [`ActBody`].
    Place = 17, "place";
    /// The mount family, old and new. Body: [`ActBody`].
    Mount = 18, "mount";
    /// setns, unshare. Body: [`ActBody`].
    Namespace = 19, "namespace";
    /// set*uid, set*gid, capset, prctl. Body: [`ActBody`].
    Privilege = 20, "privilege";
    /// bpf, init_module, finit_module, delete_module. Body: [`ActBody`].
    KernelCode = 21, "kernel_code";
    /// connect, and a TCP connection that starts or ends its handshake. Body: [`ConnectBody`].
    Connect = 22, "connect";
    /// dup, dup2, dup3: a standard descriptor that now is an internet socket. Body:
    /// [`ConnectBody`].
    Descriptor = 37, "descriptor";
    /// The detector's own sign of life, in every lane. Body: [`HeartbeatBody`].
    Heartbeat = 32, "heartbeat";
    /// What the detector says of its own sight. It is made in user space and never a record.
    Notice = 33, "notice";
    /// A task of a workload stands elsewhere than before. Body: [`BoundaryBody`].
    Crossing = 28, "boundary_crossing";
    /// A task of a workload is something else than before, and no call explains it. Body:
    /// [`BoundaryBody`].
    Unexplained = 29, "unexplained_change";
    /// ptrace, process_vm_readv, process_vm_writev, pidfd_getfd: another process taken, read or
    /// changed. Body: [`ActBody`].
    Trace = 23, "trace";
    /// A signal to the detector, sent or refused. Body: [`ActBody`].
    Signal = 24, "signal";
    /// The host's clock set or steered. Body: [`ActBody`], arguments in the order of
    /// [`clock_argument`].
    Clock = 25, "clock";
    /// Names, lengths and modes of files changed: unlink, rename, link, symlink, truncate, mkdir,
    /// chmod and their like. Body: [`ActBody`].
    Alter = 26, "alter";
    /// An execution or a new process that the kernel refused. Body: [`ActBody`].
    Refused = 27, "refused";
    /// A watched object was changed; written by user space. Body: [`crate::object::ObjectBody`].
    ObjectChanged = 39, "object_changed";
    /// io_uring_setup. Body: [`ActBody`].
    Ring = 30, "io_uring_setup";
    /// userfaultfd. Body: [`ActBody`].
    Faults = 36, "userfaultfd";
}

/// One more than the highest number of a kind: the size of the per-kind counters.
pub const KIND_LIMIT: u32 = 64;

/// The bits of [`Header::flags`].
pub mod flag {
    /// The call was made through the 32-bit entry.
    pub const COMPAT: u32 = 1 << 0;
    /// Something was cut or could not be read; the sections and objects say what.
    pub const INCOMPLETE: u32 = 1 << 1;
    /// Nobody told of the task although its cgroup is watched; it counts as workload until somebody does.
    pub const MISSED_STATE: u32 = 1 << 2;
    /// A TCP handshake has begun; its result is another record.
    pub const STARTED: u32 = 1 << 3;
    /// The result of a TCP handshake that began earlier.
    pub const RESULT: u32 = 1 << 4;
    /// The task's cgroup was undecided when the record was written.
    pub const UNDECIDED: u32 = 1 << 5;
    /// The task is watched for itself, whatever was decided of its cgroup.
    pub const CHOSEN: u32 = 1 << 6;
    /// The act was made by a request to an io_uring; the call is the one that it equals. With
    /// [`STARTED`], it was only submitted: what became of it is another record, or never told.
    pub const VIA_IO_URING: u32 = 1 << 7;
    /// A signal that reached its target; without it, one that the kernel refused.
    pub const DELIVERED: u32 = 1 << 12;
}

/// Where the arguments of a [`Kind::Clock`] record stand, whichever call it was.
pub mod clock_argument {
    /// `CLOCK_*`.
    pub const CLOCK: usize = 0;
    /// `ADJ_*` bits of what is steered; 0 where the clock is set.
    pub const MODES: usize = 1;
    /// Seconds to which it is set.
    pub const SECONDS: usize = 2;
    /// Nanoseconds to which it is set.
    pub const NANOSECONDS: usize = 3;
    /// Bits of what is known, below.
    pub const KNOWN: usize = 4;
    /// The caller gave a time to set.
    pub const TIME: u64 = 1 << 0;
    /// The caller gave one, and it could be read.
    pub const TIME_READ: u64 = 1 << 1;
    /// The modes could be read.
    pub const MODES_READ: u64 = 1 << 2;
}

/// What every record begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Header {
    /// [`FORMAT`].
    pub format: u8,
    /// A [`Lane`].
    pub lane: u8,
    /// A [`Kind`].
    pub kind: u16,
    /// Bytes of the whole record, header included.
    pub length: u32,
    /// Bits of [`flag`].
    pub flags: u32,
    /// The CPU on which it was written.
    pub cpu: u32,
    /// Counts the records of this CPU and lane from 1, the dropped ones too: a loss is a hole.
    pub sequence: u64,
    /// CLOCK_BOOTTIME, in ns.
    pub time: u64,
    /// The thread, in the initial pid namespace.
    pub tid: u32,
    /// Its thread group: what users call the process id.
    pub tgid: u32,
    /// `start_boottime` of the thread group's leader, in ns: with `tgid` it names the process.
    pub start: u64,
    /// The cgroup by which the task is watched: where it was when it was first tracked. For
    /// untracked tasks the one that it is in. Ids are of the v2 hierarchy.
    pub cgroup: u64,
    /// The kernel's `self_exec_id`. It is inherited at fork and does not start at 0: only
    /// differences count.
    pub exec_count: u32,
    /// A [`crate::state::phase`].
    pub phase: u32,
}

/// Bytes of a [`Header`].
pub const HEADER_SIZE: usize = size_of::<Header>();
const _: () = assert!(HEADER_SIZE == 64);

/// Credential, namespaces and executable of a task at the moment of the record.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Subject {
    /// Real, saved, effective and file-system user and group, in the order of the kernel's
    /// `struct cred`: uid, gid, suid, sgid, euid, egid, fsuid, fsgid. All in the initial user
    /// namespace.
    pub ids: [u32; 8],
    /// Effective capabilities, as bits. They count only within `user_ns`.
    pub cap_effective: u64,
    /// Permitted capabilities, as bits.
    pub cap_permitted: u64,
    /// Bounding set, as bits.
    pub cap_bounding: u64,
    /// Numbers of the namespaces.
    pub namespaces: Namespaces,
    /// Nesting depth of the user namespace; the initial one is 0.
    pub user_ns_level: u32,
    /// The process id within the task's own pid namespace.
    pub vpid: u32,
    /// The cgroup that the task is in now.
    pub cgroup: u64,
    /// The executable.
    pub exe_inode: u64,
    /// Device number of its file system, as the kernel has it inside (major << 20 | minor).
    pub exe_device: u32,
    /// Superblock magic of its file system.
    pub exe_magic: u32,
    /// `loginuid`, or `u32::MAX` where unset or not compiled in.
    pub loginuid: u32,
    /// Seccomp mode: 0 off, 1 strict, 2 filter.
    pub seccomp: u32,
}

/// Inode numbers of a task's namespaces. 0 means that it could not be read.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Namespaces {
    /// Mount namespace.
    pub mnt: u32,
    /// Pid namespace for children, which for a task that did not unshare is its own.
    pub pid: u32,
    /// User namespace of the credential.
    pub user: u32,
    /// Network namespace.
    pub net: u32,
    /// Cgroup namespace.
    pub cgroup: u32,
    /// Ipc namespace.
    pub ipc: u32,
}

/// The bits of [`Object::flags`].
pub mod object_flag {
    /// The object was resolved by the kernel.
    pub const RESOLVED: u32 = 1 << 0;
    /// Its mount belongs to a mount namespace other than the task's.
    pub const OTHER_MOUNT_NS: u32 = 1 << 1;
    /// Its mount belongs to no mount namespace, or to an anonymous one.
    pub const DETACHED: u32 = 1 << 2;
    /// It lies in the upper layer of an overlay.
    pub const UPPER: u32 = 1 << 3;
    /// `UPPER` could be told: the file system is an overlay and the kernel allows the look.
    pub const LAYER_KNOWN: u32 = 1 << 4;
    /// A link count of 0: unlinked, or a memfd.
    pub const UNLINKED: u32 = 1 << 5;
    /// It lives on the kernel's internal mount: memfd, pipe, socket.
    pub const INTERNAL: u32 = 1 << 6;
    /// It does not lie below the directory that its mount shows.
    pub const OUTSIDE_MOUNT: u32 = 1 << 7;
    /// With `OTHER_MOUNT_NS`: that namespace is the container's own.
    pub const OWN_MOUNT_NS: u32 = 1 << 8;
    /// With `OTHER_MOUNT_NS`: that namespace is not the container's. Sensors before told neither.
    pub const FOREIGN_MOUNT_NS: u32 = 1 << 12;
}

/// A file as the kernel resolved it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Object {
    /// Inode number.
    pub inode: u64,
    /// Inode number below an overlay's own, 0 where there is none.
    pub real_inode: u64,
    /// Device number of its file system, as the kernel has it inside (major << 20 | minor).
    pub device: u32,
    /// Superblock magic.
    pub magic: u32,
    /// Type and permission bits (`i_mode`).
    pub mode: u32,
    /// Device number that a device node stands for.
    pub rdev: u32,
    /// Number of the mount namespace of its mount; 0 where it has none.
    pub mount_ns: u32,
    /// Bits of [`object_flag`].
    pub flags: u32,
}

/// A system call as it returned.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Call {
    /// What it returned: negative errno where the kernel refused.
    pub result: i64,
    /// The registers of its arguments. What they point to is the caller's claim.
    pub args: [u64; 6],
    /// A number of [`crate::call`], 32-bit calls mapped to their 64-bit equal.
    pub number: u32,
    /// Zero.
    pub reserved: u32,
}

/// Body of records about an act by system call.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ActBody {
    /// Who.
    pub subject: Subject,
    /// What.
    pub call: Call,
    /// On what, where the call has a file for an object and succeeded.
    pub object: Object,
}

/// Body of [`Kind::Alive`], [`Kind::TaskMade`] and [`Kind::Attach`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct TaskBody {
    /// The task itself (for `TaskMade` the child).
    pub subject: Subject,
    /// Its executable.
    pub exe: Object,
    /// `start_boottime` of the parent's leader.
    pub parent_start: u64,
    /// Clone flags of `TaskMade`, else 0.
    pub clone_flags: u64,
    /// Thread group of the parent.
    pub parent_tgid: u32,
    /// For `Attach` the thread group that wrote to `cgroup.procs`, else 0.
    pub actor_tgid: u32,
}

/// Body of [`Kind::Exec`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ExecBody {
    /// The task with its new credential.
    pub subject: Subject,
    /// The executable; for a script its interpreter.
    pub exe: Object,
    /// `start_boottime` of the parent's leader.
    pub parent_start: u64,
    /// Thread group of the parent.
    pub parent_tgid: u32,
    /// The thread id that the caller had before the call; not `tid` where a thread executed.
    pub old_tid: u32,
    /// True length of the argument strings, in bytes.
    pub argv_length: u32,
    /// True length of the environment strings, in bytes.
    pub env_length: u32,
}

/// Body of [`Kind::Exit`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ExitBody {
    /// As wait(2) gives it: exit status << 8, or the signal with 128 for a core dump.
    pub code: u32,
    /// Zero.
    pub reserved: u32,
}

/// Body of [`Kind::CgroupMade`] and [`Kind::CgroupRemoved`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct CgroupBody {
    /// The cgroup's id in the v2 hierarchy: the inode of its directory.
    pub id: u64,
    /// Its parent's id.
    pub parent: u64,
    /// Depth; the root is 0.
    pub level: u32,
    /// Zero.
    pub reserved: u32,
}

/// Body of [`Kind::Crossing`] and [`Kind::Unexplained`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct BoundaryBody {
    /// Who, after the change.
    pub subject: Subject,
    /// The call at whose return it was noticed; its number is `u32::MAX` where it was none.
    pub call: Call,
    /// What the task was when it was seen last.
    pub before: Standing,
    /// What it is now.
    pub after: Standing,
    /// What changed: bits of [`crate::boundary::part`].
    pub changed: u32,
    /// What of it no call explains.
    pub unexplained: u32,
    /// What of it is not the container's.
    pub outside: u32,
    /// The worst [`crate::boundary::grade`] of all that changed.
    pub grade: u32,
    /// The outermost cgroup of the container that it leads into, else 0.
    pub target: u64,
    /// A [`crate::boundary::way`].
    pub way: u32,
    /// Thread group of who moved the task into another cgroup, else 0.
    pub actor_tgid: u32,
}

/// The command of `bpf` by which the detector asks the sensor for a sign of life. The kernel knows no
/// such command and refuses it.
pub const HEARTBEAT: u32 = 0x6564_6862;

/// Body of [`Kind::Heartbeat`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct HeartbeatBody {
    /// Which one, as the detector counts them.
    pub number: u64,
}

/// Address families that [`Endpoint::family`] names.
pub mod family {
    /// `AF_UNIX`
    pub const UNIX: u16 = 1;
    /// `AF_INET`
    pub const INET: u16 = 2;
    /// `AF_INET6`
    pub const INET6: u16 = 10;
}

/// Both ends of a connection.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Endpoint {
    /// A [`family`].
    pub family: u16,
    /// `IPPROTO_*` of an internet socket.
    pub protocol: u16,
    /// Own port, host byte order.
    pub local_port: u16,
    /// The peer's port, host byte order.
    pub remote_port: u16,
    /// Own address; IPv4 in the first four bytes.
    pub local: [u8; 16],
    /// The peer's address; IPv4 in the first four bytes.
    pub remote: [u8; 16],
    /// 1 where the kernel resolved it, 0 where it is the caller's claim.
    pub resolved: u32,
    /// `SOCK_*` type, 0 where unknown.
    pub socket_type: u32,
}

/// Body of [`Kind::Connect`] and [`Kind::Descriptor`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ConnectBody {
    /// Who.
    pub subject: Subject,
    /// The call; for TCP started or ended outside of a call only `result` is set.
    pub call: Call,
    /// Of a Unix socket the peer's file.
    pub object: Object,
    /// Both ends.
    pub endpoint: Endpoint,
}

/// The bits of [`Target::flags`].
pub mod target_flag {
    /// It is the detector.
    pub const DETECTOR: u32 = 1 << 0;
}

/// The process at which an act was aimed, as the kernel resolved it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Target {
    /// Its thread group, in the initial pid namespace.
    pub tgid: u32,
    /// The thread.
    pub tid: u32,
    /// `start_boottime` of the thread group's leader, in ns.
    pub start: u64,
    /// The cgroup by which it is watched; for an untracked one that in which it is.
    pub cgroup: u64,
    /// Inode of its executable.
    pub exe_inode: u64,
    /// Device of that, as [`Subject::exe_device`].
    pub exe_device: u32,
    /// A [`crate::state::phase`], before the act.
    pub phase: u32,
    /// Bits of [`target_flag`].
    pub flags: u32,
    /// The kernel's `self_exec_id` of the thread.
    pub exec_count: u32,
}

impl Endpoint {
    /// Whether the peer is a cloud's metadata service, or shares the link-local network that those
    /// of most clouds use (AWS, Azure, GCP, DigitalOcean: 169.254.0.0/16; Azure's wire server:
    /// 168.63.129.16; Oracle: 192.0.0.192; Alibaba: 100.100.100.200; over IPv6 AWS: fd00:ec2::254
    /// and ::23, GCP: fd20:ce::254).
    #[inline(always)]
    pub fn is_metadata(&self) -> bool {
        let [a, b, c, d, rest @ ..] = self.remote;
        match self.family {
            family::INET => is_metadata_v4([a, b, c, d]),
            family::INET6 => {
                let [.., e, f, g, h, i, j] = rest;
                let mapped = self.remote[..10] == [0; 10] && [e, f] == [0xff, 0xff];
                let cloud = matches!(
                    ([a, b, c, d], [i, j]),
                    ([0xfd, 0x00, 0x0e, 0xc2], [0x02, 0x54] | [0x00, 0x23])
                        | ([0xfd, 0x20, 0x00, 0xce], [0x02, 0x54])
                );
                let cloud = cloud && rest[..10] == [0; 10];
                cloud || (mapped && is_metadata_v4([g, h, i, j]))
            }
            _ => false,
        }
    }
}

#[inline(always)]
const fn is_metadata_v4(address: [u8; 4]) -> bool {
    matches!(
        address,
        [169, 254, _, _] | [100, 100, 100, 200] | [168, 63, 129, 16] | [192, 0, 0, 192]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(family: u16, remote: &[u8]) -> Endpoint {
        let mut endpoint = Endpoint {
            family,
            ..Endpoint::default()
        };
        endpoint.remote[..remote.len()].copy_from_slice(remote);
        endpoint
    }

    #[test]
    fn metadata_services_are_known_in_every_spelling() {
        let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 169, 254, 169, 254];
        let aws = [
            0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54,
        ];
        assert!(endpoint(family::INET, &[169, 254, 169, 254]).is_metadata());
        assert!(endpoint(family::INET, &[100, 100, 100, 200]).is_metadata());
        assert!(endpoint(family::INET6, &mapped).is_metadata());
        assert!(endpoint(family::INET6, &aws).is_metadata());
        let gcp = [
            0xfd, 0x20, 0, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54,
        ];
        assert!(endpoint(family::INET6, &gcp).is_metadata());
        assert!(endpoint(family::INET, &[168, 63, 129, 16]).is_metadata());
        assert!(!endpoint(family::INET, &[10, 0, 0, 1]).is_metadata());
        assert!(!endpoint(family::INET6, &[0xfd, 0, 0x0e, 0xc2]).is_metadata());
        assert!(!endpoint(family::UNIX, &[169, 254, 169, 254]).is_metadata());
    }
}
