//! Who acted: what /proc says of a process, asked right after the act.
//!
//! A process that has ended and was not yet waited for still has its name, its user and its cgroup,
//! but no executable. One that is gone altogether may have left its id to another: the descriptor
//! that came with the event tells (Linux 5.15), and then nothing is said of who it was.

use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use detector_common::record::{Namespaces, Object, Subject};
use detector_common::section::ARGV_MAX;
use detector_common::state::TICK;
use rustix::fs::{CWD, Mode, OFlags, fstat, fstatfs, openat};

use super::snapshot::Snapshot;
use crate::host::cgroupfs::Hierarchy;
use crate::sensor::fanotify::Process;

/// Fields of /proc/PID/stat, counted from the state behind the name.
const PARENT: usize = 1;
const START: usize = 19;

/// A process that acted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Actor {
    pub(super) pid: u32,
    /// Its id in the v2 hierarchy; 0 where unknown.
    pub(super) cgroup: u64,
    /// What else is known, if it was still there.
    pub(super) found: Option<Found>,
}

/// What /proc says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// When it started, in ns of whole ticks.
    pub(super) start: u64,
    /// Its parent, and when that started.
    pub(super) parent: (u32, u64),
    pub(super) subject: Subject,
    pub(super) exe: Object,
    pub(super) exe_path: Option<Vec<u8>>,
    pub(super) name: Vec<u8>,
    pub(super) argv: Vec<u8>,
    /// Whether there was more of these.
    pub(super) argv_cut: bool,
}

impl Actor {
    /// The process of an event.
    pub(super) fn of(process: &Process, hierarchy: &Hierarchy) -> Self {
        let mut actor = Self {
            pid: process.pid,
            ..Self::default()
        };
        if process.pid == 0 {
            return actor;
        }
        let cgroup = cgroup(process.pid, hierarchy);
        let found = find(process.pid);
        // Last: what was read is of this process only if its id was not given away meanwhile.
        let ended = process.has_ended();
        let Some((stat, found)) = found else {
            return actor;
        };
        if !ended || stat.has_ended {
            actor.cgroup = cgroup.unwrap_or_default();
            actor.found = Some(found);
        }
        actor
    }
}

/// What /proc/PID/stat says.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    has_ended: bool,
    parent: u32,
    start: u64,
}

fn find(pid: u32) -> Option<(Stat, Found)> {
    let read = |name: &str| fs::read(format!("/proc/{pid}/{name}"));
    let stat = stat(&read("stat").ok()?)?;
    let status = read("status").ok()?;
    let name = read("comm").ok()?;
    let (argv, argv_cut) = argv(pid);
    let exe = format!("/proc/{pid}/exe");
    let exe_path = fs::read_link(&exe).ok();
    let parent_start = (stat.parent != 0).then(|| fs::read(format!("/proc/{}/stat", stat.parent)));
    let parent_start = parent_start
        .and_then(Result::ok)
        .and_then(|text| self::stat(&text));
    let mut found = Found {
        start: stat.start,
        parent: (stat.parent, parent_start.map_or(0, |parent| parent.start)),
        subject: subject(pid, &status),
        exe: exe_path
            .as_ref()
            .and_then(|_| object(&exe))
            .unwrap_or_default(),
        exe_path: exe_path.map(|path| path.as_os_str().as_bytes().to_vec()),
        name: name.strip_suffix(b"\n").unwrap_or(&name).to_vec(),
        argv,
        argv_cut,
    };
    found.subject.exe_inode = found.exe.inode;
    found.subject.exe_device = found.exe.device;
    found.subject.exe_magic = found.exe.magic;
    Some((stat, found))
}

/// The second field, a name in parentheses, may hold blanks and parentheses itself.
fn stat(text: &[u8]) -> Option<Stat> {
    let end = text.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(text.get(end + 1..)?).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let start: u64 = fields.get(START)?.parse().ok()?;
    Some(Stat {
        has_ended: matches!(*fields.first()?, "Z" | "X"),
        parent: fields.get(PARENT)?.parse().ok()?,
        start: start.checked_mul(TICK)?,
    })
}

fn argv(pid: u32) -> (Vec<u8>, bool) {
    let mut argv = Vec::new();
    let longest = ARGV_MAX as u64;
    let whole = fs::File::open(format!("/proc/{pid}/cmdline"))
        .and_then(|file| file.take(longest).read_to_end(&mut argv));
    (argv, whole.is_ok_and(|length| length == ARGV_MAX))
}

