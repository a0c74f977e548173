//! What is measured: a few calls in a tight loop, made without a library in between.
//!
//! The clock is that of the thread, so that what others do on the processor meanwhile does not
//! count; for programs that are started it is the account that the kernel keeps of the cgroup.

use std::fs;
use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::fs::{Mode, OFlags, open};
use rustix::net::sockopt::set_socket_linger;
use rustix::net::{AddressFamily, SocketType, accept, bind, connect, getsockname, listen, socket};
use rustix::process::getpid;
use rustix::time::{ClockId, clock_gettime};

/// The smallest program that every host has.
const PROGRAM: &str = "/bin/true";

/// An act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// The cheapest call, which nobody is interested in.
    GetPid,
    /// A file opened for reading, and closed.
    Open,
    /// A file opened for writing, and closed.
    OpenToWrite,
    /// A datagram socket given its peer.
    ConnectUdp,
    /// A stream from socket to close, with a listener of our own on the same processor.
    ConnectTcp,
    /// A program started and waited for.
    Spawn,
}

impl Act {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::GetPid,
        Self::Open,
        Self::OpenToWrite,
        Self::ConnectUdp,
        Self::ConnectTcp,
        Self::Spawn,
    ];

    /// The name in reports, and in what the conductor tells the performer.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::GetPid => "getpid",
            Self::Open => "open+close",
            Self::OpenToWrite => "open+close-for-writing",
            Self::ConnectUdp => "connect-udp",
            Self::ConnectTcp => "connect-tcp",
            Self::Spawn => "fork+exec",
        }
    }

    /// The act of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }
}

/// What the acts need, made before any of them is measured.
pub(crate) struct Acts {
    file: PathBuf,
    usage: PathBuf,
    datagrams: OwnedFd,
    listener: OwnedFd,
    listens_at: SocketAddrV4,
}

impl Acts {
    /// Prepares to open that file, in a process of that cgroup.
    pub(crate) fn prepare(file: &Path, cgroup: &Path) -> Result<Self> {
        let anywhere = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
        let listener = socket(AddressFamily::INET, SocketType::STREAM, None)?;
        bind(&listener, &anywhere)?;
        listen(&listener, 16)?;
        let listens_at = getsockname(&listener)?.try_into()?;
        Ok(Self {
            file: file.to_owned(),
            usage: cgroup.join("cpu.stat"),
            datagrams: socket(AddressFamily::INET, SocketType::DGRAM, None)?,
            listener,
            listens_at,
        })
    }

    /// Performs an act that many times; the time that it took.
    pub(crate) fn perform(&self, act: Act, count: u64) -> Result<Duration> {
        match act {
            Act::GetPid => timed(count, || {
                black_box(getpid());
                Ok(())
            }),
            Act::Open => self.opened(count, OFlags::RDONLY),
            Act::OpenToWrite => self.opened(count, OFlags::WRONLY),
            Act::ConnectUdp => {
                let peer = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 9);
                timed(count, || Ok(connect(&self.datagrams, &peer)?))
            }
            Act::ConnectTcp => timed(count, || self.stream()),
            Act::Spawn => {
                let before = self.used()?;
                for _ in 0..count {
                    let status = Command::new(PROGRAM).status()?;
                    ensure!(status.success(), "{PROGRAM}: {status}");
                }
                Ok(self.used()?.saturating_sub(before))
            }
        }
    }

    fn opened(&self, count: u64, flags: OFlags) -> Result<Duration> {
        let path = self.file.as_path();
        let name = std::ffi::CString::new(path.as_os_str().as_encoded_bytes())?;
        timed(count, || {
            drop(black_box(open(name.as_c_str(), flags, Mode::empty())?));
            Ok(())
        })
    }

    /// A stream to our own listener. Reset at the end: it leaves no port behind that waits.
    fn stream(&self) -> Result<()> {
        let caller = socket(AddressFamily::INET, SocketType::STREAM, None)?;
        set_socket_linger(&caller, Some(Duration::ZERO))?;
        connect(&caller, &self.listens_at)?;
        drop(accept(&self.listener)?);
        Ok(())
    }

    /// What the cgroup has used of processors so far.
    fn used(&self) -> Result<Duration> {
        let path = &self.usage;
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let used = text
            .lines()
            .find_map(|line| line.strip_prefix("usage_usec "));
        let Some(used) = used else {
            bail!("{} has no usage_usec", path.display());
        };
        Ok(Duration::from_micros(used.trim().parse()?))
    }
}

/// The time of this thread that an act takes, done that many times.
fn timed(count: u64, mut act: impl FnMut() -> Result<()>) -> Result<Duration> {
    let before = clock();
    for _ in 0..count {
        act()?;
    }
    Ok(clock().saturating_sub(before))
}

fn clock() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    // The clock of a thread begins at 0.
    Duration::try_from(now).unwrap_or_default()
}
