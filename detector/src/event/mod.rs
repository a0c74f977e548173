//! Events: what the sensor saw, typed. The vocabulary of all other rooms.
//!
//! Bytes of a record come in, by [`decode`]; an [`Event`] goes out. It says only what the record
//! says: which container or image a process belongs to is for others to find out. Paths and other
//! texts are bytes, never assumed to be UTF-8; what the kernel resolved and what a caller claimed
//! are kept apart everywhere.

mod act;
mod alter;
mod argument;
mod batch;
mod boundary;
mod cgroup;
mod clock;
mod decode;
mod descriptor;
mod faults;
mod file;
mod id;
mod kernel;
mod mount;
mod namespace;
mod network;
mod notice;
mod object;
mod object_change;
mod path;
mod privilege;
mod process;
mod refused;
pub mod render;
mod ring;
#[cfg(any(test, feature = "samples"))]
pub mod sample;
mod section;
mod serial;
mod session;
mod subject;
mod target;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod trace;

pub use act::{Act, CallResult, Operation};
pub use alter::{Alter, Given};
pub use argument::{Argument, Value};
pub use batch::Batch;
pub use boundary::{Boundary, Grade, Parts, Standing, Way};
pub use cgroup::Cgroup;
pub use clock::{Change as ClockStep, Clock as ClockChange};
pub use decode::{DecodeError, Decoded, Unknown, decode};
pub use descriptor::{Descriptor, Standard};
pub use detector_common::call::CallSpec;
use detector_common::record::flag;
pub use detector_common::record::{Kind, Lane};
pub use detector_common::state::Cause;
use detector_common::state::phase;
pub use faults::Faults;
pub use file::{Open, Place};
pub use id::{
    BootId, BootIdError, CgroupId, Device, ExecId, ExecKey, NamespaceId, ProcessId, ProcessKey,
    Tgid, Tid,
};
pub use kernel::KernelCode;
pub use mount::{Mount, Tree};
pub use namespace::Namespace;
pub use network::{Connect, Endpoint, Protocol, Stage};
pub use notice::{Finding, Gap, HeldBack, Loss, Notice, OBJECTS, QUEUE_FULL, RECURSION};
pub use object::{ExeFile, FileKind, FileObject, FileSystem, Layer, MountOwner};
pub use object_change::{Change, Class, ObjectActor, ObjectChange};
pub use path::{Named, ResolvedPath, Truth, WalkEnd};
pub use privilege::Privilege;
pub use process::{Ending, Exec, Exit, Process};
pub use refused::Refused;
pub use ring::Ring;
pub use serial::{Serial, claimed_kind, serial};
pub use session::Session;
pub use subject::{Capabilities, ExeIdentity, Ids, Namespaces, Seccomp, Subject};
pub use target::Target;
pub use text::{Extent, Strings, Text};
pub use time::{BootTime, Clock};
pub use trace::{Signal, Trace};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, where, by whom.
    pub meta: Meta,
    /// What.
    pub body: Body,
}

/// What every event has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The lane by which it came.
    pub lane: Lane,
    /// Its kind.
    pub kind: Kind,
    /// The CPU on which it was written.
    pub cpu: u32,
    /// Its number on this CPU and lane, from 1 without holes: a hole is a loss.
    pub sequence: u64,
    /// When.
    pub time: BootTime,
    /// The thread.
    pub tid: Tid,
    /// Its process.
    pub process: ProcessKey,
    /// How many programs that has executed, by the kernel's count.
    pub exec_count: u32,
    /// The cgroup by which the task is watched; for a task of the host the one that it is in.
    pub cgroup: CgroupId,
    /// Where the process stands between runtime and workload.
    pub phase: Phase,
    /// By which way the kernel was asked.
    pub via: Via,
    /// Whether something was cut or could not be read.
    pub incomplete: bool,
    /// Whether it was not yet decided if the cgroup is to be watched.
    pub undecided: bool,
    /// Whether the process is watched for itself, whatever was decided of its cgroup.
    pub chosen: bool,
    /// Whether nobody had told of the process: it counts as workload until somebody does.
    pub missed_state: bool,
}

impl Meta {
    /// Whether it counts as a workload's act only since nobody had told of the process.
    #[must_use]
    pub fn is_guessed(&self) -> bool {
        self.missed_state && self.phase == Phase::Workload
    }

    /// The program that the process ran.
    pub fn exec(&self) -> ExecKey {
        ExecKey {
            process: self.process,
            count: self.exec_count,
        }
    }
}

/// By which way the kernel was asked for an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// A system call.
    Call,
    /// A system call through the 32-bit entry.
    Call32,
    /// A request to an io_uring, which equals the call.
    IoUring,
}

impl Via {
    fn new(flags: u32) -> Self {
        if flags & flag::VIA_IO_URING != 0 {
            Self::IoUring
        } else if flags & flag::COMPAT != 0 {
            Self::Call32
        } else {
            Self::Call
        }
    }

