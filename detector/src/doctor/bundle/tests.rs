//! Secrets and names are planted wherever a bundle looks; none of them may be in it.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use flate2::read::GzDecoder;

use super::super::check::{Area, Checks};
use super::super::report::tests::sample;
use super::*;
use crate::control::{Board, Bound, Container, Engine, Server, SocketPath, Views};

/// What must not come out, whatever it stands in.
const PLANTED: &[&str] = &[
    "ghp_0123456789abcdefghijklmnopqrstuvwx12",
    "hunter2hunter2",
    "xoxb-1234567890-abcdefghijklmnop",
    "B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    "plainlookingvalue",
    "second line of a key",
    "in a comment",
    "claw-prod-7",
    "corp.example",
    "mailer-internal",
    "10.20.30.40",
    "2001:db8::7:1",
    "customer-acme",
    "alice",
    "ops@",
];

const CONFIG: &str = r##"
# the old password was hunter2hunter2, in a comment
state_dir = "/home/alice/state"

[sinks.slack]
webhook = "https://hooks.corp.example/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
token = "xoxb-1234567890-abcdefghijklmnop"

[sinks.mail]
smtp = "mailer-internal"
to = ["ops@corp.example"]
password = "hunter2hunter2"
private_key = """
-----BEGIN PRIVATE KEY-----
second line of a key
-----END PRIVATE KEY-----
"""

[sinks.http]
url = "http://user:hunter2hunter2@10.20.30.40:8080/alerts?token=plainlookingvalue"
headers = { authorization = "plainlookingvalue", host = "loki.corp.example" }

[sinks.syslog]
server = "logs.corp.example:514"
to = "[2001:db8::7:1]:514"
"##;

const FILES: &[(&str, &str)] = &[
    (
        "proc/version",
        "Linux version 6.1.0 (builder@claw-prod-7.corp.example) #1 SMP\n",
    ),
    (
        "proc/cmdline",
        "root=/dev/vda ip=10.20.30.40::10.20.30.1 api_token=ghp_0123456789abcdefghijklmnopqrstuvwx12 \
         password=hunter2hunter2 systemd.hostname=claw-prod-7\n",
    ),
    (
        "etc/os-release",
        "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nHOME_URL=\"https://www.corp.example/\"\n",
    ),
    (
        "proc/self/mountinfo",
        "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n\
         30 23 0:27 / /home/alice rw - nfs 10.20.30.40:/home rw\n",
    ),
    ("proc/self/cgroup", "0::/user.slice/session-1.scope\n"),
];

struct Planted {
    _directory: tempfile::TempDir,
    sources: Sources,
    server: Server,
    report: Report,
}

fn planted() -> Planted {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    for (path, text) in FILES {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let config = root.join("config.toml");
    fs::write(&config, CONFIG).unwrap();
    let socket = SocketPath::new(root.join("control.sock")).unwrap();
    let board = Arc::new(Board::new(Arc::default()));
    board.update(|status| {
        status.containers = vec![Container {
            id: "3f4e8a1b2c3d".to_owned(),
            name: Some("customer-acme".to_owned()),
            level: "rules".to_owned(),
            ..Container::default()
        }];
        status.engines = vec![Engine {
            socket: "/home/alice/docker.sock".to_owned(),
            up: false,
            pending: false,
            reason: Some("claw-prod-7 at 10.20.30.40: token=plainlookingvalue refused".to_owned()),
        }];
    });
    let server = Server::start(Bound::bind(&socket).unwrap(), Views::of(board)).unwrap();
    let mut checks = Checks::of(Area::Disk);
    checks.failed(
        "/home/alice/docker.sock",
        "no answer from 2001:db8::7:1, password=hunter2hunter2",
        "see claw-prod-7",
        "ask ops@corp.example",
    );
    let mut report = sample();
    report.checks.extend(checks.done());
    Planted {
        sources: Sources {
            root: root.to_owned(),
            host_names: vec!["claw-prod-7.corp.example".to_owned()],
            socket: Some(socket),
            config,
        },
        _directory: directory,
        server,
        report,
    }
}

/// The files of an archive by name.
fn unpacked(path: &Path) -> BTreeMap<String, String> {
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(path).unwrap()));
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        assert_eq!(entry.header().mode().unwrap(), MODE);
        let name = entry.path().unwrap().display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        (
            name.strip_prefix("escape-detector-doctor/")
                .unwrap()
                .to_owned(),
            text,
        )
    });
    entries.collect()
}

