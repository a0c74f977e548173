//! Whether the sensor is still what was loaded: its slots of families, and the runs that the kernel
//! skipped.
//!
//! Whoever may call bpf can find our maps by their ids and write to them. Links of BTF tracepoints
//! cannot be detached by others (`bpf_raw_tp_link_lops` and `bpf_tracing_link_lops` have no
//! `detach`); what else stops the programs shows in the sign of life that [`beat`] asks for.

use std::io;
use std::mem::size_of;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use aya::Ebpf;
use aya::maps::{Map, MapFd};
use aya::programs::BtfTracePoint;
use detector_common::record::HEARTBEAT;

use super::families::{self, Slot, Table};
use super::load::{FAMILIES, HEARTBEATS, Sensor, TRACEPOINTS, program};

/// `BPF_MAP_LOOKUP_ELEM` of include/uapi/linux/bpf.h.
const LOOK_UP: u32 = 1;
/// `BPF_OBJ_GET_INFO_BY_FD` of the same.
const GET_INFO: u32 = 15;

/// What `BPF_MAP_LOOKUP_ELEM` takes.
#[repr(C)]
struct LookUp {
    map: u32,
    padding: u32,
    key: u64,
    value: u64,
    flags: u64,
}

/// What `BPF_OBJ_GET_INFO_BY_FD` takes.
#[repr(C)]
struct GetInfo {
    object: u32,
    length: u32,
    info: u64,
}

/// `struct bpf_prog_info` up to what is read of it.
#[repr(C)]
struct ProgramInfo {
    before: [u64; 26],
    recursion_misses: u64,
}

const _: () = assert!(std::mem::offset_of!(ProgramInfo, recursion_misses) == 208);

/// A family whose slot was found altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlteredFamily {
    /// Its name.
    pub name: &'static str,
    /// Whether its program stands in the slot again. Whoever froze the table prevents it
    /// (`BPF_MAP_FREEZE`).
    pub put_back: bool,
}

/// The tables of families, to look into them.
pub(super) struct Tables([Option<MapFd>; Table::ALL.len()]);

impl Tables {
    /// Those of an object that is loaded.
    pub(super) fn of(object: &Ebpf) -> Self {
        Self(Table::ALL.map(|table| match object.map(table.name())? {
            Map::ProgramArray(data) => data.info().ok()?.fd().ok(),
            _ => None,
        }))
    }

    /// The id of the program in a slot; 0 where there is none.
    fn program(&self, slot: &Slot) -> io::Result<u32> {
        let Some(Some(map)) = self.0.get(slot.table as usize) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let mut found = 0_u32;
        let ask = LookUp {
            map: map.as_fd().as_raw_fd().unsigned_abs(),
            padding: 0,
            key: (&raw const slot.number).addr() as u64,
            value: (&raw mut found).addr() as u64,
            flags: 0,
        };
        // SAFETY: key and value are four bytes each, as in the map, and live through the call.
        match unsafe { bpf(LOOK_UP, (&raw const ask).addr(), size_of::<LookUp>(), 0) } {
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(0),
            other => other.map(|()| found),
        }
    }
}

/// All slots that have to hold a program of ours.
fn slots() -> impl Iterator<Item = Slot> {
    let calls = FAMILIES.iter().chain(HEARTBEATS);
    calls
        .map(|&(program, kind)| Slot::of_calls(program, kind))
        .chain(families::SLOTS.iter().copied())
}

impl Sensor {
    /// The families whose slot holds another program than was put there, or none. They are put back
    /// where the kernel lets us.
    pub fn altered_families(&mut self) -> Vec<AlteredFamily> {
        let mut altered = Vec::new();
        for slot in slots() {
            let Some(own) = own_id(&mut self.object, slot.program) else {
                continue;
            };
            if self.tables.program(&slot).is_ok_and(|found| found == own) {
                continue;
            }
            altered.push(AlteredFamily {
                name: slot.family,
                put_back: self.put(&slot).is_ok(),
            });
        }
        altered
    }

    /// How often the kernel skipped a program of ours because it was at work already on that CPU.
    pub fn skipped(&mut self) -> u64 {
        let mut skipped = 0;
        for &(name, _, _) in TRACEPOINTS {
            let program = program::<BtfTracePoint>(&mut self.object, name);
            let Some(descriptor) = program.ok().and_then(|program| program.fd().ok()) else {
                continue;
            };
            skipped += recursion_misses(descriptor.as_fd()).unwrap_or_default();
        }
        skipped.saturating_sub(self.caught())
    }
}

/// The id of a program of ours that is loaded.
fn own_id(object: &mut Ebpf, name: &'static str) -> Option<u32> {
    let program = program::<BtfTracePoint>(object, name).ok()?;
    Some(program.info().ok()?.id())
}

fn recursion_misses(program: BorrowedFd<'_>) -> io::Result<u64> {
    let mut info = ProgramInfo {
        before: [0; 26],
        recursion_misses: 0,
    };
    let ask = GetInfo {
        object: program.as_raw_fd().unsigned_abs(),
        length: size_of::<ProgramInfo>() as u32,
        info: (&raw mut info).addr() as u64,
    };
    // SAFETY: the kernel writes at most `length` bytes to `info`, which is so long and plain numbers.
    unsafe { bpf(GET_INFO, (&raw const ask).addr(), size_of::<GetInfo>(), 0) }?;
    Ok(info.recursion_misses)
}

/// Asks the sensor for a sign of life in every lane. The kernel refuses the call, which is what the
/// sensor sees.
pub fn beat(number: u64) {
    // SAFETY: a command that the kernel does not know, without any attributes.
    let _ = unsafe { bpf(HEARTBEAT, 0, 0, number) };
}

/// The call of bpf, with a fourth argument that the kernel does not look at.
///
/// # Safety
/// The attributes have to be what the command takes.
unsafe fn bpf(command: u32, attributes: usize, size: usize, number: u64) -> io::Result<()> {
    // SAFETY: as the caller says.
    match unsafe { libc::syscall(libc::SYS_bpf, command, attributes, size, number) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
