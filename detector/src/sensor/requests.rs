//! The programs for requests to io_urings.

use aya::maps::{MapData, ProgramArray};
use aya::programs::BtfTracePoint;
use detector_common::record::Kind;

use super::Sensor;
use super::btf::requests::Shape;
use super::error::SensorError;
use super::load::{program, refused};

/// The hook on requests that are submitted, whatever this kernel calls its tracepoint.
pub(super) const SUBMITTED: &str = "io_uring_submit";
/// The hook on requests that end, which is the tracepoint's name too.
pub(super) const ENDED: &str = "io_uring_complete";

/// The programs of the families, to which the one on [`ENDED`] passes on.
const FAMILIES: &[(&str, Kind)] = &[
    ("request_open", Kind::Open),
    ("request_connect", Kind::Connect),
];

/// Slots of the families, and where the programs belong on this kernel.
pub(super) struct Requests {
    families: ProgramArray<MapData>,
    submitted: &'static str,
}

impl Requests {
    pub(super) fn new(families: ProgramArray<MapData>, shape: &Shape) -> Self {
        Self {
            families,
            submitted: shape.submitted(),
        }
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
    /// Loads the programs of the families, and lets the one on [`ENDED`] find them.
    pub(super) fn load_request_families(&mut self) -> Result<(), SensorError> {
        let Self {
            object,
            btf,
            requests,
            ..
        } = self;
        for &(name, kind) in FAMILIES {
            let program = program::<BtfTracePoint>(object, name)?;
            program
                .load(ENDED, btf)
                .map_err(|source| refused(name, source))?;
            let descriptor = program.fd().map_err(|source| refused(name, source))?;
            let unset = |source| SensorError::Map {
                name: "REQUEST_FAMILIES",
                source,
            };
            requests
                .families
                .set(u32::from(kind as u16), descriptor, 0)
                .map_err(unset)?;
        }
        Ok(())
    }
}
