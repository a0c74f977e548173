//! Numbers that are sets of bits.

use super::hexadecimal;

/// Names of bits. One name may stand for several bits; such come before names of parts of them.
pub(super) type Table = &'static [(u64, &'static str)];

/// Joins the names of the bits that are set; `0` for none.
pub(super) fn joined(table: Table, bits: u64) -> String {
    named(Vec::new(), table, bits)
}

fn named(mut names: Vec<String>, table: Table, bits: u64) -> String {
    let mut rest = bits;
    for (flag, name) in table {
        if rest & flag == *flag {
            names.push((*name).to_owned());
            rest &= !flag;
        }
    }
    if rest != 0 || names.is_empty() {
        names.push(if rest == 0 {
            "0".to_owned()
        } else {
            hexadecimal(rest)
        });
    }
    names.join("|")
}

/// Flags of open(2): `O_RDONLY|O_CLOEXEC`. The access mode is always named.
pub fn open_flags(bits: u64) -> String {
    let access = match bits & 0o3 {
        0 => "O_RDONLY",
        1 => "O_WRONLY",
        2 => "O_RDWR",
        _ => "O_ACCMODE",
    };
    let rest = bits & !0o3;
    if rest == 0 {
        access.to_owned()
    } else {
        named(vec![access.to_owned()], OPEN, rest)
    }
}

/// How openat2(2) resolves a name: `RESOLVE_BENEATH`.
pub fn resolve_flags(bits: u64) -> String {
    joined(RESOLVE, bits)
}

/// Flags of clone(2) and unshare(2), types of setns(2): `CLONE_NEWNS|CLONE_NEWUSER`.
pub fn clone_flags(bits: u64) -> String {
    joined(CLONE, bits)
}

/// Flags of mount(2): `MS_BIND|MS_REC`. The old magic number in the upper half is no flag.
pub fn mount_flags(bits: u64) -> String {
    let magic = bits & 0xffff_0000 == 0xc0ed_0000;
    joined(MOUNT, if magic { bits & !0xffff_0000 } else { bits })
}

/// Flags of umount2(2): `MNT_DETACH`.
pub fn umount_flags(bits: u64) -> String {
    joined(UMOUNT, bits)
}

/// Flags of open_tree(2): `OPEN_TREE_CLONE|AT_RECURSIVE`.
pub fn open_tree_flags(bits: u64) -> String {
    joined(OPEN_TREE, bits)
}

/// Flags of move_mount(2): `MOVE_MOUNT_F_EMPTY_PATH`.
pub fn move_mount_flags(bits: u64) -> String {
    joined(MOVE_MOUNT, bits)
}

/// Flags of fsopen(2).
pub fn fsopen_flags(bits: u64) -> String {
    joined(&[(1, "FSOPEN_CLOEXEC")], bits)
}

/// Flags of fsmount(2).
pub fn fsmount_flags(bits: u64) -> String {
    joined(&[(1, "FSMOUNT_CLOEXEC"), (2, "FSMOUNT_NAMESPACE")], bits)
}

/// Flags of fspick(2).
pub fn fspick_flags(bits: u64) -> String {
    joined(FSPICK, bits)
}

/// Flags of unlinkat(2), linkat(2), execveat(2), mount_setattr(2): `AT_REMOVEDIR`.
pub fn at_flags(bits: u64) -> String {
    joined(AT, bits)
}

/// Flags of renameat2(2): `RENAME_EXCHANGE`.
pub fn rename_flags(bits: u64) -> String {
    joined(RENAME, bits)
}

/// Flags of kexec_load(2); the processor in their upper half is no flag.
pub fn kexec_flags(bits: u64) -> String {
    joined(KEXEC, bits & 0xffff)
}

/// Flags of kexec_file_load(2).
pub fn kexec_file_flags(bits: u64) -> String {
    joined(KEXEC_FILE, bits)
}

/// Modes of adjtimex(2): `ADJ_SETOFFSET`.
pub fn clock_modes(bits: u64) -> String {
    joined(CLOCK_MODES, bits)
}

/// Attributes of a mount made by fsmount(2): `MOUNT_ATTR_RDONLY`.
pub fn mount_attributes(bits: u64) -> String {
    joined(MOUNT_ATTRIBUTES, bits)
}

