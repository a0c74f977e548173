//! Sightings of several families: what they hold, what they hide, and that they survive the wire.

use detector_common::call;
use detector_common::record::{CgroupBody, ExitBody, Kind, TaskBody};
use detector_common::section::Tag;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::event::Event;
use crate::event::sample::{self as record, Sample};
use crate::host;

fn told(event: Event, argv: &[&[u8]]) -> Json {
    let observation = host::sample::observation(event, argv);
    serde_json::to_value(sample::teller().sighting(&observation)).unwrap()
}

#[test]
fn an_act_is_told_whole() {
    let sighting = serde_json::to_value(sample::sighting()).unwrap();
    assert_eq!(sighting["v"], 1);
    assert_eq!(sighting["time"], "2026-01-05T14:03:07.000000000Z");
    assert_eq!(sighting["type"], "openat");
    assert_eq!(sighting["kind"], "open");
    assert_eq!(sighting["lane"], "volume");
    assert_eq!(sighting["outcome"], "refused");
    assert_eq!(sighting["incomplete"], false);
    assert_eq!(sighting["process"]["pid"], 4711);
    assert_eq!(sighting["process"]["argv"], json!(["cat", "../secret"]));
    assert_eq!(
        sighting["container"],
        json!({"id": host::sample::ID, "name": "claw-1", "image": "openclaw:latest"})
    );
    assert_eq!(sighting["agent"]["value"], "main");
    assert_eq!(sighting["session"], Json::Null);
    let expected = json!({
        "fd": "EACCES",
        "dirfd": "3",
        "name": "../secret",
        "flags": "O_RDONLY",
        "mode": "0000",
    });
    assert_eq!(sighting["args"], expected);
}

#[test]
fn fields_keep_their_names_and_types() {
    let sighting = serde_json::to_value(sample::sighting()).unwrap();
    let expected = [
        ("evt.type", json!("openat")),
        ("evt.res", json!("EACCES")),
        ("evt.rawres", json!(-13)),
        ("evt.time", json!(1_767_621_787_000_000_000_u64)),
        ("evt.is_open_read", json!(true)),
        ("fd.name", json!("/srv/secret")),
        ("file.truth", json!("claim")),
        ("proc.cmdline", json!("cat ../secret")),
        ("proc.aname", json!(["bash"])),
        ("proc.apid", json!([4700])),
        ("user.loginuid", json!(-1)),
        ("thread.cap_effective_raw", json!(1 << 21 | 1)),
        ("container.id", json!("3f4e8a1b2c3d")),
        (
            "container.mounts",
            json!("/srv/work:/workspace:z:true:rprivate"),
        ),
        ("workload", json!(true)),
        ("agent.id", json!("main")),
    ];
    for (name, value) in expected {
        assert_eq!(sighting["fields"][name], value, "{name}");
    }
    for missing in ["fd.num", "agent.session", "evt.arg", "container.label"] {
        assert_eq!(sighting["fields"].get(missing), None, "{missing}");
    }
}

#[test]
fn what_is_no_act_is_told_too() {
    let event = Sample::new(
        Kind::Exit,
        &ExitBody {
            code: 256,
            reserved: 0,
        },
    )
    .event();
    let mut observation = host::sample::observation(event, &[]);
    observation.container = None;
    let sighting = serde_json::to_value(sample::teller().sighting(&observation)).unwrap();
    assert_eq!(sighting["type"], "procexit");
    assert_eq!(sighting["container"], Json::Null);
    assert_eq!(sighting["fields"]["container.id"], "host");
    assert_eq!(sighting["args"]["ret"], "1");
}

#[test]
fn every_type_that_an_event_can_have_is_listed() {
    for kind in Kind::ALL {
        let event_type = match kind {
            Kind::Alive | Kind::TaskMade | Kind::Attach => {
                let event = Sample::new(*kind, &TaskBody::default()).event();
                event.event_type()
            }
            Kind::Exec => record::exec(&[b"sh"]).event_type(),
            Kind::Exit => Sample::new(*kind, &ExitBody::default())
                .event()
                .event_type(),
            Kind::CgroupMade | Kind::CgroupRemoved => Sample::new(*kind, &CgroupBody::default())
                .event()
                .event_type(),
            Kind::Crossing | Kind::Unexplained | Kind::ObjectChanged => kind.name(),
            // A sign of life is counted, and shown to nobody.
            Kind::Heartbeat | Kind::Notice => continue,
            _ => {
                let calls = call::CALLS.iter().filter(|call| call.kind == *kind);
                assert!(calls.clone().count() > 0, "{}", kind.name());
                for call in calls {
                    assert!(TYPES.contains(&call.name), "{}", call.name);
                }
                continue;
            }
        };
        assert!(TYPES.contains(&event_type), "{event_type}");
    }
}

#[test]
fn no_secret_leaves() {
    let token = format!("ghp_{}", "A1b2".repeat(9));
    let url = format!("https://joe:hunter2@host/?x={token}");
    let argv: [&[u8]; 5] = [b"curl", b"-u", b"joe:swordfish", b"--token", url.as_bytes()];
    let text = told(record::exec(&argv), &argv).to_string();
    for secret in ["swordfish", "hunter2", token.as_str()] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let named = Sample::new(
        Kind::Open,
        &record::act(call::OPENAT, 5, [3, 1, 0, 0, 0, 0]),
    )
    .plain_path(Tag::Path, &format!("/tmp/{token}"))
    .text(Tag::Claim, token.as_bytes())
    .event();
    let mut observation = host::sample::observation(named, &[b"cat"]);
    observation.actor.cwd = Some(token.clone().into_bytes());
    let text = serde_json::to_string(&sample::teller().sighting(&observation)).unwrap();
    assert!(!text.contains(&token), "{text}");
}

proptest! {
    #[test]
    fn hostile_texts_survive_the_wire(word in prop::collection::vec(1_u8.., 0..64)) {
        let argv: [&[u8]; 2] = [b"printf", &word];
        let observation = host::sample::observation(record::exec(&argv), &argv);
        let sighting = sample::teller().sighting(&observation);
        let line = serde_json::to_string(&sighting).unwrap();
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(serde_json::from_str::<Sighting>(&line).unwrap(), sighting);
    }
}

#[test]
fn no_secret_of_an_environment_or_an_ancestor_leaves() {
    let environment = b"DB_PASSWORD=two words\0HOME=/root\0";
    let body = detector_common::record::ExecBody {
        subject: record::subject(),
        exe: record::object(),
        parent_start: 0,
        parent_tgid: 0,
        old_tid: 4711,
        argv_length: 0,
        env_length: environment.len() as u32,
    };
    let event = Sample::new(Kind::Exec, &body)
        .text(Tag::Env, environment)
        .event();
    let mut observation = host::sample::observation(event, &[b"sh"]);
    let above =
        host::sample::observation(record::exec(&[b"sh"]), &[b"curl", b"-u", b"joe:swordfish"]);
    let mut grandparent = observation.actor.lineage[0].clone();
    grandparent.image = above.actor.image;
    observation.actor.lineage.push(grandparent);
    let sighting = serde_json::to_value(sample::teller().sighting(&observation)).unwrap();
    let fields = &sighting["fields"];
    assert_eq!(fields["proc.env"], "DB_PASSWORD=*** HOME=/root");
    assert_eq!(fields["proc.acmdline"][1], "curl -u joe:***");
}
