//! `container.mount*`: what the engine was asked to mount.

use super::owned;
use crate::host::container::MountInfo;
use crate::rules::{Argument, Field, Value, fits};

pub(super) fn value<'a>(
    mounts: &'a [MountInfo],
    field: Field,
    argument: Option<&Argument>,
) -> Option<Value<'a>> {
    if field == Field::ContainerMounts {
        let all: Vec<String> = mounts.iter().map(whole).collect();
        return Some(owned(all.join(",")));
    }
    let mount = match argument? {
        Argument::Index(index) => mounts.get(usize::try_from(*index).ok()?)?,
        // A source is found by its destination, all else by the source.
        Argument::Name(pattern) => mounts.iter().find(|mount| {
            let by_destination = field == Field::ContainerMountSource;
            let path = if by_destination {
                &mount.destination
            } else {
                &mount.source
            };
            fits(pattern, path)
        })?,
    };
    match field {
        Field::ContainerMount => Some(owned(whole(mount))),
        Field::ContainerMountSource => Some(Value::text(&mount.source)),
        Field::ContainerMountDest => Some(Value::text(&mount.destination)),
        Field::ContainerMountMode => Some(Value::text(&mount.mode)),
        Field::ContainerMountRdwr => Some(owned(mount.rw.to_string())),
        Field::ContainerMountPropagation => Some(Value::text(&mount.propagation)),
        _ => None,
    }
}

fn whole(mount: &MountInfo) -> String {
    let MountInfo {
        source,
        destination,
        mode,
        rw,
        propagation,
    } = mount;
    format!("{source}:{destination}:{mode}:{rw}:{propagation}")
}
