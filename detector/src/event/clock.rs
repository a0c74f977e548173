//! The host's clock set or steered.

use detector_common::call;
use detector_common::record::{ActBody, clock_argument as at};

/// `ADJ_SETOFFSET` and `ADJ_TAI` with it move the clock at once; all other modes steer it
/// (include/uapi/linux/timex.h).
const ADJ_SETOFFSET: u32 = 0x0100;

/// A call that changes a clock. What is to become of it is the caller's claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// `CLOCK_*`; 0 is the time of day. Negative for a device's own clock.
    pub clock: i32,
    /// `ADJ_*` bits of what is steered; `None` where the clock is set, or they could not be read.
    pub modes: Option<u32>,
    /// Seconds and nanoseconds since the epoch to which it is set, where they could be read.
    pub time: Option<(i64, i64)>,
    /// How it changes.
    pub change: Change,
}

/// How a clock changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// At once: it shows another time.
    Step,
    /// By and by: it goes faster or slower, as time daemons have it all day.
    Slew,
    /// Only the kernel's time zone.
    Zone,
}

impl Change {
    /// The word that fields use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Slew => "slew",
            Self::Zone => "zone",
        }
    }
}

impl Clock {
    pub(super) fn new(body: &ActBody) -> Self {
        let args = body.call.args;
        let known = args[at::KNOWN];
        let has = |bit| known & bit != 0;
        let steers = matches!(body.call.number, call::ADJTIMEX | call::CLOCK_ADJTIME);
        let modes = has(at::MODES_READ).then_some(args[at::MODES] as u32);
        let change = match (steers, modes) {
            // Modes that nobody could read may be anything.
            (true, None) => Change::Step,
            (true, Some(modes)) if modes & ADJ_SETOFFSET != 0 => Change::Step,
            (true, Some(_)) => Change::Slew,
            (false, _) if has(at::TIME) => Change::Step,
            (false, _) => Change::Zone,
        };
        let time = has(at::TIME_READ).then(|| {
            let [seconds, nanoseconds] = [args[at::SECONDS], args[at::NANOSECONDS]];
            (seconds.cast_signed(), nanoseconds.cast_signed())
        });
        Self {
            clock: args[at::CLOCK] as u32 as i32,
            modes,
            time,
            change,
        }
    }
}
