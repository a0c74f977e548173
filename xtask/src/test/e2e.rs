//! The end-to-end tests: compiled by the caller's cargo, run as root.
//!
//! Cargo never runs as root for a caller who is not: it would leave files in the target directory
//! that the caller cannot replace. So cargo compiles, says which test programs there are, and these
//! are started one by one.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::artifacts;
use crate::command::Invocation;
use crate::workspace;

/// The package that holds them.
const PACKAGE: &str = "tests";

/// Compiles and runs them against this detector.
pub(super) fn run(detector: &Path, all: bool, args: &[String]) -> Result<()> {
    let cargo = Invocation::new("cargo").args(["test", "--package", PACKAGE, "--no-run"]);
    let programs = artifacts::built(&cargo)?;
    let tests: Vec<_> = programs
        .into_iter()
        .filter(|program| program.test)
        .collect();
    ensure!(
        !tests.is_empty(),
        "cargo built no test of the package `{PACKAGE}`"
    );
    for test in tests {
        // Cargo, too, runs tests in their package's folder.
        let run = Invocation::new(&test.path)
            .args(args)
            .inside(workspace::root().join(PACKAGE));
        let run = run.variable("ESCAPE_DETECTOR", detector).by_root();
        let run = if all {
            run.variable("ESCAPE_DETECTOR_TEST_ALL", "1")
        } else {
            run
        };
        run.run()?;
    }
    Ok(())
}
