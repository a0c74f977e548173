//! What a container is to the detector: its id, the engine that made it, and what that engine says.
//!
//! Two sources speak of one container. Its cgroup path gives a [`ContainerRef`]: kernel truth,
//! there from the first event. The engine's API gives a [`ContainerInfo`]: names, labels, mounts,
//! which arrive later or never. They are joined by [`ContainerId`] where [`ContainerInfo::describes`]
//! allows it: an engine that an unprivileged user runs may speak of that user's containers only.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

mod id;
mod image;

pub use id::{ContainerId, NotAnId};
pub use image::ImageName;

/// Who made a container, as far as its cgroup path or its API tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Docker Engine, rootful or rootless.
    Docker,
    /// Podman and other users of libpod.
    Podman,
    /// containerd without Docker: its CRI plugin, nerdctl, `ctr`.
    Containerd,
    /// CRI-O.
    #[serde(rename = "cri-o")]
    CriO,
    /// A build step of BuildKit.
    BuildKit,
    /// LXC, LXD, Incus, and libvirt's LXC driver.
    Lxc,
    /// systemd-nspawn and what else registers with systemd-machined.
    Nspawn,
    /// An OCI container whose path does not name its engine (`--cgroup-parent`, plain kubepods).
    Unknown,
}

impl Engine {
    /// The name as it stands in the field `container.type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Containerd => "containerd",
            Self::CriO => "cri-o",
            Self::BuildKit => "buildkit",
            Self::Lxc => "lxc",
            Self::Nspawn => "nspawn",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A container as its cgroup path shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerRef {
    /// Its id in the engine's form.
    pub id: ContainerId,
    /// Who made it.
    pub engine: Engine,
    /// The unprivileged user whose engine made it; `None` for an engine of the system's.
    pub owner: Option<u32>,
    /// The Kubernetes pod that it belongs to.
    pub pod: Option<String>,
    /// How many path components its own cgroup has: what lies deeper is the container's inside.
    pub depth: usize,
}

/// Where a fact about a container came from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EngineSource {
    /// The API's socket.
    pub socket: PathBuf,
    /// The unprivileged user who listens there; `None` is root.
    pub owner: Option<u32>,
}

/// A container as its engine describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerInfo {
    /// Its id.
    pub id: ContainerId,
    /// Which engine said so.
    pub source: EngineSource,
    /// That engine's kind.
    pub engine: Engine,
    /// Its name, without the leading slash.
    pub name: String,
    /// The image that it was made from.
    pub image: ImageName,
    /// The id of that image, without what hash it is.
    #[serde(default)]
    pub image_id: Option<String>,
    /// Labels of container and image.
    pub labels: BTreeMap<String, String>,
    /// Bind mounts and volumes.
    pub mounts: Vec<MountInfo>,
    /// Made with `--privileged`.
    pub privileged: bool,
    /// The OCI runtime, where named (`runc`, `crun`, `runsc`, `kata`).
    pub runtime: Option<String>,
    /// The process that was PID 1 inside, seen from the host, when the engine was asked.
    pub init_pid: Option<u32>,
    /// When it was made.
    pub created: Option<Timestamp>,
}

impl ContainerInfo {
    /// Whether this engine may speak of that container: same id, and a user's engine only of the
    /// same user's containers. Otherwise any user could rename and relabel the containers of others.
    #[must_use]
    pub fn describes(&self, container: &ContainerRef) -> bool {
        self.id == container.id && self.source.may_speak_of(container)
    }
}

impl EngineSource {
    /// Whether facts from here may be believed about that container.
    #[must_use]
    pub fn may_speak_of(&self, container: &ContainerRef) -> bool {
        self.owner.is_none() || self.owner == container.owner
    }
}

/// One mount that the engine was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountInfo {
    /// Path on the host, or a volume's directory.
    pub source: String,
    /// Path inside the container.
    pub destination: String,
    /// Options that it was asked for with, in the engine's words (`ro,z`).
    #[serde(default)]
    pub mode: String,
    /// Writable from inside.
    pub rw: bool,
    /// How mounts below it spread (`rprivate`).
    #[serde(default)]
    pub propagation: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3f4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7";

    fn info(owner: Option<u32>) -> ContainerInfo {
        ContainerInfo {
            id: ContainerId::hex(ID.as_bytes()).unwrap(),
            source: EngineSource {
                socket: "/run/docker.sock".into(),
                owner,
            },
            engine: Engine::Docker,
            name: "web".into(),
            image: ImageName::parse("nginx:1"),
            image_id: None,
            labels: BTreeMap::new(),
            mounts: Vec::new(),
            privileged: false,
            runtime: None,
            init_pid: None,
            created: None,
        }
    }

    fn reference(owner: Option<u32>) -> ContainerRef {
        let id = ContainerId::hex(ID.as_bytes()).unwrap();
        ContainerRef {
            id,
            engine: Engine::Docker,
            owner,
            pod: None,
            depth: 2,
        }
    }

    #[test]
    fn an_engine_of_a_user_speaks_only_of_that_users_containers() {
        assert!(info(None).describes(&reference(None)));
        assert!(info(None).describes(&reference(Some(1000))));
        assert!(info(Some(1000)).describes(&reference(Some(1000))));
        assert!(!info(Some(1000)).describes(&reference(None)));
        assert!(!info(Some(1000)).describes(&reference(Some(1001))));
    }

    #[test]
    fn what_an_engine_said_survives_json() {
        let info = ContainerInfo {
            created: Some(Timestamp::UNIX_EPOCH),
            ..info(Some(1000))
        };
        let text = serde_json::to_string(&info).unwrap();
        assert_eq!(serde_json::from_str::<ContainerInfo>(&text).unwrap(), info);
    }
}
