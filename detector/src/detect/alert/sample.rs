//! An alert for the tests of whoever handles alerts.

use super::*;

/// A workload that reached the engine's socket.
pub(crate) fn alert() -> Alert {
    let id = "3f4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7";
    let rule = "Engine socket connection";
    let identity = Identity {
        rule,
        container: Some(id),
        executable: Some((38, 1_200_411)),
        object: b"/run/docker.sock",
        outcome: Outcome::Done,
    };
    let process_id = |pid: u32| format!("6f1c-{pid}-188041000000");
    Alert {
        uid: AlertUid::now(),
        time: "2026-01-05T14:03:07.12Z".parse().unwrap(),
        rule: rule.into(),
        priority: Priority::Critical,
        hostname: "forge".into(),
        tags: vec!["container".into(), "T1611".into()],
        message: "A workload connected to the engine's socket (socket=/run/docker.sock)".into(),
        output_fields: Map::from_iter([
            ("fd.name".to_owned(), Value::from("/run/docker.sock")),
            (
                "evt.time".to_owned(),
                Value::from(1_767_621_787_120_000_000_u64),
            ),
            ("user.name".to_owned(), Value::Null),
        ]),
        outcome: Outcome::Done,
        fingerprint: Fingerprint::of(&identity),
        process: Process {
            process_id: process_id(4711),
            exec_id: process_id(4711) + "-3",
            pid: 4711,
            exe: Some("/usr/bin/curl".into()),
            argv: [
                "curl",
                "-s",
                "--unix-socket",
                "/var/run/docker.sock",
                "http://d/v1.43/info",
            ]
            .map(String::from)
            .into(),
            cwd: Some("/workspace".into()),
        },
        lineage: vec![Ancestor {
            process_id: process_id(4700),
            exec_id: Some(process_id(4700) + "-1"),
            pid: 4700,
            exe: Some("/usr/bin/bash".into()),
            argv: vec!["bash".into(), "-c".into(), "make it so".into()],
        }],
        container: Some(Container {
            id: id.into(),
            name: Some("claw-1".into()),
            image: Some("openclaw:latest".into()),
            labels: BTreeMap::from([("openclaw.agent".into(), "main".into())]),
        }),
        agent: Some(Attributed {
            value: "main".into(),
            source: "label openclaw.agent".into(),
        }),
        session: None,
        user: None,
        incomplete: false,
    }
}
