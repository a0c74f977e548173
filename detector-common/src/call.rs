//! The system calls that the sensor looks at: number, name, family.
//!
//! Numbers are those of x86-64 (arch/x86/entry/syscalls/syscall_64.tbl), with the number of the
//! 32-bit entry beside them (syscall_32.tbl); a record always carries the 64-bit one.

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
    /// Number of the 32-bit entry, `None` where it has no equal.
    pub compat: Option<u32>,
    /// Its name, which is the event type.
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
            number: $number, compat: $compat, name: $name, kind: Kind::$kind, any_task: $any,
        },)*];
    };
}

calls! {
    OPEN, 2, Some(5), "open", Open, false;
    CREAT, 85, Some(8), "creat", Open, false;
    OPENAT, 257, Some(295), "openat", Open, false;
    OPENAT2, 437, Some(437), "openat2", Open, false;
    CHDIR, 80, Some(12), "chdir", Place, false;
    FCHDIR, 81, Some(133), "fchdir", Place, false;
    CHROOT, 161, Some(61), "chroot", Place, false;
    PIVOT_ROOT, 155, Some(217), "pivot_root", Place, false;
    MOUNT, 165, Some(21), "mount", Mount, false;
    UMOUNT2, 166, Some(52), "umount2", Mount, false;
    OPEN_TREE, 428, Some(428), "open_tree", Mount, false;
    MOVE_MOUNT, 429, Some(429), "move_mount", Mount, false;
    FSOPEN, 430, Some(430), "fsopen", Mount, false;
    FSCONFIG, 431, Some(431), "fsconfig", Mount, false;
    FSMOUNT, 432, Some(432), "fsmount", Mount, false;
    SETNS, 308, Some(346), "setns", Namespace, false;
    UNSHARE, 272, Some(310), "unshare", Namespace, false;
    SETUID, 105, Some(213), "setuid", Privilege, false;
    SETGID, 106, Some(214), "setgid", Privilege, false;
    SETREUID, 113, Some(203), "setreuid", Privilege, false;
    SETREGID, 114, Some(204), "setregid", Privilege, false;
    SETRESUID, 117, Some(208), "setresuid", Privilege, false;
    SETRESGID, 119, Some(210), "setresgid", Privilege, false;
    SETFSUID, 122, Some(215), "setfsuid", Privilege, false;
    SETFSGID, 123, Some(216), "setfsgid", Privilege, false;
    SETGROUPS, 116, Some(206), "setgroups", Privilege, false;
    CAPSET, 126, Some(185), "capset", Privilege, false;
    PRCTL, 157, Some(172), "prctl", Privilege, false;
    SECCOMP, 317, Some(354), "seccomp", Privilege, false;
    BPF, 321, Some(357), "bpf", KernelCode, true;
    INIT_MODULE, 175, Some(128), "init_module", KernelCode, true;
    FINIT_MODULE, 313, Some(350), "finit_module", KernelCode, true;
    DELETE_MODULE, 176, Some(129), "delete_module", KernelCode, true;
    CONNECT, 42, Some(362), "connect", Connect, false;
    IO_URING_SETUP, 425, Some(425), "io_uring_setup", Ring, false;
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
        let entry = call
            .compat
            .and_then(|number| table.get_mut(number as usize));
        if let Some(entry) = entry {
            *entry = call.number as u16;
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
                later
                    .clone()
                    .all(|other| call.compat.is_none() || other.compat != call.compat),
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
        assert_eq!(by_number(OPENAT2).map(|call| call.name), Some("openat2"));
    }
}