/// Flags of finit_module(2).
pub fn module_flags(bits: u64) -> String {
    joined(MODULE, bits)
}

/// Flags of seccomp(2): `SECCOMP_FILTER_FLAG_TSYNC`.
pub fn seccomp_flags(bits: u64) -> String {
    joined(SECCOMP, bits)
}

/// include/uapi/asm-generic/fcntl.h, as x86 has it; without the access mode. `O_SYNC` holds
/// `O_DSYNC`, `O_TMPFILE` holds `O_DIRECTORY`.
const OPEN: Table = &[
    (0o100, "O_CREAT"),
    (0o200, "O_EXCL"),
    (0o400, "O_NOCTTY"),
    (0o1000, "O_TRUNC"),
    (0o2000, "O_APPEND"),
    (0o4000, "O_NONBLOCK"),
    (0o4_010_000, "O_SYNC"),
    (0o10_000, "O_DSYNC"),
    (0o20_000, "O_ASYNC"),
    (0o40_000, "O_DIRECT"),
    (0o100_000, "O_LARGEFILE"),
    (0o20_200_000, "O_TMPFILE"),
    (0o200_000, "O_DIRECTORY"),
    (0o400_000, "O_NOFOLLOW"),
    (0o1_000_000, "O_NOATIME"),
    (0o2_000_000, "O_CLOEXEC"),
    (0o10_000_000, "O_PATH"),
];

/// include/uapi/linux/mount.h
const FSPICK: Table = &[
    (0x01, "FSPICK_CLOEXEC"),
    (0x02, "FSPICK_SYMLINK_NOFOLLOW"),
    (0x04, "FSPICK_NO_AUTOMOUNT"),
    (0x08, "FSPICK_EMPTY_PATH"),
];

/// include/uapi/linux/fcntl.h; `AT_EACCESS` is the same bit as `AT_REMOVEDIR`, of another call.
const AT: Table = &[
    (0x100, "AT_SYMLINK_NOFOLLOW"),
    (0x200, "AT_REMOVEDIR"),
    (0x400, "AT_SYMLINK_FOLLOW"),
    (0x800, "AT_NO_AUTOMOUNT"),
    (0x1000, "AT_EMPTY_PATH"),
    (0x8000, "AT_RECURSIVE"),
    (0x1_0000, "AT_EXECVE_CHECK"),
];

/// include/uapi/linux/fs.h
const RENAME: Table = &[
    (1, "RENAME_NOREPLACE"),
    (2, "RENAME_EXCHANGE"),
    (4, "RENAME_WHITEOUT"),
];

/// include/uapi/linux/kexec.h
const KEXEC: Table = &[
    (1, "KEXEC_ON_CRASH"),
    (2, "KEXEC_PRESERVE_CONTEXT"),
    (4, "KEXEC_UPDATE_ELFCOREHDR"),
    (8, "KEXEC_CRASH_HOTPLUG_SUPPORT"),
];

/// include/uapi/linux/kexec.h
const KEXEC_FILE: Table = &[
    (1, "KEXEC_FILE_UNLOAD"),
    (2, "KEXEC_FILE_ON_CRASH"),
    (4, "KEXEC_FILE_NO_INITRAMFS"),
    (8, "KEXEC_FILE_DEBUG"),
];

/// include/uapi/linux/timex.h. The old single shot stands for three bits together.
const CLOCK_MODES: Table = &[
    (0xa001, "ADJ_OFFSET_SS_READ"),
    (0x8001, "ADJ_OFFSET_SINGLESHOT"),
    (0x0001, "ADJ_OFFSET"),
    (0x0002, "ADJ_FREQUENCY"),
    (0x0004, "ADJ_MAXERROR"),
    (0x0008, "ADJ_ESTERROR"),
    (0x0010, "ADJ_STATUS"),
    (0x0020, "ADJ_TIMECONST"),
    (0x0080, "ADJ_TAI"),
    (0x0100, "ADJ_SETOFFSET"),
    (0x1000, "ADJ_MICRO"),
    (0x2000, "ADJ_NANO"),
    (0x4000, "ADJ_TICK"),
];

