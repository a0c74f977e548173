//! Arguments of an event by name and position, as `evt.arg` and `evt.args` show them.
//!
//! Names and order are Falco's for the calls that it knows (its exit events), the manual's for the
//! others. A value is rendered only when it is asked for.

use std::borrow::Cow;

use super::act::{Act, CallResult, Operation};
use super::file::{Open, Place};
use super::kernel::KernelCode;
use super::mount::Mount;
use super::namespace::Namespace;
use super::network::Connect;
use super::privilege::Privilege;
use super::process::{Ending, Exec, Exit};
use super::subject::{Capabilities, Subject};
use super::text::Text;
use super::{Body, Event, render};
use detector_common::call;

/// One argument.
#[derive(Clone, Debug)]
pub struct Argument<'a> {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub value: Value<'a>,
}

/// What an argument holds.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// Nothing that is known: a null pointer, or a text that could not be read.
    Absent,
    /// A text.
    Text(Cow<'a, [u8]>),
    /// A number.
    Number(i64),
    /// Permission bits.
    Mode(u64),
    /// A number that has a name, or whose bits have names.
    Named {
        /// The number.
        number: u64,
        /// Finds its name.
        render: fn(u64) -> String,
    },
    /// What the call returned.
    Result(CallResult),
}

impl Value<'_> {
    /// The text that rules compare; `None` for what is absent.
    pub fn text(&self) -> Option<Cow<'_, [u8]>> {
        let text = match self {
            Self::Absent => return None,
            Self::Text(text) => return Some(Cow::Borrowed(text)),
            Self::Number(number) => number.to_string(),
            Self::Mode(mode) => format!("{mode:#05o}").replacen("0o", "0", 1),
            Self::Named { number, render } => render(*number),
            Self::Result(result) if result.is_error() => result.to_string(),
            Self::Result(result) => result.0.to_string(),
        };
        Some(Cow::Owned(text.into_bytes()))
    }

    /// The number; `None` for a text.
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Absent | Self::Text(_) => None,
            Self::Number(number) => Some(*number),
            Self::Mode(number) | Self::Named { number, .. } => Some(number.cast_signed()),
            Self::Result(result) => Some(result.0),
        }
    }

    /// As it stands in a list of all: `flags=2(MNT_DETACH)`, a number before its name.
    fn listed(&self) -> Cow<'_, [u8]> {
        let name = match self {
            Self::Named { number, render } => render(*number),
            Self::Result(result) if result.is_error() => result.to_string(),
            _ => return self.text().unwrap_or(Cow::Borrowed(b"<NA>")),
        };
        let number = self.number().unwrap_or_default();
        Cow::Owned(format!("{number}({name})").into_bytes())
    }
}

impl Event {
    /// The arguments, in their order.
    pub fn arguments(&self) -> Vec<Argument<'_>> {
        match &self.body {
            Body::Act(act) => act.arguments(),
            Body::TaskMade(process) => {
                vec![
                    result(CallResult(0)),
                    flags(process.clone_flags, render::clone_flags),
                ]
            }
            Body::Exec(exec) => of_exec(exec),
            Body::Exit(exit) => of_exit(*exit),
            Body::CgroupMade(cgroup) | Body::CgroupRemoved(cgroup) => {
                vec![text("path", cgroup.path.as_ref())]
            }
            Body::Attach(process) => {
                let actor = process
                    .actor
                    .map_or(Value::Absent, |tgid| Value::Number(tgid.0.into()));
                vec![Argument {
                    name: "actor",
                    value: actor,
                }]
            }
            Body::Alive(_) => Vec::new(),
        }
    }

    /// The argument of a name.
    pub fn argument(&self, name: &str) -> Option<Value<'_>> {
        let mut all = self.arguments().into_iter();
        all.find(|argument| argument.name == name)
            .map(|argument| argument.value)
    }

    /// All arguments in one text: `res=-1(EPERM) name=/mnt flags=2(MNT_DETACH)`.
    pub fn argument_list(&self) -> Vec<u8> {
        let arguments = self.arguments();
        let each = arguments
            .iter()
            .map(|Argument { name, value }| [name.as_bytes(), b"=", &value.listed()].concat());
        each.collect::<Vec<_>>().join(&b' ')
    }
}

