//! `fd.*` of files, `file.*` and `mount.*`: what was acted on.

use super::container::short;
use super::{Facts, Room, owned};
use crate::event::{Act, FileKind, FileObject, Layer, Operation, ResolvedPath, Text, Truth};
use crate::host::Observation;
use crate::rules::{Field, Value};

/// The object's name and who says so.
#[derive(Clone, Debug)]
pub(super) struct Name<'a> {
    pub(super) bytes: &'a [u8],
    truth: Truth,
}

/// The object's name: that of the executed file, or of what the call was about.
pub(super) fn name<'a>(observation: &'a Observation, room: &'a Room) -> Option<Name<'a>> {
    let act = match &observation.event.body {
        crate::event::Body::Exec(exec) => {
            let path = exec.exe_path.as_ref()?;
            return Some(resolved(path, room));
        }
        crate::event::Body::ObjectChange(change) => {
            return Some(resolved(change.path.as_ref()?, room));
        }
        crate::event::Body::Act(act) => act,
        _ => return None,
    };
    if let Operation::Connect(connect) = &act.operation {
        return super::socket::name(connect, act, room);
    }
    if let Operation::Descriptor(descriptor) = &act.operation {
        return super::socket::resolved(&descriptor.endpoint, room);
    }
    of_act(act, room)
}

/// The name of the file of an act.
pub(super) fn of_act<'a>(act: &'a Act, room: &'a Room) -> Option<Name<'a>> {
    if let Some(path) = act.path().filter(|path| !path.is_nameless()) {
        return Some(resolved(path, room));
    }
    let named = act.named()?;
    let bytes = room.text(|text| text.extend_from_slice(&named.path));
    Some(Name::new(bytes, named.truth))
}

fn resolved<'a>(path: &ResolvedPath, room: &'a Room) -> Name<'a> {
    let bytes = room.text(|text| path.write_visible(text));
    Name::new(bytes, Truth::Kernel)
}

impl<'a> Name<'a> {
    pub(super) const fn new(bytes: &'a [u8], truth: Truth) -> Self {
        Self { bytes, truth }
    }
}

pub(super) fn value<'a>(facts: &'a Facts<'_>, field: Field) -> Option<Value<'a>> {
    let observation = facts.observation;
    let name = || facts.name();
    match field {
        Field::FdName => name().map(|name| Value::text(name.bytes)),
        Field::FdDirectory => name().map(|name| Value::text(directory(name.bytes))),
        Field::FdFilename => name().map(|name| Value::text(file_name(name.bytes))),
        Field::FdContainername => Some(inside(facts, name()?.bytes)),
        Field::FdContainerdirectory => Some(inside(facts, directory(name()?.bytes))),
        Field::FsPathNameraw => {
            let act = observation.event.act()?;
            let one = !matches!(&act.operation, Operation::Connect(_))
                && !matches!(&act.operation, Operation::Alter(alter) if alter.second.is_some());
            let claim = act.claimed_name().filter(|_| one)?;
            claim.known().map(Value::text)
        }
        Field::FileTruth => name().map(|name| Value::text(name.truth.name())),
        Field::FileForeignMount => Some(Value::Bool(observation.foreign_mount)),
        Field::FileOutsideMount => {
            let object = observation.event.object();
            Some(Value::Bool(
                object.is_some_and(|object| object.outside_mount),
            ))
        }
        Field::FdNum => descriptor(observation.event.act()?).map(Value::Number),
        Field::FdNameraw => {
            let claim = observation.event.act()?.claimed_name()?;
            claim.known().map(Value::text)
        }
        Field::MountSourceKind => {
            let act = observation.event.act()?;
            let mounts = matches!(act.operation, Operation::Mount(_));
            observation
                .claimed_kind
                .filter(|_| mounts)
                .map(|kind| Value::text(kind.name()))
        }
        Field::FileKind if object(observation).is_none() => observation
            .claimed_kind
            .map(|kind| Value::text(kind.name())),
        Field::FileEmptied => Some(Value::Bool(emptied(observation.event.act()?))),
        Field::FsPathName | Field::FsPathSource | Field::FsPathTarget => names(facts, field),
        Field::MountFstype | Field::MountSource | Field::MountTarget => mount(observation, field),
        Field::FilePathInFs => {
            let path = path(observation)?;
            Some(facts.text(|text| path.write_in_filesystem(text)))
        }
        Field::FileMountRoot => path(observation).map(|path| owned(path.mount_root())),
        _ => of_object(object(observation)?, field),
    }
}

/// `O_TRUNC` of include/uapi/asm-generic/fcntl.h.
const O_TRUNC: u64 = 0o1000;

/// The descriptor that an act has made, or that it was done to.
fn descriptor(act: &Act) -> Option<i64> {
    let makes = match &act.operation {
        Operation::Open(open) => open.direct.is_none(),
        Operation::Descriptor(_) | Operation::Faults(_) => true,
        Operation::Alter(alter) if matches!(act.call.name, "fchmod" | "ftruncate") => {
            return Some(alter.first.directory.into());
        }
        _ => false,
    };
    let result = act.result.0;
    (makes && result >= 0).then_some(result)
}

