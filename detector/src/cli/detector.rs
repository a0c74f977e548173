//! What the command line starts: the detector itself, behind a seam.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::Settings;
use crate::control::{Board, Stop};
use crate::sinks::AlertQueue;
use crate::state_dir::StateDir;

/// Everything between rule files and alerts.
pub trait Detector {
    /// Rules ready to run.
    type Rules;

    /// Reads rules from files and directories, or the shipped ones if there are none. Nothing has
    /// been written, opened or asked for when this is called.
    ///
    /// # Errors
    /// If a rule is wrong, with file, line and column.
    fn load_rules(paths: &[PathBuf]) -> anyhow::Result<Self::Rules>;

    /// Detects until [`Prepared::stop`] is requested. Alerts pushed before it returns are still
    /// delivered afterwards.
    ///
    /// # Errors
    /// If it cannot begin or go on.
    fn detect(rules: Self::Rules, prepared: &Prepared) -> anyhow::Result<()>;
}

/// What stands ready when detection begins.
pub struct Prepared {
    /// Where alerts go. Waits when a sink is slow.
    pub alerts: AlertQueue,
    /// Where to write the state that `status` shows.
    pub board: Arc<Board>,
    /// When to end.
    pub stop: Stop,
    /// What it was told.
    pub settings: Settings,
    /// The state directory, ours until this value goes.
    pub state: StateDir,
}
