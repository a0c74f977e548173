//! Where things lie in the workspace.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The workspace's root directory.
pub(crate) fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// The program that cargo built beside this one: in the same folder, or above a test's.
pub(crate) fn sibling(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folders = own.ancestors().skip(1).take(2);
    let mut places = folders.map(|folder| folder.join(name));
    places
        .find(|place| place.is_file())
        .with_context(|| format!("cargo has built no `{name}` beside {}", own.display()))
}
