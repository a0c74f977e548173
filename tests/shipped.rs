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
pub const LOG_CUT: Rule = rule("Log truncated or deleted", "error", "error");
/// The detector's own files.
pub const STATE: Rule = rule("Detector's state directory touched", "critical", "critical");
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
/// A process of another container or of the host, or the runtime that enters, taken over.
pub const TAKEN_OVER: Rule = rule(
    "Process outside the container taken over",
    "critical",
    "error",
);
/// A process of the own container, which neither the actor nor its parent has started.
pub const OTHER_TREE: Rule = rule("Process of another tree traced", "warning", "notice");
/// The detector, attacked from inside a container.
pub const DETECTOR_ATTACKED: Rule = rule("Detector attacked by a workload", "critical", "critical");
/// The detector, traced by the host.
pub const DETECTOR_TRACED: Rule = rule("Detector traced", "critical", "error");
/// An ordinary signal of the host to the detector.
pub const DETECTOR_STOPPED: Rule = rule("Detector stopped or reloaded", "notice", "notice");
/// Any other signal of the host to the detector.
pub const DETECTOR_SIGNALLED: Rule = rule("Detector signalled", "error", "warning");
/// The host's clock, changed by a workload.
pub const CLOCK: Rule = rule("Host clock changed by a workload", "critical", "warning");
/// The host's clock, stepped by the host.
pub const CLOCK_STEPPED: Rule = rule("Host clock stepped", "warning", "warning");
/// A log removed, or an account of logins or commands emptied.
pub const LOG: Rule = rule("Log removed or emptied by a workload", "warning", "warning");
/// A file opened by its handle.
pub const HANDLE: Rule = rule("File opened by handle", "critical", "warning");
/// A hard link to a credential file.
pub const ALIAS: Rule = rule("Credential file given another name", "error", "warning");
