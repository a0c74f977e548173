//! A detector that tells, as alerts, all that workloads open, execute and connect to: for tests of
//! what the sensor saw, whatever the shipped rules make of it.

use std::sync::OnceLock;

use anyhow::{Result, anyhow};
use tempfile::TempDir;

use crate::act::{Act, Acted};
use crate::alert::Alert;
use crate::container::Container;
use crate::detector::Detector;
use crate::engine::Engine;
use crate::image::Image;

const RULES: &str = "\
- rule: Told
  desc: What a workload opens, executes and connects to
  condition: >
    evt.type in (open, openat, openat2, creat, execve, connect, io_uring_setup) and
    workload = true
  output: >-
    %evt.type by %evt.via of %fd.name (truth=%file.truth inode=%fd.ino given=%fd.nameraw writes=%evt.is_open_write
    arguments=%evt.args executable=%proc.exepath file=%proc.exe_ino command=%proc.cmdline
    pid=%proc.vpid parent=%proc.ppid ancestors=%proc.aexepath)
  priority: NOTICE
";

/// The detector and its rule.
pub struct Telling {
    /// The detector.
    pub detector: Detector,
    /// The Docker daemon.
    pub engine: &'static Engine,
    _rules: TempDir,
}

impl Telling {
    /// The one that the tests of a binary share.
    ///
    /// # Errors
    /// If it could not be started; every test then fails with the reason.
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<Telling>> = OnceLock::new();
        SHARED
            .get_or_init(Self::start)
            .as_ref()
            .map_err(|error| anyhow!("{error:#}"))
    }

    fn start() -> Result<Self> {
        let engine = Engine::shared()?;
        let directory = tempfile::tempdir()?;
        let rules = directory.path().join("told.yaml");
        std::fs::write(&rules, RULES)?;
        let detector = Detector::start_with(engine, &["--rules", &rules.display().to_string()])?;
        Ok(Self {
            detector,
            engine,
            _rules: directory,
        })
    }

    /// A container of the bare image that waits for acts.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn container(&self, options: &[&str]) -> Result<Container<'static>> {
        Container::idle(self.engine, Image::Bare, options)
    }

    /// Performs acts and waits until one of them is told with these fields.
    ///
    /// # Errors
    /// If they cannot be performed, or nothing of the kind is told.
    pub fn tells(
        &self,
        container: &Container<'_>,
        words: &str,
        fields: &[(&str, &str)],
    ) -> Result<(Acted, Alert)> {
        let acted = container.perform(&Act::new(words))?;
        let alert = self.told(container, |alert| {
            alert.pid() == Some(acted.pid)
                && fields
                    .iter()
                    .all(|(name, value)| alert.field(name).as_deref() == Some(*value))
        })?;
        Ok((acted, alert))
    }

    /// Waits for something that is told of a container.
    ///
    /// # Errors
    /// If it never is.
    pub fn told(
        &self,
        container: &Container<'_>,
        wanted: impl Fn(&Alert) -> bool,
    ) -> Result<Alert> {
        self.detector.wait_for(container, wanted)
    }
}
