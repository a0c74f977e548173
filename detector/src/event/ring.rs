//! io_urings set up: what is asked for through them needs no system call.

use detector_common::record::ActBody;

use super::file::low_half;

/// io_uring_setup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ring {
    /// How many requests its queue was to hold.
    pub entries: u64,
    /// Flags: `IORING_SETUP_SQPOLL` and so on. The ring's own, where the kernel made it; else the
    /// caller's.
    pub flags: u64,
}

impl Ring {
    pub(super) fn new(body: &ActBody) -> Self {
        let [entries, _, flags, ..] = body.call.args;
        Self {
            entries: low_half(entries),
            flags,
        }
    }
}
