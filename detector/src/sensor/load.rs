//! Loading and attaching the kernel programs.

use std::fs::File;
use std::io::{self, Read};
use std::process;
use std::time::Duration;

use aya::maps::{MapData, MapError, RingBuf};
use aya::programs::{BtfTracePoint, Iter, ProgramError};
use aya::{Btf, Ebpf, EbpfLoader, VerifierLogLevel};
use detector_common::call::{compat_numbers, families};
use detector_common::offsets::Offsets;
use detector_common::record::Kind;
use detector_common::tier::Tier;
use rustix::io::Errno;
use zerocopy::IntoBytes;

use super::again;
use super::btf::tracepoint::{self, TracepointError};
use super::btf::{self, BtfFile};
use super::cgroups::Cgroups;
use super::counters::Counters;
use super::error::{HINT_KERNEL, HINT_ROOT, Hook, SensorError};
use super::families::{self, Families, Slot};
use super::guard::Tables;
use super::rings::{Reader, Ring};
use super::self_check;
use super::tier::Choice;

/// Records in the making per CPU: `SLOTS` of the sensor's `record` module.
const SCRATCH_PER_CPU: u32 = 4;

/// The programs that run on a tracepoint of their own: program, tracepoint, whether the sensor is of
/// no use without it. In this order they are attached: who is made and moved before what is done.
pub(super) const TRACEPOINTS: &[(&str, &str, bool)] = &[
    ("cgroup_made", "cgroup_mkdir", true),
    ("cgroup_removed", "cgroup_rmdir", true),
    ("cgroup_attached", "cgroup_attach_task", true),
    ("task_made", "task_newtask", true),
    ("executed", "sched_process_exec", true),
    ("exited", "sched_process_exit", true),
    ("tcp_state", "inet_sock_set_state", false),
    ("signalled", "signal_generate", false),
    ("request_submitted", families::SUBMITTED, false),
    ("request_ended", families::ENDED, false),
    ("sys_exit", "sys_exit", true),
];

/// The programs of the families of system calls, to which the gate on `sys_exit` passes on.
pub(super) const FAMILIES: &[(&str, Kind)] = &[
    ("act_open", Kind::Open),
    ("act_place", Kind::Place),
    ("act_mount", Kind::Mount),
    ("act_namespace", Kind::Namespace),
    ("act_privilege", Kind::Privilege),
    ("act_kernel_code", Kind::KernelCode),
    ("act_connect", Kind::Connect),
    ("act_descriptor", Kind::Descriptor),
    ("act_boundary", Kind::Crossing),
    ("act_trace", Kind::Trace),
    ("act_signal", Kind::Signal),
    ("act_clock", Kind::Clock),
    ("act_alter", Kind::Alter),
    ("act_refused", Kind::Refused),
    ("act_ring", Kind::Ring),
    ("act_faults", Kind::Faults),
];

/// The program that answers the detector with a sign of life, in a slot as those of the families.
pub(super) const HEARTBEATS: &[(&str, Kind)] = &[("heartbeat", Kind::Heartbeat)];

/// The iterators over tasks: the detector's own, all that are watched, and those that were chosen.
pub(super) const ITERATORS: &[&str] = &[OWN_TASK, ALL_TASKS, CHOSEN_TASKS];
pub(super) const OWN_TASK: &str = "find_own_root";
pub(super) const ALL_TASKS: &str = "find_tasks";
pub(super) const CHOSEN_TASKS: &str = "find_chosen";

/// The sensor, loaded. Dropping it takes the programs out of the kernel.
pub struct Sensor {
    pub(super) object: Ebpf,
    pub(super) btf: Btf,
    /// Tracepoints that do not pass what our programs take from them.
    unfit: Vec<(&'static str, TracepointError)>,
    hooks: Vec<Hook>,
    pub(super) families: Families,
    pub(super) tables: Tables,
}

impl Sensor {
    /// Loads the programs, with the offsets of this kernel: the object that is asked for, or else the
    /// one that the kernel takes. Nothing is attached yet.
    ///
    /// # Errors
    /// When the kernel is too old, too different, or refuses: see [`SensorError`].
    pub fn load(wanted: Option<Tier>) -> Result<Self, SensorError> {
        let choice = Choice::make(wanted);
        tracing::debug!("the {} object: {}", choice.tier.name(), choice.reason);
        let mut sensor = Self::prepare(&choice, VerifierLogLevel::STATS)?;
        for &(program, tracepoint, required) in TRACEPOINTS {
            match sensor.load_hook(program, tracepoint) {
                Err(error) if required => return Err(error),
                Err(error) => sensor.hooks.push(Hook::off(tracepoint, &error)),
                Ok(()) => {}
            }
        }
        for &(program, kind) in FAMILIES.iter().chain(HEARTBEATS) {
            let hook = match sensor.load_family(program, kind) {
                Ok(()) => Hook::on(kind.name()),
                Err(error) => Hook::off(kind.name(), &error),
            };
            sensor.hooks.push(hook);
        }
        for &iterator in ITERATORS {
            sensor.load_iterator(iterator)?;
        }
        Ok(sensor)
    }

