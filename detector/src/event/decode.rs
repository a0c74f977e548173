//! From the bytes of a record to an event.
//!
//! The sensor is trusted to mean well, not to be of our version: every number and length is checked
//! before use. Kinds, calls and sections that a newer sensor added are skipped, a newer layout is an
//! error. Texts are slices of the record: nothing is copied.

use bytes::Bytes;
use detector_common::call;
use detector_common::object::ObjectBody;
use detector_common::record::{
    ActBody, BoundaryBody, Call, CgroupBody, ConnectBody, ExecBody, ExitBody, FORMAT, HEADER_SIZE,
    Header, HeartbeatBody, Kind, Lane, TaskBody, flag,
};
use detector_common::section::Tag;
use zerocopy::FromBytes;

use super::act::{Act, CallResult, Operation};
use super::alter::Alter;
use super::boundary::Boundary;
use super::cgroup::Cgroup;
use super::clock::Clock;
use super::descriptor::Descriptor;
use super::faults::Faults;
use super::file::{Open, Place};
use super::id::{CgroupId, ProcessKey, Tgid, Tid};
use super::kernel::KernelCode;
use super::mount::Mount;
use super::namespace::Namespace;
use super::network::Connect;
use super::object_change::ObjectChange;
use super::path::ResolvedPath;
use super::privilege::Privilege;
use super::process::{Exec, Exit, Process};
use super::refused::Refused;
use super::ring::Ring;
use super::section::Sections;
use super::subject::Subject;
use super::target::Target;
use super::time::BootTime;
use super::trace::{Signal, Trace};
use super::{Body, Event, Meta, Phase, Via};

/// A record that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are events, and none is kept as this"
)]
pub enum Decoded {
    /// What it tells.
    Event(Event),
    /// It tells something that this version does not know: to be skipped and counted.
    Unknown(Unknown),
}

/// What a newer sensor wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unknown {
    /// A kind of record.
    Kind(u16),
    /// A system call of a known kind.
    Call(u32),
    /// A class of watched objects.
    Class(u32),
    /// A change of a watched object.
    Change(u32),
}

/// A record that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Fewer bytes than a header.
    #[error("record of {0} bytes is shorter than a header: the stream is damaged")]
    Short(usize),
    /// A layout that this version does not know.
    #[error("record has format {found}, newest known is {FORMAT}: update escape-detector")]
    Format {
        /// Its format.
        found: u8,
    },
    /// A header that contradicts the bytes.
    #[error("record claims {claimed} bytes and has {found}: the stream is damaged")]
    Length {
        /// What the header says.
        claimed: u32,
        /// What is there.
        found: usize,
    },
    /// A lane that does not exist.
    #[error("record names lane {0}, which does not exist: the stream is damaged")]
    Lane(u8),
    /// A phase that does not exist.
    #[error("record names phase {0}, which does not exist: the stream is damaged")]
    Phase(u32),
    /// Fewer bytes than the body that the kind has.
    #[error("{} record ends in its body: the stream is damaged", kind.name())]
    Body {
        /// Its kind.
        kind: Kind,
    },
    /// A system call in a record of a kind that does not tell of it.
    #[error("{} record tells of system call {number}: the stream is damaged", kind.name())]
    Call {
        /// The record's kind.
        kind: Kind,
        /// The call's number.
        number: u32,
    },
    /// Bytes behind the last section.
    #[error("{left} bytes are left, too few for a section: the stream is damaged")]
    SectionHeader {
        /// How many.
        left: usize,
    },
    /// A section longer than the record.
    #[error("section {tag} claims {length} bytes of {left}: the stream is damaged")]
    SectionLength {
        /// Its tag.
        tag: u16,
        /// What it claims.
        length: usize,
        /// What is left of the record.
        left: usize,
    },
    /// A section that is there twice.
    #[error("section {tag:?} is there twice: the stream is damaged")]
    Repeated {
        /// Its tag.
        tag: Tag,
    },
    /// A section with fewer numbers than it has to have.
    #[error("section {tag:?} is too short: the stream is damaged")]
    Numbers {
        /// Its tag.
        tag: Tag,
    },
    /// A target that is cut off.
    #[error("target section of {length} bytes is too short: the stream is damaged")]
    Target {
        /// Its bytes.
        length: usize,
    },
    /// An object that is cut off.
    #[error("object section of {length} bytes is too short: the stream is damaged")]
    Object {
        /// Its bytes.
        length: usize,
    },
    /// A path that is no three runs of names.
    #[error("path section {tag:?} is malformed: the stream is damaged")]
    Path {
        /// Its tag.
        tag: Tag,
    },
}

