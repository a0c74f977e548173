//! The system calls that the sensor looks at: number, name, family.
//!
//! Numbers are those of x86-64 (arch/x86/entry/syscalls/syscall_64.tbl), with the number of the
//! 32-bit entry beside them (syscall_32.tbl), of which one call may have several: older forms that
//! narrower programs still use. A record always carries the 64-bit one.

use crate::record::Kind;

/// One more than the highest system call number that is looked up.
pub const NUMBER_LIMIT: usize = 512;

/// Marks a family whose calls are reported for every task of the host.
pub const ANY_TASK: u8 = 0x80;

/// Marks the call that is no act itself, but has requests to an io_uring carried out.
pub const HAS_CARRIED_OUT: u8 = 0x40;

/// Number of io_uring_enter.
pub const IO_URING_ENTER: u32 = 426;

/// A system call of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallSpec {
    /// Number of the 64-bit entry.
    pub number: u32,
    /// Numbers of the 32-bit entry, the usual one first; none where it has no equal.
    pub compat: &'static [u32],
    /// Its name, which is the event type. Calls that equal one another share it.
    pub name: &'static str,
    /// The kind of record that it makes.
    pub kind: Kind,
    /// Reported for every task of the host.
    pub any_task: bool,
}

macro_rules! calls {
    ($($constant:ident, $number:literal, $compat:expr, $name:literal, $kind:ident, $any:literal;)*) => {
        $(#[doc = concat!("Number of ", $name, ".")] pub const $constant: u32 = $number;)*

        /// All system calls of interest.
        pub const CALLS: &[CallSpec] = &[$(CallSpec {
            number: $number, compat: &$compat, name: $name, kind: Kind::$kind, any_task: $any,
        },)*];
    };
}

calls! {
    OPEN, 2, [5], "open", Open, false;
    CREAT, 85, [8], "creat", Open, false;
    OPENAT, 257, [295], "openat", Open, false;
    OPENAT2, 437, [437], "openat2", Open, false;
    CHDIR, 80, [12], "chdir", Place, false;
    FCHDIR, 81, [133], "fchdir", Place, false;
    CHROOT, 161, [61], "chroot", Place, false;
    PIVOT_ROOT, 155, [217], "pivot_root", Place, false;
    MOUNT, 165, [21], "mount", Mount, false;
    UMOUNT2, 166, [52, 22], "umount2", Mount, false;
    OPEN_TREE, 428, [428], "open_tree", Mount, false;
    MOVE_MOUNT, 429, [429], "move_mount", Mount, false;
    FSOPEN, 430, [430], "fsopen", Mount, false;
    FSCONFIG, 431, [431], "fsconfig", Mount, false;
    FSMOUNT, 432, [432], "fsmount", Mount, false;
    SETNS, 308, [346], "setns", Namespace, false;
    UNSHARE, 272, [310], "unshare", Namespace, false;
    SETUID, 105, [213, 23], "setuid", Privilege, false;
    SETGID, 106, [214, 46], "setgid", Privilege, false;
    SETREUID, 113, [203, 70], "setreuid", Privilege, false;
    SETREGID, 114, [204, 71], "setregid", Privilege, false;
    SETRESUID, 117, [208, 164], "setresuid", Privilege, false;
    SETRESGID, 119, [210, 170], "setresgid", Privilege, false;
    SETFSUID, 122, [215, 138], "setfsuid", Privilege, false;
    SETFSGID, 123, [216, 139], "setfsgid", Privilege, false;
    SETGROUPS, 116, [206, 81], "setgroups", Privilege, false;
    CAPSET, 126, [185], "capset", Privilege, false;
    PRCTL, 157, [172], "prctl", Privilege, false;
    SECCOMP, 317, [354], "seccomp", Privilege, false;
    BPF, 321, [357], "bpf", KernelCode, true;
    INIT_MODULE, 175, [128], "init_module", KernelCode, true;
    FINIT_MODULE, 313, [350], "finit_module", KernelCode, true;
    DELETE_MODULE, 176, [129], "delete_module", KernelCode, true;
    CONNECT, 42, [362, 102], "connect", Connect, false;
    OPEN_BY_HANDLE_AT, 304, [342], "open_by_handle_at", Open, false;
    MOUNT_SETATTR, 442, [442], "mount_setattr", Mount, false;
    FSPICK, 433, [433], "fspick", Mount, false;
    KEXEC_LOAD, 246, [283], "kexec_load", KernelCode, true;
    KEXEC_FILE_LOAD, 320, [], "kexec_file_load", KernelCode, true;
    PTRACE, 101, [26], "ptrace", Trace, true;
    PROCESS_VM_READV, 310, [347], "process_vm_readv", Trace, true;
    PROCESS_VM_WRITEV, 311, [348], "process_vm_writev", Trace, true;
    PIDFD_GETFD, 438, [438], "pidfd_getfd", Trace, true;
    KILL, 62, [37], "kill", Signal, true;
    TKILL, 200, [238], "tkill", Signal, true;
    TGKILL, 234, [270], "tgkill", Signal, true;
    RT_SIGQUEUEINFO, 129, [178], "rt_sigqueueinfo", Signal, true;
    RT_TGSIGQUEUEINFO, 297, [335], "rt_tgsigqueueinfo", Signal, true;
    PIDFD_SEND_SIGNAL, 424, [424], "pidfd_send_signal", Signal, true;
    CLOCK_SETTIME, 227, [404, 264], "clock_settime", Clock, true;
    SETTIMEOFDAY, 164, [79, 25], "settimeofday", Clock, true;
    ADJTIMEX, 159, [124], "adjtimex", Clock, true;
    CLOCK_ADJTIME, 305, [405, 343], "clock_adjtime", Clock, true;
    UNLINK, 87, [10], "unlink", Alter, false;
    UNLINKAT, 263, [301], "unlinkat", Alter, false;
    RMDIR, 84, [40], "rmdir", Alter, false;
    RENAME, 82, [38], "rename", Alter, false;
    RENAMEAT, 264, [302], "renameat", Alter, false;
    RENAMEAT2, 316, [353], "renameat2", Alter, false;
    LINK, 86, [9], "link", Alter, false;
    LINKAT, 265, [303], "linkat", Alter, false;
    SYMLINK, 88, [83], "symlink", Alter, false;
    SYMLINKAT, 266, [304], "symlinkat", Alter, false;
    TRUNCATE, 76, [193, 92], "truncate", Alter, false;
    FTRUNCATE, 77, [194, 93], "ftruncate", Alter, false;
    EXECVE, 59, [11], "execve", Refused, false;
    EXECVEAT, 322, [358], "execve", Refused, false;
    CLONE, 56, [120], "clone", Refused, false;
    CLONE3, 435, [435], "clone", Refused, false;
    FORK, 57, [2], "clone", Refused, false;
    VFORK, 58, [190], "clone", Refused, false;
    DUP, 32, [41], "dup", Descriptor, false;
    DUP2, 33, [63], "dup2", Descriptor, false;
    DUP3, 292, [330], "dup3", Descriptor, false;
    IO_URING_SETUP, 425, [425], "io_uring_setup", Ring, false;
    MKDIR, 83, [39], "mkdir", Alter, false;
    MKDIRAT, 258, [296], "mkdirat", Alter, false;
    CHMOD, 90, [15], "chmod", Alter, false;
    FCHMOD, 91, [94], "fchmod", Alter, false;
    FCHMODAT, 268, [306], "fchmodat", Alter, false;
    FCHMODAT2, 452, [452], "fchmodat2", Alter, false;
    USERFAULTFD, 323, [374], "userfaultfd", Faults, false;
}

/// The call of a 64-bit number.
pub fn by_number(number: u32) -> Option<&'static CallSpec> {
    CALLS.iter().find(|call| call.number == number)
}

