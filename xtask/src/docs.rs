//! `cargo xtask docs`: the reference pages, made from the code.

use anyhow::Result;
use clap::Args;

use crate::build::Build;
use crate::command::Invocation;
use crate::setup::{self, Purpose};
use crate::workspace;

/// Renew docs/reference from the code
///
/// Pages of the command line, configuration, fields, shipped rules, status and events. The tests
/// fail where they are out of date.
#[derive(Args)]
pub(crate) struct Docs {}

impl Docs {
    /// The subcommand.
    pub(crate) fn perform(self) -> Result<()> {
        setup::ensure(&[Purpose::Sensor])?;
        let detector = Build::for_use().detector()?;
        let pages = workspace::root().join("docs/reference");
        Invocation::new(&detector)
            .args(["reference".into(), pages.into_os_string()])
            .run()
    }
}