    /// Makes the maps, and the programs ready to be loaded one by one. What the verifier is to write
    /// about them costs time.
    pub(super) fn prepare(choice: &Choice, log: VerifierLogLevel) -> Result<Self, SensorError> {
        let file = BtfFile::running()?;
        let types = file.parse()?;
        let resolution = btf::resolve(&types)?;
        let off = resolution.missing.iter().map(|missing| {
            let feature = missing.field.feature().unwrap_or(missing.field.name);
            Hook {
                name: feature.to_owned(),
                attached: false,
                reason: Some(format!("{}: {}", missing.field.name, missing.reason)),
            }
        });
        let unfit = tracepoint::TRACEPOINTS
            .iter()
            .filter_map(|spec| Some((spec.name, tracepoint::check(&types, spec).err()?)));
        let shape = btf::requests::shape(&types, &resolution.missing);
        let unfit = unfit.chain(shape.unfit());
        let btf = Btf::from_sys_fs()?;
        let mut object = load_object(choice.bytes(), &btf, &resolution.offsets, &shape, log)?;
        let tables = Tables::of(&object);
        let families = Families::new(&mut object, &shape)?;
        #[cfg(feature = "debug-log")]
        let object = super::debug_log::follow(object);
        Ok(Self {
            object,
            btf,
            unfit: unfit.collect(),
            hooks: off.chain([choice.hook()]).collect(),
            families,
            tables,
        })
    }

    /// What is in place, and why the rest is not.
    pub fn hooks(&self) -> &[Hook] {
        &self.hooks
    }

    /// The table of cgroups. Once.
    ///
    /// # Errors
    /// When it was taken before.
    pub fn cgroups(&mut self) -> Result<Cgroups, SensorError> {
        take(&mut self.object, "CGROUPS").map(Cgroups::new)
    }

    /// The counters. Once.
    ///
    /// # Errors
    /// When they were taken before.
    pub fn counters(&mut self) -> Result<Counters, SensorError> {
        Ok(Counters::new(
            take(&mut self.object, "DROPS")?,
            take(&mut self.object, "TALLIES")?,
        ))
    }

    /// The reader of the three lanes. Once.
    ///
    /// # Errors
    /// When it was taken before, or the rings cannot be mapped.
    pub fn reader(&mut self) -> Result<Reader, SensorError> {
        let mut ring = |name| {
            let records: RingBuf<MapData> = take(&mut self.object, name)?;
            Ring::new(records).map_err(SensorError::Ring)
        };
        Ok(Reader {
            alarm: ring("ALARM")?,
            life_cycle: ring("LIFE_CYCLE")?,
            volume: ring("VOLUME")?,
        })
    }

    /// Lets the sensor describe the detector's own process and compares that with /proc.
    ///
    /// # Errors
    /// When they differ: the sensor would report nonsense.
    pub fn check(&mut self, reader: &mut Reader) -> Result<(), SensorError> {
        self.iterate(OWN_TASK)?;
        let batch = reader.next(Duration::ZERO).map_err(SensorError::Ring)?;
        let records = batch.map(|batch| batch.life_cycle).unwrap_or_default();
        Ok(self_check::compare(&records)?)
    }

    /// Attaches the programs. Comes after [`Sensor::check`].
    ///
    /// # Errors
    /// When a program without which nothing works cannot be attached.
    pub fn attach(&mut self) -> Result<(), SensorError> {
        for &(name, tracepoint, required) in TRACEPOINTS {
            if self.hooks.iter().any(|hook| hook.name == tracepoint) {
                continue;
            }
            match self.attach_tracepoint(name) {
                Ok(()) => self.hooks.push(Hook::on(tracepoint)),
                Err(error) if required => return Err(error),
                Err(error) => self.hooks.push(Hook::off(tracepoint, &error)),
            }
        }
        self.attach_again();
        self.attach_before();
        Ok(())
    }

    pub(super) fn add_hook(&mut self, hook: Hook) {
        self.hooks.push(hook);
    }

    /// Lets the kernel tell which processes are there. Comes after [`Sensor::attach`], and the table
    /// of cgroups must be filled: a process in an unknown cgroup is nobody's.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn tell_tasks(&mut self) -> Result<(), SensorError> {
        self.iterate(ALL_TASKS)
    }

    /// Loads the program of a tracepoint.
    pub(super) fn load_tracepoint(
        &mut self,
        name: &'static str,
        tracepoint: &'static str,
    ) -> Result<(), SensorError> {
        let unfit = self.unfit.iter().find(|(name, _)| *name == tracepoint);
        if let Some((_, reason)) = unfit {
            return Err(reason.clone().into());
        }
        let target = self.families.target(tracepoint);
        families::load(&mut self.object, &self.btf, name, target)
    }

