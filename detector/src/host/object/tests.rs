//! By whom a watched object was changed.

use std::collections::BTreeMap;

use detector_common::object::ObjectBody;
use detector_common::record::{ExecBody, Kind};
use detector_common::section::Tag;
use detector_common::state::phase;

use super::super::container::{
    ContainerId, ContainerInfo, Engine, EngineSource, ImageName, MountInfo,
};
use super::super::engine::EngineFact;
use super::super::sample::{ID, OneContainer};
use super::super::selection::Selection;
use super::*;
use crate::event::sample::{Sample, object, subject};
use crate::event::{Change, Namespaces, Tgid};

/// The cgroup of the one container.
const INSIDE: u64 = 99;

fn host(labels: &[&str], mounts: &[&str]) -> Host {
    let mut host = Host::new(
        Box::new(OneContainer),
        Namespaces::default(),
        Selection::default(),
    );
    let mount = |source: &&str| MountInfo {
        source: (*source).to_owned(),
        destination: "/x".into(),
        mode: String::new(),
        rw: true,
        propagation: String::new(),
    };
    host.learn(EngineFact::Container(Box::new(ContainerInfo {
        id: ContainerId::hex(ID.as_bytes()).unwrap(),
        source: EngineSource {
            socket: "/run/docker.sock".into(),
            owner: None,
        },
        engine: Engine::Docker,
        name: "claw".into(),
        image: ImageName::parse("claw:1"),
        image_id: None,
        labels: labels
            .iter()
            .map(|label| ((*label).to_owned(), "1".to_owned()))
            .collect::<BTreeMap<_, _>>(),
        mounts: mounts.iter().map(mount).collect(),
        privileged: false,
        runtime: None,
        init_pid: None,
        created: None,
    })));
    host
}

/// A change of a file of user 1000 by the process 4711.
fn change(uid: u32, cgroup: u64, is_there: bool) -> Event {
    let mut body = ObjectBody {
        subject: subject(),
        change: Change::Modified as u32,
        class: Class::AgentMemory as u32,
        owner: 1000,
        ..ObjectBody::default()
    };
    body.subject.ids = [uid; 8];
    let sample = Sample::new(Kind::ObjectChanged, &body)
        .with(|header| {
            header.phase = phase::HOST;
            header.cgroup = cgroup;
            // Whole ticks, or nothing of one that had gone.
            header.start = if is_there { 4_000_000_000 } else { 0 };
        })
        .plain_path(Tag::Path, "/home/joe/.openclaw/workspace/MEMORY.md");
    let sample = if is_there {
        sample.text(Tag::Claim, b"sh")
    } else {
        sample
    };
    sample.event()
}

/// The process 4711 executes something in the container: as the first that enters, or later.
fn executes(host: &mut Host, argv: &[u8], enters: bool) {
    let body = ExecBody {
        subject: subject(),
        exe: object(),
        argv_length: argv.len() as u32,
        ..ExecBody::default()
    };
    let sample = Sample::new(Kind::Exec, &body)
        .plain_path(Tag::ExePath, "/bin/sh")
        .text(Tag::Argv, argv);
    let sample = if enters {
        sample.text(Tag::Env, b"HOME=/\0")
    } else {
        sample
    };
    // The start is not a whole tick in the kernel.
    let sample = sample.with(|header| header.start = 4_003_000_000);
    host.take(&sample.event());
}

fn by(host: &mut Host, event: Event) -> By {
    host.observe(event).unwrap().changed_by.unwrap()
}

#[test]
fn on_the_host_it_is_the_files_user_who_owns_it() {
    let mut host = host(&[], &[]);
    assert_eq!(by(&mut host, change(1000, 1, true)), By::Owner);
    assert_eq!(by(&mut host, change(0, 1, true)), By::Host);
    assert_eq!(by(&mut host, change(0, 0, false)), By::Unknown);
}

#[test]
fn the_same_user_in_a_container_is_not_the_owner() {
    let mounts = ["/home/joe/.openclaw/workspace"];
    let mut sandbox = host(&["openclaw.sandbox"], &mounts);
    assert_eq!(by(&mut sandbox, change(1000, INSIDE, true)), By::Container);
}

#[test]
fn a_container_in_which_the_agent_lives_is_the_owner() {
    let home = ["/home/joe/.openclaw"];
    assert_eq!(
        by(&mut host(&[], &home), change(0, INSIDE, true)),
        By::Owner
    );
    let mut sandbox = host(&["openclaw.sandbox"], &home);
    assert_eq!(by(&mut sandbox, change(0, INSIDE, true)), By::Container);
    let mut other = host(&[], &["/home/jim/.openclaw"]);
    assert_eq!(by(&mut other, change(0, INSIDE, true)), By::Container);
}

#[test]
fn the_file_bridge_is_the_agent_where_it_entered_and_nowhere_else() {
    let bridge = b"sh\0-c\0cat\0openclaw-sandbox-fs\0";
    let mut entered = host(&["openclaw.sandbox"], &[]);
    executes(&mut entered, bridge, true);
    assert_eq!(by(&mut entered, change(0, INSIDE, true)), By::Owner);
    let mut forged = host(&["openclaw.sandbox"], &[]);
    executes(&mut forged, b"sh\0-lc\0true\0", true);
    executes(&mut forged, bridge, false);
    assert_eq!(by(&mut forged, change(0, INSIDE, true)), By::Container);
}

#[test]
fn a_process_of_a_container_that_has_gone_is_known_by_the_tree() {
    let mut host = host(&["openclaw.sandbox"], &[]);
    executes(&mut host, b"sh\0-c\0echo >MEMORY.md\0", true);
    let observation = host.observe(change(0, 0, false)).unwrap();
    assert_eq!(observation.changed_by, Some(By::Container));
    assert_eq!(observation.event.meta.process.tgid, Tgid(4711));
    assert_eq!(
        observation.actor.image.exe_path.as_deref(),
        Some(&b"/bin/sh"[..])
    );
    assert_eq!(observation.container.unwrap().reference.id.as_str(), ID);
}
