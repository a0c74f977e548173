//! The table of all fields: name, type, argument and meaning.
//!
//! Everything that the language knows about a field comes from here: look-up and suggestions,
//! type checks, and the reference for operators. A field means what Falco says that it means; a
//! better truth has a field of its own.

/// What kind of value a field has, and so which operators suit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes, not necessarily UTF-8.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// The name of an event type.
    EventType,
    /// A signed or unsigned number.
    Number,
    /// A port number.
    Port,
    /// `true` or `false`.
    Bool,
    /// An address.
    Ip,
    /// An address, compared with networks.
    Network,
}

/// What may stand in brackets behind a field, or behind its last dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// Nothing.
    Nothing,
    /// A number may stand there: `proc.aname[2]`.
    MaybeIndex,
    /// A name has to: `evt.rawarg.flags` or `evt.rawarg[flags]`.
    Name,
    /// A name or a number has to: `evt.arg.flags`, `evt.arg[0]`.
    NameOrIndex,
    /// Any text has to: `container.label[com.example.team]`.
    Key,
}

/// How many values a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// One, or none.
    One,
    /// Without an argument, one for each strict ancestor: a check holds if it holds for any.
    Ancestors,
    /// One for each end of a connection: a check holds if it holds for either, `!=` if for both.
    Endpoints,
}

/// What the table says about a field.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Its name.
    pub name: &'static str,
    /// The kind of its values.
    pub kind: Kind,
    /// What argument it takes.
    pub accepts: Accepts,
    /// How many values it has.
    pub reach: Reach,
    /// What it means.
    pub description: &'static str,
}

/// An argument of a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Argument {
    /// A position: `proc.aname[2]`.
    Index(u32),
    /// A name or key: `evt.arg.flags`.
    Name(Box<str>),
}

macro_rules! fields {
    ($($variant:ident $name:literal $kind:expr, $accepts:ident, $reach:ident, $text:literal;)*) => {
        /// A field.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Field { $(#[doc = concat!("`", $name, "`: ", $text)] $variant,)* }

        impl Field {
            /// All fields, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// What the table says about this field.
            #[must_use]
            pub const fn definition(self) -> &'static Definition {
                use {Accepts::*, Kind::*, Reach::*};
                match self { $(Self::$variant => &Definition {
                    name: $name,
                    kind: $kind,
                    accepts: $accepts,
                    reach: $reach,
                    description: $text,
                },)* }
            }
        }
    };
}

const TRUTHS: &[&str] = &["kernel", "claim"];
const WAYS: &[&str] = &["syscall", "syscall32", "io_uring"];
const OUTCOMES: &[&str] = &["done", "refused"];
const FILE_KINDS: &[&str] = &[
    "regular",
    "directory",
    "symlink",
    "block",
    "char",
    "fifo",
    "socket",
];

