//! Numbers that stand for one of many: commands, options, capabilities, file systems.

use super::hexadecimal;

/// The name of a bpf(2) command (`enum bpf_cmd` of include/uapi/linux/bpf.h): `BPF_PROG_LOAD`.
pub fn bpf_command(number: u64) -> String {
    indexed(&BPF_COMMANDS, number)
}

/// The name of a prctl(2) option (include/uapi/linux/prctl.h): `PR_SET_NO_NEW_PRIVS`.
pub fn prctl_option(number: u64) -> String {
    let name = u32::try_from(number)
        .ok()
        .and_then(|number| named(PRCTL_OPTIONS, number));
    name.map_or_else(|| number.to_string(), str::to_owned)
}

/// The name of an fsconfig(2) command (include/uapi/linux/mount.h): `FSCONFIG_SET_STRING`.
pub fn fsconfig_command(number: u64) -> String {
    indexed(&FSCONFIG_COMMANDS, number)
}

/// The name of a seccomp(2) operation (include/uapi/linux/seccomp.h): `SECCOMP_SET_MODE_FILTER`.
pub fn seccomp_operation(number: u64) -> String {
    indexed(&SECCOMP_OPERATIONS, number)
}

/// The name of a ptrace(2) request (include/uapi/linux/ptrace.h and the processor's own):
/// `PTRACE_ATTACH`.
pub fn ptrace_request(number: u64) -> String {
    let name = u32::try_from(number)
        .ok()
        .and_then(|number| named(PTRACE_REQUESTS, number));
    name.map_or_else(|| number.to_string(), str::to_owned)
}

/// The name of a signal (arch/x86/include/uapi/asm/signal.h): `SIGTERM`.
pub fn signal(number: u64) -> String {
    indexed(&SIGNALS, number)
}

/// The name of a clock (include/uapi/linux/time.h): `CLOCK_REALTIME`. Those of devices have none.
pub fn clock(number: u64) -> String {
    let device = number as u32 as i32;
    if device < 0 {
        return device.to_string();
    }
    indexed(&CLOCKS, number)
}

/// The names of a set of capabilities (include/uapi/linux/capability.h), parted by blanks; bits
/// without a name as one number behind them.
pub fn capabilities(bits: u64) -> String {
    let mut names = Vec::new();
    let mut rest = bits;
    for (number, name) in CAPABILITIES.iter().enumerate() {
        let bit = 1 << number;
        if bits & bit != 0 {
            names.push((*name).to_owned());
            rest &= !bit;
        }
    }
    if rest != 0 {
        names.push(hexadecimal(rest));
    }
    names.join(" ")
}

/// The name of a file system by its superblock's magic number (include/uapi/linux/magic.h and the
/// sources of those that have theirs at home), as mount(2) takes it. Several share a number: ext2
/// and ext3 are told as ext4, devtmpfs as tmpfs or ramfs, whichever it is built on.
pub fn file_system(magic: u32) -> Option<&'static str> {
    named(FILE_SYSTEMS, magic)
}

/// The name that stands at a number, or the number.
fn indexed(table: &[&str], number: u64) -> String {
    let name = usize::try_from(number)
        .ok()
        .and_then(|index| table.get(index));
    name.map_or_else(|| number.to_string(), |name| (*name).to_owned())
}

