//! What /proc tells of a process: arguments and names of those that were there before the sensor,
//! and of the host's processes above a container.
//!
//! /proc is asked by process id, which may have been given to another process meanwhile: the start
//! time decides whether the answer is about the one that was meant.

use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;

use bytes::Bytes;

use super::tree::Image;
use crate::event::{ProcessKey, Tgid};

/// Longest command line that is read: as long as the sensor's.
const ARGV_MAX: u64 = detector_common::section::ARGV_MAX as u64;

/// Times in /proc/PID/stat count in USER_HZ, which is 100 on every architecture that we know.
const NANOSECONDS_PER_TICK: u64 = 10_000_000;

/// The program that a process runs, if it is still there.
pub fn image(key: ProcessKey) -> Option<Image> {
    let Tgid(pid) = key.tgid;
    let mut argv = Vec::new();
    let file = fs::File::open(format!("/proc/{pid}/cmdline")).ok()?;
    file.take(ARGV_MAX).read_to_end(&mut argv).ok()?;
    let name = fs::read(format!("/proc/{pid}/comm")).ok()?;
    let exe = fs::read_link(format!("/proc/{pid}/exe")).ok();
    // Last: what was read is of this process only if it still is this process.
    if !is_running(key) {
        return None;
    }
    Some(Image {
        exe_path: exe.map(|path| path.as_os_str().as_bytes().to_vec()),
        name: name.strip_suffix(b"\n").unwrap_or(&name).to_vec(),
        incomplete: argv.len() as u64 == ARGV_MAX,
        argv: strings(&argv),
        ..Image::default()
    })
}

/// Whether a process id still stands for this process.
pub fn is_running(key: ProcessKey) -> bool {
    let Tgid(pid) = key.tgid;
    started(pid) == Some(key.start.0 / NANOSECONDS_PER_TICK)
}

/// NUL-ended strings.
fn strings(text: &[u8]) -> Vec<Bytes> {
    let text = text.strip_suffix(&[0]).unwrap_or(text);
    if text.is_empty() {
        return Vec::new();
    }
    text.split(|byte| *byte == 0)
        .map(Bytes::copy_from_slice)
        .collect()
}

/// The process to which a thread belongs, by its id; a process is its own first thread.
pub fn leader(tid: u32) -> Option<u32> {
    let status = fs::read(format!("/proc/{tid}/status")).ok()?;
    let mut lines = status.split(|byte| *byte == b'\n');
    let number = lines.find_map(|line| line.strip_prefix(b"Tgid:"))?;
    std::str::from_utf8(number).ok()?.trim().parse().ok()
}

/// When a process started: field 22 of /proc/PID/stat, in ticks since the boot.
pub fn started(pid: u32) -> Option<u64> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    start_field(&stat)
}

/// The second field, a name in parentheses, may hold blanks and parentheses itself.
fn start_field(stat: &[u8]) -> Option<u64> {
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(stat.get(end + 1..)?).ok()?;
    rest.split_ascii_whitespace().nth(19)?.parse().ok()
}

/// The process that runs the tests.
#[cfg(test)]
pub(super) fn own() -> ProcessKey {
    let pid = std::process::id();
    let ticks = started(pid).unwrap_or_default();
    ProcessKey {
        tgid: Tgid(pid),
        start: crate::event::BootTime(ticks * NANOSECONDS_PER_TICK + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_process_is_found() {
        let image = image(own()).unwrap();
        let exe = std::env::current_exe().unwrap();
        assert_eq!(image.exe_path.unwrap(), exe.as_os_str().as_bytes());
        assert_eq!(image.argv.len(), std::env::args_os().count());
    }

    #[test]
    fn a_reused_id_is_another_process() {
        let mut key = own();
        key.start.0 -= 10 * NANOSECONDS_PER_TICK;
        assert_eq!(image(key), None);
    }

    #[test]
    fn names_do_not_confuse_the_start_time() {
        let stat = b"7 (a) b ) R) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 99";
        assert_eq!(start_field(stat), Some(4711));
        assert_eq!(start_field(b"7 (a"), None);
    }
}
