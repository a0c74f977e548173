//! An act: a system call as it returned, with what the kernel resolved and what the caller claimed.

use std::fmt::{self, Display, Formatter};

use detector_common::call::{self, CallSpec};

use super::alter::Alter;
use super::clock::Clock;
use super::descriptor::Descriptor;
use super::faults::Faults;
use super::file::{Open, Place};
use super::kernel::KernelCode;
use super::mount::Mount;
use super::namespace::Namespace;
use super::network::Connect;
use super::object::FileObject;
use super::path::{Named, ResolvedPath, Truth};
use super::privilege::Privilege;
use super::refused::Refused;
use super::render;
use super::ring::Ring;
use super::subject::Subject;
use super::target::Target;
use super::text::Text;
use super::trace::{Signal, Trace};

/// `EINPROGRESS`: a connection that has begun is not refused.
const EINPROGRESS: i64 = -115;

/// A system call as it returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Who. `None` only for the end of a TCP handshake, which happens in anybody's context: there
    /// the process tree knows.
    pub subject: Option<Subject>,
    /// The call; its name is the event type.
    pub call: &'static CallSpec,
    /// The registers of its arguments; for some families in an order that all its calls share, and
    /// then with what a pointer led to in its place. What pointers lead to is the caller's claim.
    pub args: [u64; 6],
    /// What it returned.
    pub result: CallResult,
    /// Which program the actor ran, where it is one of the host of which nobody has told before.
    pub exe_path: Option<ResolvedPath>,
    /// At which process it was aimed, where the kernel could tell.
    pub target: Option<Box<Target>>,
    /// What was done, by family.
    pub operation: Operation,
}

/// What was done, by family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A file opened.
    Open(Open),
    /// A working or root directory changed.
    Place(Place),
    /// The mount tree changed.
    Mount(Mount),
    /// Namespaces changed.
    Namespace(Namespace),
    /// Privileges changed.
    Privilege(Privilege),
    /// Code brought into the kernel.
    KernelCode(KernelCode),
    /// A connection.
    Connect(Connect),
    /// Another process taken, read or changed.
    Trace(Trace),
    /// A signal to the detector.
    Signal(Signal),
    /// The clock changed.
    Clock(Clock),
    /// A file's name, length or mode changed.
    Alter(Box<Alter>),
    /// An execution or a new process refused.
    Refused(Refused),
    /// A standard descriptor that now is an internet socket.
    Descriptor(Descriptor),
    /// An io_uring set up.
    Ring(Ring),
    /// A descriptor made that answers faults of memory.
    Faults(Faults),
}

/// What a system call returned: a value, or a negative errno.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallResult(pub i64);

impl CallResult {
    /// The errno, where there is one.
    pub fn errno(self) -> Option<u32> {
        // The kernel's MAX_ERRNO: what lies below is an address.
        (-4095..0)
            .contains(&self.0)
            .then(|| self.0.unsigned_abs() as u32)
    }

    /// Whether the call failed.
    pub fn is_error(self) -> bool {
        self.errno().is_some()
    }

    /// `SUCCESS`, or the errno's name; nothing for one without a name.
    pub fn name(self) -> Option<&'static str> {
        match self.errno() {
            None => Some("SUCCESS"),
            Some(errno) => render::errno(errno),
        }
    }
}

impl Display for CallResult {
    /// `SUCCESS`, the errno's name, or its number where it has none.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => self.errno().unwrap_or_default().fmt(f),
        }
    }
}

impl Act {
    /// Whether the kernel refused it. A connection that has only begun is not refused, nor what was
    /// only submitted.
    pub fn refused(&self) -> bool {
        let only_begun = match &self.operation {
            Operation::Open(open) => open.submitted,
            Operation::Alter(alter) => alter.submitted,
            _ => self.call.number == call::CONNECT,
        };
        let begun = only_begun && self.result.0 == EINPROGRESS;
        self.result.is_error() && !begun
    }

    /// The file that it was done to, where the kernel resolved one.
    pub fn object(&self) -> Option<&FileObject> {
        match &self.operation {
            Operation::Open(open) => open.object.as_ref(),
            Operation::Place(place) => place.object.as_ref(),
            Operation::Mount(mount) => mount.object(),
            Operation::Namespace(namespace) => namespace.object(),
            Operation::KernelCode(code) => code.object(),
            Operation::Connect(connect) => connect.object.as_ref(),
            Operation::Descriptor(descriptor) => descriptor.object.as_ref(),
            Operation::Alter(alter) => alter.object.as_ref(),
            Operation::Privilege(_)
            | Operation::Trace(_)
            | Operation::Signal(_)
            | Operation::Clock(_)
            | Operation::Refused(_)
            | Operation::Faults(_)
            | Operation::Ring(_) => None,
        }
    }

    /// The file whose mount tells where it was done: the object, if the kernel resolved one.
    pub fn standing(&self) -> Option<&FileObject> {
        match &self.operation {
            Operation::Alter(alter) => alter.standing(),
            _ => self.object(),
        }
    }

    /// That file's path, where the kernel resolved it.
    pub fn path(&self) -> Option<&ResolvedPath> {
        match &self.operation {
            Operation::Open(open) => open.path.as_ref(),
            Operation::Place(place) => place.path.as_ref(),
            Operation::Mount(mount) => mount.path(),
            Operation::KernelCode(code) => code.path(),
            Operation::Connect(connect) => connect.path.as_ref(),
            Operation::Alter(alter) => alter.path.as_ref(),
            Operation::Descriptor(_)
            | Operation::Namespace(_)
            | Operation::Privilege(_)
            | Operation::Trace(_)
            | Operation::Signal(_)
            | Operation::Clock(_)
            | Operation::Refused(_)
            | Operation::Faults(_)
            | Operation::Ring(_) => None,
        }
    }

    /// The name of the file in the caller's own words.
    pub fn claimed_name(&self) -> Option<&Text> {
        match &self.operation {
            Operation::Open(open) => open.name.as_ref(),
            Operation::Place(place) => place.name.as_ref(),
            Operation::Mount(Mount::OpenTree { name, .. }) => name.as_ref(),
            Operation::Connect(connect) => connect.socket_name.as_ref(),
            Operation::Alter(alter) => alter.first.name.as_ref(),
            Operation::Refused(Refused::Exec { name, .. }) => name.as_ref(),
            _ => None,
        }
    }

    /// The name of the file in the container's view: the kernel's where it resolved one, else the
    /// caller's made absolute. A file without any name, like a memfd, is told by the caller's.
    pub fn named(&self) -> Option<Named> {
        if let Some(named) = self.path().and_then(Named::resolved) {
            return Some(named);
        }
        let base = match &self.operation {
            Operation::Open(open) => open.base.as_ref(),
            Operation::Place(place) => place.base.as_ref(),
            Operation::Alter(alter) => return alter.claimed(),
            Operation::Refused(Refused::Exec { base, .. }) => base.as_ref(),
            Operation::Connect(connect) => {
                if let Some(path) = connect.abstract_name() {
                    return Some(Named {
                        path,
                        truth: Truth::Claim,
                    });
                }
                connect.base.as_ref()
            }
            _ => None,
        };
        Named::claimed(base, self.claimed_name()?)
    }
}
