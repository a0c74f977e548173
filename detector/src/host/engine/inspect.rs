//! From the API's description of a container to ours, cut to a bounded size.

use std::collections::BTreeMap;

use bollard::models::{ContainerInspectResponse, MountPoint};

use crate::host::container::{
    ContainerId, ContainerInfo, Engine, EngineSource, ImageName, MountInfo,
};

/// Labels and mounts that are kept of one container.
const MAX_ENTRIES: usize = 256;
/// Characters that are kept of one text.
const MAX_TEXT: usize = 4096;

/// `None` where the answer has no usable id.
pub(super) fn container_info(
    answer: ContainerInspectResponse,
    engine: Engine,
    source: EngineSource,
) -> Option<ContainerInfo> {
    let id = ContainerId::hex(answer.id?.as_bytes())?;
    let config = answer.config.unwrap_or_default();
    let host_config = answer.host_config.unwrap_or_default();
    let pid = answer.state.and_then(|state| state.pid);
    // The name as it was asked for; the top-level one is the image's digest.
    let image_id = answer.image.clone();
    let image = config.image.or(answer.image).unwrap_or_default();
    Some(ContainerInfo {
        id,
        source,
        engine,
        name: cut(answer.name.unwrap_or_default().trim_start_matches('/')),
        image: ImageName::parse(&cut(&image)),
        image_id: image_id.map(|id| cut(id.trim_start_matches("sha256:"))),
        labels: labels(config.labels.unwrap_or_default()),
        mounts: mounts(answer.mounts.unwrap_or_default()),
        privileged: host_config.privileged.unwrap_or(false),
        runtime: host_config
            .runtime
            .filter(|name| !name.is_empty())
            .map(|name| cut(&name)),
        init_pid: pid
            .and_then(|pid| u32::try_from(pid).ok())
            .filter(|pid| *pid != 0),
        created: answer.created.and_then(|text| text.parse().ok()),
    })
}

fn labels(labels: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, String> {
    // Sorted before they are cut, so that the same ones remain each time.
    let sorted: BTreeMap<_, _> = labels.into_iter().collect();
    sorted
        .into_iter()
        .take(MAX_ENTRIES)
        .map(|(key, value)| (cut(&key), cut(&value)))
        .collect()
}

fn mounts(mounts: Vec<MountPoint>) -> Vec<MountInfo> {
    let mount = |mount: MountPoint| MountInfo {
        source: cut(&mount.source.unwrap_or_default()),
        destination: cut(&mount.destination.unwrap_or_default()),
        mode: cut(&mount.mode.unwrap_or_default()),
        rw: mount.rw.unwrap_or(true),
        propagation: cut(&mount.propagation.unwrap_or_default()),
    };
    mounts.into_iter().take(MAX_ENTRIES).map(mount).collect()
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "3f4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7";

    fn read(answer: serde_json::Value) -> Option<ContainerInfo> {
        let source = EngineSource {
            socket: "/run/docker.sock".into(),
            owner: None,
        };
        container_info(
            serde_json::from_value(answer).unwrap(),
            Engine::Docker,
            source,
        )
    }

    #[test]
    fn everything_that_is_said_is_kept() {
        let info = read(json!({
            "Id": ID,
            "Name": "/box",
            "Created": "2026-03-01T10:20:30.123456789Z",
            "Image": format!("sha256:{ID}"),
            "State": { "Status": "running", "Running": true, "Pid": 4242 },
            "HostConfig": { "Privileged": true, "Runtime": "runc" },
            "Mounts": [
                { "Type": "bind", "Source": "/srv", "Destination": "/w", "Mode": "z", "RW": true, "Propagation": "rprivate" },
                { "Type": "volume", "Name": "v", "Source": "/var/v", "Destination": "/v", "RW": false },
            ],
            "Config": { "Image": "localhost:5000/a/b:v1", "Labels": { "k": "v", "a": "" } },
        }))
        .unwrap();
        assert_eq!((info.name.as_str(), info.privileged), ("box", true));
        assert_eq!(info.image.repository, "localhost:5000/a/b");
        assert_eq!(info.image.tag.as_deref(), Some("v1"));
        assert_eq!(
            (info.runtime.as_deref(), info.init_pid),
            (Some("runc"), Some(4242))
        );
        assert_eq!(
            info.created.unwrap().as_nanosecond() % 1_000_000_000,
            123_456_789
        );
        assert_eq!(
            info.labels,
            BTreeMap::from([("a", ""), ("k", "v")].map(|(k, v)| (k.into(), v.into())))
        );
        let mounts: Vec<_> = info
            .mounts
            .iter()
            .map(|m| (m.source.as_str(), m.destination.as_str(), m.rw))
            .collect();
        assert_eq!(mounts, [("/srv", "/w", true), ("/var/v", "/v", false)]);
        let ways = info
            .mounts
            .iter()
            .map(|m| (m.mode.as_str(), m.propagation.as_str()));
        assert_eq!(ways.collect::<Vec<_>>(), [("z", "rprivate"), ("", "")]);
        assert_eq!(info.image_id.as_deref(), Some(ID));
    }

    #[test]
    fn what_is_not_said_stays_open() {
        let info =
            read(json!({ "Id": ID, "State": { "Pid": 0 }, "HostConfig": { "Runtime": "" } }))
                .unwrap();
        assert_eq!(
            (info.init_pid, info.runtime, info.created),
            (None, None, None)
        );
        assert!(!info.privileged && info.labels.is_empty() && info.image.repository.is_empty());
    }

    #[test]
    fn an_answer_without_a_proper_id_is_none() {
        assert_eq!(read(json!({ "Id": "short" })), None);
        assert_eq!(read(json!({ "Name": "/box" })), None);
    }

    #[test]
    fn sizes_are_bounded() {
        let labels: BTreeMap<_, _> = (0..1000)
            .map(|n| (format!("k{n:04}"), "é".repeat(9000)))
            .collect();
        let info = read(json!({ "Id": ID, "Config": { "Labels": labels } })).unwrap();
        assert_eq!(info.labels.len(), MAX_ENTRIES);
        assert_eq!(info.labels["k0000"].chars().count(), MAX_TEXT);
    }
}
