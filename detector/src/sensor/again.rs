//! The second gate on system calls, on kernels that may preempt the first: there the kernel skips that
//! for every other task on the CPU until it goes on.

use aya::maps::{MapData, PerCpuArray};

use super::release::Release;
use super::{Hook, Sensor, SensorError};

/// The program.
const PROGRAM: &str = "sys_exit_again";
/// The map of its counter.
const COUNTER: &str = "CAUGHT";
/// Its tracepoint.
const TRACEPOINT: &str = "sys_exit";

/// Tracepoints let programs be preempted since 7.0 (SRCU instead of disabled preemption).
const SINCE: Release = Release::new(7, 0);

/// Whether this kernel may preempt programs.
pub(super) fn is_needed() -> bool {
    Release::running().is_some_and(|running| running >= SINCE)
}

impl Sensor {
    /// Loads and attaches it where it is needed. Comes after the first: the kernel runs them in the
    /// order in which they came.
    pub(super) fn attach_again(&mut self) {
        if !is_needed() {
            return;
        }
        let attached = self
            .load_tracepoint(PROGRAM, TRACEPOINT)
            .and_then(|()| self.attach_tracepoint(PROGRAM));
        self.add_hook(match attached {
            Ok(()) => Hook::on(PROGRAM),
            Err(error) => Hook::off(PROGRAM, &error),
        });
    }

    /// Calls for which it stepped in.
    pub(super) fn caught(&self) -> u64 {
        self.caught_by_cpu().unwrap_or_default()
    }

    fn caught_by_cpu(&self) -> Result<u64, SensorError> {
        let fault = |source| SensorError::Map {
            name: COUNTER,
            source,
        };
        let map = self
            .object
            .map(COUNTER)
            .ok_or(SensorError::Absent(COUNTER))?;
        let counts = PerCpuArray::<&MapData, u64>::try_from(map).map_err(fault)?;
        Ok(counts.get(&0, 0).map_err(fault)?.iter().sum())
    }
}
