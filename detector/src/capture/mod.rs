//! Captures: everything that a pipeline took, in a file, and back.
//!
//! A capture is a [`Header`] and one sequence of [`Frame`]s in the order in which the pipeline took
//! them: the kernel's records as they came, the moments of batches, what engines said, and the
//! answers that the world gave (see [`crate::host::world`]). A replay that takes them in the same
//! order has what live had, and raises the same alerts. `docs/capture-format.md` describes the bytes.
//!
//! What is read may come from a stranger: every length is checked against a bound before memory is
//! asked for, every block has a checksum, and whatever came before a fault has been given out.
#![forbid(unsafe_code)]

mod block;
mod error;
mod facts;
mod frame;
mod header;
mod reader;
mod recorder;
mod steps;
mod told;
mod writer;

pub use error::{CaptureError, WriteError};
pub use facts::Fact;
pub use frame::{Found, Frame, Losses};
pub use header::{Header, Spaces};
pub use reader::Reader;
pub use recorder::{Recorder, Recording};
pub use steps::{Step, Steps, Unknown};
pub use told::Told;
pub use writer::Writer;

/// The version of the format that is written. A reader knows it and every older one.
pub const VERSION: u16 = 1;

/// What every capture begins with.
pub const MAGIC: &[u8; 8] = b"EDCAPTUR";

#[cfg(test)]
mod tests;
