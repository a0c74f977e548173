//! Fields that Falco's rules ask for, by name: what they say, and where they say nothing.

use std::sync::Arc;

use detector_common::call;
use detector_common::record::{self, Call, ConnectBody, ExecBody, Kind, family};
use detector_common::section::Tag;

use super::*;
use crate::event::sample::{self, Sample};
use crate::event::{Event, ExeFile};
use crate::host;
use crate::host::container::{ContainerInfo, MountInfo};

/// What a field says of an observation, as text; nothing where it is missing.
fn said(observation: &Observation, name: &str, argument: Option<Argument>) -> Option<String> {
    let room = Room::default();
    let facts = Facts::new(observation, Clock::with_offset(1_000_000_000), &room);
    let field = Field::named(name).unwrap_or_else(|| panic!("{name}"));
    facts
        .value(field, argument.as_ref())
        .map(|value| show(&value))
}

fn show(value: &Value<'_>) -> String {
    match value {
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Number(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Ip(address) => address.to_string(),
        Value::List(values) => values.iter().map(show).collect::<Vec<_>>().join("|"),
    }
}

/// Each name, perhaps with a number in brackets, and what is said; nothing for a missing value.
#[track_caller]
fn assert_said(observation: &Observation, table: &[(&str, Option<&str>)]) {
    for (name, expected) in table {
        let (field, argument) = match name.split_once('[') {
            None => (*name, None),
            Some((field, rest)) => {
                let text = rest.trim_end_matches(']');
                let index = text.parse().map(Argument::Index);
                (
                    field,
                    Some(index.unwrap_or_else(|_| Argument::Name(text.into()))),
                )
            }
        };
        let found = said(observation, field, argument);
        assert_eq!(found.as_deref(), *expected, "{name}");
    }
}

fn open(flags: u64, mode: u64) -> Event {
    let body = sample::act(call::OPENAT, 5, [3, 0, flags, mode, 0, 0]);
    Sample::new(Kind::Open, &body)
        .plain_path(Tag::Path, "/srv/a")
        .text(Tag::Claim, b"../a")
        .event()
}

fn observed(event: Event) -> Observation {
    host::sample::observation(event, &[b"cat", b"-n", b"../a"])
}

/// The observation with other facts of its container's engine.
fn with_info(mut observation: Observation, change: impl FnOnce(&mut ContainerInfo)) -> Observation {
    let view = observation.container.as_mut().unwrap();
    change(Arc::make_mut(view.info.as_mut().unwrap()));
    observation
}

#[test]
fn of_the_event() {
    assert_said(
        &observed(open(0o101, 0o755)),
        &[
            ("evt.num", Some("7")),
            ("evt.rawtime", Some("6000000000")),
            ("evt.rawtime.s", Some("6")),
            ("evt.rawtime.ns", Some("0")),
            ("evt.time.iso8601", Some("1970-01-01T00:00:06.000000000Z")),
            ("evt.source", Some("syscall")),
            ("evt.dir", Some("<")),
            ("evt.cpu", Some("1")),
            ("syscall.type", Some("openat")),
            ("evt.is_open_exec", Some("true")),
            ("evt.buffer", None),
            ("fs.path.nameraw", Some("../a")),
            ("fd.containername", Some("3f4e8a1b2c3d:/srv/a")),
            ("fd.containerdirectory", Some("3f4e8a1b2c3d:/srv")),
            ("fd.sockfamily", None),
            ("fd.connected", None),
            ("fd.name_changed", None),
        ],
    );
    for (flags, mode) in [(0o101, 0o644), (0, 0o755)] {
        let observation = observed(open(flags, mode));
        assert_said(&observation, &[("evt.is_open_exec", Some("false"))]);
    }
    let exec = observed(sample::exec(&[b"cat"]));
    assert_said(
        &exec,
        &[("evt.is_open_exec", Some("false")), ("syscall.type", None)],
    );
}

#[test]
fn of_processes() {
    let mut observation = observed(open(0, 0));
    assert_said(
        &observation,
        &[
            ("proc.pexe", Some("bash")),
            ("proc.aexe", Some("bash")),
            ("proc.aexe[0]", Some("cat")),
            ("proc.aexe[1]", Some("bash")),
            ("proc.aexe[2]", None),
            ("proc.acmdline[1]", Some("bash -c make it so")),
            ("proc.aargs", Some("-c make it so")),
            ("proc.exeline", Some("cat -n ../a")),
            ("proc.args[0]", Some("-n")),
            ("proc.args[1]", Some("../a")),
            ("proc.args[2]", None),
            ("proc.cmdnargs", Some("2")),
            ("proc.cmdlenargs", Some("6")),
            ("proc.pid.ts", Some("5000000000")),
            ("proc.duration", Some("1000000000")),
            ("proc.ppid.ts", Some("4000000000")),
            ("proc.ppid.duration", Some("2000000000")),
            ("proc.exe_ino.ctime_duration_proc_start", None),
            ("proc.env", None),
            ("proc.tty", None),
            ("thread.ismain", Some("false")),
            ("thread.cap_permitted", Some("CAP_SYS_ADMIN")),
            ("user.name", None),
            ("group.name", None),
        ],
    );
    for (changed, expected) in [(4_500_000_000, Some("500000000")), (5_000_000_001, None)] {
        Arc::make_mut(&mut observation.actor.image).file = Some(ExeFile {
            changed,
            written: 0,
            owner: 0,
            group: 0,
        });
        let age = ("proc.exe_ino.ctime_duration_proc_start", expected);
        assert_said(&observation, &[age]);
    }
    observation.actor.lineage.clear();
    let parent = ["proc.pexe", "proc.ppid.ts", "proc.ppid.duration"];
    assert_said(&observation, &parent.map(|name| (name, None)));
}

#[test]
fn of_root_alone_the_name_is_known() {
    let mut body = sample::act(call::OPENAT, 5, [3, 0, 0, 0, 0, 0]);
    body.subject.ids = [0; 8];
    body.subject.loginuid = 0;
    let observation = observed(Sample::new(Kind::Open, &body).event());
    let root = ["user.name", "user.loginname", "group.name"];
    assert_said(&observation, &root.map(|name| (name, Some("root"))));
}

#[test]
fn of_an_entry_the_environment() {
    let body = ExecBody {
        subject: sample::subject(),
        exe: sample::object(),
        parent_start: 0,
        parent_tgid: 0,
        old_tid: 4711,
        argv_length: 0,
        env_length: 15,
    };
    let event = Sample::new(Kind::Exec, &body)
        .text(Tag::Env, b"AB=1\0A=2\0HOME=\0")
        .event();
    assert_said(
        &observed(event),
        &[
            ("proc.env", Some("AB=1 A=2 HOME=")),
            ("proc.env[A]", Some("2")),
            ("proc.env[HOME]", Some("")),
            ("proc.env[B]", None),
        ],
    );
}

fn connect(result: i64) -> Event {
    let mut endpoint = record::Endpoint {
        family: family::INET,
        resolved: 1,
        ..record::Endpoint::default()
    };
    endpoint.remote_port = 80;
    let body = ConnectBody {
        subject: sample::subject(),
        call: Call {
            result,
            number: call::CONNECT,
            args: [6, 0, 0, 0, 0, 0],
            reserved: 0,
        },
        object: record::Object::default(),
        endpoint,
    };
    Sample::new(Kind::Connect, &body).event()
}

#[test]
fn of_sockets() {
    for (result, connected, named) in [
        (0, "true", "true"),
        (-115, "false", "true"),
        (-111, "false", "false"),
    ] {
        assert_said(
            &observed(connect(result)),
            &[
                ("fd.sockfamily", Some("ip")),
                ("fd.connected", Some(connected)),
                ("fd.name_changed", Some(named)),
                ("fd.is_server", Some("false")),
                ("fd.sip.name", None),
            ],
        );
    }
}

#[test]
fn of_containers() {
    let mount = |source: &str, destination: &str| MountInfo {
        source: source.into(),
        destination: destination.into(),
        mode: "ro".into(),
        rw: false,
        propagation: "rslave".into(),
    };
    let observation = with_info(observed(open(0, 0)), |info| {
        info.mounts.push(mount("/proc/1", "/host"));
        info.image_id = Some(host::sample::ID.into());
        for (key, value) in [
            ("io.kubernetes.pod.name", "web"),
            ("io.kubernetes.pod.namespace", "shop"),
        ] {
            info.labels.insert(key.into(), value.into());
        }
        info.labels.insert("bare".into(), String::new());
    });
    assert_said(
        &observation,
        &[
            (
                "container.mounts",
                Some("/srv/work:/workspace:z:true:rprivate,/proc/1:/host:ro:false:rslave"),
            ),
            (
                "container.mount[0]",
                Some("/srv/work:/workspace:z:true:rprivate"),
            ),
            ("container.mount.dest[/proc*]", Some("/host")),
            ("container.mount.dest[/proc]", None),
            ("container.mount.dest[2]", None),
            ("container.mount.source[/host]", Some("/proc/1")),
            ("container.mount.mode[1]", Some("ro")),
            ("container.mount.rdwr[1]", Some("false")),
            ("container.mount.propagation[1]", Some("rslave")),
            ("container.image.id", Some("3f4e8a1b2c3d")),
            ("container.image.digest", None),
            ("container.labels", Some("bare, openclaw.agent:main")),
            ("container.start_ts", Some("3000000000")),
            ("container.duration", Some("3000000000")),
            ("k8s.pod.name", Some("web")),
            ("k8s.ns.name", Some("shop")),
            ("k8s.pod.uid", None),
        ],
    );
    let mut unnamed = observation;
    let view = unnamed.container.as_mut().unwrap();
    (view.info, view.began) = (None, None);
    view.reference.pod = Some("uid-1".into());
    assert_said(&unnamed, &[("k8s.pod.id", Some("uid-1"))]);
    let engine = [
        "container.mounts",
        "container.image.id",
        "k8s.pod.name",
        "container.start_ts",
    ];
    assert_said(&unnamed, &engine.map(|name| (name, None)));
}

#[test]
fn what_is_not_supplied_is_absent() {
    let observations = [open(0, 0), connect(0), sample::exec(&[b"cat"])].map(observed);
    let fields = Field::ALL.iter().map(|field| field.definition());
    for field in fields.filter(|field| !field.supplied) {
        for observation in &observations {
            assert_eq!(said(observation, field.name, None), None, "{}", field.name);
        }
    }
}
