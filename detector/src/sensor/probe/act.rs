//! One harmless act for each hook, so that the hook has something to see.
//!
//! Each changes nothing, asks for what is not there, or is undone before it is over. None needs to
//! succeed: a refused act is seen too.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use detector_common::interest::level;
use rustix::fs::{CWD, Mode, OFlags, openat, unlink};
use rustix::mount::{UnmountFlags, unmount};
use rustix::stdio::dup2_stdin;
use rustix::thread::{
    LinkNameSpaceType, UnshareFlags, move_into_link_name_space, set_keep_capabilities,
    unshare_unsafe,
};

use super::ring;
use crate::sensor::chosen::Pid;
use crate::sensor::families;
use crate::sensor::self_check::start_ticks;
use crate::sensor::{Sensor, SensorError};

/// A path at which nothing is: acts on it are refused.
const NOWHERE: &str = "/nonexistent-escape-detector-doctor";
/// A clock and a signal that no kernel has.
const NO_CLOCK: libc::clockid_t = 4095;
const NO_SIGNAL: libc::c_int = 4095;
/// How long the stand-in may take to end, and its cgroup to be empty.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(2);

/// What came of the acts.
#[derive(Debug, Default)]
pub(super) struct Acted {
    /// The process that was made and has ended.
    pub(super) child: Option<u32>,
    /// Hooks for which nothing could be done, and why.
    pub(super) undone: Vec<(&'static str, String)>,
}

/// Performs them all.
pub(super) fn perform(sensor: &mut Sensor, stand_in: Command, hierarchy: Option<&Path>) -> Acted {
    let mut acted = Acted::default();
    live(stand_in, hierarchy, &mut acted);
    // The iterator finds this process, since it is watched.
    if let Err(error) = sensor.tell_tasks() {
        acted.undo("find_tasks", &error.reason());
    }
    // Another one finds it, since it is chosen for itself.
    if let Err(error) = choose_ourselves(sensor) {
        acted.undo("find_chosen", &error.reason());
    }
    // Reading a map is a call of bpf.
    if let Err(error) = sensor.counters().map(|counters| counters.read()) {
        acted.undo("kernel_code", &error.reason());
    }
    // Whether these succeed does not matter: the calls are made.
    let _ = File::open("/dev/null");
    let _ = rustix::process::chdir(".");
    let _ = unmount(NOWHERE, UnmountFlags::empty());
    let _ = into_own_namespace();
    step_inward();
    let _ = set_keep_capabilities(false);
    let _ = UnixStream::connect(NOWHERE);
    let _ = unlink(NOWHERE);
    ask_for_nothing();
    match shake_hands() {
        Ok(connection) => {
            if let Err(error) = take_input_from(&connection) {
                acted.undo("descriptor", &error.to_string());
            }
        }
        Err(error) => {
            let reason = format!("no TCP on this host itself: {error}");
            acted.undo("inet_sock_set_state", &reason);
            acted.undo("descriptor", &reason);
        }
    }
    if let Err(error) = ring::open_twice() {
        for hook in [families::SUBMITTED, families::ENDED] {
            acted.undo(hook, &format!("no io_uring: {error}"));
        }
    }
    acted
}

impl Acted {
    fn undo(&mut self, hook: &'static str, reason: &str) {
        self.undone.push((hook, reason.to_owned()));
    }
}

fn choose_ourselves(sensor: &mut Sensor) -> Result<(), SensorError> {
    let own = Pid {
        number: process::id(),
        start: start_ticks().unwrap_or_default(),
    };
    let mut chosen = sensor.chosen()?;
    chosen
        .watch(own, level::ALL)
        .map_err(|source| SensorError::Map {
            name: "CHOSEN",
            source,
        })?;
    sensor.tell_chosen()
}

/// A thread that makes a namespace of its own, which ends with it. Its first call shows the sensor
/// what it was before.
fn step_inward() {
    let step = || {
        let _ = rustix::process::chdir(".");
        // SAFETY: the call takes flags alone, and changes this thread alone.
        let _ = unsafe { libc::unshare(libc::CLONE_NEWUTS) };
    };
    let _ = thread::spawn(step).join();
}

/// Enters the namespace in which this thread is.
fn into_own_namespace() -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let own = openat(CWD, "/proc/thread-self/ns/uts", flags, Mode::empty())?;
    move_into_link_name_space(
        std::os::fd::AsFd::as_fd(&own),
        Some(LinkNameSpaceType::HostNameAndNISDomainName),
    )?;
    Ok(())
}

