//! Virtual machines: Debian's kernels, a first file system made here, QEMU, and what the guest says.
//!
//! Nothing is emulated but the machine: kernel and modules are those that Debian ships, the detector
//! is the one that people run, the container is made by runc. What runs inside is the package
//! `guest`; it tells its findings over a serial port of its own, and only these count. How QEMU ends
//! is no matter. Where a guest asks for it, something in its memory is overwritten from outside, by the
//! debugger that QEMU has built in.

mod archive;
mod boot;
mod debugger;
mod image;
mod initramfs;
mod kernel;
mod module;
mod plant;
mod series;
mod unpack;

pub(crate) use boot::{Machine, PLANTED, Said};
pub(crate) use image::Programs;
pub(crate) use kernel::Kernel;
pub(crate) use series::Series;
