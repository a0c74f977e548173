//! An observation for the tests of whoever handles observations.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests and benches alone use it"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::attribution::{Attributed, Attribution};
use super::cgroupfs::{Cgroup, Walk};
use super::container::{
    ContainerId, ContainerInfo, ContainerRef, Engine, EngineSource, ImageName, MountInfo,
};
use super::observation::{Actor, ContainerView, Observation};
use super::tree::{Ancestor, Image};
use super::world::{Effort, World};
use crate::event::{BootTime, CgroupId, Clock, Event, FileKind, ProcessKey, Tgid};

/// The id of the container.
pub const ID: &str = "3f4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7";

/// A host with one container, in cgroup 99.
#[derive(Debug)]
pub struct OneContainer;

impl World for OneContainer {
    fn image(&mut self, _: ProcessKey) -> Option<Image> {
        None
    }

    fn kind(&mut self, _: ProcessKey, _: &[u8], _: Effort) -> Option<FileKind> {
        None
    }

    fn cgroups(&mut self) -> Walk {
        let cgroup = |id, path: String| Cgroup {
            id: CgroupId(id),
            path: path.into_bytes(),
        };
        Walk {
            cgroups: vec![cgroup(1, "/".into()), cgroup(99, format!("/docker/{ID}"))],
            left_out: 0,
        }
    }

    fn clock(&mut self) -> Option<Clock> {
        Some(Clock::with_offset(0))
    }
}

/// What an event of a workload in the container `claw-1` is observed as. Its process ran these
/// arguments, started by a shell.
pub fn observation(event: Event, argv: &[&[u8]]) -> Observation {
    let exec = event.meta.exec();
    let shell = ProcessKey {
        tgid: Tgid(4700),
        start: BootTime(3_000_000_000),
    };
    Observation {
        number: 7,
        actor: Actor {
            exec,
            image: image(argv),
            cwd: Some(b"/workspace".to_vec()),
            lineage: vec![Ancestor {
                process: shell,
                count: Some(1),
                image: image(&[b"bash", b"-c", b"make it so"]),
            }],
            attribution: Attribution {
                agent: Some(Attributed {
                    value: "main".into(),
                    source: "label openclaw.agent".into(),
                }),
                ..Attribution::default()
            },
            membership: None,
        },
        container: Some(ContainerView {
            reference: reference(),
            info: Some(Arc::new(info())),
            began: Some(BootTime(2_000_000_000)),
        }),
        crossed_into: None,
        crossed_cgroup: None,
        foreign_mount: false,
        own_user_ns: false,
        ids_before: None,
        target: None,
        claimed_kind: None,
        changed_by: None,
        incomplete: false,
        event,
    }
}

fn image(argv: &[&[u8]]) -> Arc<Image> {
    let name = argv.first().copied().unwrap_or_default().to_vec();
    Arc::new(Image {
        exe_path: Some([b"/usr/bin/", name.as_slice()].concat()),
        name,
        argv: argv
            .iter()
            .map(|word| Bytes::copy_from_slice(word))
            .collect(),
        ..Image::default()
    })
}

fn reference() -> ContainerRef {
    ContainerRef {
        id: ContainerId::hex(ID.as_bytes()).unwrap(),
        engine: Engine::Docker,
        owner: None,
        pod: None,
        depth: 2,
    }
}

fn info() -> ContainerInfo {
    ContainerInfo {
        id: reference().id,
        source: EngineSource {
            socket: "/run/docker.sock".into(),
            owner: None,
        },
        engine: Engine::Docker,
        name: "claw-1".into(),
        image: ImageName::parse("openclaw:latest"),
        image_id: None,
        labels: BTreeMap::from([("openclaw.agent".into(), "main".into())]),
        mounts: vec![MountInfo {
            source: "/srv/work".into(),
            destination: "/workspace".into(),
            mode: "z".into(),
            rw: true,
            propagation: "rprivate".into(),
        }],
        privileged: false,
        runtime: None,
        init_pid: None,
        created: None,
    }
}
