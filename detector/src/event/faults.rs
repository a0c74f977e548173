//! userfaultfd: a descriptor through which a process answers faults of memory itself.

use detector_common::record::ActBody;

use super::file::low_half;

/// userfaultfd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faults {
    /// `UFFD_USER_MODE_ONLY`, `O_CLOEXEC`, `O_NONBLOCK`.
    pub flags: u64,
}

impl Faults {
    pub(super) fn new(body: &ActBody) -> Self {
        let [flags, ..] = body.call.args;
        Self {
            flags: low_half(flags),
        }
    }
}
