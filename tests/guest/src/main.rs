//! The guest of `cargo xtask vmtest`: what is done and judged inside a virtual machine.
//!
//! One program in three parts. As the first process of the machine (`init`) it sets the stage,
//! starts the detector under test, runs a container and compares the detector's account with what
//! the container says that it did. Inside that container (`actor`) it performs the rows of the
//! table in [`rows`], one process each. It tells what it finds to the host, line by line of JSON,
//! over a serial port of its own ([`host`]), so that no word of the kernel's gets between.

mod actor;
mod bundle;
mod check;
mod detector;
mod host;
mod init;
mod modules;
mod plant;
mod rows;
mod stage;
mod verifier;

use std::process::ExitCode;

/// The first argument of the part that acts inside the container.
const ACTOR: &str = "actor";

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(ACTOR) {
        return match actor::perform() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("actor: {error:#}");
                ExitCode::FAILURE
            }
        };
    }
    init::live()
}
