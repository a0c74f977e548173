//! Time: the kernel's boot-time nanoseconds inside, wall time at the edges.
//!
//! CLOCK_BOOTTIME never jumps, so it orders events; a [`Clock`] holds its distance to wall time as
//! measured once, and says of each event when that was for people.

use jiff::Timestamp;
use jiff::tz::Offset;
use rustix::time::{ClockId, Timespec, clock_gettime};

/// Nanoseconds of CLOCK_BOOTTIME.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BootTime(pub u64);

impl BootTime {
    /// The present moment.
    pub fn now() -> Self {
        Self(u64::try_from(nanoseconds(clock_gettime(ClockId::Boottime))).unwrap_or(0))
    }

    /// Nanoseconds since an earlier moment; 0 if it is the later one.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The distance from CLOCK_BOOTTIME to CLOCK_REALTIME.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Nanoseconds to add to boot time.
    offset: i64,
}

impl Clock {
    /// Readings of which the closest pair is taken: an interrupt between two readings of the clocks
    /// is not to shift all times of a run.
    const READINGS: usize = 8;

    /// A clock of known distance, as a capture has it in its header.
    pub const fn with_offset(offset: i64) -> Self {
        Self { offset }
    }

    /// Measures the distance now.
    pub fn measure() -> Self {
        let closest = (0..Self::READINGS)
            .map(|_| Reading::take())
            .min_by_key(Reading::width);
        Self {
            offset: closest.map_or(0, |reading| reading.offset()),
        }
    }

    /// Nanoseconds to add to boot time.
    pub const fn offset(self) -> i64 {
        self.offset
    }

    /// Nanoseconds since the epoch at a moment.
    pub fn nanoseconds(self, time: BootTime) -> i64 {
        i64::try_from(time.0)
            .unwrap_or(i64::MAX)
            .saturating_add(self.offset)
    }

    /// The wall time of a moment.
    pub fn timestamp(self, time: BootTime) -> Timestamp {
        // Every `i64` of nanoseconds is within jiff's range.
        Timestamp::from_nanosecond(i128::from(self.nanoseconds(time))).unwrap_or(Timestamp::MAX)
    }

    /// The wall time as RFC 3339 in UTC with nanoseconds: `2026-02-03T04:05:06.000000007Z`.
    pub fn rfc3339(self, time: BootTime) -> String {
        format!("{:.9}", self.timestamp(time))
    }

    /// The time of day in UTC, as Falco begins a line of text with: `04:05:06.000000007`.
    pub fn time_of_day(self, time: BootTime) -> String {
        let time = Offset::UTC.to_datetime(self.timestamp(time));
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        format!(
            "{hour:02}:{minute:02}:{second:02}.{:09}",
            time.subsec_nanosecond()
        )
    }
}

/// Wall time, read between two readings of boot time.
struct Reading {
    before: i64,
    wall: i64,
    after: i64,
}

impl Reading {
    fn take() -> Self {
        let before = nanoseconds(clock_gettime(ClockId::Boottime));
        let wall = nanoseconds(clock_gettime(ClockId::Realtime));
        let after = nanoseconds(clock_gettime(ClockId::Boottime));
        Self {
            before,
            wall,
            after,
        }
    }

    fn width(&self) -> i64 {
        self.after - self.before
    }

    fn offset(&self) -> i64 {
        self.wall - (self.before + self.width() / 2)
    }
}

fn nanoseconds(time: Timespec) -> i64 {
    time.tv_sec
        .saturating_mul(1_000_000_000)
        .saturating_add(time.tv_nsec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_is_shown_with_all_nine_digits() {
        let clock = Clock::with_offset(1_770_091_506_000_000_000);
        assert_eq!(clock.rfc3339(BootTime(7)), "2026-02-03T04:05:06.000000007Z");
        assert_eq!(clock.rfc3339(BootTime(0)), "2026-02-03T04:05:06.000000000Z");
        assert_eq!(
            clock.time_of_day(BootTime(120_000_000)),
            "04:05:06.120000000"
        );
        assert_eq!(clock.nanoseconds(BootTime(7)), 1_770_091_506_000_000_007);
    }

    #[test]
    fn the_measured_clock_agrees_with_the_systems() {
        let ours = Clock::measure().timestamp(BootTime::now());
        let apart = Timestamp::now().duration_since(ours).abs();
        assert!(apart.as_secs() < 5, "{apart:?}");
    }

    #[test]
    fn times_out_of_range_are_bounded() {
        let clock = Clock::with_offset(i64::MAX);
        assert_eq!(clock.nanoseconds(BootTime(u64::MAX)), i64::MAX);
        assert!(clock.rfc3339(BootTime(u64::MAX)).ends_with('Z'));
    }
}
