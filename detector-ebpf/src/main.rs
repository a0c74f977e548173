//! The sensor: kernel programs that tell what the tasks of watched containers really do.
//!
//! From what happens to a record, room by room:
//!
//! - `acts`: the gate on every system call's return, and the families of calls behind it;
//! - `ring`: requests to io_urings, which no call tells of;
//! - `life`: processes and cgroups made, executed, moved and gone;
//! - `boundary`: who stands outside of his container, and what no call explains;
//! - `watch`: who is watched from when on, and what of him is to be sent;
//! - `facts`: what the kernel's structures say of tasks, files and sockets;
//! - `record`: scratch memory and layout, lanes and budgets, and what became of each act;
//! - `kernel`: typed reads of kernel structures, and registers.
//!
//! `maps` has what is remembered, `tier` what the two objects do differently. `probe` and `bench`
//! stand beside all that: programs that only show whether they would run, and programs that do nothing
//! at all.
//!
//! Invariants: no offset of a kernel structure is a literal; no read, loop or copy is without a
//! bound; whatever is dropped, cut or unreadable is counted or flagged.
#![no_std]
#![no_main]
#![feature(asm_experimental_arch)]

mod acts;
mod bench;
mod boundary;
mod facts;
mod kernel;
mod life;
mod maps;
mod probe;
mod record;
mod ring;
mod tier;
mod watch;

/// The licence that the kernel asks for before it offers its GPL-only functions.
#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
