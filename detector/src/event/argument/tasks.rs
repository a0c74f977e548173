//! Arguments of acts on processes: reached into, signalled, and those that were not to be.

use super::super::act::Act;
use super::super::refused::Refused;
use super::super::render;
use super::super::trace::{Signal, Trace};
use super::{Argument, Value, count, flags, named, result, text};

impl Act {
    pub(super) fn of_trace(&self, trace: Trace) -> Vec<Argument<'static>> {
        let result = result(self.result);
        match trace {
            Trace::Ptrace {
                request,
                pid,
                address,
                data,
            } => vec![
                result,
                named("request", request.into(), render::ptrace_request),
                count("pid", pid),
                count("addr", address.cast_signed()),
                count("data", data.cast_signed()),
            ],
            Trace::ReadMemory { pid } | Trace::WriteMemory { pid } => {
                vec![result, count("pid", pid)]
            }
            Trace::TakeFile {
                process,
                descriptor,
            } => vec![
                Argument {
                    name: "fd",
                    value: Value::Result(self.result),
                },
                count("pid_fd", process),
                count("target_fd", descriptor),
            ],
        }
    }

    pub(super) fn of_signal(&self, signal: Signal) -> Vec<Argument<'static>> {
        vec![
            result(self.result),
            count("pid", signal.pid),
            named("sig", signal.number.into(), render::signal),
        ]
    }

    pub(super) fn of_refused<'a>(&self, refused: &'a Refused) -> Vec<Argument<'a>> {
        let result = result(self.result);
        match refused {
            Refused::Exec {
                directory,
                name,
                flags: bits,
                ..
            } => vec![
                result,
                text("filename", name.as_ref()),
                count("dirfd", *directory),
                flags(*bits, render::at_flags),
            ],
            Refused::Clone { flags: bits } => vec![result, flags(*bits, render::clone_flags)],
        }
    }
}