/// The file behind a link of /proc. It is not opened: that could wait.
fn object(link: &str) -> Option<Object> {
    let file = openat(CWD, link, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let magic = fstatfs(&file).ok()?.f_type;
    Some(Object {
        magic: u32::try_from(magic).unwrap_or_default(),
        ..Snapshot::of(&fstat(&file).ok()?).object()
    })
}

/// Credential and namespaces.
fn subject(pid: u32, status: &[u8]) -> Subject {
    let status = String::from_utf8_lossy(status);
    let line = |key: &str| {
        let mut lines = status.lines();
        lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))
    };
    let numbers = |key: &str| -> Vec<u32> {
        let words = line(key).unwrap_or_default().split_ascii_whitespace();
        words.filter_map(|word| word.parse().ok()).collect()
    };
    let bits = |key: &str| {
        let word = line(key).unwrap_or_default().trim();
        u64::from_str_radix(word, 16).unwrap_or_default()
    };
    // Real, effective, saved and file-system, as proc(5) has them.
    let of = |ids: &[u32], place: usize| ids.get(place).copied().unwrap_or(u32::MAX);
    let (uid, gid) = (numbers("Uid"), numbers("Gid"));
    let ids = [(0, 0), (2, 2), (1, 1), (3, 3)].map(|(u, g)| [of(&uid, u), of(&gid, g)]);
    let [[ruid, rgid], [suid, sgid], [euid, egid], [fsuid, fsgid]] = ids;
    let login = fs::read_to_string(format!("/proc/{pid}/loginuid"));
    Subject {
        ids: [ruid, rgid, suid, sgid, euid, egid, fsuid, fsgid],
        cap_effective: bits("CapEff"),
        cap_permitted: bits("CapPrm"),
        cap_bounding: bits("CapBnd"),
        namespaces: namespaces(pid),
        vpid: numbers("NSpid").last().copied().unwrap_or_default(),
        loginuid: login
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(u32::MAX),
        seccomp: numbers("Seccomp").first().copied().unwrap_or_default(),
        ..Subject::default()
    }
}

fn namespaces(pid: u32) -> Namespaces {
    let number = |name: &str| {
        let metadata = fs::metadata(format!("/proc/{pid}/ns/{name}")).ok();
        metadata.map_or(0, |metadata| u32::try_from(metadata.ino()).unwrap_or(0))
    };
    Namespaces {
        mnt: number("mnt"),
        pid: number("pid"),
        user: number("user"),
        net: number("net"),
        cgroup: number("cgroup"),
        ipc: number("ipc"),
    }
}

/// The cgroup that a process is in: the inode of its directory.
fn cgroup(pid: u32, hierarchy: &Hierarchy) -> Option<u64> {
    let text = fs::read(format!("/proc/{pid}/cgroup")).ok()?;
    let mut lines = text.split(|byte| *byte == b'\n');
    let path = lines.find_map(|line| line.strip_prefix(b"0::/"))?;
    let path = hierarchy
        .mount()
        .join(Path::new(std::ffi::OsStr::from_bytes(path)));
    Some(fs::metadata(path).ok()?.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_process_is_found() {
        let (stat, found) = find(std::process::id()).unwrap();
        assert!(!stat.has_ended);
        let exe = std::env::current_exe().unwrap();
        assert_eq!(found.exe_path.as_deref(), Some(exe.as_os_str().as_bytes()));
        assert_eq!(found.exe.inode, fs::metadata(&exe).unwrap().ino());
        assert_eq!(found.parent.0, std::os::unix::process::parent_id());
        assert!(found.parent.1 > 0 && found.parent.1 <= found.start);
        let uid = rustix::process::getuid().as_raw();
        assert_eq!(found.subject.ids[0], uid);
        assert_eq!(found.subject.ids[6], uid);
        assert!(found.argv.ends_with(b"\0") && !found.argv_cut);
        assert_ne!(found.subject.namespaces.mnt, 0);
    }

    #[test]
    fn one_that_was_not_waited_for_keeps_its_name() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        let ended = || find(pid).is_some_and(|(stat, _)| stat.has_ended);
        while !ended() {
            std::thread::yield_now();
        }
        let (_, found) = find(pid).unwrap();
        assert_eq!(found.name, b"true");
        assert_eq!(found.exe_path, None);
        assert!(found.argv.is_empty());
        child.wait().unwrap();
        assert_eq!(find(pid), None);
    }

    #[test]
    fn names_do_not_confuse_the_fields() {
        let text = b"7 (a) b ) R) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 99";
        let expected = Stat {
            has_ended: false,
            parent: 1,
            start: 47_110_000_000,
        };
        assert_eq!(stat(text), Some(expected));
        assert_eq!(stat(b"7 (a"), None);
    }
}
