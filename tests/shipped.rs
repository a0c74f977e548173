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
/// A cloud's metadata service.
pub const METADATA: Rule = rule("Metadata service connection", "error", "warning");
/// A task that stands on the host.
pub const TO_HOST: Rule = rule("Boundary crossed to the host", "critical", "critical");
/// A task that stands in another container.
pub const INTO_CONTAINER: Rule = rule(
    "Boundary crossed into another container",
    "critical",
    "critical",
);
/// A task that stands where nobody's is.
pub const TO_UNKNOWN: Rule = rule("Boundary crossed to the unknown", "critical", "critical");
/// A root directory that is not the container's.
pub const ROOT_OUT: Rule = rule(
    "Root directory moved out of the container",
    "critical",
    "critical",
);
/// Namespaces of its own.
pub const INWARD: Rule = rule(
    "Step inward by a workload",
    "informational",
    "informational",
);
/// What no call explains.
pub const UNEXPLAINED: Rule = rule(
    "Privileges changed without a system call",
    "critical",
    "critical",
);
