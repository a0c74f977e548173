//! What virtual machines need: QEMU, what unpacks kernels, and what goes into the machines.

use std::path::Path;

use crate::command::which;

use super::containers::{static_busybox, static_c};
use super::need::Need;

/// All of it.
pub(super) const NEEDS: [Need; 7] = [
    Need {
        what: "QEMU for 64-bit PCs, `qemu-system-x86_64`",
        found: || which("qemu-system-x86_64").is_some(),
        packages: &["qemu-system-x86"],
    },
    Need {
        what: "`dpkg-deb`, which unpacks kernels",
        found: || which("dpkg-deb").is_some(),
        packages: &["dpkg"],
    },
    Need {
        what: "`xz`, which unpacks their modules",
        found: || which("xz").is_some(),
        packages: &["xz-utils"],
    },
    Need {
        what: "Debian's keys, which kernels are checked with",
        found: || Path::new("/usr/share/keyrings/debian-archive-keyring.gpg").exists(),
        packages: &["debian-archive-keyring"],
    },
    Need {
        what: "`runc`",
        found: || which("runc").is_some(),
        packages: &["runc"],
    },
    Need {
        what: "a statically linked /bin/busybox",
        found: static_busybox,
        packages: &["busybox-static"],
    },
    Need {
        what: "the static C library, libc.a",
        found: static_c,
        packages: &["libc6-dev"],
    },
];
