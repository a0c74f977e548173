//! The containers: bundles for runc, made of what lies in the machine, on overlays.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use rustix::mount::{MountFlags, mount};
use serde_json::{Value, json};

/// The container's id, in the form that Docker gives.
pub(crate) const ID: &str = "7e57c0de7e57c0de7e57c0de7e57c0de7e57c0de7e57c0de7e57c0de7e57c0de";

/// The id of the one that only waits, with no capability at all.
pub(crate) const IDLE: &str = "1d1e1d1e1d1e1d1e1d1e1d1e1d1e1d1e1d1e1d1e1d1e1d1e1d1e1d1e1d1e1d1e";

const RUNC: &str = "/usr/sbin/runc";
const SAID: &str = "/run/runc.out";
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
    let bundle = make(ID, process(&["/bin/guest", part], &CAPABILITIES))?;
    let mut runc = Command::new(RUNC);
    runc.args(["run", "--bundle", &bundle, ID]);
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

/// Enters the container that waits, with every capability, and performs acts there. Gives what they
/// said.
pub(crate) fn enter(words: &str) -> Result<String> {
    let waiting = process(&["/bin/busybox", "sleep", "600"], &[]);
    let bundle = make(IDLE, waiting)?;
    runc(&["run", "--detach", "--bundle", &bundle, IDLE])?;
    let words: Vec<_> = ["/bin/acts"]
        .into_iter()
        .chain(words.split_whitespace())
        .collect();
    let entering = format!("{bundle}/entering.json");
    fs::write(&entering, process(&words, &CAPABILITIES).to_string())?;
    let said = runc(&["exec", "--process", &entering, IDLE]);
    runc(&["delete", "--force", IDLE])?;
    said
}

/// What runc said, which must succeed. What it leaves running says nothing there.
fn runc(words: &[&str]) -> Result<String> {
    let said = File::create(SAID)?;
    let mut runc = Command::new(RUNC);
    runc.args(words).stdin(Stdio::null()).stdout(said);
    let status = runc.stderr(File::create(ERRORS)?).status()?;
    let errors = fs::read_to_string(ERRORS)?;
    ensure!(status.success(), "runc {words:?} failed: {}", errors.trim());
    Ok(fs::read_to_string(SAID)?)
}

/// Makes the bundle of a container and gives its folder.
fn make(id: &str, process: Value) -> Result<String> {
    let bundle = format!("/run/{id}");
    let [upper, work, root] =
        ["upper", "work", "rootfs"].map(|folder| format!("{bundle}/{folder}"));
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
    fs::write(
        format!("{bundle}/config.json"),
        config(id, process).to_string(),
    )?;
    Ok(bundle)
}

/// A process for runc, as root, with these capabilities.
fn process(words: &[&str], capabilities: &[&str]) -> Value {
    let capabilities: Vec<_> = capabilities
        .iter()
        .map(|name| format!("CAP_{name}"))
        .collect();
    json!({
        "user": {"uid": 0, "gid": 0},
        "args": words,
        "env": ["PATH=/bin"],
        "cwd": "/",
        // Before Linux 5.11, maps count as locked memory of a user, and the sensor's are the same.
        "rlimits": [{"type": "RLIMIT_MEMLOCK", "soft": u64::MAX, "hard": u64::MAX}],
        "capabilities": {
            "bounding": capabilities,
            "effective": capabilities,
            "permitted": capabilities,
        },
    })
}

fn config(id: &str, process: Value) -> Value {
    json!({
        "ociVersion": "1.0.2",
        "process": process,
        "root": {"path": "rootfs"},
        "hostname": "container",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
                "options": ["nosuid", "mode=755"]},
            {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"},
        ],
        "linux": {
            "cgroupsPath": format!("/docker/{id}"),
            "resources": {"devices": [{"allow": true, "access": "rwm"}]},
            "namespaces": [
                {"type": "pid"}, {"type": "ipc"}, {"type": "uts"},
                {"type": "mount"}, {"type": "network"}, {"type": "cgroup"},
            ],
        },
    })
}
