//! What is told of an execution alone: `proc.stdin.*` and its like, `proc.exe_setuid`.

use super::owned;
use super::socket::ip;
use crate::event::{Body, Endpoint, Event, Exec, FileKind, Standard};
use crate::rules::{Field, Value};

/// `S_ISUID` of include/uapi/linux/stat.h.
const SET_USER: u32 = 0o4000;

pub(super) fn value(event: &Event, field: Field) -> Option<Value<'_>> {
    let Body::Exec(exec) = &event.body else {
        return None;
    };
    if field == Field::ProcExeSetuid {
        return setuid(exec).map(Value::Bool);
    }
    let [stdin, stdout, stderr] = exec.standard.as_deref()?;
    let standard = match field {
        Field::ProcStdinType | Field::ProcStdinName | Field::ProcStdinRnet => stdin,
        Field::ProcStdoutType | Field::ProcStdoutName | Field::ProcStdoutRnet => stdout,
        _ => stderr,
    };
    match field {
        Field::ProcStdinType | Field::ProcStdoutType | Field::ProcStderrType => {
            kind(standard).map(Value::text)
        }
        Field::ProcStdinName | Field::ProcStdoutName | Field::ProcStderrName => {
            standard.socket()?.tuple().map(owned)
        }
        _ => far_end(standard.socket()?),
    }
}

/// The name of what a descriptor is, as `fd.type` has it.
fn kind(standard: &Standard) -> Option<&'static str> {
    Some(match standard {
        Standard::Closed => return None,
        Standard::Socket(endpoint) => endpoint.type_name()?,
        Standard::File(FileKind::Directory) => "directory",
        Standard::File(FileKind::Fifo) => "pipe",
        Standard::File(_) => "file",
    })
}

/// The address of whom a socket is connected to.
fn far_end(endpoint: &Endpoint) -> Option<Value<'static>> {
    let remote = endpoint.remote()?;
    (remote.port() != 0).then(|| ip(Some(remote)))?
}

/// Whether the bit for that has made the file's owner the effective user.
fn setuid(exec: &Exec) -> Option<bool> {
    let owner = exec.exe_file?.owner;
    let ids = exec.subject.ids;
    let marked = exec.exe.as_ref()?.mode & SET_USER != 0;
    Some(marked && ids.euid == owner && ids.uid != owner)
}
