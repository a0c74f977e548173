//! The guest of `cargo xtask vmtest`: what is done and judged inside a virtual machine.
//!
//! One program in three parts. As the first process of the machine (`init`) it sets the stage,
//! starts the detector under test, runs a container and compares the detector's account with what
//! the container says that it did. Inside that container (`actor`) it performs the rows of the
//! table in [`rows`], one process each. It tells what it finds to the host, line by line of JSON,
//! over a serial port of its own ([`host`]), so that no word of the kernel's gets between.
//!
//! A table of its own ([`planted`]) has the credentials of processes overwritten by the host, through
//! the machine's debugger.

mod actor;
mod btf;
mod bundle;
mod check;
mod detector;
mod file_rows;
mod host;
mod init;
mod modules;
mod plant;
mod planted;
mod rows;
mod stage;
mod verifier;

use std::process::ExitCode;

/// The first argument of the part that acts inside the container.
const ACTOR: &str = "actor";

/// That of the part whose processes are overwritten.
const PLANTED: &str = "planted";

fn main() -> ExitCode {
    let acted = match std::env::args().nth(1).as_deref() {
        Some(ACTOR) => actor::perform(),
        Some(PLANTED) => planted::act(),
        _ => return init::live(),
    };
    if let Err(error) = acted {
        eprintln!("actor: {error:#}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
