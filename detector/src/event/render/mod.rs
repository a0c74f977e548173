//! Numbers as people and rules read them: flags, commands, options, errors, capabilities.
//!
//! Names and their joining by `|` are those that Falco shows, which are the kernel's; bits without a
//! name follow as one hexadecimal number, so that nothing is hidden. Facts are from the kernel's
//! UAPI headers, named at each table.

mod errno;
mod flags;
mod modes;
mod names;
mod ring;

pub use errno::errno;
pub use flags::{
    at_flags, clock_modes, clone_flags, fsmount_flags, fsopen_flags, fspick_flags,
    kexec_file_flags, kexec_flags, module_flags, mount_attributes, mount_flags, move_mount_flags,
    open_flags, open_tree_flags, rename_flags, resolve_flags, seccomp_flags, umount_flags,
};
pub use modes::{permissions, userfaultfd_flags};
pub use names::{
    bpf_command, capabilities, clock, file_system, fsconfig_command, prctl_option, ptrace_request,
    seccomp_operation, signal,
};
pub use ring::ring_flags;

fn hexadecimal(number: u64) -> String {
    format!("{number:#x}")
}
