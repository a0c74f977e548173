//! What is selected, and what stays open until an engine answers.

use std::collections::BTreeMap;

use super::super::cgroup_path::container_of;
use super::super::cgroupfs::Cgroup;
use super::super::container::{ContainerId, Engine, EngineSource, ImageName};
use super::*;
use crate::event::CgroupId;

const ID: &str = "3f4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7";

fn info(labels: &[(&str, &str)]) -> ContainerInfo {
    ContainerInfo {
        id: ContainerId::hex(ID.as_bytes()).unwrap(),
        source: EngineSource {
            socket: "/run/docker.sock".into(),
            owner: None,
        },
        engine: Engine::Docker,
        name: "gateway".into(),
        image: ImageName::parse("registry:5000/agents/claw:2"),
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
    }
}

fn selection(selectors: &[&str]) -> Selection {
    Selection {
        selectors: selectors.iter().map(|text| text.parse().unwrap()).collect(),
        ..Selection::default()
    }
}

/// What a selection says of a container, before and after its engine has answered.
fn verdicts(selection: &Selection, info: &ContainerInfo) -> (Verdict, Verdict) {
    let path = format!("/docker/{ID}");
    let reference = container_of(path.as_bytes());
    let mut candidate = Candidate {
        path: path.as_bytes(),
        container: reference.as_ref(),
        info: None,
    };
    let before = selection.judge(&candidate);
    candidate.info = Some(info);
    (before, selection.judge(&candidate))
}

fn service(selection: &Selection, path: &str) -> Verdict {
    selection.judge(&Candidate {
        path: path.as_bytes(),
        container: None,
        info: None,
    })
}

#[test]
fn containers_are_selected_by_what_their_engine_says() {
    use Verdict::{Ignore, Open, Watch};
    let info = info(&[("team", "blue")]);
    for (selectors, before, after) in [
        (
            &["all-containers"][..],
            Watch(Level::Operations),
            Watch(Level::Rules),
        ),
        (&["container=gateway"], Open, Watch(Level::Rules)),
        (&["container=other"], Open, Ignore),
        (
            &["container=3f4e8a1b2c3d"],
            Watch(Level::Operations),
            Watch(Level::Rules),
        ),
        (&["container=3f4e"], Open, Ignore),
        (&["label=team"], Open, Watch(Level::Rules)),
        (&["label=team=blue"], Open, Watch(Level::Rules)),
        (&["label=team=red"], Open, Ignore),
        (&["image=*/agents/claw"], Open, Watch(Level::Rules)),
        (
            &["image=registry:5000/agents/claw:?"],
            Open,
            Watch(Level::Rules),
        ),
        (&["image=claw"], Open, Ignore),
        (&["pid=7"], Ignore, Ignore),
        (&["pid=7", "container=gateway"], Open, Watch(Level::Rules)),
        (
            &["cgroup=/docker"],
            Watch(Level::Operations),
            Watch(Level::Rules),
        ),
        (&["cgroup=/dock"], Ignore, Ignore),
        (&["cgroup=/"], Watch(Level::Operations), Watch(Level::Rules)),
    ] {
        assert_eq!(
            verdicts(&selection(selectors), &info),
            (before, after),
            "{selectors:?}"
        );
    }
}

#[test]
fn services_are_selected_by_their_cgroup() {
    let path = "/system.slice/gateway.service";
    for (selector, selected) in [
        ("unit=gateway", true),
        ("unit=gateway.service", true),
        ("unit=system.slice", true),
        ("unit=gate", false),
        ("cgroup=/system.slice/gateway.service/", true),
        ("cgroup=/system.slice/gateway", false),
        ("all-containers", false),
        ("container=gateway", false),
    ] {
        let expected = if selected {
            Verdict::Watch(Level::Rules)
        } else {
            Verdict::Ignore
        };
        assert_eq!(
            service(&selection(&[selector]), path),
            expected,
            "{selector}"
        );
    }
}

#[test]
fn the_level_is_the_closest_that_was_said() {
    let agent = info(&[("openclaw.sandbox", "1")]);
    let mut all = selection(&["all-containers"]);
    assert_eq!(verdicts(&all, &agent).1, Verdict::Watch(Level::Operations));
    all.level = Some(Level::Rules);
    assert_eq!(verdicts(&all, &agent).1, Verdict::Watch(Level::Rules));
    all.levels = vec![
        ("container=gateway".parse().unwrap(), Level::All),
        ("all-containers".parse().unwrap(), Level::Operations),
    ];
    assert_eq!(
        verdicts(&all, &agent),
        (Verdict::Watch(Level::All), Verdict::Watch(Level::All)),
        "until the engine answers it may be the gateway"
    );
}

#[test]
fn selectors_survive_being_written_and_wrong_ones_say_why() {
    for text in [
        "all-containers",
        "container=a=b",
        "label=a",
        "label=a=b=c",
        "image=*",
        "cgroup=/",
        "cgroup=/a/b",
        "unit=a.scope",
        "pid=12",
    ] {
        let selector: Selector = text.parse().unwrap();
        assert_eq!(selector.to_string(), text);
        let json = serde_json::to_string(&selector).unwrap();
        assert_eq!(serde_json::from_str::<Selector>(&json).unwrap(), selector);
    }
    for text in [
        "",
        "containers",
        "all-containers=1",
        "container",
        "container=",
        "label==x",
        "cgroup=a",
        "unit=a/b",
        "pid=0",
        "pid=-1",
        "pid=x",
    ] {
        let error = text.parse::<Selector>().unwrap_err().to_string();
        assert!(error.contains('='), "{text}: {error}");
    }
    assert!(
        "verbose"
            .parse::<Level>()
            .unwrap_err()
            .to_string()
            .contains("rules, operations and all")
    );
}

#[test]
fn what_is_named_and_not_there_is_known() {
    let cgroups: Vec<_> = ["/", "/system.slice", "/system.slice/gateway.service/work"]
        .into_iter()
        .zip(1..)
        .map(|(path, id)| Cgroup {
            id: CgroupId(id),
            path: path.into(),
        })
        .collect();
    let absent = |selectors: &[&str]| -> Vec<String> {
        let selection = selection(selectors);
        let absent = selection.absent(&cgroups);
        absent.map(ToString::to_string).collect()
    };
    let there = [
        "cgroup=/",
        "cgroup=/system.slice",
        "cgroup=/system.slice/gateway.service",
        "unit=gateway",
        "unit=system.slice",
    ];
    assert!(absent(&there).is_empty());
    // Of these only an engine can tell, or they are looked for elsewhere.
    assert!(
        absent(&[
            "all-containers",
            "container=x",
            "label=x",
            "image=x",
            "pid=1"
        ])
        .is_empty()
    );
    assert_eq!(
        absent(&[
            "cgroup=/nope",
            "unit=nope",
            "cgroup=/system",
            "unit=gateway"
        ]),
        ["cgroup=/nope", "unit=nope.service", "cgroup=/system"]
    );
}
