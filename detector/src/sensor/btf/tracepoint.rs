//! What a tracepoint passes to a program, against what our programs take from it.
//!
//! A BTF tracepoint's arguments are those of the function type `btf_trace_NAME`, behind a leading
//! `void *` that programs do not see. They differ between kernels; a program that takes the third
//! argument for something else than it is would report nonsense, or be refused.

use std::fmt;

use thiserror::Error;

use super::{
    raw::{Kind, TypeId},
    types::Btf,
};

/// One argument, as BTF describes it or as a program takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument<'a> {
    /// A pointer to the named type (`char` for text); without a name, to `void` or a pointer.
    Pointer(Option<&'a str>),
    /// An integer of so many bytes.
    Value(u32),
    /// Anything else.
    Other,
}

/// A tracepoint and the arguments that our program takes from it.
#[derive(Clone, Copy, Debug)]
pub struct TracepointSpec {
    /// Its name in the kernel.
    pub name: &'static str,
    /// The first arguments; kernels may pass more behind them.
    pub arguments: &'static [Argument<'static>],
}

const fn structure(name: &'static str) -> Argument<'static> {
    Argument::Pointer(Some(name))
}

const TEXT: Argument<'static> = Argument::Pointer(Some("char"));
const INT: Argument<'static> = Argument::Value(4);
const LONG: Argument<'static> = Argument::Value(8);

const fn spec(name: &'static str, arguments: &'static [Argument<'static>]) -> TracepointSpec {
    TracepointSpec { name, arguments }
}

/// The tracepoints that the sensor attaches to on every kernel.
pub const TRACEPOINTS: &[TracepointSpec] = &[
    spec("task_newtask", &[structure("task_struct"), LONG]),
    spec(
        "sched_process_exec",
        &[structure("task_struct"), INT, structure("linux_binprm")],
    ),
    // Kernels after 6.12 add whether the whole process ends; `signal->live` says it on all.
    spec("sched_process_exit", &[structure("task_struct")]),
    spec("cgroup_mkdir", &[structure("cgroup"), TEXT]),
    spec("cgroup_rmdir", &[structure("cgroup"), TEXT]),
    spec(
        "cgroup_attach_task",
        &[structure("cgroup"), TEXT, structure("task_struct")],
    ),
    spec("sys_exit", &[structure("pt_regs"), LONG]),
    spec("inet_sock_set_state", &[structure("sock"), INT, INT]),
    spec(
        "signal_generate",
        &[INT, structure("kernel_siginfo"), structure("task_struct")],
    ),
];

/// Tracepoints that exist in variants, told apart by name and number of arguments.
pub const VARIANTS: &[&str] = &[
    "io_uring_submit_sqe",
    "io_uring_submit_req",
    "io_uring_complete",
];

/// Why a program cannot be attached to a tracepoint of this kernel.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TracepointError {
    /// The kernel does not have it.
    #[error("{kernel} has no tracepoint {name}: its events are not seen")]
    Absent {
        /// Which kernel.
        kernel: String,
        /// Which tracepoint.
        name: &'static str,
    },
    /// It passes something else.
    #[error(
        "tracepoint {name} of {kernel} passes {found} as argument {position}, \
         not {expected}: a newer escape-detector may know it; until then its events are not seen"
    )]
    Different {
        /// Which kernel.
        kernel: String,
        /// Which tracepoint.
        name: &'static str,
        /// Which argument, from 1.
        position: usize,
        /// What our program takes.
        expected: Argument<'static>,
        /// What the kernel passes.
        found: String,
    },
    /// What it passes leads to a structure that is not known well enough.
    #[error("{kernel} has no {field} as this version knows it: events of {name} are not seen")]
    Unreadable {
        /// Which kernel.
        kernel: String,
        /// Which tracepoint.
        name: &'static str,
        /// Which field.
        field: String,
    },
}

