//! `cargo xtask build`: first the sensor, then the detector that embeds it.
//!
//! The sensor is built by a cargo of its own toolchain, twice: one source makes two objects. Each is
//! copied to its fixed place only when its bytes changed. So a plain `cargo build`, `check` or `clippy` of the detector works afterwards, and
//! a rebuild that changed nothing in the kernel programs does not rebuild the detector.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::artifacts;
use crate::command::Invocation;
use crate::toolchain::{Toolchain, built_sensor};
use crate::workspace;

/// Build the sensor (kernel programs), then the detector that embeds it
///
/// Afterwards plain cargo builds, checks and tests the detector, until the kernel programs change.
#[derive(Args)]
pub(crate) struct Build {
    /// Optimise the detector; the sensor always is.
    #[arg(long)]
    release: bool,

    /// What to build in besides.
    #[arg(long, value_enum, value_delimiter = ',')]
    features: Vec<Feature>,
}

/// The sensor's objects, and the features of its crate that make them: one for kernels from 6.1 on,
/// one for older ones.
const OBJECTS: [(&str, &[&str]); 2] = [
    ("sensor.o", &[]),
    ("sensor-legacy.o", &["--features=legacy"]),
];

/// Features that sensor and detector have alike.
#[derive(Clone, Copy, ValueEnum)]
enum Feature {
    /// Messages of the kernel programs themselves, among the detector's own.
    DebugLog,
}

impl Feature {
    fn name(self) -> &'static str {
        match self {
            Self::DebugLog => "debug-log",
        }
    }
}

impl Build {
    /// What people run and what is tested end to end.
    pub(crate) fn for_use() -> Self {
        Self {
            release: true,
            features: Vec::new(),
        }
    }

    /// The subcommand: builds, and says where the detector is.
    pub(crate) fn perform(&self) -> Result<()> {
        let detector = self.detector()?;
        eprintln!("built {}", workspace::shown(&detector));
        Ok(())
    }

    /// Builds, and gives the detector's binary.
    pub(crate) fn detector(&self) -> Result<PathBuf> {
        self.sensor()?;
        let cargo = Invocation::new("cargo").args(["build", "--package", "detector"]);
        let cargo = if self.release {
            cargo.args(["--release"])
        } else {
            cargo
        };
        let built = artifacts::built(&cargo.args(self.feature_args()))?;
        let detector = built
            .into_iter()
            .find(|program| program.target == "escape-detector");
        Ok(detector.context("cargo built no `escape-detector`")?.path)
    }

    /// Builds the sensor's objects and puts them where the detector looks for them.
    fn sensor(&self) -> Result<()> {
        for (object, features) in OBJECTS {
            Toolchain::required()?
                .cargo("build")
                .args(self.feature_args())
                .args(features)
                .run()?;
            keep(object)?;
        }
        Ok(())
    }

    fn feature_args(&self) -> Vec<String> {
        self.features
            .iter()
            .map(|feature| format!("--features={}", feature.name()))
            .collect()
    }
}

/// Copies the object that was just built to its place, if its bytes changed.
fn keep(object: &str) -> Result<()> {
    let (built, folder) = (built_sensor(), workspace::sensor_objects());
    let place = folder.join(object);
    let new = fs::read(&built).with_context(|| format!("cargo left no {}", built.display()))?;
    if fs::read(&place).is_ok_and(|old| old == new) {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    // Whole or not at all: a detector built at this moment must not embed half of it.
    let beside = place.with_extension("new");
    let written = fs::write(&beside, new).and_then(|()| fs::rename(&beside, &place));
    written.with_context(|| format!("cannot write {}", place.display()))
}