fn emptied(act: &Act) -> bool {
    match &act.operation {
        Operation::Open(open) => open.flags & O_TRUNC != 0,
        Operation::Alter(alter) => alter.length == Some(0),
        _ => false,
    }
}

/// The names of a file's act: of one with two names only these, of any other its own.
fn names<'a>(facts: &'a Facts<'_>, field: Field) -> Option<Value<'a>> {
    let act = facts.observation.event.act()?;
    let second = match &act.operation {
        Operation::Connect(_) => return None,
        Operation::Alter(alter) => alter.second.as_ref(),
        _ => None,
    };
    let name = facts.name().map(|name| Value::text(name.bytes));
    // A symbolic link is made of what it says, as a hard link is of its first name.
    let links = matches!(act.call.name, "symlink" | "symlinkat");
    match (field, second) {
        (Field::FsPathName, None) => name,
        (Field::FsPathSource, Some(_)) if !links => name,
        (Field::FsPathTarget, Some(_)) if links => name,
        (Field::FsPathSource, Some(said)) => said.name.as_ref()?.known().map(Value::text),
        (Field::FsPathTarget, Some(second)) => second.named().map(|named| owned(named.path)),
        _ => None,
    }
}

fn object(observation: &Observation) -> Option<&FileObject> {
    match &observation.event.body {
        crate::event::Body::Exec(exec) => exec.exe.as_ref(),
        crate::event::Body::ObjectChange(change) => change.object.as_ref(),
        _ => observation.event.act()?.object(),
    }
}

fn path(observation: &Observation) -> Option<&ResolvedPath> {
    match &observation.event.body {
        crate::event::Body::Exec(exec) => exec.exe_path.as_ref(),
        _ => observation.event.act()?.path(),
    }
}

fn of_object(object: &FileObject, field: Field) -> Option<Value<'_>> {
    let kind = object.kind();
    let device = matches!(kind, FileKind::Block | FileKind::Char);
    match field {
        Field::FdIno => Some(Value::Unsigned(object.inode)),
        Field::FdDev => Some(Value::Unsigned(
            u64::from(object.device.major) << 20 | u64::from(object.device.minor),
        )),
        Field::FdDevMajor => Some(Value::Unsigned(object.device.major.into())),
        Field::FdDevMinor => Some(Value::Unsigned(object.device.minor.into())),
        Field::FdType => Some(Value::text(match kind {
            FileKind::Directory => "directory",
            FileKind::Fifo => "pipe",
            _ => "file",
        })),
        Field::FdTypechar => Some(Value::text(match kind {
            FileKind::Directory => "d",
            FileKind::Fifo => "p",
            _ => "f",
        })),
        Field::FileFs => Some(match object.file_system.name() {
            Some(name) => Value::text(name),
            None => owned(object.file_system.to_string()),
        }),
        Field::FileKind => Some(Value::text(kind.name())),
        Field::FileRdevMajor => device.then(|| Value::Unsigned(object.rdev.major.into())),
        Field::FileRdevMinor => device.then(|| Value::Unsigned(object.rdev.minor.into())),
        Field::FileUpperLayer | Field::FdIsUpperLayer => match object.layer {
            Layer::Unknown => None,
            layer => Some(Value::Bool(layer == Layer::Upper)),
        },
        Field::FdIsLowerLayer => match object.layer {
            Layer::Unknown => None,
            layer => Some(Value::Bool(layer == Layer::Lower)),
        },
        _ => None,
    }
}

fn mount(observation: &Observation, field: Field) -> Option<Value<'_>> {
    let Operation::Mount(mount) = &observation.event.act()?.operation else {
        return None;
    };
    let text = match field {
        Field::MountFstype => mount.fs_type(),
        Field::MountSource => mount.source(),
        _ => mount.target(),
    };
    text.and_then(Text::known).map(Value::text)
}

/// A name together with the container in which it means something.
fn inside<'a>(facts: &'a Facts<'_>, name: &[u8]) -> Value<'a> {
    let container = facts.observation.container.as_ref();
    let id = container.map_or("host", |container| short(container.reference.id.as_str()));
    facts.text(|text| {
        let parts = [id.as_bytes(), b":", name];
        parts.iter().for_each(|part| text.extend_from_slice(part));
    })
}

fn directory(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(0) => b"/",
        Some(end) => path.get(..end).unwrap_or_default(),
        None => b"",
    }
}

fn file_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_a_directory_and_a_name() {
        assert_eq!(
            (directory(b"/etc/shadow"), file_name(b"/etc/shadow")),
            (&b"/etc"[..], &b"shadow"[..])
        );
        assert_eq!(
            (directory(b"/etc"), file_name(b"/etc")),
            (&b"/"[..], &b"etc"[..])
        );
        assert_eq!(
            (directory(b"bare"), file_name(b"bare")),
            (&b""[..], &b"bare"[..])
        );
    }
}