impl Act {
    /// The arguments, in their order.
    pub fn arguments(&self) -> Vec<Argument<'_>> {
        match &self.operation {
            Operation::Open(open) => self.of_open(open),
            Operation::Place(place) => self.of_place(place),
            Operation::Mount(mount) => self.of_mount(mount),
            Operation::Namespace(namespace) => self.of_namespace(namespace),
            Operation::Privilege(privilege) => self.of_privilege(*privilege),
            Operation::KernelCode(code) => self.of_kernel_code(code),
            Operation::Connect(connect) => self.of_connect(connect),
        }
    }

    /// What the call returned, where that is a descriptor.
    fn returned(&self) -> Argument<'static> {
        Argument {
            name: "fd",
            value: Value::Result(self.result),
        }
    }

    fn of_open<'a>(&self, open: &'a Open) -> Vec<Argument<'a>> {
        let number = self.call.number;
        let mut all = vec![self.returned()];
        if matches!(number, call::OPENAT | call::OPENAT2) {
            all.push(count("dirfd", open.directory));
        }
        all.push(text("name", open.name.as_ref()));
        all.push(flags(open.flags, render::open_flags));
        all.push(Argument {
            name: "mode",
            value: Value::Mode(open.mode),
        });
        if number == call::OPENAT2 {
            all.push(named("resolve", open.resolve, render::resolve_flags));
        }
        if let Some(object) = &open.object {
            all.push(count("dev", object.device.as_stat().cast_signed()));
            all.push(count("ino", object.inode.cast_signed()));
        }
        all
    }

    fn of_place<'a>(&self, place: &'a Place) -> Vec<Argument<'a>> {
        let mut all = vec![result(self.result)];
        match self.call.number {
            call::FCHDIR => all.extend(place.descriptor.map(|fd| count("fd", fd))),
            call::PIVOT_ROOT => {
                all.push(text("new_root", place.name.as_ref()));
                all.push(text("put_old", place.put_old.as_ref()));
            }
            _ => all.push(text("path", place.name.as_ref())),
        }
        all
    }

    fn of_mount<'a>(&self, mount: &'a Mount) -> Vec<Argument<'a>> {
        let result = result(self.result);
        match mount {
            Mount::Mount {
                source,
                target,
                fs_type,
                flags: bits,
            } => vec![
                result,
                text("dev", source.as_ref()),
                text("dir", target.as_ref()),
                text("type", fs_type.as_ref()),
                flags(*bits, render::mount_flags),
            ],
            Mount::Unmount {
                target,
                flags: bits,
            } => {
                vec![
                    result,
                    text("name", target.as_ref()),
                    flags(*bits, render::umount_flags),
                ]
            }
            Mount::OpenTree {
                directory,
                name,
                flags: bits,
                ..
            } => vec![
                self.returned(),
                count("dirfd", *directory),
                text("name", name.as_ref()),
                flags(*bits, render::open_tree_flags),
            ],
            Mount::MoveMount {
                from,
                source,
                to,
                target,
                flags: bits,
                ..
            } => vec![
                result,
                count("from_dirfd", *from),
                text("from_path", source.as_ref()),
                count("to_dirfd", *to),
                text("to_path", target.as_ref()),
                flags(*bits, render::move_mount_flags),
            ],
            Mount::FsOpen {
                fs_type,
                flags: bits,
            } => vec![
                self.returned(),
                text("type", fs_type.as_ref()),
                flags(*bits, render::fsopen_flags),
            ],
            Mount::FsConfig {
                descriptor,
                command,
                key,
                value,
            } => vec![
                result,
                count("fd", *descriptor),
                named("cmd", *command, render::fsconfig_command),
                text("key", key.as_ref()),
                text("value", value.as_ref()),
            ],
            Mount::FsMount {
                descriptor,
                flags: bits,
                attributes,
                ..
            } => vec![
                self.returned(),
                count("fs_fd", *descriptor),
                flags(*bits, render::fsmount_flags),
                named("attr_flags", *attributes, render::mount_attributes),
            ],
        }
    }

    fn of_namespace(&self, namespace: &Namespace) -> Vec<Argument<'static>> {
        let result = result(self.result);
        match namespace {
            Namespace::Enter {
                descriptor, types, ..
            } => vec![
                result,
                count("fd", *descriptor),
                named("nstype", *types, render::clone_flags),
            ],
            Namespace::Leave { flags: bits } => vec![result, flags(*bits, render::clone_flags)],
        }
    }

    fn of_privilege(&self, privilege: Privilege) -> Vec<Argument<'static>> {
        let mut all = vec![result(self.result)];
        match privilege {
            Privilege::SetUid { uid } | Privilege::SetFsUid { uid } => all.push(count("uid", uid)),
            Privilege::SetGid { gid } | Privilege::SetFsGid { gid } => all.push(count("gid", gid)),
            Privilege::SetReUid { ruid, euid } => {
                all.extend([count("ruid", ruid), count("euid", euid)]);
            }
            Privilege::SetReGid { rgid, egid } => {
                all.extend([count("rgid", rgid), count("egid", egid)]);
            }
            Privilege::SetResUid { ruid, euid, suid } => {
                all.extend([
                    count("ruid", ruid),
                    count("euid", euid),
                    count("suid", suid),
                ]);
            }
            Privilege::SetResGid { rgid, egid, sgid } => {
                all.extend([
                    count("rgid", rgid),
                    count("egid", egid),
                    count("sgid", sgid),
                ]);
            }
            Privilege::SetGroups { count: groups } => all.push(count("size", groups)),
            Privilege::CapSet => all.extend(self.of_capset()),
            Privilege::PrCtl {
                option,
                arguments: [second, third, fourth, fifth],
            } => {
                all.push(named("option", option.into(), render::prctl_option));
                all.push(count("arg2", second.cast_signed()));
                all.push(count("arg3", third.cast_signed()));
                all.push(count("arg4", fourth.cast_signed()));
                all.push(count("arg5", fifth.cast_signed()));
            }
            Privilege::Seccomp {
                operation,
                flags: bits,
            } => {
                all.push(named("op", operation.into(), render::seccomp_operation));
                all.push(flags(bits.into(), render::seccomp_flags));
            }
        }
        all
    }

    /// The sets that capset has set; of a refused call nothing is known.
    fn of_capset(&self) -> [Argument<'static>; 2] {
        let set = |name, of: fn(&Subject) -> Capabilities| {
            let subject = self.subject.as_ref().filter(|_| !self.refused());
            let value = subject.map_or(Value::Absent, |subject| Value::Named {
                number: of(subject).0,
                render: render::capabilities,
            });
            Argument { name, value }
        };
        [
            set("cap_permitted", |subject| subject.cap_permitted),
            set("cap_effective", |subject| subject.cap_effective),
        ]
    }

    fn of_kernel_code<'a>(&self, code: &'a KernelCode) -> Vec<Argument<'a>> {
        let result = result(self.result);
        match code {
            KernelCode::Bpf { command } => {
                vec![
                    self.returned(),
                    named("cmd", u64::from(*command), render::bpf_command),
                ]
            }
            KernelCode::InitModule { length } => {
                vec![result, count("length", length.cast_signed())]
            }
            KernelCode::FinitModule {
                descriptor,
                flags: bits,
                ..
            } => vec![
                result,
                count("fd", *descriptor),
                flags(u64::from(*bits), render::module_flags),
            ],
            KernelCode::DeleteModule { name, flags: bits } => vec![
                result,
                text("name", name.as_ref()),
                flags(u64::from(*bits), render::open_flags),
            ],
        }
    }

    fn of_connect(&self, connect: &Connect) -> Vec<Argument<'static>> {
        let ends = match connect.endpoint.tuple() {
            Some(tuple) => Some(tuple.into_bytes()),
            None => self.named().map(|named| named.path),
        };
        let tuple = ends.map_or(Value::Absent, |ends| Value::Text(Cow::Owned(ends)));
        let mut all = vec![
            result(self.result),
            Argument {
                name: "tuple",
                value: tuple,
            },
        ];
        all.extend(connect.descriptor.map(|descriptor| count("fd", descriptor)));
        all
    }
}

