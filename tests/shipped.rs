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
/// Settings, hooks or skills of an agent, changed from a container.
pub const AGENT_CONFIG: Rule = rule(
    "Agent configuration rewritten from a container",
    "critical",
    "critical",
);
/// Instructions or memory of an agent, changed from a container.
pub const AGENT_WORDS: Rule = rule(
    "Agent instruction or memory file rewritten from a container",
    "warning",
    "warning",
);
/// Any of these, changed by another user of the host.
pub const AGENT_FILE: Rule = rule(
    "Agent file rewritten by another process of the host",
    "notice",
    "notice",
);
/// A log that lost something.
pub const LOG: Rule = rule("Log truncated or deleted", "error", "error");
/// The detector's own files.
pub const STATE: Rule = rule("Detector's state directory touched", "critical", "critical");
/// A cloud's metadata service.
pub const METADATA: Rule = rule("Metadata service connection", "error", "warning");