/// Reads a record.
///
/// # Errors
/// Where the record contradicts itself or is of a newer layout.
pub fn decode(record: &Bytes) -> Result<Decoded, DecodeError> {
    let Ok((header, _)) = Header::read_from_prefix(record) else {
        return Err(DecodeError::Short(record.len()));
    };
    check(&header, record.len())?;
    let Some(kind) = Kind::from_number(header.kind) else {
        return Ok(Decoded::Unknown(Unknown::Kind(header.kind)));
    };
    let meta = Meta::read(&header, kind)?;
    let rest = record.slice(HEADER_SIZE..);
    Ok(match body(&header, kind, rest)? {
        Read::Body(body) => Decoded::Event(Event { meta, body }),
        Read::Unknown(unknown) => Decoded::Unknown(unknown),
    })
}

/// Format and length: what must hold before anything else of a record is looked at.
pub(super) fn check(header: &Header, found: usize) -> Result<(), DecodeError> {
    if header.format == 0 || header.format > FORMAT {
        return Err(DecodeError::Format {
            found: header.format,
        });
    }
    if usize::try_from(header.length) != Ok(found) {
        return Err(DecodeError::Length {
            claimed: header.length,
            found,
        });
    }
    Ok(())
}

impl Meta {
    fn read(header: &Header, kind: Kind) -> Result<Self, DecodeError> {
        let has = |flag| header.flags & flag != 0;
        Ok(Self {
            lane: Lane::from_number(header.lane).ok_or(DecodeError::Lane(header.lane))?,
            kind,
            cpu: header.cpu,
            sequence: header.sequence,
            time: BootTime(header.time),
            tid: Tid(header.tid),
            process: ProcessKey {
                tgid: Tgid(header.tgid),
                start: BootTime(header.start),
            },
            exec_count: header.exec_count,
            cgroup: CgroupId(header.cgroup),
            phase: Phase::from_number(header.phase).ok_or(DecodeError::Phase(header.phase))?,
            via: Via::new(header.flags),
            incomplete: has(flag::INCOMPLETE),
            undecided: has(flag::UNDECIDED),
            chosen: has(flag::CHOSEN),
            missed_state: has(flag::MISSED_STATE),
        })
    }
}

/// A body, or what this version does not know.
#[expect(clippy::large_enum_variant, reason = "passed on at once")]
enum Read {
    Body(Body),
    Unknown(Unknown),
}

fn body(header: &Header, kind: Kind, rest: Bytes) -> Result<Read, DecodeError> {
    Ok(Read::Body(match kind {
        Kind::Alive => Body::Alive(process(kind, rest)?),
        Kind::TaskMade => Body::TaskMade(process(kind, rest)?),
        Kind::Attach => Body::Attach(process(kind, rest)?),
        Kind::Exec => {
            let (body, sections) = split::<ExecBody>(kind, rest)?;
            Body::Exec(Exec::new(&body, sections))
        }
        Kind::Exit => Body::Exit(Exit::new(&split::<ExitBody>(kind, rest)?.0)),
        Kind::CgroupMade => Body::CgroupMade(cgroup(kind, rest)?),
        Kind::CgroupRemoved => Body::CgroupRemoved(cgroup(kind, rest)?),
        Kind::Connect => return connect(header, rest),
        Kind::Descriptor => return descriptor(rest),
        Kind::Heartbeat => Body::Heartbeat(split::<HeartbeatBody>(kind, rest)?.0.number),
        Kind::Notice => return Err(DecodeError::Body { kind }),
        Kind::Crossing | Kind::Unexplained => return boundary(kind, rest),
        Kind::ObjectChanged => return object_change(kind, rest),
        Kind::Open
        | Kind::Place
        | Kind::Mount
        | Kind::Namespace
        | Kind::Privilege
        | Kind::KernelCode
        | Kind::Trace
        | Kind::Signal
        | Kind::Clock
        | Kind::Alter
        | Kind::Refused
        | Kind::Faults
        | Kind::Ring => return act(header, kind, rest),
    }))
}

/// Parts the body from the sections.
fn split<B: FromBytes>(kind: Kind, mut rest: Bytes) -> Result<(B, Sections), DecodeError> {
    let Ok((body, _)) = B::read_from_prefix(&rest) else {
        return Err(DecodeError::Body { kind });
    };
    let _ = rest.split_to(size_of::<B>());
    Ok((body, Sections::read(rest)?))
}

fn process(kind: Kind, rest: Bytes) -> Result<Process, DecodeError> {
    let (body, sections) = split::<TaskBody>(kind, rest)?;
    Ok(Process::new(&body, sections))
}