/// For each 64-bit number the kind of record that it makes, with [`ANY_TASK`]; 0 for no interest.
/// The sensor's read-only data.
pub fn families() -> [u8; NUMBER_LIMIT] {
    let mut table = [0; NUMBER_LIMIT];
    for call in CALLS {
        if let Some(entry) = table.get_mut(call.number as usize) {
            *entry = call.kind as u8 | if call.any_task { ANY_TASK } else { 0 };
        }
    }
    if let Some(entry) = table.get_mut(IO_URING_ENTER as usize) {
        *entry = HAS_CARRIED_OUT;
    }
    table
}

/// For each 32-bit number the 64-bit equal; 0 for no interest (64-bit number 0, read, has none).
/// The sensor's read-only data.
pub fn compat_numbers() -> [u16; NUMBER_LIMIT] {
    let mut table = [0; NUMBER_LIMIT];
    for call in CALLS {
        for number in call.compat {
            if let Some(entry) = table.get_mut(*number as usize) {
                *entry = call.number as u16;
            }
        }
    }
    // Its number is the same on both.
    if let Some(entry) = table.get_mut(IO_URING_ENTER as usize) {
        *entry = IO_URING_ENTER as u16;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_kinds_fit_beside_the_mark() {
        for (index, call) in CALLS.iter().enumerate() {
            let later = CALLS.iter().skip(index + 1);
            assert!(
                later.clone().all(|other| other.number != call.number),
                "{}",
                call.name
            );
            assert!(
                later.clone().all(|other| other
                    .compat
                    .iter()
                    .all(|number| !call.compat.contains(number))),
                "{}",
                call.name
            );
            assert!((call.kind as u16) < u16::from(HAS_CARRIED_OUT));
            assert!((call.number as usize) < NUMBER_LIMIT);
        }
    }

    #[test]
    fn tables_answer_what_the_list_says() {
        assert_eq!(families()[SETNS as usize], Kind::Namespace as u8);
        assert_eq!(families()[BPF as usize], Kind::KernelCode as u8 | ANY_TASK);
        assert_eq!(families()[0], 0);
        assert_eq!(compat_numbers()[21], MOUNT as u16);
        // umount, setuid of 16 bits and socketcall are older forms of calls that have newer ones.
        assert_eq!(compat_numbers()[22], UMOUNT2 as u16);
        assert_eq!(compat_numbers()[23], SETUID as u16);
        assert_eq!(compat_numbers()[102], CONNECT as u16);
        assert_eq!(by_number(OPENAT2).map(|call| call.name), Some("openat2"));
    }
}
