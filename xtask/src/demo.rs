//! `cargo xtask demo`: six acts in a throwaway container, and their alerts.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use crate::artifacts;
use crate::build::Build;
use crate::command::Invocation;
use crate::setup::{self, Purpose};

/// Show six acts in a throwaway container and the alert that each raises
///
/// Takes the detector that runs already, else starts one on a temporary directory. Each act reaches
/// the kernel; its result stands before its alert. Fails when an alert is missing. The container
/// belongs to a Docker daemon of the demo's own, which ends with it.
#[derive(Args)]
pub(crate) struct Demo {
    /// State directory of the running detector, where it was given one
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
}

impl Demo {
    /// The subcommand.
    pub(crate) fn perform(self) -> Result<()> {
        setup::ensure(&[Purpose::Sensor, Purpose::Containers])?;
        let detector = Build::for_use().detector()?;
        let cargo = Invocation::new("cargo").args(["build", "--package", "tests", "--bins"]);
        let programs = artifacts::built(&cargo)?;
        let demo = programs
            .into_iter()
            .find(|program| program.target == "demo");
        let demo = demo.context("cargo built no `demo`")?;
        let demo = Invocation::new(&demo.path).variable("ESCAPE_DETECTOR", detector);
        let demo = match self.state_dir {
            Some(directory) => demo.args(["--state-dir".into(), directory.into_os_string()]),
            None => demo,
        };
        demo.by_root().run()
    }
}
