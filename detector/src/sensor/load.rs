//! Loading and attaching the kernel programs.

use std::fs::File;
use std::io::{self, Read};
use std::process;
use std::time::Duration;

use aya::maps::{MapData, MapError, ProgramArray, RingBuf};
use aya::programs::{BtfTracePoint, Iter, ProgramError};
use aya::{Btf, Ebpf, EbpfLoader, VerifierLogLevel, include_bytes_aligned};
use detector_common::call::{compat_numbers, families};
use detector_common::offsets::Offsets;
use detector_common::record::Kind;
use rustix::io::Errno;
use zerocopy::IntoBytes;

use super::btf::{self, BtfFile, tracepoint};
use super::cgroups::Cgroups;
use super::counters::Counters;
use super::error::{HINT_KERNEL, HINT_ROOT, Hook, SensorError};
use super::rings::{Reader, Ring};
use super::self_check;

/// The kernel programs, built by `cargo xtask build`.
static OBJECT: &[u8] = include_bytes_aligned!(env!("SENSOR_OBJECT"));

/// Records in the making per CPU: `LEVELS` of the sensor's `record` module.
const SCRATCH_PER_CPU: u32 = 2;

/// The programs that run on a tracepoint of their own: program, tracepoint, whether the sensor is of
/// no use without it. In this order they are attached: who is made and moved before what is done.
const TRACEPOINTS: &[(&str, &str, bool)] = &[
    ("cgroup_made", "cgroup_mkdir", true),
    ("cgroup_removed", "cgroup_rmdir", true),
    ("cgroup_attached", "cgroup_attach_task", true),
    ("task_made", "task_newtask", true),
    ("executed", "sched_process_exec", true),
    ("exited", "sched_process_exit", true),
    ("tcp_state", "inet_sock_set_state", false),
    ("sys_exit", "sys_exit", true),
];

/// The programs of the families of system calls, to which the gate on `sys_exit` passes on.
const FAMILIES: &[(&str, Kind)] = &[
    ("act_open", Kind::Open),
    ("act_place", Kind::Place),
    ("act_mount", Kind::Mount),
    ("act_namespace", Kind::Namespace),
    ("act_privilege", Kind::Privilege),
    ("act_kernel_code", Kind::KernelCode),
    ("act_connect", Kind::Connect),
];

/// The sensor, loaded. Dropping it takes the programs out of the kernel.
pub struct Sensor {
    pub(super) object: Ebpf,
    btf: Btf,
    hooks: Vec<Hook>,
    /// Slots of the families; a program array forgets its programs when nobody holds it.
    families: Option<ProgramArray<MapData>>,
}

