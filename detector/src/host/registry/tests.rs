//! What is decided of cgroups, and what changes it.

use std::collections::BTreeMap;

use super::super::container::{Engine, EngineSource, ImageName};
use super::super::selection::Level;
use super::*;

const ID: &str = "3f4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7";
const OTHER: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SECOND: u64 = 1_000_000_000;

fn path(id: &str) -> Vec<u8> {
    format!("/docker/{id}").into_bytes()
}

fn watching(selectors: &[&str]) -> Registry {
    Registry::new(selection(selectors))
}

fn selection(selectors: &[&str]) -> Selection {
    Selection {
        selectors: selectors.iter().map(|text| text.parse().unwrap()).collect(),
        ..Selection::default()
    }
}

fn place(outermost: u64, level: Level) -> Place {
    Place {
        outermost: CgroupId(outermost),
        level,
    }
}

/// What an engine says of the container `gateway`.
fn answer(labels: &[(&str, &str)]) -> EngineFact {
    EngineFact::Container(Box::new(ContainerInfo {
        id: ContainerId::hex(ID.as_bytes()).unwrap(),
        source: EngineSource {
            socket: "/run/docker.sock".into(),
            owner: None,
        },
        engine: Engine::Docker,
        name: "gateway".into(),
        image: ImageName::parse("claw:1"),
        image_id: None,
        labels: labels
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        mounts: Vec::new(),
        privileged: false,
        runtime: None,
        init_pid: None,
        created: None,
    }))
}

fn at(seconds: u64) -> BootTime {
    BootTime(100 * SECOND + seconds * SECOND / 10)
}

#[test]
fn a_container_is_its_outermost_cgroup() {
    let mut registry = watching(&["all-containers"]);
    assert_eq!(registry.add(CgroupId(1), None, b"/"), Decision::Ignore);
    assert_eq!(
        registry.add(CgroupId(2), Some(CgroupId(1)), b"/docker"),
        Decision::Ignore
    );
    let outermost = Decision::Container(place(3, Level::Operations));
    assert_eq!(
        registry.add(CgroupId(3), Some(CgroupId(2)), &path(ID)),
        outermost
    );
    // A cgroup inside that bears another container's name is still inside.
    let inner = [path(ID), b"/docker/".to_vec(), OTHER.as_bytes().to_vec()].concat();
    assert_eq!(
        registry.add(CgroupId(4), Some(CgroupId(3)), &inner),
        outermost
    );
    let container = registry.container(CgroupId(4)).unwrap();
    assert_eq!(container.reference.id.as_str(), ID);
}

#[test]
fn a_container_that_is_gone_is_remembered_for_its_last_events() {
    let mut registry = watching(&["all-containers"]);
    registry.add(CgroupId(3), None, &path(ID));
    registry.remove(CgroupId(3));
    assert_eq!(registry.alive().count(), 0);
    assert!(registry.container(CgroupId(3)).is_some());
    for number in 10..10 + GONE as u64 {
        registry.add(CgroupId(number), None, &path(OTHER));
        registry.remove(CgroupId(number));
    }
    assert!(registry.container(CgroupId(3)).is_none());
    assert_eq!(registry.decision(CgroupId(3)), None);
}

#[test]
fn an_answer_decides_of_the_container_and_all_below_it() {
    let mut registry = watching(&["label=team=blue"]);
    registry.add(CgroupId(3), None, &path(ID));
    registry.add(CgroupId(4), Some(CgroupId(3)), b"/docker/x/y");
    let open = Decision::Undecided(place(3, Level::Operations));
    assert_eq!(
        registry.changes(),
        [(CgroupId(3), open), (CgroupId(4), open)]
    );
    registry.learn(answer(&[("team", "blue")]));
    let selected = Decision::Container(place(3, Level::Rules));
    let mut changes = registry.changes();
    changes.sort_by_key(|(id, _)| *id);
    assert_eq!(changes, [(CgroupId(3), selected), (CgroupId(4), selected)]);
    // Its processes were watched all the time.
    assert!(!registry.seeks() && !registry.lets_go());

    let mut registry = watching(&["label=team=red"]);
    registry.add(CgroupId(3), None, &path(ID));
    registry.learn(answer(&[("team", "blue")]));
    assert_eq!(registry.decision(CgroupId(3)), Some(Decision::Foreign));
    assert!(registry.lets_go());
    assert_eq!(registry.alive().count(), 0);
}

#[test]
fn an_answer_that_came_first_decides_at_once() {
    let mut registry = watching(&["container=gateway"]);
    registry.learn(answer(&[("openclaw.sandbox", "1")]));
    let agent = Decision::Container(place(3, Level::Operations));
    assert_eq!(registry.add(CgroupId(3), None, &path(ID)), agent);
}

