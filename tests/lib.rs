//! The ground of the end-to-end tests: a Docker daemon of their own, containers in which acts are
//! performed, and a detector that watches them.
//!
//! One daemon and one detector serve all tests of a binary; alerts are told apart by container.
//! Nothing here knows what an attack is: that stands in the tests.

mod act;
mod alert;
mod answer;
mod asking;
mod attack;
mod container;
mod counts;
mod detector;
mod engine;
mod host;
mod image;
mod loop_device;
mod recording;
pub mod shipped;
mod telling;
mod terminal;
mod warden;
mod workspace;

use std::fmt;
use std::sync::OnceLock;

use anyhow::{Result, anyhow};

pub use act::{Act, Acted, Call};
pub use alert::{Alert, Outcome};
pub use answer::Answer;
pub use asking::{asking, one_event};
pub use attack::{Attack, Rule};
pub use container::{Container, RENAMED, allow};
pub use counts::Counts;
pub use detector::{Detector, detector_binary};
pub use engine::Engine;
pub use host::{HostCgroup, HostShell};
pub use image::Image;
pub use loop_device::LoopDevice;
pub use recording::{Recording, replay};
pub use telling::Telling;
pub use terminal::Terminal;

/// What a test returns.
pub type Verdict = Result<(), Failure>;

/// Why a test failed: the whole message, and no stack of the test runner's.
pub struct Failure(String);

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(format!("{:#}", error.into()))
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the tests of one binary share.
pub struct Ground {
    /// The Docker daemon.
    pub engine: &'static Engine,
    /// The detector that watches it.
    pub detector: Detector,
}

impl Ground {
    /// The shared ground, made when the first test asks for it.
    ///
    /// # Errors
    /// If daemon or detector could not be started; every test then fails with the reason.
    pub fn shared() -> Result<&'static Self> {
        static GROUND: OnceLock<Result<Ground>> = OnceLock::new();
        GROUND
            .get_or_init(Self::prepare)
            .as_ref()
            .map_err(|error| anyhow!("{error:#}"))
    }

    fn prepare() -> Result<Self> {
        let engine = Engine::shared()?;
        let detector = Detector::start(engine)?;
        Ok(Self { engine, detector })
    }

    /// Runs a container of the bare image that waits for acts.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn container(&self, options: &[&str]) -> Result<Container<'static>> {
        Container::idle(self.engine, Image::Bare, options)
    }
}
