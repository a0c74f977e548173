//! The tree as of a time, what it forgets, and what it keeps.

use super::dead::{DEAD, DEAD_OF_CONTAINER};
use super::process::IMAGES;
use super::*;
use crate::event::CgroupId;

fn key(tgid: u32) -> ProcessKey {
    ProcessKey {
        tgid: Tgid(tgid),
        start: BootTime(u64::from(tgid)),
    }
}

fn image(name: &str) -> Arc<Image> {
    Arc::new(Image {
        name: name.into(),
        ..Image::default()
    })
}

fn child(tree: &mut Tree, tgid: u32, parent: Option<u32>) {
    let mut process = Process::new(key(tgid), parent.map(key), CgroupId(1));
    process.run(
        1,
        BootTime(u64::from(tgid)),
        image(&format!("first-{tgid}")),
    );
    tree.add(process);
}

#[test]
fn the_tree_answers_as_of_a_time() {
    let mut tree = Tree::default();
    child(&mut tree, 10, None);
    tree.get_mut(key(10))
        .unwrap()
        .run(2, BootTime(100), image("second"));
    let process = tree.get(key(10)).unwrap();
    assert_eq!(process.image(1, BootTime(200)).unwrap().name, b"first-10");
    assert_eq!(process.image(2, BootTime(20)).unwrap().name, b"second");
    assert_eq!(process.image(9, BootTime(99)).unwrap().name, b"first-10");
    assert_eq!(process.image(9, BootTime(100)).unwrap().name, b"second");
}

#[test]
fn the_dead_stay_until_the_volume_lane_has_passed_them() {
    let mut tree = Tree::default();
    child(&mut tree, 10, None);
    tree.end(key(10), BootTime(50));
    tree.pass(BootTime(50));
    assert!(tree.get(key(10)).is_some());
    tree.pass(BootTime(51));
    assert!(tree.get(key(10)).is_none());
}

#[test]
fn who_is_known_as_an_ancestor_alone_goes_with_the_last_descendant() {
    let mut tree = Tree::default();
    tree.add(Process::outside(key(5), CgroupId(1), image("shim")));
    child(&mut tree, 10, Some(5));
    child(&mut tree, 11, Some(5));
    let lineage = tree.lineage(key(10), BootTime(60));
    assert_eq!(lineage[0].count, None, "nobody told how often it executed");
    for (tgid, end) in [(10, 50), (11, 51)] {
        assert!(tree.get(key(5)).is_some());
        tree.end(key(tgid), BootTime(end));
        tree.pass(BootTime(end + 1));
    }
    assert!(tree.get(key(5)).is_none());
    assert_eq!(tree.alive(), 0);
}

#[test]
fn an_ancestor_that_turns_out_to_be_watched_stays_until_its_end_is_told() {
    let mut tree = Tree::default();
    tree.add(Process::outside(key(5), CgroupId(1), image("runc")));
    child(&mut tree, 10, Some(5));
    tree.get_mut(key(5))
        .unwrap()
        .run(3, BootTime(7), image("init"));
    tree.end(key(10), BootTime(50));
    tree.pass(BootTime(51));
    let process = tree.get(key(5)).unwrap();
    assert_eq!(process.image(3, BootTime(60)).unwrap().name, b"init");
}

#[test]
fn a_living_child_keeps_its_ancestors() {
    let mut tree = Tree::default();
    child(&mut tree, 10, None);
    child(&mut tree, 11, Some(10));
    child(&mut tree, 12, Some(11));
    tree.end(key(10), BootTime(50));
    tree.end(key(11), BootTime(51));
    tree.pass(BootTime(1000));
    let names: Vec<_> = tree
        .lineage(key(12), BootTime(60))
        .iter()
        .map(|one| pid(one.process))
        .collect();
    assert_eq!(names, [11, 10]);
    tree.end(key(12), BootTime(2000));
    for watermark in [3000, 3001, 3002] {
        tree.pass(BootTime(watermark));
    }
    assert!(tree.get(key(10)).is_none() && tree.get(key(12)).is_none());
}

