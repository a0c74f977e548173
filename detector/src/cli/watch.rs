//! Options of all commands that watch: what, how closely, and who tells names.

use clap::Args;

use crate::host::engine::Sockets;
use crate::host::selection::{Level, Selection, Selector};

/// What to watch, and how closely.
#[derive(Debug, Clone, Default, Args)]
pub struct WatchOptions {
    /// What to watch: all-containers, container=NAME, label=KEY[=VALUE], image=GLOB, cgroup=PATH,
    /// unit=NAME or pid=N; repeatable, whatever one of them names is watched
    /// [default: all-containers]
    #[arg(long, value_name = "WHAT")]
    pub watch: Vec<Selector>,
    /// How closely: rules (what rules can match), operations (besides, commands, writes,
    /// connections, privileges) or all
    #[arg(long, value_name = "LEVEL")]
    pub level: Option<Level>,
}

impl WatchOptions {
    /// What was asked for.
    #[must_use]
    pub fn selection(&self) -> Selection {
        let usual = Selection::default();
        Selection {
            selectors: if self.watch.is_empty() {
                usual.selectors
            } else {
                self.watch.clone()
            },
            level: self.level,
            levels: Vec::new(),
        }
    }
}

/// An engine's socket as the user may write it: `/PATH` or `unix:///PATH`.
pub(super) fn engine(text: &str) -> Result<String, String> {
    match Sockets::choose(&[text], None) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The sockets that options name, else `DOCKER_HOST`, else the usual ones.
pub(super) fn engines(options: &[String]) -> anyhow::Result<Sockets> {
    use anyhow::Context;

    let variable = std::env::var("DOCKER_HOST").ok();
    Sockets::choose(options, variable.as_deref())
        .context("DOCKER_HOST names an engine elsewhere; unset it, or give --engine")
}
