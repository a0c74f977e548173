//! Frames: one thing that the pipeline took, or that the world answered.
//!
//! A frame is a kind (`u8`), a length (`u32`, little endian) and so many bytes. Kinds that a newer
//! detector added are skipped and counted.

use std::collections::BTreeMap;

use bytes::{Buf, BufMut, Bytes};
use serde::{Deserialize, Serialize};

use super::block::damaged;
use super::{CaptureError, Fact, WriteError};
use crate::event::{BootTime, Finding};
use crate::host::engine::EngineFact;
use crate::host::selection::Selection;

/// Kind and length.
const HEAD: usize = 5;
/// No frame is longer: a walk over 65,536 cgroups with long names.
const LONGEST: usize = 16 * 1024 * 1024;

/// The kinds of frames. Numbers are never reused.
mod kind {
    pub(super) const BATCH: u8 = 1;
    pub(super) const RECORD: u8 = 2;
    pub(super) const TICK: u8 = 3;
    pub(super) const WALK: u8 = 4;
    pub(super) const ENGINE: u8 = 5;
    pub(super) const FACT: u8 = 6;
    pub(super) const LOSSES: u8 = 7;
    pub(super) const END: u8 = 8;
    pub(super) const SELECT: u8 = 9;
    pub(super) const FINDING: u8 = 10;
}

/// One thing in a capture.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// A batch begins; its records follow.
    Batch {
        /// When it was taken.
        now: BootTime,
        /// As [`crate::event::Batch::watermark`].
        watermark: Option<BootTime>,
        /// As [`crate::event::Batch::behind`].
        behind: bool,
    },
    /// A record, as the kernel wrote it.
    Record(Bytes),
    /// Time has passed.
    Tick(BootTime),
    /// Cgroups were looked for that nobody had told of.
    Walk,
    /// An engine said something.
    Engine(Box<EngineFact>),
    /// Something else was watched from then on.
    Select(Box<Selection>),
    /// The world answered a question that arose from the frame before.
    Fact(Box<Fact>),
    /// What the sensor had lost by then.
    Losses(Losses),
    /// Something was found beside the records, at a moment.
    Finding(Box<Found>),
    /// The capture is complete.
    End,
}

/// What a sensor counted as lost or held back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses {
    /// Lost records, by lane and cause.
    pub dropped: BTreeMap<String, BTreeMap<String, u64>>,
    /// Records that budgets held back.
    pub suppressed: u64,
}

/// What was found beside the records, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// CLOCK_BOOTTIME, in ns.
    pub now: u64,
    /// What.
    #[serde(flatten)]
    pub finding: Finding,
}

impl Frame {
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let (kind, body) = match self {
            Self::Batch {
                now,
                watermark,
                behind,
            } => {
                let mut body = Vec::with_capacity(17);
                body.put_u64_le(now.0);
                body.put_u64_le(watermark.map_or(0, |time| time.0));
                body.put_u8(u8::from(*behind));
                (kind::BATCH, Bytes::from(body))
            }
            Self::Record(record) => (kind::RECORD, record.clone()),
            Self::Tick(now) => (kind::TICK, now.0.to_le_bytes().to_vec().into()),
            Self::Walk => (kind::WALK, Bytes::new()),
            Self::Engine(fact) => (kind::ENGINE, serde_json::to_vec(fact)?.into()),
            Self::Select(selection) => (kind::SELECT, serde_json::to_vec(selection)?.into()),
            Self::Fact(fact) => (kind::FACT, serde_json::to_vec(fact)?.into()),
            Self::Losses(losses) => (kind::LOSSES, serde_json::to_vec(losses)?.into()),
            Self::Finding(found) => (kind::FINDING, serde_json::to_vec(found)?.into()),
            Self::End => (kind::END, Bytes::new()),
        };
        if body.len() > LONGEST {
            return Err(WriteError::Io(std::io::Error::other(
                "a fact is too long for a frame",
            )));
        }
        out.put_u8(kind);
        out.put_u32_le(u32::try_from(body.len()).unwrap_or(u32::MAX));
        out.extend_from_slice(&body);
        Ok(())
    }

    /// Takes the next frame from a block that begins at `at`; `None` within for a kind that this
    /// version does not know.
    pub(super) fn take(block: &mut Bytes, at: u64) -> Result<Option<Self>, CaptureError> {
        if block.len() < HEAD {
            return Err(damaged("a block ends in the head of a frame".into(), at));
        }
        let (kind, length) = (block.get_u8(), block.get_u32_le() as usize);
        if length > LONGEST || length > block.len() {
            let what = format!("a frame claims {length} bytes of {}", block.len());
            return Err(damaged(what, at));
        }
        let body = block.split_to(length);
        Self::read(kind, body).map_err(|what| damaged(what, at))
    }

    fn read(kind: u8, mut body: Bytes) -> Result<Option<Self>, String> {
        Ok(Some(match kind {
            kind::BATCH => {
                let (Ok(now), Ok(watermark), Ok(behind)) = (
                    body.try_get_u64_le(),
                    body.try_get_u64_le(),
                    body.try_get_u8(),
                ) else {
                    return Err("a batch frame is too short".into());
                };
                Self::Batch {
                    now: BootTime(now),
                    watermark: (watermark != 0).then_some(BootTime(watermark)),
                    behind: behind != 0,
                }
            }
            kind::RECORD => Self::Record(body),
            kind::TICK => match body.try_get_u64_le() {
                Ok(now) => Self::Tick(BootTime(now)),
                Err(_) => return Err("a tick frame is too short".into()),
            },
            kind::WALK => Self::Walk,
            kind::ENGINE => Self::Engine(json(&body)?),
            kind::SELECT => Self::Select(json(&body)?),
            kind::FACT => Self::Fact(json(&body)?),
            kind::LOSSES => Self::Losses(json(&body)?),
            kind::FINDING => Self::Finding(json(&body)?),
            kind::END => Self::End,
            _ => return Ok(None),
        }))
    }
}

fn json<'a, T: Deserialize<'a>>(body: &'a Bytes) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("a fact is no such JSON: {error}"))
}