    /// Its name in fields.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "syscall",
            Self::Call32 => "syscall32",
            Self::IoUring => "io_uring",
        }
    }
}

/// Where a process stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Of the host: not watched.
    Host,
    /// The container runtime, at its set-up inside the container.
    Runtime,
    /// The container's workload.
    Workload,
}

impl Phase {
    fn from_number(number: u32) -> Option<Self> {
        match number {
            phase::HOST => Some(Self::Host),
            phase::RUNTIME => Some(Self::Runtime),
            phase::WORKLOAD => Some(Self::Workload),
            _ => None,
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A process was there before the sensor.
    Alive(Process),
    /// A process was made.
    TaskMade(Process),
    /// A process was moved into a watched cgroup.
    Attach(Process),
    /// A program was executed.
    Exec(Exec),
    /// The last thread of a process has gone.
    Exit(Exit),
    /// A cgroup was made.
    CgroupMade(Cgroup),
    /// A cgroup was removed.
    CgroupRemoved(Cgroup),
    /// A system call has returned.
    Act(Act),
    /// The sensor gave a sign of life: so many it was asked for.
    Heartbeat(u64),
    /// The detector says something of its own sight.
    Notice(Notice),
    /// A task of a workload stands elsewhere, or is something else, than before.
    Boundary(Box<Boundary>),
    /// A watched object was changed.
    ObjectChange(Box<ObjectChange>),
}

impl Event {
    /// The event type, as rules name it: that of the system call which it equals.
    pub fn event_type(&self) -> &'static str {
        match &self.body {
            Body::Alive(_) => "alive",
            Body::TaskMade(_) => "clone",
            Body::Attach(_) => "cgroup_attach",
            Body::Exec(_) => "execve",
            Body::Exit(_) => "procexit",
            Body::CgroupMade(_) => "cgroup_mkdir",
            Body::CgroupRemoved(_) => "cgroup_rmdir",
            Body::Act(act) => act.call.name,
            Body::Heartbeat(_) => "heartbeat",
            Body::Notice(notice) => notice.event_type(),
            Body::Boundary(_) => self.meta.kind.name(),
            Body::ObjectChange(_) => "object_changed",
        }
    }

    /// What the detector says of its own sight at a moment.
    pub fn of_notice(notice: Notice, time: BootTime) -> Self {
        let process = ProcessKey {
            tgid: Tgid(0),
            start: BootTime(0),
        };
        let meta = Meta {
            lane: Lane::Alarm,
            kind: Kind::Notice,
            cpu: 0,
            sequence: 0,
            time,
            tid: Tid(0),
            process,
            exec_count: 0,
            cgroup: notice.cgroup(),
            phase: Phase::Host,
            via: Via::Call,
            incomplete: false,
            undecided: false,
            chosen: false,
            missed_state: false,
        };
        let body = Body::Notice(notice);
        Self { meta, body }
    }

    /// The act, where it is one.
    pub fn act(&self) -> Option<&Act> {
        match &self.body {
            Body::Act(act) => Some(act),
            _ => None,
        }
    }

    /// The change of a task's standing, where it is one.
    pub fn boundary(&self) -> Option<&Boundary> {
        match &self.body {
            Body::Boundary(boundary) => Some(boundary),
            _ => None,
        }
    }

    /// The file that it is about: of an execution the executable.
    pub fn object(&self) -> Option<&FileObject> {
        match &self.body {
            Body::Act(act) => act.object(),
            Body::Exec(exec) => exec.exe.as_ref(),
            _ => None,
        }
    }

    /// The change of a watched object, where it is one.
    pub fn object_change(&self) -> Option<&ObjectChange> {
        match &self.body {
            Body::ObjectChange(change) => Some(change),
            _ => None,
        }
    }

    /// Who, where the record told.
    pub fn subject(&self) -> Option<&Subject> {
        match &self.body {
            Body::Alive(process) | Body::TaskMade(process) | Body::Attach(process) => {
                Some(&process.subject)
            }
            Body::Exec(exec) => Some(&exec.subject),
            Body::Act(act) => act.subject.as_ref(),
            Body::Boundary(boundary) => Some(&boundary.subject),
            Body::ObjectChange(change) => change.actor.as_ref().map(|actor| &actor.subject),
            Body::Exit(_)
            | Body::CgroupMade(_)
            | Body::CgroupRemoved(_)
            | Body::Heartbeat(_)
            | Body::Notice(_) => None,
        }
    }

    /// What the call returned: 0 for what is no call.
    pub fn result(&self) -> CallResult {
        self.act().map_or(CallResult(0), |act| act.result)
    }

    /// Whether the kernel refused it.
    pub fn refused(&self) -> bool {
        self.act().is_some_and(Act::refused)
    }
}
