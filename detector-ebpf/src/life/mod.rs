//! The lives of processes and cgroups: made, executed, moved, gone; those that were there before the
//! sensor; and the sensor's own sign of life.

pub mod bootstrap;
pub mod cgroup;
pub mod heartbeat;
pub mod process;
