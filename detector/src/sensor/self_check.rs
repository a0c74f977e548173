//! The first record is about ourselves, and must agree with what /proc says.
//!
//! Offsets that are wrong would not make the programs fail, they would make them report nonsense.
//! Before anything is attached, the sensor describes the detector's own process; user space knows
//! that process by other means and refuses to go on at the first difference.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process;

use bytes::Bytes;
use detector_common::record::{HEADER_SIZE, Header, Kind, Subject, TaskBody};
use rustix::process::{getegid, geteuid, getgid, getppid, getuid};
use thiserror::Error;
use zerocopy::FromBytes;

/// The sensor does not see what is there.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SelfCheckError {
    /// No record came.
    #[error("the sensor did not report the detector's own process: its programs do not run here")]
    Silent,
    /// A record says something else than /proc.
    #[error(
        "the sensor misreads this kernel ({what} is {expected} by /proc, {found} by the sensor): \
         it would report nonsense and does not start; please report the kernel version"
    )]
    Differs {
        /// What was compared.
        what: &'static str,
        /// What /proc says.
        expected: u64,
        /// What the sensor says.
        found: u64,
    },
}

/// Compares the sensor's first record with what else is known of this process.
pub(super) fn compare(records: &[Bytes]) -> Result<(), SelfCheckError> {
    let (header, body) = records.iter().find_map(own).ok_or(SelfCheckError::Silent)?;
    let [uid, gid, _, _, euid, egid, ..] = body.subject.ids;
    let pairs = [
        ("the parent", Some(parent()), u64::from(body.parent_tgid)),
        (
            "the user",
            Some(u64::from(getuid().as_raw())),
            u64::from(uid),
        ),
        (
            "the group",
            Some(u64::from(getgid().as_raw())),
            u64::from(gid),
        ),
        (
            "the effective user",
            Some(u64::from(geteuid().as_raw())),
            u64::from(euid),
        ),
        (
            "the effective group",
            Some(u64::from(getegid().as_raw())),
            u64::from(egid),
        ),
        (
            "the executable's inode",
            inode("/proc/self/exe"),
            body.exe.inode,
        ),
        (
            "the start time in ticks",
            start_ticks(),
            header.start / NANOSECONDS_PER_TICK,
        ),
    ];
    for (what, expected, found) in pairs.into_iter().chain(namespaces(&body.subject)) {
        // What /proc does not tell cannot contradict.
        match expected {
            Some(expected) if expected != found => {
                return Err(SelfCheckError::Differs {
                    what,
                    expected,
                    found,
                });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Times in /proc/PID/stat count in USER_HZ, which is 100 on every architecture that we know.
const NANOSECONDS_PER_TICK: u64 = 10_000_000;

fn own(record: &Bytes) -> Option<(Header, TaskBody)> {
    let (header, rest) = Header::read_from_prefix(record).ok()?;
    debug_assert_eq!(rest.len(), record.len() - HEADER_SIZE);
    let (body, _) = TaskBody::read_from_prefix(rest).ok()?;
    let ours = header.kind == Kind::Alive as u16 && header.tgid == process::id();
    ours.then_some((header, body))
}

fn namespaces(subject: &Subject) -> [(&'static str, Option<u64>, u64); 5] {
    let namespaces = &subject.namespaces;
    [
        (
            "the mount namespace",
            inode("/proc/self/ns/mnt"),
            u64::from(namespaces.mnt),
        ),
        (
            "the pid namespace",
            inode("/proc/self/ns/pid"),
            u64::from(namespaces.pid),
        ),
        (
            "the user namespace",
            inode("/proc/self/ns/user"),
            u64::from(namespaces.user),
        ),
        (
            "the network namespace",
            inode("/proc/self/ns/net"),
            u64::from(namespaces.net),
        ),
        (
            "the cgroup namespace",
            inode("/proc/self/ns/cgroup"),
            u64::from(namespaces.cgroup),
        ),
    ]
}

/// Inode of what a magic link leads to.
fn inode(path: &str) -> Option<u64> {
    fs::metadata(path).ok().map(|metadata| metadata.ino())
}

fn parent() -> u64 {
    getppid().map_or(0, |pid| {
        u64::from(pid.as_raw_nonzero().get().unsigned_abs())
    })
}

/// When this process started: field 22 of /proc/self/stat; the second may contain blanks and parentheses.
pub(super) fn start_ticks() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use zerocopy::{FromZeros, IntoBytes};

    fn record() -> (Header, TaskBody) {
        let mut header = Header::new_zeroed();
        header.kind = Kind::Alive as u16;
        header.tgid = process::id();
        header.start = start_ticks().unwrap() * NANOSECONDS_PER_TICK + 3;
        let mut body = TaskBody {
            parent_tgid: parent() as u32,
            ..TaskBody::default()
        };
        let (uid, gid) = (getuid().as_raw(), getgid().as_raw());
        let (euid, egid) = (geteuid().as_raw(), getegid().as_raw());
        body.subject.ids = [uid, gid, 0, 0, euid, egid, 0, 0];
        body.exe.inode = inode("/proc/self/exe").unwrap();
        let own = &mut body.subject.namespaces;
        own.mnt = inode("/proc/self/ns/mnt").unwrap() as u32;
        own.pid = inode("/proc/self/ns/pid").unwrap() as u32;
        own.user = inode("/proc/self/ns/user").unwrap() as u32;
        own.net = inode("/proc/self/ns/net").unwrap() as u32;
        own.cgroup = inode("/proc/self/ns/cgroup").unwrap() as u32;
        (header, body)
    }

    fn bytes((header, body): (Header, TaskBody)) -> Bytes {
        [header.as_bytes(), body.as_bytes()].concat().into()
    }

    #[test]
    fn the_truth_passes() {
        assert_eq!(compare(&[Bytes::new(), bytes(record())]), Ok(()));
    }

    #[test]
    fn one_wrong_offset_is_found() {
        let (header, mut body) = record();
        body.exe.inode += 1;
        let difference = compare(&[bytes((header, body))]).unwrap_err();
        assert!(
            difference.to_string().contains("the executable's inode"),
            "{difference}"
        );
        let (mut header, body) = record();
        header.start += NANOSECONDS_PER_TICK * 2;
        assert!(compare(&[bytes((header, body))]).is_err());
    }

    #[test]
    fn silence_is_an_error() {
        assert_eq!(compare(&[]), Err(SelfCheckError::Silent));
    }
}
