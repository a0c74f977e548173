//! What a working agent does in a container on a quiet day.

use std::net::Ipv4Addr;

use anyhow::Result;
use detector::event::Event;
use detector::event::sample::{self, Sample, act, subject};
use detector::host::Observation;
use detector::host::sample::observation;
use detector_common::call;
use detector_common::record::{
    Call, ConnectBody, Endpoint, ExitBody, Kind, Object, TaskBody, family, object_flag,
};
use detector_common::section::Tag;

/// How many events there are. They fit a processor's cache, as an event does that was just decoded.
const EVENTS: usize = 300;

const PROGRAMS: [&[&str]; 12] = [
    &[
        "node",
        "/usr/lib/node_modules/npm/bin/npm-cli.js",
        "run",
        "build",
    ],
    &["python3", "-m", "pytest", "-q", "tests/unit"],
    &["git", "log", "--oneline", "-20"],
    &[
        "git",
        "commit",
        "-m",
        "Mend the parser's handling of blanks",
    ],
    &["bash", "-lc", "make -j4 all 2>&1"],
    &["make", "-j4", "all"],
    &[
        "cc1",
        "-quiet",
        "-O2",
        "src/main.c",
        "-o",
        "/tmp/ccW2hYzq.s",
    ],
    &["grep", "-rn", "--include=*.py", "def handle", "."],
    &["ls", "-la", "--color=auto"],
    &["cat", "README.md"],
    &["rg", "--json", "TODO", "src"],
    &["sed", "-n", "1,80p", "src/lib.rs"],
];

const READ: [&str; 16] = [
    "/usr/lib/x86_64-linux-gnu/libc.so.6",
    "/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30",
    "/usr/lib/locale/C.utf8/LC_CTYPE",
    "/usr/lib/python3/dist-packages/_pytest/assertion/rewrite.py",
    "/usr/lib/node_modules/npm/node_modules/semver/classes/range.js",
    "/usr/include/x86_64-linux-gnu/bits/types/struct_timespec.h",
    "/usr/share/zoneinfo/Etc/UTC",
    "/workspace/src/components/table/cell.tsx",
    "/workspace/node_modules/typescript/lib/lib.es2020.d.ts",
    "/workspace/tests/unit/test_parser.py",
    "/workspace/.git/objects/3f/4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b",
    "/workspace/target/debug/deps/libserde_json-2c3d4e5f60718293.rlib",
    "/proc/meminfo",
    "/proc/self/maps",
    "/home/node/.cache/pip/http/a/b/c/d/e/abcde0123456789",
    "/tmp/ccW2hYzq.s",
];

const WRITTEN: [&str; 6] = [
    "/workspace/dist/assets/index-4f5a6b7c.js",
    "/workspace/target/debug/incremental/s-h0a1b2c3/dep-graph.part.bin",
    "/workspace/src/components/table/cell.tsx",
    "/tmp/npm-8f2a/package.json",
    "/tmp/pytest-of-node/pytest-12/test_parser0/out.txt",
    "/dev/null",
];

const O_WRITE_CREATE: u64 = 0o1101;

/// The events, in the order in which they happen.
pub(crate) fn mixed() -> Result<Vec<Observation>> {
    Ok((0..EVENTS).map(one).collect())
}

/// Each in its turn.
fn turn<T: Copy>(all: &[T], number: usize) -> Option<T> {
    all.iter().copied().cycle().nth(number % all.len().max(1))
}

fn one(number: usize) -> Observation {
    let programs = match number * 37 % 100 {
        86..92 => &PROGRAMS[..4],
        _ => &PROGRAMS[..],
    };
    let words: Vec<&[u8]> = turn(programs, number / 7)
        .unwrap_or_default()
        .iter()
        .map(|word| word.as_bytes())
        .collect();
    observation(event(number, &words), &words)
}

/// Of a hundred events 55 read a file, 12 write one, the rest is life and its errands.
fn event(number: usize, words: &[&[u8]]) -> Event {
    match number * 37 % 100 {
        0..55 => opened(turn(&READ, number).unwrap_or_default(), number, 0),
        55..67 => opened(
            turn(&WRITTEN, number).unwrap_or_default(),
            number,
            O_WRITE_CREATE,
        ),
        67..73 => sample::exec(words),
        73..80 => Sample::new(
            Kind::TaskMade,
            &TaskBody {
                subject: subject(),
                ..TaskBody::default()
            },
        )
        .event(),
        80..86 => Sample::new(Kind::Exit, &ExitBody::default()).event(),
        86..92 => connected(number),
        92..96 => altered(number),
        _ => Sample::new(Kind::Place, &act(call::CHDIR, 0, [0; 6]))
            .plain_path(Tag::Path, "/workspace/src")
            .event(),
    }
}

fn file(number: usize) -> Object {
    Object {
        inode: 1000 + number as u64,
        flags: object_flag::RESOLVED | object_flag::LAYER_KNOWN,
        ..sample::object()
    }
}

fn opened(path: &str, number: usize, flags: u64) -> Event {
    let mut body = act(call::OPENAT, 5, [u64::MAX - 99, 0, flags, 0o644, 0, 0]);
    body.object = file(number);
    Sample::new(Kind::Open, &body)
        .plain_path(Tag::Path, path)
        .text(Tag::Claim, path.as_bytes())
        .event()
}

fn altered(number: usize) -> Event {
    let files = WRITTEN.split_last().map(|(_, files)| files);
    let path = turn(files.unwrap_or_default(), number).unwrap_or_default();
    let mut body = act(call::UNLINK, 0, [0; 6]);
    body.object = file(number);
    Sample::new(Kind::Alter, &body)
        .plain_path(Tag::Path, path)
        .text(Tag::Claim, path.as_bytes())
        .event()
}

fn connected(number: usize) -> Event {
    let mut endpoint = Endpoint {
        family: family::INET,
        protocol: 6,
        local_port: 40_000 + (number % 1000) as u16,
        remote_port: 443,
        resolved: 1,
        socket_type: 1,
        ..Endpoint::default()
    };
    endpoint.local[..4].copy_from_slice(&[172, 17, 0, 2]);
    let remote = Ipv4Addr::new(140, 82, 121, (number % 250) as u8);
    endpoint.remote[..4].copy_from_slice(&remote.octets());
    let body = ConnectBody {
        subject: subject(),
        call: Call {
            number: call::CONNECT,
            args: [7, 0, 16, 0, 0, 0],
            ..Call::default()
        },
        object: Object::default(),
        endpoint,
    };
    Sample::new(Kind::Connect, &body).event()
}
