//! What sensor and detector say to each other: the layout of records, the values of the maps that
//! both touch, what is to be sent, and the table of kernel fields whose offsets user space resolves.
//!
//! The layout is defined only here. Every type is `#[repr(C)]`, has no padding and no invalid bit
//! pattern (zerocopy's derives prove it at compile time), so that bytes from the kernel are read
//! without undefined behaviour whatever they hold.
#![no_std]
#![forbid(unsafe_code)]

pub mod boundary;
pub mod call;
pub mod interest;
pub mod object;
pub mod offsets;
pub mod record;
pub mod ring;
pub mod section;
pub mod state;
pub mod tier;
