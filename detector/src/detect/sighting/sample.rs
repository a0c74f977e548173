//! A sighting for the tests of whoever handles sightings.

use detector_common::call;
use detector_common::record::Kind;
use detector_common::section::Tag;

use super::Sighting;
use crate::detect::Teller;
use crate::detect::redact::Redactor;
use crate::event::Clock;
use crate::event::sample::{self, Sample};
use crate::host;

/// A workload that was refused a file.
pub(crate) fn sighting() -> Sighting {
    let event = Sample::new(
        Kind::Open,
        &sample::act(call::OPENAT, -13, [3, 1, 0, 0, 0, 0]),
    )
    .plain_path(Tag::Cwd, "/srv/app")
    .text(Tag::Claim, b"../secret")
    .event();
    let observation = host::sample::observation(event, &[b"cat", b"../secret"]);
    teller().sighting(&observation)
}

/// A teller of 5 January 2026, 14:03:02 UTC and what follows.
pub(crate) fn teller() -> Teller {
    let boot = "6a8bd2a3-3b4e-4d0a-9b59-7c3b0c7e1f20".parse().unwrap();
    let clock = Clock::with_offset(1_767_621_782_000_000_000);
    Teller::new(Redactor::new().unwrap(), boot, clock)
}
