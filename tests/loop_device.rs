//! A block device of the host that a test may lose.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::engine::checked;

const SIZE: u64 = 4 << 20;

/// A loop device with an empty ext4 file system. It goes with the value or with the process.
pub struct LoopDevice {
    path: String,
    minor: u32,
    /// The device was given up at once: only who holds it open keeps it.
    _held: File,
}

impl LoopDevice {
    /// Attaches one.
    ///
    /// # Errors
    /// If the host has no loop devices.
    pub fn attach() -> Result<Self> {
        let image = tempfile::NamedTempFile::new_in("/var/tmp")?;
        image.as_file().set_len(SIZE)?;
        host(Command::new("mkfs.ext4").arg("-q").arg(image.path()))?;
        let path = host(
            Command::new("losetup")
                .args(["--find", "--show"])
                .arg(image.path()),
        )?;
        let held = File::open(&path)?;
        host(Command::new("losetup").args(["--detach", &path]))?;
        let minor = rustix::fs::minor(held.metadata()?.rdev());
        Ok(Self {
            path,
            minor,
            _held: held,
        })
    }

    /// Its node on the host.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The act that makes a node for it.
    #[must_use]
    pub fn node_act(&self, path: &str) -> String {
        format!("mknod-block {path} 7 {}", self.minor)
    }
}

fn host(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot start {command:?}"))?;
    checked(command, &output)
}
