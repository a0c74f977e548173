//! The container: a bundle for runc, made of what lies in the machine, on an overlay.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use rustix::mount::{MountFlags, mount};
use serde_json::{Value, json};

/// The container's id, in the form that Docker gives.
pub(crate) const ID: &str = "7e57c0de7e57c0de7e57c0de7e57c0de7e57c0de7e57c0de7e57c0de7e57c0de";

const BUNDLE: &str = "/run/bundle";
const ERRORS: &str = "/run/runc.log";

/// The lower layer: what the host has put there.
const IMAGE: &str = "/image";

/// Every capability: what a kernel refuses then, it refuses for a reason of the row.
const CAPABILITIES: [&str; 41] = [
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "BPF",
    "CHECKPOINT_RESTORE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "PERFMON",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYSLOG",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "WAKE_ALARM",
];

/// Runs the container to its end, one part of the guest inside, and passes on each line that it says.
pub(crate) fn run(part: &str, hear: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
    make(part).context("cannot make the bundle")?;
    let mut runc = Command::new("/usr/sbin/runc");
    runc.args(["run", "--bundle", BUNDLE, ID]);
    runc.stdin(Stdio::null()).stdout(Stdio::piped());
    runc.stderr(File::create(ERRORS)?);
    let mut child = runc.spawn().context("cannot start runc")?;
    let said = child.stdout.take().context("runc has no output")?;
    for line in BufReader::new(said).lines() {
        hear(&line?)?;
    }
    let status = child.wait()?;
    let errors = fs::read_to_string(ERRORS)?;
    ensure!(status.success(), "the container failed: {}", errors.trim());
    Ok(())
}

fn make(part: &str) -> Result<()> {
    let [upper, work, root] =
        ["upper", "work", "rootfs"].map(|folder| format!("{BUNDLE}/{folder}"));
    for folder in [&upper, &work, &root] {
        fs::create_dir_all(folder)?;
    }
    let layers = format!("lowerdir={IMAGE},upperdir={upper},workdir={work}");
    let layers = std::ffi::CString::new(layers)?;
    let mounted = mount(
        "overlay",
        &root,
        "overlay",
        MountFlags::empty(),
        Some(&*layers),
    );
    mounted.context("cannot mount the overlay")?;
    fs::write(format!("{BUNDLE}/config.json"), config(part).to_string())?;
    Ok(())
}

fn config(part: &str) -> Value {
    let capabilities = CAPABILITIES.map(|name| format!("CAP_{name}")).to_vec();
    json!({
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": ["/bin/guest", part],
            "env": ["PATH=/bin"],
            "cwd": "/",
            // Before Linux 5.11, maps count as locked memory of a user, and the sensor's are the same.
            "rlimits": [{"type": "RLIMIT_MEMLOCK", "soft": u64::MAX, "hard": u64::MAX}],
            "capabilities": {
                "bounding": capabilities,
                "effective": capabilities,
                "permitted": capabilities,
            },
        },
        "root": {"path": "rootfs"},
        "hostname": "container",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
                "options": ["nosuid", "mode=755"]},
            {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"},
        ],
        "linux": {
            "cgroupsPath": format!("/docker/{ID}"),
            "resources": {"devices": [{"allow": true, "access": "rwm"}]},
            "namespaces": [
                {"type": "pid"}, {"type": "ipc"}, {"type": "uts"},
                {"type": "mount"}, {"type": "network"}, {"type": "cgroup"},
            ],
        },
    })
}