#[test]
fn a_container_that_no_engine_names_in_time_is_let_go_until_one_does() {
    let mut registry = watching(&["container=gateway"]);
    registry.add(CgroupId(3), None, &path(ID));
    // Without any engine it stays watched, however long that lasts.
    assert!(registry.settle(at(0), false));
    assert!(registry.settle(at(900), false));
    assert!(registry.alive().all(Container::is_undecided));
    registry.settle(at(1000), true);
    registry.settle(at(1019), true);
    assert!(registry.decision(CgroupId(3)).unwrap().is_watched());
    registry.changes();
    registry.settle(at(1020), true);
    assert_eq!(registry.changes(), [(CgroupId(3), Decision::Foreign)]);
    assert!(!registry.settle(at(1021), true));
    assert!(!registry.seeks());

    registry.learn(answer(&[]));
    let selected = Decision::Container(place(3, Level::Rules));
    assert_eq!(registry.changes(), [(CgroupId(3), selected)]);
    assert!(registry.seeks(), "its processes were not watched meanwhile");
    assert!(!registry.seeks());
}

#[test]
fn the_time_begins_anew_when_the_engine_was_away() {
    let mut registry = watching(&["container=gateway"]);
    registry.add(CgroupId(3), None, &path(ID));
    registry.settle(at(0), true);
    registry.settle(at(15), false);
    registry.settle(at(16), true);
    registry.settle(at(30), true);
    assert!(registry.decision(CgroupId(3)).unwrap().is_watched());
}

#[test]
fn a_service_is_the_topmost_cgroup_that_is_selected() {
    let mut registry = watching(&["unit=gateway", "cgroup=/system.slice/gateway.service/a"]);
    let top = b"/system.slice/gateway.service".as_slice();
    registry.add(CgroupId(1), None, b"/");
    registry.add(CgroupId(2), Some(CgroupId(1)), b"/system.slice");
    let service = Decision::Service(place(3, Level::Rules));
    assert_eq!(registry.add(CgroupId(3), Some(CgroupId(2)), top), service);
    let below = [top, b"/a"].concat();
    assert_eq!(
        registry.add(CgroupId(4), Some(CgroupId(3)), &below),
        service
    );
    let deeper = [top, b"/a/b"].concat();
    assert_eq!(
        registry.add(CgroupId(5), Some(CgroupId(4)), &deeper),
        service
    );
    assert_eq!(
        registry.decision(CgroupId(2)),
        Some(Decision::Ignore),
        "what lies above is not selected"
    );
    let services: Vec<_> = registry.services().collect();
    assert_eq!(services, [(top, place(3, Level::Rules))]);

    // A container below is its own.
    let scope = [top, b"/docker-", ID.as_bytes(), b".scope"].concat();
    let container = registry.add(CgroupId(6), Some(CgroupId(3)), &scope);
    assert_eq!(container, Decision::Container(place(6, Level::Operations)));
}

#[test]
fn a_service_that_is_gone_is_remembered_for_its_last_events() {
    let mut registry = watching(&["unit=gateway"]);
    registry.add(CgroupId(3), None, b"/gateway.service");
    registry.add(CgroupId(4), None, b"/other.service");
    registry.remove(CgroupId(3));
    registry.remove(CgroupId(4));
    assert!(registry.decision(CgroupId(3)).unwrap().is_watched());
    assert_eq!(registry.decision(CgroupId(4)), None);
    assert_eq!(registry.services().count(), 0);
}

#[test]
fn another_selection_decides_of_everything_again() {
    let mut registry = watching(&["all-containers"]);
    registry.add(CgroupId(1), None, b"/");
    registry.add(CgroupId(2), Some(CgroupId(1)), b"/a.slice");
    registry.add(CgroupId(3), Some(CgroupId(2)), b"/a.slice/b.service");
    registry.add(CgroupId(4), Some(CgroupId(1)), &path(ID));
    registry.add(CgroupId(5), Some(CgroupId(4)), b"/docker/x/y");
    registry.remove(CgroupId(5));
    registry.changes();
    registry.select(selection(&["cgroup=/a.slice"]));
    let service = Decision::Service(place(2, Level::Rules));
    let mut changes = registry.changes();
    changes.sort_by_key(|(id, _)| *id);
    assert_eq!(
        changes,
        [
            (CgroupId(2), service),
            (CgroupId(3), service),
            // What is gone is not told: the sensor has forgotten it.
            (CgroupId(4), Decision::Foreign),
        ]
    );
    assert!(registry.seeks() && registry.lets_go());

    let closer = Selection {
        level: Some(Level::All),
        ..selection(&["cgroup=/a.slice"])
    };
    registry.select(closer);
    assert_eq!(registry.changes().len(), 2);
    assert!(!registry.seeks(), "its processes are known");
    registry.select(selection(&["all-containers", "cgroup=/a.slice"]));
    assert!(registry.seeks());
}