impl Sensor {
    /// Loads the programs, with the offsets of this kernel. Nothing is attached yet.
    ///
    /// # Errors
    /// When the kernel is too old, too different, or refuses: see [`SensorError`].
    pub fn load() -> Result<Self, SensorError> {
        let file = BtfFile::running()?;
        let types = file.parse()?;
        let resolution = btf::resolve(&types)?;
        let mut hooks: Vec<Hook> = Vec::new();
        for missing in &resolution.missing {
            let feature = missing.field.feature().unwrap_or(missing.field.name);
            hooks.push(Hook::off(
                feature,
                format!("{}: {}", missing.field.name, missing.reason),
            ));
        }
        let unfit: Vec<_> = tracepoint::TRACEPOINTS
            .iter()
            .filter_map(|spec| Some((spec.name, tracepoint::check(&types, spec).err()?)))
            .collect();
        let btf = Btf::from_sys_fs()?;
        let object = load_object(&btf, &resolution.offsets)?;
        #[cfg(feature = "debug-log")]
        let object = super::debug_log::follow(object);
        let mut sensor = Self {
            object,
            btf,
            hooks,
            families: None,
        };
        for &(program, tracepoint, required) in TRACEPOINTS {
            if let Some((_, reason)) = unfit.iter().find(|(name, _)| *name == tracepoint) {
                sensor.hooks.push(Hook::off(tracepoint, reason));
            } else {
                sensor.load_program(program, tracepoint, required)?;
            }
        }
        sensor.load_families()?;
        for iterator in ["find_own_root", "find_tasks", "find_chosen"] {
            let Self { object, btf, .. } = &mut sensor;
            program::<Iter>(object, iterator)?
                .load("task", btf)
                .map_err(|source| refused(iterator, source))?;
        }
        Ok(sensor)
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
        self.iterate("find_own_root")?;
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
            let attached = program::<BtfTracePoint>(&mut self.object, name)?.attach();
            match attached {
                Ok(_) => self.hooks.push(Hook::on(tracepoint)),
                Err(source) if required => return Err(refused(name, source)),
                Err(source) => self.hooks.push(Hook::off(tracepoint, source)),
            }
        }
        Ok(())
    }

    /// Lets the kernel tell which processes are there. Comes after [`Sensor::attach`], and the table
    /// of cgroups must be filled: a process in an unknown cgroup is nobody's. Those that were told
    /// before are told again.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn tell_tasks(&mut self) -> Result<(), SensorError> {
        self.iterate("find_tasks")
    }

    fn load_program(
        &mut self,
        name: &'static str,
        tracepoint: &str,
        required: bool,
    ) -> Result<(), SensorError> {
        let Self {
            object, btf, hooks, ..
        } = self;
        match program::<BtfTracePoint>(object, name)?.load(tracepoint, btf) {
            Err(source) if required => Err(refused(name, source)),
            Err(source) => {
                hooks.push(Hook::off(tracepoint, source));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn load_families(&mut self) -> Result<(), SensorError> {
        let Self {
            object,
            btf,
            hooks,
            families,
        } = self;
        let mut slots: ProgramArray<MapData> = take(object, "FAMILIES")?;
        for &(name, kind) in FAMILIES {
            let program = program::<BtfTracePoint>(object, name)?;
            if let Err(source) = program.load("sys_exit", btf) {
                hooks.push(Hook::off(kind.name(), source));
                continue;
            }
            let descriptor = program.fd().map_err(|source| refused(name, source))?;
            slots
                .set(u32::from(kind as u16), descriptor, 0)
                .map_err(|source| SensorError::Map {
                    name: "FAMILIES",
                    source,
                })?;
            hooks.push(Hook::on(kind.name()));
        }
        *families = Some(slots);
        Ok(())
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

fn load_object(btf: &Btf, offsets: &Offsets) -> Result<Ebpf, SensorError> {
    let kinds = families();
    let compat: Vec<u8> = compat_numbers()
        .iter()
        .flat_map(|number| number.to_ne_bytes())
        .collect();
    let own = process::id();
    let load = |level| {
        EbpfLoader::new()
            .btf(Some(btf))
            .verifier_log_level(level)
            .override_global("OFFSETS", offsets.as_bytes(), true)
            .override_global("CALL_KINDS", kinds.as_slice(), true)
            .override_global("COMPAT_NUMBERS", compat.as_slice(), true)
            .override_global("DETECTOR_TGID", &own, true)
            .map_max_entries("SCRATCH", SCRATCH_PER_CPU * possible_cpus())
            .load(OBJECT)
    };
    load(VerifierLogLevel::STATS).map_err(|source| {
        let hint = if denied(&source) {
            HINT_ROOT
        } else {
            HINT_KERNEL
        };
        SensorError::Load { hint, source }
    })
}

fn possible_cpus() -> u32 {
    aya::util::nr_cpus()
        .ok()
        .and_then(|count| u32::try_from(count).ok())
        .unwrap_or(1)
}

fn refused(program: &'static str, source: ProgramError) -> SensorError {
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

fn program<'a, P>(object: &'a mut Ebpf, name: &'static str) -> Result<&'a mut P, SensorError>
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
