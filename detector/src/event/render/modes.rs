//! Permission bits of files and flags of userfaultfd, as text.

use super::flags::{Table, joined};

/// Permission bits: `S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID`.
pub fn permissions(bits: u64) -> String {
    joined(PERMISSIONS, bits)
}

/// Flags of userfaultfd(2): `UFFD_USER_MODE_ONLY|O_CLOEXEC`.
pub fn userfaultfd_flags(bits: u64) -> String {
    joined(USERFAULTFD, bits)
}

/// include/uapi/linux/stat.h, in Falco's order.
const PERMISSIONS: Table = &[
    (0o1, "S_IXOTH"),
    (0o2, "S_IWOTH"),
    (0o4, "S_IROTH"),
    (0o10, "S_IXGRP"),
    (0o20, "S_IWGRP"),
    (0o40, "S_IRGRP"),
    (0o100, "S_IXUSR"),
    (0o200, "S_IWUSR"),
    (0o400, "S_IRUSR"),
    (0o1000, "S_ISVTX"),
    (0o2000, "S_ISGID"),
    (0o4000, "S_ISUID"),
];

/// include/uapi/linux/userfaultfd.h
const USERFAULTFD: Table = &[
    (1, "UFFD_USER_MODE_ONLY"),
    (0o4000, "O_NONBLOCK"),
    (0o2_000_000, "O_CLOEXEC"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_have_the_names_that_rules_look_for() {
        assert_eq!(permissions(0), "0");
        assert_eq!(permissions(0o500), "S_IXUSR|S_IRUSR");
        assert_eq!(permissions(0o4001), "S_IXOTH|S_ISUID");
        assert_eq!(
            permissions(0o10_000 | 0o2000),
            "S_ISGID|0x1000",
            "what is no permission is not hidden"
        );
        assert_eq!(
            userfaultfd_flags(0o2_000_001),
            "UFFD_USER_MODE_ONLY|O_CLOEXEC"
        );
    }
}
