//! The sensor: kernel programs that tell what the tasks of watched containers really do.
//!
//! One file per event family (`process`, `cgroup`, `file`, `place`, `mount`, `namespace`,
//! `privilege`, `code`, `network`, `descriptor`, `trace`, `signal`, `clock`, `alter`, `refused`, `ring_setup`, `ring_acts`, `bootstrap`, `heartbeat`) holds the programs of that family. Below them stand
//! `gate` (the one program on every system call's return), `ring` (the requests that no system call tells of, by `request`), `boundary` (who stands outside, and what no
//! call explains), `watch` (who is watched from when on,
//! runtime or workload), `watched` (how, at this moment), `interest` (what is to be sent), `act` and `task` (who did it), `target` (to whom), `path` (where a file really is), `identity` (which file it is), `socket` (who is at its ends), `record` (scratch
//! memory and layout), `emit` (lanes and budgets) and `account` (what became of each act); below those
//! `kernel` (typed reads of kernel structures), `arch` (registers), `tier` (what the two objects do differently) and `maps`. `probe` and
//! `bench` stand beside all that: programs that only show whether they would run, and programs that do
//! nothing at all.
//!
//! Invariants: no offset of a kernel structure is a literal; no read, loop or copy is without a
//! bound; whatever is dropped, cut or unreadable is counted or flagged.
#![no_std]
#![no_main]
#![feature(asm_experimental_arch)]

mod account;
mod act;
mod alter;
mod arch;
#[cfg(not(feature = "legacy"))]
mod before;
mod bench;
mod bootstrap;
mod boundary;
mod cgroup;
mod clock;
mod code;
mod descriptor;
mod emit;
mod file;
mod gate;
mod heartbeat;
mod identity;
mod image;
mod interest;
mod kernel;
mod maps;
mod mount;
mod namespace;
mod network;
mod path;
mod place;
mod privilege;
mod probe;
mod process;
mod record;
mod refused;
mod request;
mod ring;
mod ring_acts;
mod ring_setup;
mod signal;
mod socket;
mod target;
mod task;
mod tier;
mod trace;
mod watch;
mod watched;

/// The licence that the kernel asks for before it offers its GPL-only functions.
#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