/// include/uapi/linux/openat2.h
const RESOLVE: Table = &[
    (0x01, "RESOLVE_NO_XDEV"),
    (0x02, "RESOLVE_NO_MAGICLINKS"),
    (0x04, "RESOLVE_NO_SYMLINKS"),
    (0x08, "RESOLVE_BENEATH"),
    (0x10, "RESOLVE_IN_ROOT"),
    (0x20, "RESOLVE_CACHED"),
];

/// include/uapi/linux/sched.h
const CLONE: Table = &[
    (0x0000_0080, "CLONE_NEWTIME"),
    (0x0000_0100, "CLONE_VM"),
    (0x0000_0200, "CLONE_FS"),
    (0x0000_0400, "CLONE_FILES"),
    (0x0000_0800, "CLONE_SIGHAND"),
    (0x0000_1000, "CLONE_PIDFD"),
    (0x0000_2000, "CLONE_PTRACE"),
    (0x0000_4000, "CLONE_VFORK"),
    (0x0000_8000, "CLONE_PARENT"),
    (0x0001_0000, "CLONE_THREAD"),
    (0x0002_0000, "CLONE_NEWNS"),
    (0x0004_0000, "CLONE_SYSVSEM"),
    (0x0008_0000, "CLONE_SETTLS"),
    (0x0010_0000, "CLONE_PARENT_SETTID"),
    (0x0020_0000, "CLONE_CHILD_CLEARTID"),
    (0x0040_0000, "CLONE_DETACHED"),
    (0x0080_0000, "CLONE_UNTRACED"),
    (0x0100_0000, "CLONE_CHILD_SETTID"),
    (0x0200_0000, "CLONE_NEWCGROUP"),
    (0x0400_0000, "CLONE_NEWUTS"),
    (0x0800_0000, "CLONE_NEWIPC"),
    (0x1000_0000, "CLONE_NEWUSER"),
    (0x2000_0000, "CLONE_NEWPID"),
    (0x4000_0000, "CLONE_NEWNET"),
    (0x8000_0000, "CLONE_IO"),
    (0x1_0000_0000, "CLONE_CLEAR_SIGHAND"),
    (0x2_0000_0000, "CLONE_INTO_CGROUP"),
];

/// include/uapi/linux/mount.h
const MOUNT: Table = &[
    (1, "MS_RDONLY"),
    (1 << 1, "MS_NOSUID"),
    (1 << 2, "MS_NODEV"),
    (1 << 3, "MS_NOEXEC"),
    (1 << 4, "MS_SYNCHRONOUS"),
    (1 << 5, "MS_REMOUNT"),
    (1 << 6, "MS_MANDLOCK"),
    (1 << 7, "MS_DIRSYNC"),
    (1 << 8, "MS_NOSYMFOLLOW"),
    (1 << 10, "MS_NOATIME"),
    (1 << 11, "MS_NODIRATIME"),
    (1 << 12, "MS_BIND"),
    (1 << 13, "MS_MOVE"),
    (1 << 14, "MS_REC"),
    (1 << 15, "MS_SILENT"),
    (1 << 16, "MS_POSIXACL"),
    (1 << 17, "MS_UNBINDABLE"),
    (1 << 18, "MS_PRIVATE"),
    (1 << 19, "MS_SLAVE"),
    (1 << 20, "MS_SHARED"),
    (1 << 21, "MS_RELATIME"),
    (1 << 22, "MS_KERNMOUNT"),
    (1 << 23, "MS_I_VERSION"),
    (1 << 24, "MS_STRICTATIME"),
    (1 << 25, "MS_LAZYTIME"),
];

/// include/linux/fs.h
const UMOUNT: Table = &[
    (1, "MNT_FORCE"),
    (2, "MNT_DETACH"),
    (4, "MNT_EXPIRE"),
    (8, "UMOUNT_NOFOLLOW"),
];

/// include/uapi/linux/mount.h and fcntl.h
const OPEN_TREE: Table = &[
    (1, "OPEN_TREE_CLONE"),
    (2, "OPEN_TREE_NAMESPACE"),
    (0x100, "AT_SYMLINK_NOFOLLOW"),
    (0x800, "AT_NO_AUTOMOUNT"),
    (0x1000, "AT_EMPTY_PATH"),
    (0x8000, "AT_RECURSIVE"),
    (0o2_000_000, "OPEN_TREE_CLOEXEC"),
];