/// Calls that are refused or do nothing, whoever makes them: of a family that reaches into others, and
/// of those that send signals, set clocks, execute and answer faults of memory.
fn ask_for_nothing() {
    let own = process::id().cast_signed();
    let nothing = std::ptr::null();
    // SAFETY: no memory is named but texts that end in a zero byte and live to the end of each call:
    // the lists of arguments may be null. No clock, no signal and no program is what is asked for, so
    // that this process goes on as before; the last signal is one that is ignored.
    unsafe {
        libc::process_vm_readv(own, nothing, 0, nothing.cast(), 0, 0);
        libc::clock_settime(
            NO_CLOCK,
            &libc::timespec {
                tv_sec: 0,
                tv_nsec: 0,
            },
        );
        libc::execve(
            c"/nonexistent-escape-detector-doctor".as_ptr(),
            nothing.cast(),
            nothing.cast(),
        );
        libc::syscall(libc::SYS_userfaultfd, -1);
        libc::kill(own, NO_SIGNAL);
        libc::kill(own, libc::SIGURG);
    }
}

/// A TCP connection from this process to itself.
fn shake_hands() -> io::Result<TcpStream> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    TcpStream::connect_timeout(&listener.local_addr()?, PATIENCE)
}

/// Makes a connection the standard input of a thread that has descriptors of its own, and ends with
/// them: this process keeps its input.
fn take_input_from(connection: &TcpStream) -> io::Result<()> {
    let taken = thread::scope(|scope| {
        let taking = scope.spawn(|| {
            // SAFETY: the thread's descriptors become a copy, and it hands none to others.
            unsafe { unshare_unsafe(UnshareFlags::FILES) }?;
            dup2_stdin(connection)
        });
        taking.join()
    });
    Ok(taken.map_err(|_| io::Error::other("the thread failed"))??)
}

/// The life of a process, in a cgroup of its own where that can be made.
fn live(stand_in: Command, hierarchy: Option<&Path>, acted: &mut Acted) {
    let cgroup = hierarchy
        .ok_or_else(|| "no v2 cgroup hierarchy was found".to_owned())
        .and_then(|mount| {
            Cgroup::make(mount).map_err(|error| format!("no cgroup can be made: {error}"))
        });
    let child =
        StandIn::start(stand_in).map_err(|error| format!("no process can be made: {error}"));
    acted.child = child.as_ref().ok().map(|child| child.0.id());
    if let Err(reason) = &child {
        for hook in ["task_newtask", "sched_process_exec", "sched_process_exit"] {
            acted.undo(hook, reason);
        }
    }
    let moved = match (&cgroup, &child) {
        (Ok(cgroup), Ok(child)) => cgroup.take_in(child).map_err(|error| error.to_string()),
        (Err(reason), _) | (_, Err(reason)) => Err(reason.clone()),
    };
    if let Err(reason) = moved {
        acted.undo("cgroup_attach_task", &reason);
    }
    // The process first: a cgroup goes when it is empty.
    drop(child);
    match cgroup.map(drop) {
        Ok(()) => {}
        Err(reason) => {
            acted.undo("cgroup_mkdir", &reason);
            acted.undo("cgroup_rmdir", &reason);
        }
    }
}

/// A process that waits for the end of its standard input.
struct StandIn(Child);

impl StandIn {
    fn start(mut command: Command) -> io::Result<Self> {
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().map(Self)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let ended = patiently(|| !matches!(self.0.try_wait(), Ok(None)));
        if !ended {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

/// A cgroup of our own; it goes with the value.
struct Cgroup(PathBuf);

impl Cgroup {
    fn make(mount: &Path) -> io::Result<Self> {
        let path = mount.join(format!("escape-detector-doctor-{}", process::id()));
        fs::create_dir(&path).map(|()| Self(path))
    }

    fn take_in(&self, process: &StandIn) -> io::Result<()> {
        let mut list = File::options()
            .write(true)
            .open(self.0.join("cgroup.procs"))?;
        list.write_all(process.0.id().to_string().as_bytes())
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // It stays busy for a moment after its last process has ended.
        patiently(|| fs::remove_dir(&self.0).is_ok());
    }
}

/// Asks until it is so, or time is up.
fn patiently(mut is_so: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + PATIENCE;
    loop {
        match (is_so(), Instant::now() < end) {
            (true, _) => return true,
            (false, false) => return false,
            (false, true) => thread::sleep(LOOK),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_ends_with_its_value_and_a_missing_one_is_said() {
        let child = StandIn::start(Command::new("cat")).unwrap();
        let pid = child.0.id();
        assert!(Path::new(&format!("/proc/{pid}")).exists());
        drop(child);
        assert!(!Path::new(&format!("/proc/{pid}")).exists());

        let mut acted = Acted::default();
        live(Command::new(NOWHERE), None, &mut acted);
        let hooks: Vec<_> = acted.undone.iter().map(|(hook, _)| *hook).collect();
        assert_eq!(hooks.len(), 6, "{hooks:?}");
        assert_eq!(acted.child, None);
    }

    #[test]
    fn a_directory_that_was_made_for_the_acts_is_taken_away() {
        let mount = tempfile::tempdir().unwrap();
        let cgroup = Cgroup::make(mount.path()).unwrap();
        assert_eq!(fs::read_dir(mount.path()).unwrap().count(), 1);
        drop(cgroup);
        assert_eq!(fs::read_dir(mount.path()).unwrap().count(), 0);
    }
}