fn cgroup(kind: Kind, rest: Bytes) -> Result<Cgroup, DecodeError> {
    let (body, sections) = split::<CgroupBody>(kind, rest)?;
    Ok(Cgroup::new(&body, sections))
}

fn boundary(kind: Kind, rest: Bytes) -> Result<Read, DecodeError> {
    let (body, sections) = split::<BoundaryBody>(kind, rest)?;
    Ok(match Boundary::new(&body, sections) {
        Some(boundary) => Read::Body(Body::Boundary(Box::new(boundary))),
        None => Read::Unknown(Unknown::Kind(kind as u16)),
    })
}

fn object_change(kind: Kind, rest: Bytes) -> Result<Read, DecodeError> {
    let (body, sections) = split::<ObjectBody>(kind, rest)?;
    Ok(match ObjectChange::new(&body, sections) {
        Ok(change) => Read::Body(Body::ObjectChange(Box::new(change))),
        Err(unknown) => Read::Unknown(unknown),
    })
}

fn act(header: &Header, kind: Kind, rest: Bytes) -> Result<Read, DecodeError> {
    let (body, mut sections) = split::<ActBody>(kind, rest)?;
    let exe_path = sections.exe_path.take();
    let target = sections.take_target().map(Box::new);
    // A request that outlived its process has no subject any more: the sensor leaves it empty.
    let known = body.subject != detector_common::record::Subject::default();
    let subject = known.then(|| Subject::new(&body.subject));
    let number = body.call.number;
    let operation = match kind {
        Kind::Open => Some(Operation::Open(Open::new(header.flags, &body, sections))),
        Kind::Place => Some(Operation::Place(Place::new(&body, sections))),
        Kind::Mount => Mount::new(&body, sections).map(Operation::Mount),
        Kind::Namespace => Namespace::new(&body).map(Operation::Namespace),
        Kind::Privilege => Privilege::new(&body).map(Operation::Privilege),
        Kind::KernelCode => KernelCode::new(&body, sections).map(Operation::KernelCode),
        Kind::Trace => Trace::new(&body).map(Operation::Trace),
        Kind::Signal => Some(Operation::Signal(Signal::new(&body))),
        Kind::Clock => Some(Operation::Clock(Clock::new(&body))),
        Kind::Alter => {
            let alter = Alter::new(header.flags, &body, sections);
            Some(Operation::Alter(Box::new(alter)))
        }
        Kind::Refused => Refused::new(&body, sections).map(Operation::Refused),
        Kind::Ring => Some(Operation::Ring(Ring::new(&body))),
        Kind::Faults => Some(Operation::Faults(Faults::new(&body))),
        _ => None,
    };
    finish(
        kind,
        &body.call,
        (subject, exe_path, target),
        operation.ok_or(DecodeError::Call { kind, number }),
    )
}

fn connect(header: &Header, rest: Bytes) -> Result<Read, DecodeError> {
    let kind = Kind::Connect;
    let (body, sections) = split::<ConnectBody>(kind, rest)?;
    // The end of a handshake arrives in anybody's context: the sensor leaves the subject empty.
    let anybody = header.flags & flag::RESULT != 0;
    let subject = (!anybody).then(|| Subject::new(&body.subject));
    let operation = Operation::Connect(Connect::new(header.flags, &body, sections));
    finish(kind, &body.call, (subject, None, None), Ok(operation))
}

fn descriptor(rest: Bytes) -> Result<Read, DecodeError> {
    let kind = Kind::Descriptor;
    let (body, _) = split::<ConnectBody>(kind, rest)?;
    let subject = Some(Subject::new(&body.subject));
    let operation = Operation::Descriptor(Descriptor::new(&body));
    finish(kind, &body.call, (subject, None, None), Ok(operation))
}

/// Looks the call up, whose kind must be the record's.
fn finish(
    kind: Kind,
    raw: &Call,
    (subject, exe_path, target): (Option<Subject>, Option<ResolvedPath>, Option<Box<Target>>),
    operation: Result<Operation, DecodeError>,
) -> Result<Read, DecodeError> {
    let number = raw.number;
    let Some(call) = call::by_number(number) else {
        return Ok(Read::Unknown(Unknown::Call(number)));
    };
    if call.kind != kind {
        return Err(DecodeError::Call { kind, number });
    }
    let (args, result) = (raw.args, CallResult(raw.result));
    let act = Act {
        subject,
        call,
        args,
        result,
        exe_path,
        target,
        operation: operation?,
    };
    Ok(Read::Body(Body::Act(act)))
}
