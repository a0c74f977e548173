//! The stage: file systems, modules and the loopback interface, as a host with containers has them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use rustix::mount::{MountFlags, mount, mount_bind, mount_move};
use rustix::process::{chdir, chroot};

use crate::modules;

/// Modules of this kernel that the stage needs.
const MODULES: &str = "/modules";

/// Devices alone: what is needed to tell the host of anything that goes wrong later.
pub(crate) fn devices() -> Result<()> {
    filesystem("devtmpfs", "/dev")
}

/// Everything else.
pub(crate) fn set() -> Result<()> {
    leave_the_initial_root().context("cannot leave the initial root")?;
    for (kind, place) in [
        ("proc", "/proc"),
        ("sysfs", "/sys"),
        ("devtmpfs", "/dev"),
        ("cgroup2", "/sys/fs/cgroup"),
        ("tracefs", "/sys/kernel/tracing"),
        ("bpf", "/sys/fs/bpf"),
        ("tmpfs", "/run"),
        ("tmpfs", "/tmp"),
        ("tmpfs", "/var/tmp"),
    ] {
        filesystem(kind, place)?;
    }
    modules::load_all(Path::new(MODULES))?;
    fs::write("/proc/sys/kernel/hostname", "guest")?;
    Ok(())
}

/// A runtime pivots, and no one pivots out of the kernel's first root: a mount of it can be left.
fn leave_the_initial_root() -> Result<()> {
    fs::create_dir_all("/root")?;
    mount_bind("/", "/root")?;
    chdir("/root")?;
    mount_move(".", "/")?;
    chroot(".")?;
    chdir("/")?;
    Ok(())
}

fn filesystem(kind: &str, place: &str) -> Result<()> {
    fs::create_dir_all(place).with_context(|| format!("cannot make {place}"))?;
    let mounted = mount(kind, place, kind, MountFlags::empty(), None);
    mounted.with_context(|| format!("cannot mount {kind} on {place}"))
}
