//! `cargo xtask run`: from a bare machine to a running detector.

use std::ffi::OsString;

use anyhow::Result;
use clap::Args;

use crate::build::Build;
use crate::command::{self, Invocation};
use crate::setup::{self, Purpose};

/// Set up what is missing, build, and start the detector as root
///
/// Its ready line says how to see a first alert. Alerts go to standard output, everything else to
/// standard error; Ctrl-C ends it cleanly.
#[derive(Args)]
pub(crate) struct Run {
    /// Options of `escape-detector run`, for instance `-- --output json`.
    #[arg(last = true, value_name = "OPTIONS")]
    options: Vec<OsString>,
}

impl Run {
    /// The subcommand: returns only if the detector could not be started.
    pub(crate) fn perform(self) -> Result<()> {
        setup::ensure(&[Purpose::Sensor])?;
        let detector = Build::for_use().detector()?;
        let started = if command::is_root() {
            Invocation::new(detector)
        } else {
            Invocation::new("sudo").args(["-E"]).args([detector])
        };
        started.args(["run"]).args(self.options).become_it()
    }
}
