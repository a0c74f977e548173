//! `escape-detector`: parses the command line, calls the library, and says what went wrong.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use detector::cli::{self, Cli};
use detector::live::Live;

fn main() -> ExitCode {
    cli::exit_code(Cli::read().execute::<Live>())
}
