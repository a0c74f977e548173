//! What containers need: a Docker engine, and what makes images where none can be pulled.
//!
//! Programs are looked for, not packages: an engine from elsewhere is as good, and Debian's would
//! drive it out. The daemon is what counts; a client alone may talk to another machine.

use std::path::Path;

use crate::command::{Invocation, which};

use super::need::Need;

/// All of it.
pub(super) const NEEDS: [Need; 9] = [
    Need {
        what: "Docker's daemon, `dockerd`",
        found: || which("dockerd").is_some(),
        packages: &["docker.io"],
    },
    Need {
        what: "Docker's client, `docker`",
        found: || which("docker").is_some(),
        packages: &["docker-cli | docker.io"],
    },
    Need {
        what: "`containerd`",
        found: || which("containerd").is_some(),
        packages: &["containerd"],
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
        what: "`debootstrap` and Debian's keys",
        found: || {
            let keys = Path::new("/usr/share/keyrings/debian-archive-keyring.gpg");
            which("debootstrap").is_some() && keys.exists()
        },
        packages: &["debootstrap", "debian-archive-keyring"],
    },
    Need {
        what: "`mkfs.ext4`, for a block device to mount",
        found: || which("mkfs.ext4").is_some(),
        packages: &["e2fsprogs"],
    },
    Need {
        what: "`losetup`, which makes that device of a file",
        found: || which("losetup").is_some(),
        packages: &["mount"],
    },
    Need {
        what: "the static C library, libc.a",
        found: static_c,
        packages: &["libc6-dev"],
    },
];

/// Images made here have no library, so a busybox that needs one would not start in them.
pub(super) fn static_busybox() -> bool {
    let busybox = "/bin/busybox";
    // ldd refuses a program without libraries.
    let libraries = Invocation::new("ldd").args([busybox]).read();
    Path::new(busybox).exists() && libraries.map_or(true, |said| said.contains("statically linked"))
}

pub(super) fn static_c() -> bool {
    let folders = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
    ];
    folders
        .iter()
        .any(|folder| Path::new(folder).join("libc.a").exists())
}
