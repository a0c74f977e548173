//! Who did it: which container, agent and session a process belongs to.
//!
//! Two kinds of knowledge meet here. The kernel's own (cgroup paths and ids) is there at once and
//! cannot be forged from inside; the engine's and the agent's (names, labels, environment) comes
//! later or never and always carries its source.

pub mod attribution;
pub mod cgroup_path;
pub mod cgroupfs;
pub mod container;
pub mod engine;
