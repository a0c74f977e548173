//! Records made by hand, for tests.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests and benches alone use it"
)]

use bytes::Bytes;
use detector_common::record::{
    ActBody, Call, ExecBody, FORMAT, HEADER_SIZE, Header, Kind, Lane, Object, Subject, object_flag,
};
use detector_common::section::{PathHeader, SectionHeader, Tag, WalkEnd};
use detector_common::state::phase;
use zerocopy::{Immutable, IntoBytes};

use super::{Decoded, Event, decode};

/// A record in the making, as the sensor writes it.
#[derive(Clone, Debug)]
pub struct Sample {
    header: Header,
    rest: Vec<u8>,
}

impl Sample {
    /// A record of a workload's task 4711, thread 4712, without sections.
    pub fn new<B: IntoBytes + Immutable>(kind: Kind, body: &B) -> Self {
        let header = Header {
            format: FORMAT,
            lane: Lane::Volume as u8,
            kind: kind as u16,
            length: 0,
            flags: 0,
            cpu: 1,
            sequence: 7,
            time: 5_000_000_000,
            tid: 4712,
            tgid: 4711,
            start: 4_000_000_000,
            cgroup: 99,
            exec_count: 3,
            phase: phase::WORKLOAD,
        };
        Self {
            header,
            rest: body.as_bytes().to_vec(),
        }
    }

    /// Changes the header.
    pub fn with(mut self, change: impl FnOnce(&mut Header)) -> Self {
        change(&mut self.header);
        self
    }

    /// Adds a section.
    pub fn text(self, tag: Tag, text: &[u8]) -> Self {
        self.section(tag as u16, 0, text)
    }

    /// Adds a section of any tag and flags.
    pub fn section(mut self, tag: u16, flags: u16, text: &[u8]) -> Self {
        let header = SectionHeader {
            tag,
            flags,
            length: text.len() as u32,
        };
        self.rest.extend_from_slice(header.as_bytes());
        self.rest.extend_from_slice(text);
        self.rest.resize(self.rest.len().next_multiple_of(8), 0);
        self
    }

    /// Adds bytes that need be no section.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.rest.extend_from_slice(bytes);
        self
    }

    /// Adds a path section: names from the top downwards, in the mount, from the file system's root
    /// to the mount's, and above the mount point.
    pub fn path(self, tag: Tag, end: WalkEnd, [inside, mount_root, above]: [&[&[u8]]; 3]) -> Self {
        self.text(tag, &path_section(end, [inside, mount_root, above]))
    }

    /// Adds the path of a file in a mount of a whole file system at the task's root.
    pub fn plain_path(self, tag: Tag, path: &str) -> Self {
        let names: Vec<&[u8]> = path
            .split('/')
            .filter(|name| !name.is_empty())
            .map(str::as_bytes)
            .collect();
        self.path(tag, WalkEnd::Root, [&names, &[], &[]])
    }

    /// The finished record.
    pub fn bytes(mut self) -> Bytes {
        self.header.length = (HEADER_SIZE + self.rest.len()) as u32;
        [self.header.as_bytes(), &self.rest].concat().into()
    }

    /// The event that it tells.
    pub fn event(self) -> Event {
        match decode(&self.bytes()).unwrap() {
            Decoded::Event(event) => event,
            Decoded::Unknown(unknown) => panic!("{unknown:?}"),
        }
    }
}

/// What a path section holds.
pub fn path_section(end: WalkEnd, runs: [&[&[u8]]; 3]) -> Vec<u8> {
    let runs = runs.map(|names| {
        let climbed = names.iter().rev().flat_map(|name| [b"/", *name].concat());
        climbed.collect::<Vec<u8>>()
    });
    let [inside, mount_root, above] = [0, 1, 2].map(|run| runs[run].len() as u16);
    let header = PathHeader {
        end: end as u16,
        inside,
        mount_root,
        above,
    };
    [header.as_bytes(), &runs.concat()].concat()
}

/// Body of an act by user 1000 in namespaces 1 to 6.
pub fn act(number: u32, result: i64, args: [u64; 6]) -> ActBody {
    ActBody {
        subject: subject(),
        call: Call {
            result,
            args,
            number,
            reserved: 0,
        },
        object: Object::default(),
    }
}

/// A program executed with these arguments, on `/usr/bin/` and the first of them.
pub fn exec(argv: &[&[u8]]) -> Event {
    let strings: Vec<u8> = argv
        .iter()
        .flat_map(|word| [*word, b"\0"].concat())
        .collect();
    let body = ExecBody {
        subject: subject(),
        exe: object(),
        parent_start: 3_000_000_000,
        parent_tgid: 4700,
        old_tid: 4712,
        argv_length: strings.len() as u32,
        env_length: 0,
    };
    let name = argv.first().copied().unwrap_or_default();
    Sample::new(Kind::Exec, &body)
        .with(|header| header.lane = Lane::LifeCycle as u8)
        .path(
            Tag::ExePath,
            WalkEnd::Root,
            [&[b"usr", b"bin", name], &[], &[]],
        )
        .text(Tag::Claim, name)
        .text(Tag::Argv, &strings)
        .event()
}

/// A task of user 1000 with CAP_CHOWN and CAP_SYS_ADMIN.
pub fn subject() -> Subject {
    let namespaces = detector_common::record::Namespaces {
        mnt: 1,
        pid: 2,
        user: 3,
        net: 4,
        cgroup: 5,
        ipc: 0,
    };
    Subject {
        ids: [1000, 1001, 1002, 1003, 0, 1005, 1006, 1007],
        cap_effective: 1 << 21 | 1,
        cap_permitted: 1 << 21,
        namespaces,
        vpid: 12,
        cgroup: 100,
        exe_inode: 55,
        exe_device: (8 << 20) | 1,
        exe_magic: 0xef53,
        loginuid: u32::MAX,
        seccomp: 2,
        ..Subject::default()
    }
}

/// A regular file on an overlay.
pub fn object() -> Object {
    Object {
        inode: 77,
        real_inode: 78,
        device: 40,
        magic: 0x794c_7630,
        mode: 0o100_644,
        rdev: 0,
        mount_ns: 1,
        flags: object_flag::RESOLVED | object_flag::LAYER_KNOWN | object_flag::UPPER,
    }
}