/// include/uapi/linux/mount.h
const MOVE_MOUNT: Table = &[
    (0x001, "MOVE_MOUNT_F_SYMLINKS"),
    (0x002, "MOVE_MOUNT_F_AUTOMOUNTS"),
    (0x004, "MOVE_MOUNT_F_EMPTY_PATH"),
    (0x010, "MOVE_MOUNT_T_SYMLINKS"),
    (0x020, "MOVE_MOUNT_T_AUTOMOUNTS"),
    (0x040, "MOVE_MOUNT_T_EMPTY_PATH"),
    (0x100, "MOVE_MOUNT_SET_GROUP"),
    (0x200, "MOVE_MOUNT_BENEATH"),
];

/// include/uapi/linux/mount.h
const MOUNT_ATTRIBUTES: Table = &[
    (0x01, "MOUNT_ATTR_RDONLY"),
    (0x02, "MOUNT_ATTR_NOSUID"),
    (0x04, "MOUNT_ATTR_NODEV"),
    (0x08, "MOUNT_ATTR_NOEXEC"),
    (0x10, "MOUNT_ATTR_NOATIME"),
    (0x20, "MOUNT_ATTR_STRICTATIME"),
    (0x80, "MOUNT_ATTR_NODIRATIME"),
    (0x0010_0000, "MOUNT_ATTR_IDMAP"),
    (0x0020_0000, "MOUNT_ATTR_NOSYMFOLLOW"),
];

/// include/uapi/linux/module.h
const MODULE: Table = &[
    (1, "MODULE_INIT_IGNORE_MODVERSIONS"),
    (2, "MODULE_INIT_IGNORE_VERMAGIC"),
    (4, "MODULE_INIT_COMPRESSED_FILE"),
];

/// include/uapi/linux/seccomp.h
const SECCOMP: Table = &[
    (1, "SECCOMP_FILTER_FLAG_TSYNC"),
    (1 << 1, "SECCOMP_FILTER_FLAG_LOG"),
    (1 << 2, "SECCOMP_FILTER_FLAG_SPEC_ALLOW"),
    (1 << 3, "SECCOMP_FILTER_FLAG_NEW_LISTENER"),
    (1 << 4, "SECCOMP_FILTER_FLAG_TSYNC_ESRCH"),
    (1 << 5, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_joined_as_falco_shows_them() {
        assert_eq!(open_flags(0o2_000_000), "O_RDONLY|O_CLOEXEC");
        assert_eq!(open_flags(0), "O_RDONLY");
        assert_eq!(open_flags(0o1101), "O_WRONLY|O_CREAT|O_TRUNC");
        assert_eq!(clone_flags(0x1002_0000), "CLONE_NEWNS|CLONE_NEWUSER");
        assert_eq!(mount_flags(4096 | 16384), "MS_BIND|MS_REC");
        assert_eq!(umount_flags(2), "MNT_DETACH");
        assert_eq!(umount_flags(0), "0");
    }

    #[test]
    fn a_name_for_several_bits_stands_alone() {
        assert_eq!(open_flags(0o4_010_002), "O_RDWR|O_SYNC");
        assert_eq!(open_flags(0o10_000), "O_RDONLY|O_DSYNC");
        assert_eq!(open_flags(0o20_200_002), "O_RDWR|O_TMPFILE");
        assert_eq!(open_flags(0o200_000), "O_RDONLY|O_DIRECTORY");
    }

    #[test]
    fn bits_without_a_name_are_not_hidden() {
        assert_eq!(umount_flags(0x12), "MNT_DETACH|0x10");
        assert_eq!(open_flags(1 << 40), "O_RDONLY|0x10000000000");
        assert_eq!(clone_flags(1), "0x1");
    }

    #[test]
    fn the_old_magic_of_mount_is_no_flag() {
        assert_eq!(mount_flags(0xc0ed_0000 | 4096), "MS_BIND");
        assert_eq!(mount_flags(0xc0ed_0000), "0");
    }
}