#[test]
fn who_leads_a_session_is_known_by_number_or_by_descent() {
    let session = |number| Session {
        number,
        group: number,
        group_inside: None,
        terminal: None,
    };
    let mut tree = Tree::default();
    for (tgid, parent) in [(10, None), (11, Some(10)), (12, Some(11)), (13, Some(12))] {
        child(&mut tree, tgid, parent);
        let process = tree.get_mut(key(tgid)).unwrap();
        process.belongs(1, Some(session(if tgid == 10 { 10 } else { 11 })));
    }
    let leader = |tree: &Tree, number| {
        let number_of = |session: &Session| session.number;
        let image = tree.leader(key(13), number, number_of, BootTime(60));
        image.map(|image| String::from_utf8(image.name.clone()).unwrap())
    };
    assert_eq!(leader(&tree, 11).as_deref(), Some("first-11"));
    // The eldest that is part of it, where the leader itself was never met.
    for tgid in [12, 13] {
        let process = tree.get_mut(key(tgid)).unwrap();
        process.belongs(1, Some(session(7)));
    }
    assert_eq!(leader(&tree, 7).as_deref(), Some("first-12"));
    // A number that was given again later leads nothing.
    let mut later = Process::new(
        ProcessKey {
            tgid: Tgid(7),
            start: BootTime(70),
        },
        None,
        CgroupId(1),
    );
    later.run(1, BootTime(70), image("later"));
    tree.add(later);
    assert_eq!(leader(&tree, 7).as_deref(), Some("first-12"));
    tree.forget(ProcessKey {
        tgid: Tgid(7),
        start: BootTime(70),
    });
    assert_eq!(leader(&tree, 99), None);
}

#[test]
fn a_storm_is_bounded_and_counted() {
    let mut tree = Tree::default();
    storm(&mut tree, 1, 1..=DEAD_OF_CONTAINER as u32 + 5);
    assert_eq!(tree.evicted(), 5);
    assert_eq!(tree.alive(), 0);
    assert!(tree.get(key(1)).is_none() && tree.get(key(6)).is_some());
}

#[test]
fn a_storm_in_one_container_costs_no_other() {
    let mut tree = Tree::default();
    storm(&mut tree, 1, 1..=10);
    storm(&mut tree, 2, 11..=2 * DEAD_OF_CONTAINER as u32);
    assert!(tree.evicted() > 0);
    assert!((1..=10).all(|tgid| tree.get(key(tgid)).is_some()));
}

#[test]
fn a_storm_does_not_cut_the_lineage_of_the_living() {
    let mut tree = Tree::default();
    child(&mut tree, 1, None);
    child(&mut tree, 2, Some(1));
    tree.end(key(1), BootTime(3));
    storm(&mut tree, 1, 11..=2 * DEAD_OF_CONTAINER as u32);
    assert!(tree.evicted() > 0);
    let lineage = tree.lineage(key(2), BootTime(u64::MAX));
    assert_eq!(pid(lineage.first().unwrap().process), 1);
}

#[test]
fn all_containers_together_are_bounded() {
    let mut tree = Tree::default();
    let each = DEAD_OF_CONTAINER as u32;
    for container in 0..=(DEAD / DEAD_OF_CONTAINER) as u32 {
        let first = 1 + container * each;
        storm(&mut tree, u64::from(container), first..=first + each - 1);
    }
    assert_eq!(tree.evicted(), u64::from(each));
    assert_eq!(tree.processes.len(), DEAD);
}

/// Processes of a container that end at once.
fn storm(tree: &mut Tree, container: u64, tgids: std::ops::RangeInclusive<u32>) {
    for tgid in tgids {
        tree.add(Process::new(key(tgid), None, CgroupId(container)));
        tree.end(key(tgid), BootTime(u64::from(tgid)));
    }
}

#[test]
fn images_are_bounded() {
    let mut tree = Tree::default();
    child(&mut tree, 10, None);
    let process = tree.get_mut(key(10)).unwrap();
    for count in 2..200 {
        process.run(count, BootTime(u64::from(count)), image("again"));
    }
    assert_eq!(process.stages.len(), IMAGES);
    assert!(process.stages.iter().any(|stage| stage.count == Some(199)));
}

#[test]
fn what_is_nobodys_concern_any_more_is_forgotten() {
    let mut tree = Tree::default();
    tree.add(Process::outside(key(5), CgroupId(1), image("shim")));
    for tgid in [10, 11, 12] {
        child(&mut tree, tgid, Some(5));
    }
    tree.end(key(11), BootTime(50));
    tree.get_mut(key(12)).unwrap().chosen = true;
    tree.retain(|process| process.chosen);
    assert!(tree.get(key(10)).is_none());
    assert!(tree.get(key(11)).is_some(), "its last events may yet come");
    assert!(tree.get(key(12)).is_some());
    assert!(tree.get(key(5)).is_some(), "an ancestor stays for the rest");
    tree.forget(key(12));
    tree.pass(BootTime(51));
    assert!(tree.get(key(5)).is_none() && tree.get(key(11)).is_none());
}
