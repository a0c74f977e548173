//! The programs for requests to io_urings.

use aya::maps::{MapData, ProgramArray};
use aya::programs::BtfTracePoint;
use aya::{Btf, Ebpf};
use detector_common::record::Kind;
use detector_common::ring::SETTLED_SLOT;

use super::Sensor;
use super::btf::requests::Shape;
use super::error::SensorError;
use super::load::{program, refused, take};

/// The hook on requests that are submitted, whatever this kernel calls its tracepoint.
pub(super) const SUBMITTED: &str = "io_uring_submit";
/// The hook on requests that end, which is the tracepoint's name too.
pub(super) const ENDED: &str = "io_uring_complete";

/// The programs of the families, to which the one on [`ENDED`] passes on.
const FAMILIES: &[(&str, Kind)] = &[
    ("request_open", Kind::Open),
    ("request_connect", Kind::Connect),
];
/// The same for an open that was carried out when the next request is submitted.
const BEFORE: &str = "request_open_before";
/// The same when the call returns that had it carried out.
const AFTER: &str = "request_open_after";

/// Slots of the families, and where the programs belong on this kernel.
pub(super) struct Requests {
    families: ProgramArray<MapData>,
    /// Of the programs to which the one on [`SUBMITTED`] passes on.
    before: ProgramArray<MapData>,
    submitted: &'static str,
}

impl Requests {
    pub(super) fn new(object: &mut Ebpf, shape: &Shape) -> Result<Self, SensorError> {
        Ok(Self {
            families: take(object, "REQUEST_FAMILIES")?,
            before: take(object, "SUBMIT_FAMILIES")?,
            submitted: shape.submitted(),
        })
    }

    /// The tracepoint of a hook.
    pub(super) fn target(&self, hook: &'static str) -> &'static str {
        if hook == SUBMITTED {
            self.submitted
        } else {
            hook
        }
    }
}

impl Sensor {
    /// Loads what the program of a hook passes on to, and lets it find that.
    pub(super) fn load_request_families(&mut self, hook: &'static str) -> Result<(), SensorError> {
        let Self {
            object,
            btf,
            requests,
            families,
            ..
        } = self;
        let Requests {
            families: ended,
            before,
            submitted,
        } = requests;
        match hook {
            ENDED => FAMILIES.iter().try_for_each(|&(name, kind)| {
                place(object, btf, name, ENDED, ended, u32::from(kind as u16))
            }),
            SUBMITTED => {
                place(object, btf, BEFORE, submitted, before, SETTLED_SLOT)?;
                place(object, btf, AFTER, "sys_exit", families, SETTLED_SLOT)
            }
            _ => Ok(()),
        }
    }
}

/// Loads a program for a tracepoint, and puts it into its slot.
pub(super) fn place(
    object: &mut Ebpf,
    btf: &Btf,
    name: &'static str,
    tracepoint: &str,
    families: &mut ProgramArray<MapData>,
    slot: u32,
) -> Result<(), SensorError> {
    let program = program::<BtfTracePoint>(object, name)?;
    program
        .load(tracepoint, btf)
        .map_err(|source| refused(name, source))?;
    let descriptor = program.fd().map_err(|source| refused(name, source))?;
    families
        .set(slot, descriptor, 0)
        .map_err(|source| SensorError::Map {
            name: "FAMILIES",
            source,
        })
}
