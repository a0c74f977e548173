//! The state directory: whether it can be used, what stands behind it, and who uses it.

use std::path::Path;

use super::check::{Area, Check, Checks, parted};
use crate::state_dir::{self, Inspection, Room, StateDirError};

/// File systems by their magic (include/uapi/linux/magic.h).
const FILE_SYSTEMS: &[(u64, &str)] = &[
    (0xEF53, "ext4"),
    (0x5846_5342, "xfs"),
    (0x9123_683E, "btrfs"),
    (0x2FC1_2FC1, "zfs"),
    (0xF2F5_2010, "f2fs"),
    (0x794C_7630, "overlay"),
    (0x0102_1994, "tmpfs"),
    (0x8584_58F6, "ramfs"),
    (0x6969, "nfs"),
    (0xFE53_4D42, "smb"),
    (0x0102_1997, "9p"),
    (0x6573_5546, "fuse"),
];
/// Those whose files do not outlive the host's next start.
const FLEETING: &[&str] = &["tmpfs", "ramfs"];
/// Those that a lost connection takes away.
const DISTANT: &[&str] = &["nfs", "smb", "9p", "fuse"];

/// Less is soon used up by alerts.
const ROOM: Room = Room {
    bytes: 256 << 20,
    files: Some(1024),
};
/// A disk that takes longer to flush is slow.
const SLOW: u128 = 1000;

const UNKEPT: &str = "the detector does not start without a place for its alerts";
const ELSEWHERE: &str = "name a directory on a disk of this host with --state-dir";

/// Looks, and judges.
pub(super) fn check(path: &Path) -> Vec<Check> {
    judge(path, state_dir::inspect(path))
}

fn judge(path: &Path, inspected: Result<Inspection, StateDirError>) -> Vec<Check> {
    let mut checks = Checks::of(Area::Disk);
    let shown = path.display();
    match inspected {
        Err(error) => {
            let message = error.to_string();
            let (found, mend) = parted(&message);
            checks.failed("directory", found, UNKEPT, mend);
        }
        Ok(inspection) => {
            let found = match inspection.exists {
                true => format!("{shown} is ours alone to write into"),
                false => format!("{shown} is not there yet, and can be made"),
            };
            checks.ok("directory", found);
            judge_use(&inspection, &mut checks);
            judge_file_system(&inspection, &mut checks);
            judge_room(inspection.room, &mut checks);
        }
    }
    checks.done()
}

fn judge_use(inspection: &Inspection, checks: &mut Checks) {
    match inspection.holder {
        None => checks.ok("use", "by no detector"),
        Some(pid) => {
            let pid = pid.map_or_else(String::new, |pid| format!(" (pid {pid})"));
            checks.skipped(
                "use",
                format!("by a running detector{pid}"),
                Some("`escape-detector status` asks it"),
            );
        }
    }
}

fn judge_file_system(inspection: &Inspection, checks: &mut Checks) {
    let magic = inspection.file_system;
    let known = FILE_SYSTEMS.iter().find(|(known, _)| *known == magic);
    let name = known.map_or_else(
        || format!("of type {magic:#x}"),
        |(_, name)| (*name).to_owned(),
    );
    match name.as_str() {
        name if FLEETING.contains(&name) => checks.less(
            "file system",
            format!("{name}, in memory"),
            "what alerts.jsonl holds is gone with the host's next start",
            ELSEWHERE,
        ),
        name if DISTANT.contains(&name) => checks.less(
            "file system",
            name,
            "alerts wait while the connection behind it is lost",
            ELSEWHERE,
        ),
        name => checks.ok("file system", name),
    }
    match inspection.flushed.map(|time| time.as_millis()) {
        Some(time) if time >= SLOW => checks.less(
            "writing",
            format!("{time} ms to flush a file"),
            "alerts reach alerts.jsonl late",
            ELSEWHERE,
        ),
        Some(time) => checks.ok("writing", format!("{time} ms to flush a file")),
        None => checks.ok(
            "writing",
            "allowed; not tried, since this file system has no files without names",
        ),
    }
}

fn judge_room(room: Option<Room>, checks: &mut Checks) {
    let Some(Room { bytes, files }) = room else {
        return checks.ok("room", "the file system has no size of its own");
    };
    let told = files.map_or_else(String::new, |files| format!(" and {files} files"));
    let found = format!("{} MiB{told} free", bytes >> 20);
    match bytes < ROOM.bytes || files < ROOM.files.filter(|_| files.is_some()) {
        true => checks.less(
            "room",
            found,
            "a full disk keeps alerts out of alerts.jsonl; the status counts them",
            "make room, or name another directory with --state-dir",
        ),
        false => checks.ok("room", found),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::check::tests::{named, verdicts};
    use super::*;

    fn inspection() -> Inspection {
        Inspection {
            place: "/var/lib".into(),
            exists: false,
            holder: None,
            file_system: 0xEF53,
            room: Some(Room {
                bytes: 9 << 30,
                files: Some(100_000),
            }),
            flushed: Some(Duration::from_millis(3)),
        }
    }

    fn judged(inspection: Inspection) -> Vec<Check> {
        judge(Path::new("/var/lib/escape-detector"), Ok(inspection))
    }

    #[test]
    fn a_disk_with_room_is_fine() {
        let checks = judged(inspection());
        assert!(
            checks.iter().all(|check| check.verdict.name() == "ok"),
            "{checks:#?}"
        );
        assert_eq!(
            named(&checks, "room").found,
            "9216 MiB and 100000 files free"
        );
        assert!(named(&checks, "directory").found.ends_with("can be made"));
    }

    #[test]
    fn what_is_in_use_is_skipped_and_fails_nothing() {
        let checks = judged(Inspection {
            exists: true,
            holder: Some(Some(42)),
            ..inspection()
        });
        assert_eq!(
            named(&checks, "use").found,
            "by a running detector (pid 42)"
        );
        let skipped = verdicts(&checks)
            .into_iter()
            .filter(|(_, verdict)| *verdict != "ok");
        assert_eq!(skipped.collect::<Vec<_>>(), [("use".to_owned(), "skipped")]);
    }

    #[test]
    fn memory_networks_and_little_room_cost_alerts() {
        let with = |file_system, bytes, files| Inspection {
            file_system,
            room: Some(Room { bytes, files }),
            flushed: Some(Duration::from_secs(2)),
            ..inspection()
        };
        let verdict = |inspection, name| named(&judged(inspection), name).verdict.name();
        assert_eq!(
            verdict(with(0x0102_1994, 1 << 30, None), "file system"),
            "less"
        );
        assert_eq!(verdict(with(0x6969, 1 << 30, None), "file system"), "less");
        assert_eq!(verdict(with(0xABCD, 1 << 30, None), "file system"), "ok");
        assert_eq!(verdict(with(0xEF53, 1 << 30, None), "room"), "ok");
        assert_eq!(verdict(with(0xEF53, 1 << 20, None), "room"), "less");
        assert_eq!(verdict(with(0xEF53, 1 << 30, Some(3)), "room"), "less");
        assert_eq!(verdict(with(0xEF53, 1 << 30, None), "writing"), "less");
    }

    #[test]
    fn what_cannot_be_used_says_what_to_do() {
        let path = Path::new("/nonexistent/state");
        let checks = check(path);
        let directory = named(&checks, "directory");
        assert_eq!(directory.verdict.name(), "failed");
        assert!(
            directory.found.contains("there is no /nonexistent"),
            "{directory:?}"
        );
        assert!(
            directory
                .verdict
                .mend()
                .unwrap()
                .starts_with("make that first")
        );
    }
}
