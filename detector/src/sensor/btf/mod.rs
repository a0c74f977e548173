//! Kernel structure offsets, from the kernel's own description of its types (BTF).
//!
//! The kernel carries the layout of every structure in `/sys/kernel/btf/vmlinux`, and that of a
//! module's in a file beside it which builds on the first. From bytes to answers: [`BtfFile`] reads,
//! [`Btf`] indexes, [`resolve`] fills the [`Offsets`](detector_common::offsets::Offsets) that the
//! programs are patched with, [`tracepoint`] checks that the tracepoints still pass what the programs
//! take from them, and [`extract`] cuts out the part that all of this depends on.
//!
//! Invariants: nothing here panics or reads out of bounds, whatever the bytes are; work is bounded
//! by their number. An answer is certain or absent, never a guess: a field of unexpected shape, a bit
//! field, or a name that two different structures bear counts as missing.

pub mod extract;
mod locate;
mod member;
mod raw;
mod reason;
pub mod requests;
mod resolve;
mod source;
pub mod tracepoint;
mod types;

pub use self::{
    locate::locate,
    raw::TypeId,
    reason::Reason,
    resolve::{Missing, Resolution, ResolveError, resolve},
    source::{BtfFile, SourceError, digest},
    types::{Btf, ParseError},
};

#[cfg(test)]
mod noise;
#[cfg(test)]
mod samples;
