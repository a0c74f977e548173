//! What the command line starts: the detector itself, behind a seam.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Orders, RecordPlan, Recorded};
use crate::config::Settings;
use crate::control::{Board, Feed, Stop};
use crate::rules::RuleMatching;
use crate::sinks::AlertQueue;
use crate::state_dir::StateDir;

/// Everything between rule files and alerts.
pub trait Detector: 'static {
    /// Rules ready to run.
    type Rules: Send + 'static;

    /// Reads rules from files and directories, or the shipped ones if there are none, of which these
    /// are to be told. Nothing has been written, opened or asked for when this is called.
    ///
    /// # Errors
    /// If a rule is wrong, with file, line and column.
    fn load_rules(paths: &[PathBuf], which: RuleMatching) -> anyhow::Result<Self::Rules>;

    /// How many rules these are.
    fn count(rules: &Self::Rules) -> usize;

    /// Detects until [`Prepared::stop`] is requested, and carries out orders meanwhile. Alerts pushed
    /// before it returns are still delivered afterwards.
    ///
    /// # Errors
    /// If it cannot begin or go on.
    fn detect(
        rules: Self::Rules,
        prepared: &Prepared,
        orders: &Orders<Self::Rules>,
    ) -> anyhow::Result<()>;

    /// Records until the plan says so; `begun` is called when everything is seen.
    ///
    /// # Errors
    /// If it cannot begin, or the capture is not whole.
    fn record(plan: RecordPlan, begun: &dyn Fn()) -> anyhow::Result<Recorded>;
}

/// What stands ready when detection begins.
pub struct Prepared {
    /// Where alerts go. Waits when a sink is slow.
    pub alerts: AlertQueue,
    /// Where to write the state that `status` shows.
    pub board: Arc<Board>,
    /// Where to show events to whoever watches.
    pub feed: Arc<Feed>,
    /// When to end.
    pub stop: Stop,
    /// What it was told.
    pub settings: Settings,
    /// Where to keep everything that is taken: the file of the settings, made.
    pub capture: Option<File>,
    /// The state directory, ours until this value goes.
    pub state: StateDir,
}
