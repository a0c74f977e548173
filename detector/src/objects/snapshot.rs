//! What a file was like when it was last looked at, and what has changed since.

use rustix::fs::{FileType, Stat, major, minor};

use detector_common::record::{Object, object_flag};

use crate::event::{Change, Class};
use crate::sensor::fanotify::What;

/// A file at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    inode: u64,
    device: u64,
    mode: u32,
    rdev: u64,
    size: i64,
    links: u64,
    group: u32,
    written: (i64, i64),
    /// The user whose file it is.
    pub(super) owner: u32,
}

impl Snapshot {
    #[expect(
        clippy::useless_conversion,
        reason = "the widths differ from one architecture to the next"
    )]
    pub(super) fn of(stat: &Stat) -> Self {
        Self {
            inode: stat.st_ino,
            device: stat.st_dev,
            mode: stat.st_mode,
            rdev: stat.st_rdev,
            size: stat.st_size,
            links: u64::from(stat.st_nlink),
            group: stat.st_gid,
            written: (
                stat.st_mtime,
                i64::try_from(stat.st_mtime_nsec).unwrap_or_default(),
            ),
            owner: stat.st_uid,
        }
    }

    pub(super) fn kind(&self) -> FileType {
        FileType::from_raw_mode(self.mode)
    }

    /// Whether it is the same file at another moment.
    pub(super) fn is_same_file(&self, other: &Self) -> bool {
        (self.inode, self.device) == (other.inode, other.device)
    }

    /// As records have it.
    pub(super) fn object(&self) -> Object {
        let number = |device| (major(device) << 20) | (minor(device) & 0xf_ffff);
        Object {
            inode: self.inode,
            device: number(self.device),
            mode: self.mode,
            rdev: number(self.rdev),
            flags: object_flag::RESOLVED,
            ..Object::default()
        }
    }

    /// What has been done to it, by what the kernel tells and by what it has become. Of logs only
    /// what takes something from them.
    pub(super) fn changes(&self, now: &Self, what: What, class: Class) -> Vec<Change> {
        let mut changes = Vec::new();
        if what.modified() || what.closed() {
            if now.size < self.size {
                changes.push(Change::Truncated);
            } else if !grows(class) && (what.modified() || self.is_rewritten(now)) {
                changes.push(Change::Modified);
            }
        }
        if what.attributes() && !grows(class) {
            changes.extend(self.marks_changed(now));
        }
        changes
    }

    /// What must have been done to it, by what it has become: what was lost of the kernel's events.
    pub(super) fn changes_unseen(&self, now: &Self, class: Class) -> Vec<Change> {
        let mut changes = Vec::new();
        if now.size < self.size {
            changes.push(Change::Truncated);
        } else if !grows(class) && self.is_rewritten(now) {
            changes.push(Change::Modified);
        }
        changes
    }

    fn is_rewritten(&self, now: &Self) -> bool {
        (self.written, self.size) != (now.written, now.size)
    }

    fn marks_changed(&self, now: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        if (self.mode, self.owner, self.group) != (now.mode, now.owner, now.group) {
            changes.push(Change::Attributes);
        }
        if now.links > self.links {
            changes.push(Change::Linked);
        }
        changes
    }
}

/// Whether files of a class are written to all the time, and only lose something when they shrink.
const fn grows(class: Class) -> bool {
    matches!(class, Class::AgentLog | Class::HostLog)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        Snapshot {
            inode: 7,
            device: 8 << 8,
            mode: 0o100_644,
            rdev: 0,
            size: 100,
            links: 1,
            group: 0,
            written: (5, 0),
            owner: 1000,
        }
    }

    fn what(bits: u64) -> What {
        What::of(bits)
    }

    #[test]
    fn logs_grow_unremarked_and_shrink_remarked() {
        let before = snapshot();
        let grown = Snapshot {
            size: 200,
            written: (6, 0),
            ..before
        };
        let cut = Snapshot {
            size: 0,
            written: (6, 0),
            ..before
        };
        let modified = what(What::MODIFIED);
        assert!(before.changes(&grown, modified, Class::HostLog).is_empty());
        assert_eq!(
            before.changes(&cut, modified, Class::HostLog),
            [Change::Truncated]
        );
        assert_eq!(
            before.changes(&cut, modified, Class::AgentConfig),
            [Change::Truncated]
        );
        assert_eq!(
            before.changes(&grown, modified, Class::AgentConfig),
            [Change::Modified]
        );
    }

    #[test]
    fn a_mapping_shows_when_it_is_closed() {
        let before = snapshot();
        let closed = what(What::CLOSED);
        assert!(before.changes(&before, closed, Class::Custom).is_empty());
        let written = Snapshot {
            written: (5, 1),
            ..before
        };
        assert_eq!(
            before.changes(&written, closed, Class::Custom),
            [Change::Modified]
        );
    }

    #[test]
    fn attributes_are_told_apart() {
        let before = snapshot();
        let told = what(What::ATTRIBUTES);
        let linked = Snapshot { links: 2, ..before };
        assert_eq!(
            before.changes(&linked, told, Class::Custom),
            [Change::Linked]
        );
        assert!(
            linked.changes(&before, told, Class::Custom).is_empty(),
            "a name less"
        );
        let opened = Snapshot {
            mode: 0o100_666,
            ..before
        };
        assert_eq!(
            before.changes(&opened, told, Class::Custom),
            [Change::Attributes]
        );
    }

    #[test]
    fn devices_are_told_as_the_kernel_has_them() {
        assert_eq!(snapshot().object().device, 8 << 20);
    }
}
