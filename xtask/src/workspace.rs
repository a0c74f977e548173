//! Where things lie in the workspace.
//!
//! The sensor's place is fixed, whatever cargo's target directory is set to: `detector/build.rs`
//! looks for it at the same place, and so cargo builds the detector without asking for the kernel
//! toolchain again.

use std::path::{Path, PathBuf};

/// The workspace's root directory.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// The crate of the kernel programs. Cargo for it runs inside, where its `.cargo/config.toml` is.
pub(crate) fn sensor_crate() -> PathBuf {
    root().join("detector-ebpf")
}

/// The folder of the built sensor's objects, which the detector embeds.
pub(crate) fn sensor_objects() -> PathBuf {
    root().join("target/sensor")
}

/// What is fetched once and kept between runs.
pub(crate) fn cache() -> PathBuf {
    root().join(".cache")
}

/// Where the output of long commands is kept.
pub(crate) fn logs() -> PathBuf {
    root().join("target/xtask")
}

/// A path as a reader at the workspace's root would write it.
pub(crate) fn shown(path: &Path) -> std::path::Display<'_> {
    path.strip_prefix(root()).unwrap_or(path).display()
}
