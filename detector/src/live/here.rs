//! This host and this boot: what alerts and captures say of where they were made.

use std::fs;
use std::os::unix::fs::MetadataExt;

use anyhow::Context;
use detector_common::record::FORMAT;

use crate::capture::Header;
use crate::event::{BootId, BootTime, Clock, NamespaceId, Namespaces};
use crate::host::selection::Selection;
use crate::sensor::btf;

/// The host, as it is named.
pub(super) struct Here {
    pub(super) hostname: String,
    pub(super) boot: BootId,
    pub(super) clock: Clock,
    /// The host's namespaces: the detector runs in them.
    pub(super) namespaces: Namespaces,
}

impl Here {
    /// This host, now.
    pub(super) fn now() -> anyhow::Result<Self> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .context("the boot id cannot be read: is /proc mounted?")?;
        Ok(Self {
            hostname: rustix::system::uname()
                .nodename()
                .to_string_lossy()
                .into_owned(),
            boot: boot.parse()?,
            clock: Clock::measure(),
            namespaces: own_namespaces(),
        })
    }

    /// The header of a capture that begins now.
    pub(super) fn header(&self, selection: &Selection) -> anyhow::Result<Header> {
        let system = rustix::system::uname();
        Ok(Header {
            made_by: env!("CARGO_PKG_VERSION").to_owned(),
            hostname: self.hostname.clone(),
            kernel: system.release().to_string_lossy().into_owned(),
            machine: system.machine().to_string_lossy().into_owned(),
            btf_sha256: btf::digest()?,
            boot_id: self.boot.to_string(),
            clock_offset: self.clock.offset(),
            began: BootTime::now().0,
            record_format: FORMAT,
            namespaces: self.namespaces.into(),
            selection: selection.clone(),
        })
    }
}

fn own_namespaces() -> Namespaces {
    let number = |name: &str| {
        let metadata = fs::metadata(format!("/proc/self/ns/{name}")).ok()?;
        u32::try_from(metadata.ino()).ok().map(NamespaceId)
    };
    Namespaces {
        mnt: number("mnt"),
        pid: number("pid"),
        user: number("user"),
        net: number("net"),
        cgroup: number("cgroup"),
        ipc: number("ipc"),
    }
}
