//! The sensor on its hooks for a while, and programs that do nothing in its place: what the
//! measuring of its cost needs.
//!
//! Programs and maps stay loaded throughout; only the links come and go.

use std::collections::BTreeSet;

use aya::programs::tp_btf::BtfTracePointLink;
use aya::programs::{BtfTracePoint, loaded_programs};

use super::load::{TRACEPOINTS, program, refused};
use super::{Sensor, SensorError, families};

/// The programs that do nothing, by tracepoint; in the sensor's object each is named for it.
const EMPTY: &[(&str, &str)] = &[
    ("empty_cgroup_made", "cgroup_mkdir"),
    ("empty_cgroup_removed", "cgroup_rmdir"),
    ("empty_cgroup_attached", "cgroup_attach_task"),
    ("empty_task_made", "task_newtask"),
    ("empty_executed", "sched_process_exec"),
    ("empty_exited", "sched_process_exit"),
    ("empty_tcp_state", "inet_sock_set_state"),
    ("empty_signalled", "signal_generate"),
    ("empty_request_submitted", families::SUBMITTED),
    ("empty_request_ended", families::ENDED),
    ("empty_sys_exit", "sys_exit"),
];

/// Programs on their hooks. Dropping it takes them away again.
#[must_use = "dropped, it takes the programs off their hooks"]
pub struct Attached {
    _links: Vec<BtfTracePointLink>,
}

impl Sensor {
    /// Loads the programs that do nothing, for the tracepoints that the sensor itself has programs
    /// on. Once.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn load_empty(&mut self) -> Result<(), SensorError> {
        for (name, tracepoint) in self.empty() {
            self.load_tracepoint(name, tracepoint)?;
        }
        Ok(())
    }

    /// Puts the programs that do nothing on the hooks.
    ///
    /// # Errors
    /// When the kernel refuses, or they were not loaded.
    pub fn attach_empty(&mut self) -> Result<Attached, SensorError> {
        let names: Vec<_> = self.empty().map(|(name, _)| name).collect();
        self.attach_for_now(names)
    }

    /// Puts the sensor's own programs on their hooks, as [`Sensor::attach`] does for good.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn attach_sensor(&mut self) -> Result<Attached, SensorError> {
        let own = TRACEPOINTS.iter().copied();
        let names: Vec<_> = own
            .filter(|(_, tracepoint, _)| !self.is_off(tracepoint))
            .map(|(name, ..)| name)
            .collect();
        self.attach_for_now(names)
    }

    fn empty(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        let off: Vec<_> = EMPTY
            .iter()
            .map(|(_, tracepoint)| self.is_off(tracepoint))
            .collect();
        let all = EMPTY.iter().copied().zip(off);
        all.filter_map(|(empty, off)| (!off).then_some(empty))
    }

    /// Whether the kernel lacks a tracepoint, or the sensor's program for it was refused.
    fn is_off(&self, tracepoint: &str) -> bool {
        self.hooks()
            .iter()
            .any(|hook| hook.name == tracepoint && !hook.attached)
    }

    fn attach_for_now(&mut self, names: Vec<&'static str>) -> Result<Attached, SensorError> {
        let links = names.into_iter().map(|name| {
            let program = program::<BtfTracePoint>(&mut self.object, name)?;
            let link = program.attach().and_then(|link| program.take_link(link));
            link.map_err(|source| refused(name, source))
        });
        Ok(Attached {
            _links: links.collect::<Result<_, _>>()?,
        })
    }
}

/// Types of programs that may hang on tracepoints, by their numbers in `enum bpf_prog_type` of
/// include/uapi/linux/bpf.h: TRACEPOINT, RAW_TRACEPOINT, TRACING.
const TRACING: [u32; 3] = [5, 17, 26];

/// The numbers of all programs in this kernel that may hang on tracepoints, whoever loaded them.
#[must_use]
pub fn tracing_programs() -> BTreeSet<u32> {
    // One that has gone while we looked is an error, and none that matters.
    let loaded = loaded_programs().filter_map(Result::ok);
    loaded
        .filter(|program| TRACING.contains(&(program.program_type() as u32)))
        .map(|program| program.id())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tracepoint_of_the_sensor_has_an_empty_program() {
        let of_sensor: Vec<_> = TRACEPOINTS.iter().map(|(_, at, _)| *at).collect();
        let of_empty: Vec<_> = EMPTY.iter().map(|(_, at)| *at).collect();
        assert_eq!(of_sensor, of_empty);
        for ((name, ..), (empty, _)) in TRACEPOINTS.iter().zip(EMPTY) {
            assert_eq!(*empty, format!("empty_{name}"));
        }
    }
}
