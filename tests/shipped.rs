//! The rules that the product ships, as the tests expect them.

use crate::attack::Rule;

const fn rule(name: &'static str, done: &'static str, refused: &'static str) -> Rule {
    Rule {
        name,
        done,
        refused,
    }
}

/// A connection to a container engine's API.
pub const ENGINE: Rule = rule("Engine socket connection", "critical", "error");
/// A file through which the kernel runs programs or is switched, opened for writing.
pub const KERNEL_INTERFACE: Rule = rule("Kernel interface opened for writing", "critical", "error");
/// A block device of the host, opened or mounted.
pub const DEVICE: Rule = rule("Block device opened or mounted", "critical", "error");
/// The mount family.
pub const MOUNT: Rule = rule("Mount by a workload", "error", "warning");
/// The mount family below a user namespace that the workload made itself.
pub const OWN_MOUNT: Rule = rule(
    "Mount in own user namespace",
    "informational",
    "informational",
);
/// setns and unshare.
pub const NAMESPACE: Rule = rule("Namespace change by a workload", "error", "warning");
/// A user namespace made, which most sandboxes do.
pub const OWN_NAMESPACE: Rule = rule(
    "User namespace made by a workload",
    "informational",
    "informational",
);
/// A file or directory reached through another container's or the host's mounts.
pub const FOREIGN_MOUNT: Rule = rule("File of another mount namespace", "critical", "critical");
/// bpf and modules.
pub const KERNEL_CODE: Rule = rule("Kernel code loaded by a workload", "critical", "error");
/// An executable that lies in memory only.
pub const MEMORY: Rule = rule("Execution from memory", "critical", "critical");
/// Secrets on disk.
pub const CREDENTIALS: Rule = rule("Credential file read", "error", "warning");
/// A program that was written or changed in the running container.
pub const DRIFT: Rule = rule("Program changed since the start", "notice", "notice");
/// A program whose file has no name left.
pub const UNLINKED: Rule = rule("Program without a name executed", "error", "error");
/// The loader of programs, run as a program.
pub const LOADER: Rule = rule("Program loader run by hand", "notice", "notice");
/// A program whose standard descriptors lead out of the container.
pub const REVERSE_SHELL: Rule = rule("Reverse shell", "critical", "critical");
/// A standard input that leads there.
pub const REMOTE_INPUT: Rule = rule(
    "Standard input taken from a network connection",
    "error",
    "error",
);
/// A set-user-ID program that is not the image's.
pub const PLANTED_SETUID: Rule = rule("Planted set-user-ID program", "error", "error");
/// Root without a program that the image has for that.
pub const ROOT_BY_CALL: Rule = rule("Root by a system call", "error", "error");
/// A cloud's metadata service.
pub const METADATA: Rule = rule("Metadata service connection", "error", "warning");
