//! What this host allows the detector to do, tried and not guessed.
//!
//! [`examine`] looks at one [`Area`] after the other, each guarded: what panics or hangs in one does
//! not stop the rest. An area's file separates what it finds (facts) from what that means (checks):
//! the second is a function of the first, and is tested without the host that would show it. Nothing
//! is changed: the state directory is not made, a detector that runs is not disturbed, the sensor's
//! programs are taken out again. [`bundle`] packs the findings for somebody else to read.
#![forbid(unsafe_code)]

pub mod bundle;
mod check;
mod clock;
mod disk;
mod engines;
mod features;
mod guard;
mod kernel;
mod limits;
mod objects;
mod permissions;
mod report;
mod rules;
mod sensor;
mod text;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use detector_common::tier::Tier;

pub use check::{Area, Check, Verdict};
pub use permissions::{NEEDED, names};
pub use report::{Overall, Report};
pub use text::render;

use crate::host::cgroupfs::Hierarchy;
use crate::host::engine::{SocketError, Sockets};
use crate::sensor::Choice;
use crate::sensor::probe::probe;

/// What most areas may take: they read files.
const SHORT: Duration = Duration::from_secs(10);
/// What engines may take, asked all at once with a limit of their own.
const ENGINES: Duration = Duration::from_secs(20);
/// What loading, attaching and acting may take: a slow machine verifies for seconds.
const SENSOR: Duration = Duration::from_secs(120);

/// What to look at.
#[derive(Debug)]
pub struct Request {
    /// The state directory that a detector would be given.
    pub state: PathBuf,
    /// The engines that it would ask.
    pub engines: Result<Sockets, SocketError>,
    /// A command that does nothing until its standard input ends: a process to look at.
    pub stand_in: Command,
    /// Which of the sensor's objects; the one that the kernel takes, if nothing is said.
    pub object: Option<Tier>,
}

/// Looks at everything.
#[must_use]
pub fn examine(request: Request) -> Report {
    let Request {
        state,
        engines,
        stand_in,
        object,
    } = request;
    let mut checks = guard::look(Area::Permissions, SHORT, permissions::check);
    checks.extend(guard::look(Area::Kernel, SHORT, kernel::check));
    checks.extend(guard::look(Area::Sensor, SENSOR, move || {
        tried(stand_in, object)
    }));
    checks.extend(guard::look(Area::Objects, SHORT, objects::check));
    checks.extend(guard::look(Area::Engines, ENGINES, || {
        engines::check(engines)
    }));
    checks.extend(guard::look(Area::Clock, SHORT, clock::check));
    checks.extend(guard::look(Area::Disk, SHORT, move || disk::check(&state)));
    checks.extend(guard::look(Area::Limits, SHORT, limits::check));
    checks.extend(guard::look(Area::Rules, SHORT, rules::check));
    Report::of(checks)
}

/// The sensor and what it stands on, in one trial.
fn tried(stand_in: Command, object: Option<Tier>) -> Vec<Check> {
    if let Err(reason) = permissions::may_load() {
        return [sensor::untried(&reason), features::untried(&reason)].concat();
    }
    let hierarchy = Hierarchy::find().ok();
    let mount = hierarchy.as_ref().map(Hierarchy::mount);
    let trials = probe(stand_in, mount, &Choice::make(object));
    let hooks = trials.parts.into_iter().chain(trials.hooks);
    [sensor::judge(hooks), features::judge(trials.features)].concat()
}