    /// Loads the program of a family, and lets the gate find it.
    pub(super) fn load_family(
        &mut self,
        name: &'static str,
        kind: Kind,
    ) -> Result<(), SensorError> {
        self.place(&Slot::of_calls(name, kind))
    }

    /// Loads an iterator over tasks.
    pub(super) fn load_iterator(&mut self, name: &'static str) -> Result<(), SensorError> {
        let Self { object, btf, .. } = self;
        program::<Iter>(object, name)?
            .load("task", btf)
            .map_err(|source| refused(name, source))
    }

    /// Attaches the loaded program of a tracepoint.
    pub(super) fn attach_tracepoint(&mut self, name: &'static str) -> Result<(), SensorError> {
        let program = program::<BtfTracePoint>(&mut self.object, name)?;
        program
            .attach()
            .map(drop)
            .map_err(|source| refused(name, source))
    }

    pub(super) fn iterate(&mut self, name: &'static str) -> Result<(), SensorError> {
        let iterator = program::<Iter>(&mut self.object, name)?;
        let link = iterator.attach().map_err(|source| refused(name, source))?;
        let link = iterator
            .take_link(link)
            .map_err(|source| refused(name, source))?;
        let mut output: File = link
            .into_file()
            .map_err(|error| SensorError::Bootstrap(io::Error::other(error)))?;
        // The programs write records, not text: reading to the end is what runs them.
        output
            .read_to_end(&mut Vec::new())
            .map_err(SensorError::Bootstrap)?;
        Ok(())
    }
}

fn load_object(
    bytes: &[u8],
    btf: &Btf,
    offsets: &Offsets,
    requests: &btf::requests::Shape,
    log: VerifierLogLevel,
) -> Result<Ebpf, SensorError> {
    let kinds = families();
    let compat = bytes_of(&compat_numbers());
    let calls = bytes_of(&requests.calls());
    let entries = u32::from(requests.ends_as_entry());
    let own = process::id();
    let loaded = EbpfLoader::new()
        .btf(Some(btf))
        .verifier_log_level(log)
        .override_global("OFFSETS", offsets.as_bytes(), true)
        .override_global("CALL_KINDS", kinds.as_slice(), true)
        .override_global("COMPAT_NUMBERS", compat.as_slice(), true)
        .override_global("REQUEST_CALLS", calls.as_slice(), true)
        .override_global("ENDS_AS_ENTRY", &entries, true)
        .override_global("PREEMPTED", &u32::from(again::is_needed()), true)
        .override_global("DETECTOR_TGID", &own, true)
        .map_max_entries("SCRATCH", SCRATCH_PER_CPU * possible_cpus())
        .load(bytes);
    loaded.map_err(|source| {
        let hint = if denied(&source) {
            HINT_ROOT
        } else {
            HINT_KERNEL
        };
        SensorError::Load { hint, source }
    })
}

fn bytes_of(numbers: &[u16]) -> Vec<u8> {
    let bytes = numbers.iter().flat_map(|number| number.to_ne_bytes());
    bytes.collect()
}

fn possible_cpus() -> u32 {
    aya::util::nr_cpus()
        .ok()
        .and_then(|count| u32::try_from(count).ok())
        .unwrap_or(1)
}

pub(super) fn refused(program: &'static str, source: ProgramError) -> SensorError {
    let hint = if denied(&source) {
        HINT_ROOT
    } else {
        HINT_KERNEL
    };
    SensorError::Program {
        program,
        hint,
        source,
    }
}

/// Whether an error goes back to a missing permission.
fn denied(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut error = Some(error);
    while let Some(at) = error {
        let code = at
            .downcast_ref::<io::Error>()
            .and_then(io::Error::raw_os_error);
        if matches!(code, Some(code) if code == Errno::PERM.raw_os_error() || code == Errno::ACCESS.raw_os_error())
        {
            return true;
        }
        error = at.source();
    }
    false
}

pub(super) fn program<'a, P>(
    object: &'a mut Ebpf,
    name: &'static str,
) -> Result<&'a mut P, SensorError>
where
    &'a mut P: TryFrom<&'a mut aya::programs::Program, Error = ProgramError>,
{
    let program = object.program_mut(name).ok_or(SensorError::Absent(name))?;
    program.try_into().map_err(|source| refused(name, source))
}

pub(super) fn take<M>(object: &mut Ebpf, name: &'static str) -> Result<M, SensorError>
where
    M: TryFrom<aya::maps::Map, Error = MapError>,
{
    let map = object.take_map(name).ok_or(SensorError::Absent(name))?;
    M::try_from(map).map_err(|source| SensorError::Map { name, source })
}