#[test]
fn nothing_that_was_planted_comes_out() {
    let planted = planted();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("bundle.tar.gz");
    let bundle = Bundle::create(&path).unwrap();
    let entries = bundle.fill(&planted.report, &planted.sources).unwrap();
    planted.server.finish();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        MODE
    );

    let files = unpacked(&path);
    let told = entries.iter().filter(|entry| entry.text.is_ok());
    assert_eq!(files.len(), told.count());
    assert_eq!(files.len(), 13, "{:?}", files.keys());
    for (name, text) in &files {
        for secret in PLANTED {
            assert!(!text.contains(secret), "{secret} in {name}:\n{text}");
        }
    }
    // What is of use is still there.
    assert!(files["cmdline.txt"].contains("root=/dev/vda"), "{files:#?}");
    assert!(
        files["config.json"].contains("\"token\": \"***\""),
        "{files:#?}"
    );
    assert!(files["status.json"].contains("3f4e8a1b2c3d"), "{files:#?}");
    assert!(files["mountinfo.txt"].contains("cgroup2"), "{files:#?}");
    assert!(files["os-release.txt"].contains("ID=debian"), "{files:#?}");
    let report: serde_json::Value = serde_json::from_str(&files["doctor.json"]).unwrap();
    assert_eq!(report["checks"].as_array().unwrap().len(), 5);
    assert!(files["rules.txt"].lines().count() >= 10);
}

#[test]
fn one_host_has_one_pseudonym_in_all_files() {
    let planted = planted();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("bundle.tar.gz");
    Bundle::create(&path)
        .unwrap()
        .fill(&planted.report, &planted.sources)
        .unwrap();
    planted.server.finish();
    let files = unpacked(&path);
    let of = |name: &str, before: &str| -> String {
        let rest = files[name].split_once(before).unwrap().1;
        rest.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '-')
            .collect()
    };
    assert_eq!(
        of("doctor.txt", "see "),
        of("status.json", "\"reason\": \"")
    );
}

#[test]
fn what_is_missing_is_said_and_a_config_that_cannot_be_read_is_left_out() {
    let planted = planted();
    planted.server.finish();
    fs::write(&planted.sources.config, "password = hunter2hunter2 \"").unwrap();
    fs::remove_file(planted.sources.root.join("proc/version")).unwrap();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("bundle.tar.gz");
    Bundle::create(&path)
        .unwrap()
        .fill(&planted.report, &planted.sources)
        .unwrap();
    let files = unpacked(&path);
    let readme = &files["README.txt"];
    for (name, reason) in [
        ("config.json", "it is no TOML"),
        ("status.json", "no detector runs"),
        ("proc-version.txt", "No such file"),
    ] {
        assert!(!files.contains_key(name));
        let line = readme.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(line.contains(reason), "{line}");
    }
    assert!(
        !files.values().any(|text| text.contains("hunter2")),
        "{files:#?}"
    );
}

#[test]
fn a_file_that_is_there_is_left_alone_and_one_that_was_not_filled_goes() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("precious");
    fs::write(&path, "content").unwrap();
    let error = Bundle::create(&path).unwrap_err();
    assert!(matches!(error, BundleError::Exists { .. }), "{error}");
    let link = place.path().join("link");
    std::os::unix::fs::symlink(place.path().join("elsewhere"), &link).unwrap();
    Bundle::create(&link).unwrap_err();
    assert!(!place.path().join("elsewhere").exists());
    assert_eq!(fs::read_to_string(&path).unwrap(), "content");

    let fresh = place.path().join("fresh");
    drop(Bundle::create(&fresh).unwrap());
    assert!(!fresh.exists());
    let error = Bundle::create(&place.path().join("none/bundle")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("name another file with --bundle"),
        "{error}"
    );
}