fn named(table: &[(u32, &'static str)], number: u32) -> Option<&'static str> {
    table
        .iter()
        .find(|(known, _)| *known == number)
        .map(|(_, name)| *name)
}

const FSCONFIG_COMMANDS: [&str; 9] = [
    "FSCONFIG_SET_FLAG",
    "FSCONFIG_SET_STRING",
    "FSCONFIG_SET_BINARY",
    "FSCONFIG_SET_PATH",
    "FSCONFIG_SET_PATH_EMPTY",
    "FSCONFIG_SET_FD",
    "FSCONFIG_CMD_CREATE",
    "FSCONFIG_CMD_RECONFIGURE",
    "FSCONFIG_CMD_CREATE_EXCL",
];

#[rustfmt::skip]
const PTRACE_REQUESTS: &[(u32, &str)] = &[
    (0, "PTRACE_TRACEME"), (1, "PTRACE_PEEKTEXT"), (2, "PTRACE_PEEKDATA"), (3, "PTRACE_PEEKUSR"),
    (4, "PTRACE_POKETEXT"), (5, "PTRACE_POKEDATA"), (6, "PTRACE_POKEUSR"), (7, "PTRACE_CONT"),
    (8, "PTRACE_KILL"), (9, "PTRACE_SINGLESTEP"), (12, "PTRACE_GETREGS"), (13, "PTRACE_SETREGS"),
    (14, "PTRACE_GETFPREGS"), (15, "PTRACE_SETFPREGS"), (16, "PTRACE_ATTACH"),
    (17, "PTRACE_DETACH"), (18, "PTRACE_GETFPXREGS"), (19, "PTRACE_SETFPXREGS"),
    (24, "PTRACE_SYSCALL"), (25, "PTRACE_GET_THREAD_AREA"), (26, "PTRACE_SET_THREAD_AREA"),
    (30, "PTRACE_ARCH_PRCTL"), (0x4200, "PTRACE_SETOPTIONS"), (0x4201, "PTRACE_GETEVENTMSG"),
    (0x4202, "PTRACE_GETSIGINFO"), (0x4203, "PTRACE_SETSIGINFO"), (0x4204, "PTRACE_GETREGSET"),
    (0x4205, "PTRACE_SETREGSET"), (0x4206, "PTRACE_SEIZE"), (0x4207, "PTRACE_INTERRUPT"),
    (0x4208, "PTRACE_LISTEN"),
];

#[rustfmt::skip]
const SIGNALS: [&str; 32] = [
    "0", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE",
    "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT",
    "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU",
    "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
];

#[rustfmt::skip]
const CLOCKS: [&str; 12] = [
    "CLOCK_REALTIME", "CLOCK_MONOTONIC", "CLOCK_PROCESS_CPUTIME_ID", "CLOCK_THREAD_CPUTIME_ID",
    "CLOCK_MONOTONIC_RAW", "CLOCK_REALTIME_COARSE", "CLOCK_MONOTONIC_COARSE", "CLOCK_BOOTTIME",
    "CLOCK_REALTIME_ALARM", "CLOCK_BOOTTIME_ALARM", "CLOCK_SGI_CYCLE", "CLOCK_TAI",
];

const SECCOMP_OPERATIONS: [&str; 4] = [
    "SECCOMP_SET_MODE_STRICT",
    "SECCOMP_SET_MODE_FILTER",
    "SECCOMP_GET_ACTION_AVAIL",
    "SECCOMP_GET_NOTIF_SIZES",
];

#[rustfmt::skip]
const CAPABILITIES: [&str; 41] = [
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID",
    "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK",
    "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
    "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
];

#[rustfmt::skip]
const BPF_COMMANDS: [&str; 39] = [
    "BPF_MAP_CREATE", "BPF_MAP_LOOKUP_ELEM", "BPF_MAP_UPDATE_ELEM", "BPF_MAP_DELETE_ELEM",
    "BPF_MAP_GET_NEXT_KEY", "BPF_PROG_LOAD", "BPF_OBJ_PIN", "BPF_OBJ_GET", "BPF_PROG_ATTACH",
    "BPF_PROG_DETACH", "BPF_PROG_TEST_RUN", "BPF_PROG_GET_NEXT_ID", "BPF_MAP_GET_NEXT_ID",
    "BPF_PROG_GET_FD_BY_ID", "BPF_MAP_GET_FD_BY_ID", "BPF_OBJ_GET_INFO_BY_FD", "BPF_PROG_QUERY",
    "BPF_RAW_TRACEPOINT_OPEN", "BPF_BTF_LOAD", "BPF_BTF_GET_FD_BY_ID", "BPF_TASK_FD_QUERY",
    "BPF_MAP_LOOKUP_AND_DELETE_ELEM", "BPF_MAP_FREEZE", "BPF_BTF_GET_NEXT_ID",
    "BPF_MAP_LOOKUP_BATCH", "BPF_MAP_LOOKUP_AND_DELETE_BATCH", "BPF_MAP_UPDATE_BATCH",
    "BPF_MAP_DELETE_BATCH", "BPF_LINK_CREATE", "BPF_LINK_UPDATE", "BPF_LINK_GET_FD_BY_ID",
    "BPF_LINK_GET_NEXT_ID", "BPF_ENABLE_STATS", "BPF_ITER_CREATE", "BPF_LINK_DETACH",
    "BPF_PROG_BIND_MAP", "BPF_TOKEN_CREATE", "BPF_PROG_STREAM_READ_BY_FD",
    "BPF_PROG_ASSOC_STRUCT_OPS",
];

#[rustfmt::skip]
const PRCTL_OPTIONS: &[(u32, &str)] = &[
    (1, "PR_SET_PDEATHSIG"), (2, "PR_GET_PDEATHSIG"), (3, "PR_GET_DUMPABLE"),
    (4, "PR_SET_DUMPABLE"), (5, "PR_GET_UNALIGN"), (6, "PR_SET_UNALIGN"), (7, "PR_GET_KEEPCAPS"),
    (8, "PR_SET_KEEPCAPS"), (9, "PR_GET_FPEMU"), (10, "PR_SET_FPEMU"), (11, "PR_GET_FPEXC"),
    (12, "PR_SET_FPEXC"), (13, "PR_GET_TIMING"), (14, "PR_SET_TIMING"), (15, "PR_SET_NAME"),
    (16, "PR_GET_NAME"), (19, "PR_GET_ENDIAN"), (20, "PR_SET_ENDIAN"), (21, "PR_GET_SECCOMP"),
    (22, "PR_SET_SECCOMP"), (23, "PR_CAPBSET_READ"), (24, "PR_CAPBSET_DROP"), (25, "PR_GET_TSC"),
    (26, "PR_SET_TSC"), (27, "PR_GET_SECUREBITS"), (28, "PR_SET_SECUREBITS"),
    (29, "PR_SET_TIMERSLACK"), (30, "PR_GET_TIMERSLACK"), (31, "PR_TASK_PERF_EVENTS_DISABLE"),
    (32, "PR_TASK_PERF_EVENTS_ENABLE"), (33, "PR_MCE_KILL"), (34, "PR_MCE_KILL_GET"),
    (35, "PR_SET_MM"), (36, "PR_SET_CHILD_SUBREAPER"), (37, "PR_GET_CHILD_SUBREAPER"),
    (38, "PR_SET_NO_NEW_PRIVS"), (39, "PR_GET_NO_NEW_PRIVS"), (40, "PR_GET_TID_ADDRESS"),
    (41, "PR_SET_THP_DISABLE"), (42, "PR_GET_THP_DISABLE"), (43, "PR_MPX_ENABLE_MANAGEMENT"),
    (44, "PR_MPX_DISABLE_MANAGEMENT"), (45, "PR_SET_FP_MODE"), (46, "PR_GET_FP_MODE"),
    (47, "PR_CAP_AMBIENT"), (50, "PR_SVE_SET_VL"), (51, "PR_SVE_GET_VL"),
    (52, "PR_GET_SPECULATION_CTRL"), (53, "PR_SET_SPECULATION_CTRL"), (54, "PR_PAC_RESET_KEYS"),
    (55, "PR_SET_TAGGED_ADDR_CTRL"), (56, "PR_GET_TAGGED_ADDR_CTRL"), (57, "PR_SET_IO_FLUSHER"),
    (58, "PR_GET_IO_FLUSHER"), (59, "PR_SET_SYSCALL_USER_DISPATCH"),
    (60, "PR_PAC_SET_ENABLED_KEYS"), (61, "PR_PAC_GET_ENABLED_KEYS"), (62, "PR_SCHED_CORE"),
    (63, "PR_SME_SET_VL"), (64, "PR_SME_GET_VL"), (65, "PR_SET_MDWE"), (66, "PR_GET_MDWE"),
    (67, "PR_SET_MEMORY_MERGE"), (68, "PR_GET_MEMORY_MERGE"), (0x5356_4d41, "PR_SET_VMA"),
    (0x5961_6d61, "PR_SET_PTRACER"),
];

#[rustfmt::skip]
const FILE_SYSTEMS: &[(u32, &str)] = &[
    (0x9fa0, "proc"), (0x6265_6572, "sysfs"), (0x0027_e0eb, "cgroup"), (0x6367_7270, "cgroup2"),
    (0x794c_7630, "overlay"), (0x0102_1994, "tmpfs"), (0x8584_58f6, "ramfs"), (0xef53, "ext4"),
    (0x5846_5342, "xfs"), (0x9123_683e, "btrfs"), (0xf2f5_2010, "f2fs"), (0xca45_1a4e, "bcachefs"),
    (0x2fc1_2fc1, "zfs"), (0x7371_7368, "squashfs"), (0xe0f5_e1e2, "erofs"), (0x9660, "iso9660"),
    (0x1501_3346, "udf"), (0x4d44, "vfat"), (0x2011_bab0, "exfat"), (0x7366_746e, "ntfs3"),
    (0x6969, "nfs"), (0xff53_4d42, "cifs"), (0xfe53_4d42, "smb3"), (0x00c3_6400, "ceph"),
    (0x0102_1997, "9p"), (0x6573_5546, "fuse"), (0x6573_5543, "fusectl"), (0xf15f, "ecryptfs"),
    (0x6462_6720, "debugfs"), (0x7472_6163, "tracefs"), (0x7363_6673, "securityfs"),
    (0xcafe_4a11, "bpf"), (0x6265_6570, "configfs"), (0x6165_676c, "pstore"),
    (0xde5e_81e4, "efivarfs"), (0x1cd1, "devpts"), (0x1980_0202, "mqueue"),
    (0x9584_58f6, "hugetlbfs"), (0x4249_4e4d, "binfmt_misc"), (0x0187, "autofs"),
    (0x6e73_6673, "nsfs"), (0x5049_4446, "pidfs"), (0x5049_5045, "pipefs"), (0x534f_434b, "sockfs"),
    (0x0904_1934, "anon_inodefs"), (0x6264_6576, "bdev"), (0x5345_434d, "secretmem"),
    (0x444d_4142, "dmabuf"), (0xf97c_ff8c, "selinuxfs"), (0x4341_5d53, "smackfs"),
    (0x5a3c_69f0, "apparmorfs"), (0x0765_5821, "resctrl"), (0x6759_6969, "rpc_pipefs"),
    (0x6c6f_6f70, "binder"), (0x6461_7864, "dax"), (0x5a4f_4653, "zonefs"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_stand_at_the_headers_numbers() {
        assert_eq!(bpf_command(5), "BPF_PROG_LOAD");
        assert_eq!(bpf_command(28), "BPF_LINK_CREATE");
        assert_eq!(bpf_command(36), "BPF_TOKEN_CREATE");
        assert_eq!(bpf_command(99), "99");
        assert_eq!(prctl_option(38), "PR_SET_NO_NEW_PRIVS");
        assert_eq!(prctl_option(0x5961_6d61), "PR_SET_PTRACER");
        assert_eq!(prctl_option(18), "18");
        assert_eq!(ptrace_request(16), "PTRACE_ATTACH");
        assert_eq!(ptrace_request(0x4206), "PTRACE_SEIZE");
        assert_eq!(signal(15), "SIGTERM");
        assert_eq!(signal(64), "64");
        assert_eq!(clock(11), "CLOCK_TAI");
        assert_eq!(clock(0xffff_fffd), "-3");
        assert_eq!(fsconfig_command(6), "FSCONFIG_CMD_CREATE");
        assert_eq!(fsconfig_command(u64::MAX), u64::MAX.to_string());
        assert_eq!(seccomp_operation(1), "SECCOMP_SET_MODE_FILTER");
    }

    #[test]
    fn capabilities_are_listed_in_order() {
        assert_eq!(capabilities(0), "");
        assert_eq!(capabilities(1 << 21 | 1), "CAP_CHOWN CAP_SYS_ADMIN");
        assert_eq!(capabilities(1 << 40), "CAP_CHECKPOINT_RESTORE");
        assert_eq!(
            capabilities(1 << 63 | 1 << 5),
            "CAP_KILL 0x8000000000000000"
        );
    }

    #[test]
    fn every_number_of_a_table_is_there_once() {
        for table in [FILE_SYSTEMS, PRCTL_OPTIONS, PTRACE_REQUESTS] {
            for (index, (number, name)) in table.iter().enumerate() {
                assert_eq!(
                    table.iter().position(|(other, _)| other == number),
                    Some(index),
                    "{name}"
                );
            }
        }
    }
}