/// The arguments of a BTF tracepoint of this kernel, without the leading one that programs do not
/// see; none when it has no such tracepoint. Their number tells the variants of one apart.
#[must_use]
pub fn arguments<'a>(btf: &Btf<'a>, name: &str) -> Option<Vec<Argument<'a>>> {
    let typedefs = btf.named(Kind::Typedef, &format!("btf_trace_{name}"));
    let (_, pointer) = btf.strip(*typedefs.first()?)?;
    let (_, function) = btf.strip(pointer.target())?;
    let (data, rest) = function.parameters().split_first()?;
    let is_data = argument(btf, TypeId(data.r#type.get())) == Argument::Pointer(None);
    is_data.then(|| {
        rest.iter()
            .map(|each| argument(btf, TypeId(each.r#type.get())))
            .collect()
    })
}

/// Whether a tracepoint passes what our program takes; the number of its arguments.
///
/// # Errors
/// When the kernel does not have it, or it passes something else.
pub fn check(btf: &Btf<'_>, spec: &TracepointSpec) -> Result<usize, TracepointError> {
    let TracepointSpec {
        name,
        arguments: taken,
    } = *spec;
    let kernel = || btf.kernel().to_owned();
    let passed = arguments(btf, name).ok_or_else(|| TracepointError::Absent {
        kernel: kernel(),
        name,
    })?;
    for (at, expected) in taken.iter().copied().enumerate() {
        let found = passed.get(at).copied();
        if found != Some(expected) {
            let found = found.map_or_else(|| "nothing".to_owned(), |found| found.to_string());
            let position = at + 1;
            return Err(TracepointError::Different {
                kernel: kernel(),
                name,
                position,
                expected,
                found,
            });
        }
    }
    Ok(passed.len())
}

fn argument<'a>(btf: &Btf<'a>, id: TypeId) -> Argument<'a> {
    let Some((id, found)) = btf.strip(id) else {
        return Argument::Other;
    };
    match found.header.kind() {
        Kind::Pointer => {
            let target = btf
                .strip(found.target())
                .map(|(_, target)| target.header.name.get());
            Argument::Pointer(
                target
                    .and_then(|at| btf.string(at))
                    .filter(|name| !name.is_empty()),
            )
        }
        Kind::Int | Kind::Enum | Kind::Enum64 => {
            btf.size(id).map_or(Argument::Other, Argument::Value)
        }
        _ => Argument::Other,
    }
}

impl fmt::Display for Argument<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pointer(Some(name)) => write!(f, "a pointer to {name}"),
            Self::Pointer(None) => write!(f, "a pointer"),
            Self::Value(size) => write!(f, "an integer of {size} bytes"),
            Self::Other => write!(f, "something else"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::samples::{Blob, SAMPLES},
        *,
    };

    #[test]
    fn stored_kernels_pass_what_our_programs_take() {
        for (name, bytes, _) in SAMPLES {
            let btf = Btf::parse(bytes, name).unwrap();
            for spec in TRACEPOINTS {
                check(&btf, spec).unwrap();
            }
        }
    }

    #[test]
    fn variants_are_told_apart_by_name_and_number_of_arguments() {
        let expected = [
            ("5.10", [Some(7), None, Some(4)]),
            ("6.1", [Some(2), None, Some(7)]),
            ("6.12", [None, Some(1), Some(7)]),
            ("6.18", [None, Some(1), Some(3)]),
            ("6.18-microvm", [None, Some(1), Some(3)]),
            ("7.3", [None, Some(1), Some(3)]),
        ];
        for ((name, bytes, _), (same, counts)) in SAMPLES.iter().zip(expected) {
            assert_eq!(*name, same);
            let btf = Btf::parse(bytes, name).unwrap();
            let count = |name: &&str| arguments(&btf, name).map(|arguments| arguments.len());
            assert_eq!(
                VARIANTS.iter().map(count).collect::<Vec<_>>(),
                counts,
                "{name}"
            );
        }
    }

    #[test]
    fn another_argument_is_refused_by_name_and_place() {
        let mut blob = Blob::default();
        let data = blob.refer(Kind::Pointer, "", 0);
        let task = blob.structure("task_struct", 8, &[]);
        let task = blob.refer(Kind::Pointer, "", task);
        let short = blob.int("int", 4, 32);
        blob.tracepoint("task_newtask", &[data, task, short]);
        blob.tracepoint("sched_process_exit", &[data, task, short]);
        blob.tracepoint("sys_exit", &[data]);
        let bytes = blob.bytes();
        let btf = Btf::parse(&bytes, "kernel 9.9").unwrap();
        let answer = |name| {
            check(
                &btf,
                TRACEPOINTS.iter().find(|spec| spec.name == name).unwrap(),
            )
        };
        let message = |name| answer(name).unwrap_err().to_string();
        assert!(message("task_newtask").starts_with(
            "tracepoint task_newtask of kernel 9.9 passes an integer of 4 bytes as argument 2, \
             not an integer of 8 bytes"
        ));
        assert!(
            message("sys_exit").contains("passes nothing as argument 1, not a pointer to pt_regs")
        );
        assert!(message("cgroup_mkdir").starts_with("kernel 9.9 has no tracepoint cgroup_mkdir"));
        assert_eq!(
            answer("sched_process_exit"),
            Ok(2),
            "more arguments than we take"
        );
    }
}