fields! {
    EvtType "evt.type" EventType, Nothing, One, "the system call that the act equals, or another kind of event";
    EvtTime "evt.time" Number, Nothing, One, "nanoseconds since the epoch";
    EvtRes "evt.res" Text, Nothing, One, "SUCCESS, or the name of the error";
    EvtRawres "evt.rawres" Number, Nothing, One, "what the system call returned";
    EvtFailed "evt.failed" Bool, Nothing, One, "whether the system call returned an error";
    EvtIsOpenRead "evt.is_open_read" Bool, Nothing, One, "a file was opened so that it can be read";
    EvtIsOpenWrite "evt.is_open_write" Bool, Nothing, One, "a file was opened so that it can be written";
    EvtVia "evt.via" Word(WAYS), Nothing, One, "how the kernel was asked: by syscall, syscall32 (the 32-bit entry) or io_uring";
    EvtArgs "evt.args" Text, Nothing, One, "all arguments, as name=value";
    EvtArg "evt.arg" Text, NameOrIndex, One, "an argument, rendered: flags by name, errors by name";
    EvtRawarg "evt.rawarg" Number, Name, One, "an argument as a number";

    ProcName "proc.name" Text, Nothing, One, "the executable's file name as given to exec, 15 bytes at most";
    ProcPname "proc.pname" Text, Nothing, One, "proc.name of the parent";
    ProcAname "proc.aname" Text, MaybeIndex, Ancestors, "proc.name of an ancestor; [0] is the process itself";
    ProcExe "proc.exe" Text, Nothing, One, "the first argument, argv[0]";
    ProcExepath "proc.exepath" Text, Nothing, One, "the executable's path, resolved by the kernel";
    ProcPexepath "proc.pexepath" Text, Nothing, One, "proc.exepath of the parent";
    ProcAexepath "proc.aexepath" Text, MaybeIndex, Ancestors, "proc.exepath of an ancestor";
    ProcCmdline "proc.cmdline" Text, Nothing, One, "proc.name and the arguments";
    ProcPcmdline "proc.pcmdline" Text, Nothing, One, "proc.cmdline of the parent";
    ProcArgs "proc.args" Text, Nothing, One, "the arguments after the first";
    ProcCwd "proc.cwd" Text, Nothing, One, "the working directory";
    ProcPid "proc.pid" Number, Nothing, One, "process id, in the host's numbering";
    ProcPpid "proc.ppid" Number, Nothing, One, "process id of the parent";
    ProcApid "proc.apid" Number, MaybeIndex, Ancestors, "process id of an ancestor";
    ProcVpid "proc.vpid" Number, Nothing, One, "process id, in the container's numbering";
    ProcIsExeFromMemfd "proc.is_exe_from_memfd" Bool, Nothing, One, "the executable lies in memory only";
    ProcIsExeUpperLayer "proc.is_exe_upper_layer" Bool, Nothing, One, "the executable was written in the running container";
    ProcIsExeLowerLayer "proc.is_exe_lower_layer" Bool, Nothing, One, "the executable is part of the container's image";
    ProcExeIno "proc.exe_ino" Number, Nothing, One, "inode of the executable";
    ProcExeDev "proc.exe_dev" Number, Nothing, One, "device of the executable";
    ThreadTid "thread.tid" Number, Nothing, One, "thread id, in the host's numbering";
    ThreadCapEffective "thread.cap_effective" Text, Nothing, One, "effective capabilities by name, between blanks";
    ThreadCapEffectiveRaw "thread.cap_effective_raw" Number, Nothing, One, "effective capabilities as a bit set";

    UserUid "user.uid" Number, Nothing, One, "user id";
    UserEuid "user.euid" Number, Nothing, One, "effective user id";
    UserGid "user.gid" Number, Nothing, One, "group id";
    UserLoginuid "user.loginuid" Number, Nothing, One, "user id of the login session, -1 without one";
    GroupGid "group.gid" Number, Nothing, One, "group id";

    FdName "fd.name" Text, Nothing, One, "the object: a path as the kernel resolved it (as the caller gave it, where the call was refused), a socket's path, or a.b.c.d:p->e.f.g.h:q";
    FdNameraw "fd.nameraw" Text, Nothing, One, "the path as the caller gave it";
    FdDirectory "fd.directory" Text, Nothing, One, "fd.name up to its last slash";
    FdFilename "fd.filename" Text, Nothing, One, "fd.name after its last slash";
    FdType "fd.type" Text, Nothing, One, "file, directory, ipv4, ipv6, unix, ...";
    FdTypechar "fd.typechar" Text, Nothing, One, "the type as one letter: f, d, 4, 6, u, ...";
    FdNum "fd.num" Number, Nothing, One, "number of the file descriptor";
    FdIno "fd.ino" Number, Nothing, One, "inode";
    FdDev "fd.dev" Number, Nothing, One, "device that the file lies on";
    FdL4proto "fd.l4proto" Text, Nothing, One, "tcp, udp, ...";
    FdIp "fd.ip" Ip, Nothing, Endpoints, "address of either end";
    FdSip "fd.sip" Ip, Nothing, One, "address of the server";
    FdCip "fd.cip" Ip, Nothing, One, "address of the client";
    FdRip "fd.rip" Ip, Nothing, One, "address of the far end";
    FdLip "fd.lip" Ip, Nothing, One, "address of the near end";
    FdPort "fd.port" Port, Nothing, Endpoints, "port of either end";
    FdSport "fd.sport" Port, Nothing, One, "port of the server";
    FdCport "fd.cport" Port, Nothing, One, "port of the client";
    FdRport "fd.rport" Port, Nothing, One, "port of the far end";
    FdLport "fd.lport" Port, Nothing, One, "port of the near end";
    FdNet "fd.net" Network, Nothing, Endpoints, "network of either end";
    FdSnet "fd.snet" Network, Nothing, One, "network of the server";
    FdCnet "fd.cnet" Network, Nothing, One, "network of the client";
    FdRnet "fd.rnet" Network, Nothing, One, "network of the far end";
    FdLnet "fd.lnet" Network, Nothing, One, "network of the near end";

    ContainerId "container.id" Text, Nothing, One, "the first 12 digits of the container's id, or host";
    ContainerFullId "container.full_id" Text, Nothing, One, "the container's whole id";
    ContainerName "container.name" Text, Nothing, One, "the container's name";
    ContainerImage "container.image" Text, Nothing, One, "the image, as given when the container was made";
    ContainerImageRepository "container.image.repository" Text, Nothing, One, "the image without its tag";
    ContainerImageTag "container.image.tag" Text, Nothing, One, "the image's tag";
    ContainerType "container.type" Text, Nothing, One, "docker, podman, containerd, ...";
    ContainerLabel "container.label" Text, Key, One, "a label of the container";
    ContainerPrivileged "container.privileged" Bool, Nothing, One, "whether the container was made privileged";
    ContainerMounts "container.mounts" Text, Nothing, One, "the container's mounts, between blanks";

    FileTruth "file.truth" Word(TRUTHS), Nothing, One, "who says what the path is: kernel, or claim where the call was refused";
    FileFs "file.fs" Text, Nothing, One, "the file system, by its superblock: proc, sysfs, cgroup, overlay, ext4, ...";
    FilePathInFs "file.path_in_fs" Text, Nothing, One, "the path from the root of its own file system, whatever the mount";
    FileMountRoot "file.mount_root" Text, Nothing, One, "the directory of that file system which the mount shows";
    FileKind "file.kind" Word(FILE_KINDS), Nothing, One, "regular, directory, symlink, block, char, fifo or socket";
    FileRdevMajor "file.rdev_major" Number, Nothing, One, "major number of a device node";
    FileRdevMinor "file.rdev_minor" Number, Nothing, One, "minor number of a device node";
    FileForeignMount "file.foreign_mount" Bool, Nothing, One, "the mount belongs to a mount namespace that is neither the container's nor made by it";
    FileUpperLayer "file.upper_layer" Bool, Nothing, One, "the file was written in the running container";

    MountFstype "mount.fstype" Text, Nothing, One, "type of the file system to mount";
    MountSource "mount.source" Text, Nothing, One, "what to mount";
    MountTarget "mount.target" Text, Nothing, One, "where to mount it";
    MountSourceKind "mount.source_kind" Word(FILE_KINDS), Nothing, One, "kind of file that the source is";

    UsernsOwn "userns.own" Bool, Nothing, One, "the task's user namespace was made inside the container";
    Workload "workload" Bool, Nothing, One, "a container's workload did it, not the runtime that sets the container up";
    Outcome "outcome" Word(OUTCOMES), Nothing, One, "done, or refused by the kernel";
    AgentId "agent.id" Text, Nothing, One, "the agent";
    AgentSession "agent.session" Text, Nothing, One, "the agent's session";
    AgentUser "agent.user" Text, Nothing, One, "the user whom the agent works for";
}

impl Field {
    /// The field with exactly this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|field| field.definition().name == name)
    }

    /// Whether the container's engine has a say in it: until the engine has answered, its value
    /// is missing or may still change.
    #[must_use]
    pub fn told_by_engine(self) -> bool {
        matches!(
            self,
            Self::ContainerName
                | Self::ContainerImage
                | Self::ContainerImageRepository
                | Self::ContainerImageTag
                | Self::ContainerLabel
                | Self::ContainerPrivileged
                | Self::ContainerMounts
                | Self::AgentId
                | Self::AgentSession
                | Self::AgentUser
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_containers_only_what_the_cgroup_says_is_known_without_the_engine() {
        let known = ["container.id", "container.full_id", "container.type"];
        for field in Field::ALL {
            let name = field.definition().name;
            let of_container = name.starts_with("container.") || name.starts_with("agent.");
            assert_eq!(
                field.told_by_engine(),
                of_container && !known.contains(&name),
                "{name}"
            );
        }
    }
}
