//! Bytes of a record: what was done to an object and by whom, in the form of all records.

use bytes::Bytes;
use detector_common::object::{ObjectBody, USER_SPACE};
use detector_common::record::{FORMAT, HEADER_SIZE, Header, Kind, Lane, Object, Subject, flag};
use detector_common::section::{
    PATH_MAX, PathHeader, SECTION_HEADER_SIZE, SectionHeader, Tag, WalkEnd, section_flag,
};
use detector_common::state::phase;
use zerocopy::IntoBytes;

use super::actor::Actor;
use super::pattern::Meaning;
use super::snapshot::Snapshot;
use crate::event::{BootTime, Change};

/// What was done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deed<'a> {
    pub(super) meaning: Meaning,
    pub(super) change: Change,
    pub(super) path: &'a [u8],
    pub(super) place: &'a [u8],
    /// The file as it is now; as it was, where nothing is there any more.
    pub(super) file: Option<Snapshot>,
}

/// Writes a record.
pub(super) fn write(deed: Deed<'_>, actor: &Actor, sequence: u64, now: BootTime) -> Bytes {
    let Deed {
        meaning,
        change,
        path,
        place,
        file,
    } = deed;
    let found = actor.found.as_ref();
    let body = ObjectBody {
        subject: found.map_or(Subject::default(), |found| found.subject),
        object: file.map_or(Object::default(), |file| file.object()),
        exe: found.map_or(Object::default(), |found| found.exe),
        parent_start: found.map_or(0, |found| found.parent.1),
        parent_tgid: found.map_or(0, |found| found.parent.0),
        change: change as u32,
        class: meaning.class as u32,
        owner: file.map_or(u32::MAX, |file| file.owner),
    };
    let mut record = vec![0; HEADER_SIZE];
    record.extend_from_slice(body.as_bytes());
    section(&mut record, Tag::Path, 0, &climbed(path));
    section(&mut record, Tag::ObjectPlace, 0, place);
    if let Some(found) = found {
        section(&mut record, Tag::Claim, 0, &found.name);
        if let Some(path) = &found.exe_path {
            section(&mut record, Tag::ExePath, 0, &climbed(path));
        }
        let cut = if found.argv_cut {
            section_flag::TRUNCATED
        } else {
            0
        };
        section(&mut record, Tag::Argv, cut, &found.argv);
    }
    let header = Header {
        format: FORMAT,
        lane: Lane::Alarm as u8,
        kind: Kind::ObjectChanged as u16,
        length: u32::try_from(record.len()).unwrap_or(u32::MAX),
        flags: if found.is_none() { flag::INCOMPLETE } else { 0 },
        cpu: USER_SPACE,
        sequence,
        time: now.0,
        tid: actor.pid,
        tgid: actor.pid,
        start: found.map_or(0, |found| found.start),
        cgroup: actor.cgroup,
        exec_count: 0,
        phase: phase::HOST,
    };
    if let Some(head) = record.get_mut(..HEADER_SIZE) {
        head.copy_from_slice(header.as_bytes());
    }
    record.into()
}

fn section(record: &mut Vec<u8>, tag: Tag, flags: u16, text: &[u8]) {
    let header = SectionHeader {
        tag: tag as u16,
        flags,
        length: u32::try_from(text.len()).unwrap_or(u32::MAX),
    };
    record.extend_from_slice(header.as_bytes());
    record.extend_from_slice(text);
    record.resize(record.len().next_multiple_of(SECTION_HEADER_SIZE), 0);
}

/// A path as a climb from its leaf would give it. One that no record holds loses its upper part.
fn climbed(path: &[u8]) -> Vec<u8> {
    let names = path.split(|byte| *byte == b'/').rev();
    let mut run = Vec::new();
    let mut end = WalkEnd::Root;
    for name in names.filter(|name| !name.is_empty()) {
        if run.len() + 1 + name.len() > PATH_MAX {
            end = WalkEnd::Truncated;
            break;
        }
        run.push(b'/');
        run.extend_from_slice(name);
    }
    let header = PathHeader {
        end: end as u16,
        inside: u16::try_from(run.len()).unwrap_or_default(),
        mount_root: 0,
        above: 0,
    };
    [header.as_bytes(), &run].concat()
}

#[cfg(test)]
mod tests {
    use super::super::actor::Found;
    use super::*;
    use crate::event::{Body, Class, Decoded, ObjectChange, ResolvedPath, decode};

    fn told(actor: &Actor) -> (crate::event::Meta, ObjectChange) {
        let deed = Deed {
            meaning: Meaning {
                class: Class::AgentConfig,
                open: false,
            },
            change: Change::MovedIn,
            path: b"/home/joe/.openclaw/openclaw.json",
            place: b"/home/joe",
            file: None,
        };
        let record = write(deed, actor, 9, BootTime(77));
        let Ok(Decoded::Event(event)) = decode(&record) else {
            panic!("{:?}", decode(&record))
        };
        match event.body {
            Body::ObjectChange(change) => (event.meta, *change),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let found = Found {
            start: 30_000_000,
            parent: (5, 20_000_000),
            exe_path: Some(b"/usr/bin/mv".to_vec()),
            name: b"mv".to_vec(),
            argv: b"mv\0a\0b\0".to_vec(),
            ..Found::default()
        };
        let actor = Actor {
            pid: 7,
            cgroup: 99,
            found: Some(found),
        };
        let (meta, change) = told(&actor);
        assert_eq!(
            (meta.sequence, meta.time, meta.incomplete),
            (9, BootTime(77), false)
        );
        assert_eq!((meta.process.tgid.0, meta.cgroup.0), (7, 99));
        assert_eq!(
            (change.class, change.change),
            (Class::AgentConfig, Change::MovedIn)
        );
        let path = change.path.as_ref().map(ResolvedPath::visible).unwrap();
        assert_eq!(path, b"/home/joe/.openclaw/openclaw.json");
        let actor = change.actor.unwrap();
        assert_eq!(actor.exe_path.unwrap().visible(), b"/usr/bin/mv");
        assert_eq!(actor.argv.unwrap().iter().count(), 3);
        assert_eq!(actor.parent.unwrap().tgid.0, 5);
    }

    #[test]
    fn of_whom_nothing_is_known_nothing_is_said() {
        let actor = Actor {
            pid: 7,
            ..Actor::default()
        };
        let (meta, change) = told(&actor);
        assert!(meta.incomplete);
        assert_eq!(change.actor, None);
    }

    #[test]
    fn a_path_too_long_is_cut_above() {
        let path = b"/0123456789".repeat(1000);
        let header = climbed(&path);
        assert_eq!(header[0], WalkEnd::Truncated as u8);
        assert!(header.len() <= PATH_MAX + size_of::<PathHeader>());
    }
}
