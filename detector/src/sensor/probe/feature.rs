//! What the kernel offers to kernel programs, whether the sensor uses it yet or not.
//!
//! Tried by making a map, loading a program that calls a helper, or letting a program run: a kernel
//! may load and attach a program that it never calls.

use std::fs::File;

use aya::maps::{Array, MapType};
use aya::programs::{FEntry, Lsm, ProgramError, ProgramType};
use aya::sys::{BpfHelper, is_helper_supported, is_map_supported};
use detector_common::state::Probe;

use super::{Outcome, Trial};
use crate::sensor::error::{program_reason, with_causes};
use crate::sensor::load::{ALL_TASKS, FAMILIES, program};
use crate::sensor::{Sensor, SensorError};

/// Where the records go.
pub const RING_BUFFER: &str = "ring buffer";
/// Which processes run already.
pub const ITERATORS: &str = "iterators";
/// From the gate to the families.
pub const TAIL_CALLS: &str = "tail calls";
/// State that goes with its task.
pub const TASK_STORAGE: &str = "task storage";
/// Loops without a bound that the verifier walks.
pub const LOOP: &str = "bpf_loop";
/// Programs at the hooks of security modules.
pub const LSM: &str = "LSM programs";
/// Programs at the entry of kernel functions.
pub const FENTRY: &str = "fentry programs";

/// All of them, in the order in which they are told.
pub const NAMES: &[&str] = &[
    RING_BUFFER,
    ITERATORS,
    TAIL_CALLS,
    TASK_STORAGE,
    LOOP,
    LSM,
    FENTRY,
];

/// Tries all. `hooks` were tried before: some of them stand on what the kernel offers.
pub(super) fn try_all(mut sensor: Option<&mut Sensor>, hooks: &[Trial]) -> Vec<Trial> {
    let families = FAMILIES.iter().map(|(_, kind)| kind.name());
    let mut runs = |name, run: Run| match &mut sensor {
        Some(sensor) => optional(name, run(sensor)),
        None => optional(
            name,
            Outcome::Untried("the sensor could not be prepared".to_owned()),
        ),
    };
    let (lsm, fentry) = (runs(LSM, run_lsm), runs(FENTRY, run_fentry));
    vec![
        needed(RING_BUFFER, map(MapType::RingBuf)),
        needed(ITERATORS, shown_by(hooks, &[ALL_TASKS])),
        needed(TAIL_CALLS, shown_by(hooks, &families.collect::<Vec<_>>())),
        optional(TASK_STORAGE, map(MapType::TaskStorage)),
        optional(LOOP, helper(BpfHelper::BPF_FUNC_loop)),
        lsm,
        fentry,
    ]
}

/// A trial that lets a program run.
type Run = fn(&mut Sensor) -> Outcome;

fn map(kind: MapType) -> Outcome {
    supported(is_map_supported(kind).map_err(|error| with_causes(&error)))
}

fn helper(helper: BpfHelper) -> Outcome {
    let answer = is_helper_supported(ProgramType::RawTracePoint, helper);
    supported(answer.map_err(|error| program_reason(&error)))
}

fn supported(answer: Result<bool, String>) -> Outcome {
    match answer {
        Ok(true) => Outcome::Works("the kernel offers it".to_owned()),
        Ok(false) => Outcome::Fails("this kernel does not know it".to_owned()),
        Err(reason) => Outcome::Untried(reason),
    }
}

/// Any of these hooks shows that it works, and all of them that it does not.
fn shown_by(hooks: &[Trial], names: &[&str]) -> Outcome {
    let outcomes = || {
        let named = hooks.iter().filter(|hook| names.contains(&hook.name));
        named.map(|hook| &hook.outcome)
    };
    if outcomes().any(|outcome| matches!(outcome, Outcome::Works(_))) {
        return Outcome::Works("the sensor's own work".to_owned());
    }
    let failed = outcomes().find(|outcome| matches!(outcome, Outcome::Fails(_)));
    let other = failed.or_else(|| outcomes().next());
    other
        .cloned()
        .unwrap_or_else(|| Outcome::Untried("nothing of ours stands on it".to_owned()))
}

fn run_lsm(sensor: &mut Sensor) -> Outcome {
    let attach = |sensor: &mut Sensor| -> Result<(), SensorError> {
        let Sensor { object, btf, .. } = sensor;
        let lsm = program::<Lsm>(object, "probe_lsm")?;
        lsm.load("file_open", btf)
            .and_then(|()| lsm.attach())
            .map(drop)
            .map_err(refused)
    };
    ran(attach(sensor), sensor, Probe::Lsm)
}

fn run_fentry(sensor: &mut Sensor) -> Outcome {
    let attach = |sensor: &mut Sensor| -> Result<(), SensorError> {
        let Sensor { object, btf, .. } = sensor;
        let fentry = program::<FEntry>(object, "probe_fentry")?;
        fentry
            .load("security_file_open", btf)
            .and_then(|()| fentry.attach())
            .map(drop)
            .map_err(refused)
    };
    ran(attach(sensor), sensor, Probe::Fentry)
}

fn refused(source: ProgramError) -> SensorError {
    SensorError::Program {
        program: "probe",
        hint: "",
        source,
    }
}

/// Opens a file, which both probes see, and looks whether the program ran.
fn ran(attached: Result<(), SensorError>, sensor: &Sensor, probe: Probe) -> Outcome {
    if let Err(error) = attached {
        return Outcome::Fails(error.reason());
    }
    let _ = File::open("/dev/null");
    match runs(sensor, probe) {
        Ok(0) => Outcome::Fails("it loads and attaches, and never runs".to_owned()),
        Ok(_) => Outcome::Works("it loads, attaches and runs".to_owned()),
        Err(error) => Outcome::Untried(error.reason()),
    }
}

fn runs(sensor: &Sensor, probe: Probe) -> Result<u64, SensorError> {
    const NAME: &str = "PROBE_RUNS";
    let unread = |source| SensorError::Map { name: NAME, source };
    let map = sensor.object.map(NAME).ok_or(SensorError::Absent(NAME))?;
    let runs = Array::<_, u64>::try_from(map).map_err(unread)?;
    runs.get(&(probe as u32), 0).map_err(unread)
}

const fn needed(name: &'static str, outcome: Outcome) -> Trial {
    super::needed(name, outcome)
}

const fn optional(name: &'static str, outcome: Outcome) -> Trial {
    Trial {
        name,
        needed: false,
        outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(name: &'static str, outcome: Outcome) -> Trial {
        optional(name, outcome)
    }

    #[test]
    fn one_hook_shows_that_it_works_and_a_failure_goes_before_silence() {
        let works = || Outcome::Works("seen".to_owned());
        let fails = || Outcome::Fails("refused".to_owned());
        let untried = || Outcome::Untried("no".to_owned());
        let names = ["a", "b"];
        let shown = |hooks: &[Trial]| shown_by(hooks, &names);
        assert!(matches!(
            shown(&[hook("a", fails()), hook("b", works())]),
            Outcome::Works(_)
        ));
        assert_eq!(shown(&[hook("a", untried()), hook("b", fails())]), fails());
        assert_eq!(
            shown(&[hook("a", untried()), hook("c", works())]),
            untried()
        );
        assert!(matches!(shown(&[]), Outcome::Untried(_)));
    }

    #[test]
    fn what_could_not_be_asked_is_not_refused() {
        assert!(matches!(supported(Ok(false)), Outcome::Fails(_)));
        assert!(matches!(
            supported(Err("EPERM".to_owned())),
            Outcome::Untried(_)
        ));
    }
}