fn of_exec(exec: &Exec) -> Vec<Argument<'_>> {
    let mut strings = exec.argv.iter().flat_map(|argv| argv.iter());
    let exe = strings
        .next()
        .map_or(Value::Absent, |exe| Value::Text(Cow::Borrowed(exe)));
    let args = strings.collect::<Vec<_>>().join(&b' ');
    vec![
        result(CallResult(0)),
        Argument {
            name: "exe",
            value: exe,
        },
        Argument {
            name: "args",
            value: Value::Text(Cow::Owned(args)),
        },
        text("filename", exec.file_name.as_ref()),
    ]
}

fn of_exit(exit: Exit) -> Vec<Argument<'static>> {
    let (status, signal) = match exit.ending() {
        Ending::Status(status) => (status, 0),
        Ending::Signal { number, .. } => (0, number),
    };
    vec![
        count("status", exit.code),
        count("ret", status),
        count("sig", signal),
    ]
}

fn result(result: CallResult) -> Argument<'static> {
    Argument {
        name: "res",
        value: Value::Result(result),
    }
}

fn count(name: &'static str, number: impl Into<i64>) -> Argument<'static> {
    Argument {
        name,
        value: Value::Number(number.into()),
    }
}

fn named(name: &'static str, number: u64, render: fn(u64) -> String) -> Argument<'static> {
    Argument {
        name,
        value: Value::Named { number, render },
    }
}

fn flags(bits: u64, render: fn(u64) -> String) -> Argument<'static> {
    named("flags", bits, render)
}

fn text<'a>(name: &'static str, text: Option<&'a Text>) -> Argument<'a> {
    let known = text.and_then(Text::known);
    let value = known.map_or(Value::Absent, |text| Value::Text(Cow::Borrowed(text)));
    Argument { name, value }
}
