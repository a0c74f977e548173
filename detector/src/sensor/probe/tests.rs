//! The whole trial on this machine, where it may be made.

use std::process::Command;

use super::*;

#[test]
fn what_cannot_be_prepared_is_said_once_and_the_rest_is_untried() {
    let object = Choice::make(Some(Tier::Normal));
    let trials = without_maps(&SensorError::Absent("CGROUPS"), &object);
    let failed = trials
        .parts
        .iter()
        .filter(|trial| matches!(trial.outcome, Outcome::Fails(_)));
    assert_eq!(failed.map(|trial| trial.name).collect::<Vec<_>>(), [MAPS]);
    let untried = |trial: &Trial| matches!(trial.outcome, Outcome::Untried(_));
    assert!(trials.hooks.iter().all(untried), "{:?}", trials.hooks);
}

#[test]
fn a_probe_leaves_nothing_behind() {
    let hierarchy = tempfile::tempdir().unwrap();
    for tier in Tier::ALL {
        let object = Choice::make(Some(tier));
        let _ = probe(Command::new("cat"), Some(hierarchy.path()), &object);
        assert_eq!(std::fs::read_dir(hierarchy.path()).unwrap().count(), 0);
    }
}
