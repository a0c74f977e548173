//! When a container began, and whether a file was changed since then.
//!
//! Files have times of the wall clock, events those of CLOCK_BOOTTIME. The wall clock may be stepped
//! while a container runs: of all clocks that were seen in its life the earliest counts, so that a
//! step makes a file look changed rather than unchanged.

use crate::event::{BootTime, Clock, ExeFile};

/// How far the times of files may lie behind the clock: they are taken from the kernel's last tick
/// (10 ms at 100 Hz, the slowest).
const TICK: i64 = 10_000_000;

/// When a container began.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beginning {
    /// When its cgroup was made.
    made: Option<BootTime>,
    /// When the first of its processes that were found had started.
    first: Option<BootTime>,
    /// The earliest of the clocks.
    clock: Option<Clock>,
}

impl Beginning {
    /// Its cgroup was made.
    pub fn made(&mut self, time: BootTime) {
        self.made = Some(self.made.map_or(time, |made| made.min(time)));
    }

    /// A process of it was found that had started then.
    pub fn found(&mut self, start: BootTime) {
        self.first = Some(self.first.map_or(start, |first| first.min(start)));
    }

    /// When that was, as far as it is known.
    pub fn time(&self) -> Option<BootTime> {
        self.made.or(self.first)
    }

    /// Whether no clock was seen yet.
    pub fn lacks_clock(&self) -> bool {
        self.clock.is_none()
    }

    /// The wall clock stands so.
    pub fn saw(&mut self, clock: Clock) {
        let earliest = self
            .clock
            .filter(|known| known.offset() <= clock.offset())
            .unwrap_or(clock);
        self.clock = Some(earliest);
    }

    /// Whether a file was changed or written since. `None` where it is not known when that was.
    pub fn is_changed(&self, file: &ExeFile) -> Option<bool> {
        let began = self.clock?.nanoseconds(self.time()?);
        let began = began.saturating_sub(TICK);
        Some(file.changed >= began || file.written >= began)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn file(changed: u64, written: u64) -> ExeFile {
        ExeFile {
            changed: (changed * SECOND) as i64,
            written: (written * SECOND) as i64,
            owner: 0,
            group: 0,
        }
    }

    fn offset(seconds: u64) -> Clock {
        Clock::with_offset((seconds * SECOND) as i64)
    }

    #[test]
    fn either_time_of_a_file_counts_and_neither_alone_can_hide_it() {
        let mut beginning = Beginning::default();
        assert_eq!(beginning.is_changed(&file(500, 500)), None);
        beginning.made(BootTime(100 * SECOND));
        assert_eq!(beginning.is_changed(&file(500, 500)), None);
        beginning.saw(offset(1000));
        assert_eq!(beginning.is_changed(&file(1099, 900)), Some(false));
        assert_eq!(beginning.is_changed(&file(1101, 900)), Some(true));
        assert_eq!(beginning.is_changed(&file(1099, 1101)), Some(true));
    }

    #[test]
    fn a_cgroup_tells_more_than_processes_and_the_first_of_these_more_than_others() {
        let mut beginning = Beginning::default();
        beginning.saw(offset(0));
        beginning.found(BootTime(50 * SECOND));
        beginning.found(BootTime(40 * SECOND));
        beginning.found(BootTime(60 * SECOND));
        assert_eq!(beginning.is_changed(&file(45, 0)), Some(true));
        assert_eq!(beginning.is_changed(&file(35, 0)), Some(false));
        beginning.made(BootTime(48 * SECOND));
        assert_eq!(beginning.is_changed(&file(45, 0)), Some(false));
    }

    #[test]
    fn a_clock_that_is_stepped_hides_nothing() {
        let mut back = Beginning::default();
        back.made(BootTime(100 * SECOND));
        back.saw(offset(1000));
        // Written after the clock was set back by 500 s.
        back.saw(offset(500));
        assert_eq!(back.is_changed(&file(610, 610)), Some(true));
        let mut forth = Beginning::default();
        forth.made(BootTime(100 * SECOND));
        forth.saw(offset(1000));
        // Written before the clock was set forth.
        forth.saw(offset(5000));
        assert_eq!(forth.is_changed(&file(1101, 1101)), Some(true));
    }
}
