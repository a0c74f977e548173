//! What this kernel lets the sensor do, tried part by part.
//!
//! [`probe`] loads the same object as [`Sensor::load`], with maps and programs of its own: a detector
//! that runs beside it notices nothing. But where that stops at the first fault, this goes on and
//! tells of each part. And it looks whether the parts see: with everything attached, this process
//! alone is watched, performs one harmless act for each hook, and must find it in the rings. When
//! [`probe`] returns, its programs are out of the kernel again.

mod act;
pub mod feature;
mod hook;
mod ring;
mod sight;

use std::path::Path;
use std::process::{self, Command};

use aya::VerifierLogLevel;
use aya::maps::HashMap;
use detector_common::state::{TaskState, phase};
use detector_common::tier::Tier;
use zerocopy::IntoBytes;

use self::hook::Hooks;
use self::sight::Sights;
use super::interest::{Interest, Widened};
use super::load::take;
use super::rings::Reader;
use super::{Choice, Sensor, SensorError};

/// How a trial went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It works; what was seen of it.
    Works(String),
    /// It does not; what the kernel said.
    Fails(String),
    /// It could not be tried; why.
    Untried(String),
}

/// A part of the sensor, or something that the kernel offers, and how its trial went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Its name, for a hook the one in the status.
    pub name: &'static str,
    /// Whether the sensor is of no use without it.
    pub needed: bool,
    /// How it went.
    pub outcome: Outcome,
}

/// All that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trials {
    /// Maps, the self-check and the lanes.
    pub parts: Vec<Trial>,
    /// Tracepoints, families of system calls, iterators.
    pub hooks: Vec<Trial>,
    /// What the kernel offers, whether the sensor uses it yet or not.
    pub features: Vec<Trial>,
}

/// Which of the two objects is tried.
pub const OBJECT: &str = "object";
/// The maps of the object.
pub const MAPS: &str = "maps";
/// The comparison of the sensor's account of this process with that of /proc.
pub const SELF_CHECK: &str = "self-check";
/// The rings.
pub const LANES: &str = "lanes";

/// The names of all parts and hooks that are tried.
pub fn names() -> impl Iterator<Item = &'static str> {
    [OBJECT, MAPS, SELF_CHECK, LANES]
        .into_iter()
        .chain(hook::names())
}

/// Tries everything. `stand_in` is a command that does nothing until its standard input ends;
/// `hierarchy` is where the v2 cgroups are mounted: a cgroup is made there for a moment.
#[must_use]
pub fn probe(stand_in: Command, hierarchy: Option<&Path>, object: &Choice) -> Trials {
    let mut sensor = match Sensor::prepare(object, VerifierLogLevel::STATS) {
        Ok(sensor) => sensor,
        Err(error) => return without_maps(&error, object),
    };
    let mut hooks = Hooks::load(&mut sensor, object);
    let (mut parts, hooks) = match sensor.reader() {
        Ok(reader) => observe(&mut sensor, hooks, reader, stand_in, hierarchy),
        Err(error) => {
            hooks.give_up(&error.reason());
            (
                vec![needed(MAPS, failed(&error))],
                hooks.judge(&Sights::default()),
            )
        }
    };
    parts.insert(0, chosen(object));
    let features = feature::try_all(Some(&mut sensor), &hooks);
    Trials {
        parts,
        hooks,
        features,
    }
}

/// The trials where there is no object to try: what the kernel offers can be asked all the same.
fn without_maps(error: &SensorError, object: &Choice) -> Trials {
    let hooks = Hooks::untried("the sensor could not be prepared");
    let untried = || Outcome::Untried("the sensor could not be prepared".to_owned());
    Trials {
        parts: vec![
            chosen(object),
            needed(MAPS, failed(error)),
            needed(SELF_CHECK, untried()),
            needed(LANES, untried()),
        ],
        features: feature::try_all(None, &hooks),
        hooks,
    }
}

/// Attaches everything, acts, and looks at what arrives.
fn observe(
    sensor: &mut Sensor,
    mut hooks: Hooks,
    mut reader: Reader,
    stand_in: Command,
    hierarchy: Option<&Path>,
) -> (Vec<Trial>, Vec<Trial>) {
    let maps = Outcome::Works("all made, the rings mapped".to_owned());
    let itself = match hooks.can_check().then(|| sensor.check(&mut reader)) {
        None => Outcome::Untried("the iterator for it is missing".to_owned()),
        Some(Ok(())) => Outcome::Works("the sensor and /proc agree on this process".to_owned()),
        Some(Err(error)) => failed(&error),
    };
    hooks.checked(&itself);
    hooks.attach(sensor);
    let sights = match watch_ourselves(sensor) {
        Ok(()) => {
            let acted = act::perform(sensor, stand_in, hierarchy);
            hooks.excuse(&acted);
            sight::read(&mut reader, &acted, |sights| hooks.all_seen(sights))
        }
        Err(error) => {
            hooks.give_up(&error.reason());
            Sights::default()
        }
    };
    let lanes = match (sights.lanes(), hooks.are_fit()) {
        (Outcome::Fails(_), false) => {
            Outcome::Untried("hooks that would have filled them have failed".to_owned())
        }
        (told, _) => told,
    };
    let parts = vec![
        needed(MAPS, maps),
        needed(SELF_CHECK, itself),
        needed(LANES, lanes),
    ];
    (parts, hooks.judge(&sights))
}

/// Makes this process, and those that it makes, count as workload, of which everything is told:
/// nobody else is watched.
fn watch_ourselves(sensor: &mut Sensor) -> Result<(), SensorError> {
    const NAME: &str = "TASKS";
    let mut tasks: HashMap<_, u32, [u8; size_of::<TaskState>()]> = take(&mut sensor.object, NAME)?;
    let state = TaskState {
        phase: phase::WORKLOAD,
        ..TaskState::default()
    };
    let mut value = [0; size_of::<TaskState>()];
    value.copy_from_slice(state.as_bytes());
    let failed = |name| move |source| SensorError::Map { name, source };
    tasks
        .insert(process::id(), value, 0)
        .map_err(failed(NAME))?;
    let mut interest = sensor.interest()?;
    let widened = interest.widen(Interest::everything());
    widened
        .and_then(Widened::narrow)
        .map_err(failed("INTEREST"))
}

/// Which object it is. The legacy one sees less.
fn chosen(object: &Choice) -> Trial {
    let told = format!("the {} one: {}", object.tier.name(), object.reason);
    let outcome = match object.tier {
        Tier::Normal => Outcome::Works(told),
        Tier::Legacy => Outcome::Fails(told),
    };
    Trial {
        name: OBJECT,
        needed: false,
        outcome,
    }
}

const fn needed(name: &'static str, outcome: Outcome) -> Trial {
    Trial {
        name,
        needed: true,
        outcome,
    }
}

fn failed(error: &SensorError) -> Outcome {
    Outcome::Fails(error.reason())
}

#[cfg(test)]
mod tests;
