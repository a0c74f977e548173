//! Arguments of acts, family by family.

use std::borrow::Cow;

use detector_common::call;

use super::super::act::{Act, Operation};
use super::super::descriptor::Descriptor;
use super::super::file::{Open, Place};
use super::super::kernel::KernelCode;
use super::super::mount::Mount;
use super::super::namespace::Namespace;
use super::super::network::Connect;
use super::super::privilege::Privilege;
use super::super::render;
use super::super::ring::Ring;
use super::super::subject::{Capabilities, Subject};
use super::{Argument, Value, count, flags, named, result, text};

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
            Operation::Descriptor(descriptor) => self.of_descriptor(descriptor),
            Operation::Trace(trace) => self.of_trace(*trace),
            Operation::Signal(signal) => self.of_signal(*signal),
            Operation::Clock(clock) => self.of_clock(*clock),
            Operation::Alter(alter) => self.of_alter(alter),
            Operation::Refused(refused) => self.of_refused(refused),
            Operation::Ring(ring) => self.of_ring(*ring),
            Operation::Faults(faults) => {
                vec![
                    result(self.result),
                    flags(faults.flags, render::userfaultfd_flags),
                ]
            }
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
        if number == call::OPEN_BY_HANDLE_AT {
            all.push(count("mountfd", open.directory));
            all.push(flags(open.flags, render::open_flags));
            let path = self
                .named()
                .map_or(Value::Absent, |named| Value::Text(Cow::Owned(named.path)));
            all.push(Argument {
                name: "path",
                value: path,
            });
        } else {
            all.push(text("name", open.name.as_ref()));
            all.push(flags(open.flags, render::open_flags));
            all.push(Argument {
                name: "mode",
                value: Value::Mode(open.mode),
            });
        }
        if number == call::OPENAT2 {
            all.push(named("resolve", open.resolve, render::resolve_flags));
        }
        all.extend(open.direct.map(|place| count("direct", place)));
        if let Some(object) = &open.object {
            all.push(count("dev", object.device.as_stat().cast_signed()));
            all.push(count("ino", object.inode.cast_signed()));
        }
        all
    }

    fn of_ring(&self, ring: Ring) -> Vec<Argument<'static>> {
        vec![
            self.returned(),
            count("entries", ring.entries.cast_signed()),
            flags(ring.flags, render::ring_flags),
        ]
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
            Mount::FsPick {
                directory,
                name,
                flags: bits,
            } => vec![
                self.returned(),
                count("dirfd", *directory),
                text("path", name.as_ref()),
                flags(*bits, render::fspick_flags),
            ],
            Mount::SetAttributes {
                directory,
                name,
                flags: bits,
                set,
                cleared,
                propagation,
                ..
            } => vec![
                result,
                count("dirfd", *directory),
                text("path", name.as_ref()),
                flags(*bits, render::at_flags),
                named("attr_set", *set, render::mount_attributes),
                named("attr_clr", *cleared, render::mount_attributes),
                named("propagation", *propagation, render::mount_flags),
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
            KernelCode::KexecLoad {
                segments,
                flags: bits,
            } => vec![
                result,
                count("segments", segments.cast_signed()),
                flags(u64::from(*bits), render::kexec_flags),
            ],
            KernelCode::KexecFileLoad {
                descriptor,
                initrd,
                flags: bits,
                ..
            } => vec![
                result,
                count("fd", *descriptor),
                count("initrd_fd", *initrd),
                flags(u64::from(*bits), render::kexec_file_flags),
            ],
        }
    }

    /// The new descriptor is what the call returned.
    fn of_descriptor(&self, descriptor: &Descriptor) -> Vec<Argument<'static>> {
        let mut all = vec![result(self.result), count("oldfd", descriptor.old)];
        if self.call.number != call::DUP {
            all.push(count("newfd", self.result.0));
        }
        if self.call.number == call::DUP3 {
            all.push(flags(descriptor.flags.into(), render::open_flags));
        }
        all
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
