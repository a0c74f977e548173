//! Where things lie in the workspace.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The workspace's root directory.
pub(crate) fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// The program that cargo built beside this test.
pub(crate) fn sibling(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let profile = own
        .ancestors()
        .nth(2)
        .context("the test does not lie where cargo puts it")?;
    Ok(profile.join(name))
}
