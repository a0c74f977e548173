//! The table of all fields: name, type, argument and meaning.
//!
//! Everything that the language knows about a field comes from here: look-up and suggestions,
//! type checks, and the reference for operators. A field means what Falco says that it means; a
//! better truth has a field of its own.

use detector_common::object::{Change, Class};

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
const ENTRIES: &[&str] = &["syscall", "syscall32", "io_uring"];
const OUTCOMES: &[&str] = &["done", "refused"];
const GRADES: &[&str] = &["inside", "outside", "ancestor", "container", "host"];
const WAYS: &[&str] = &["call", "exec", "task_made", "attach", "found"];
const CLOCK_CHANGES: &[&str] = &["step", "slew", "zone"];
const BY: &[&str] = &["owner", "host", "container", "unknown"];
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
    EvtLossy "evt.lossy" Bool, Nothing, One, "something of the event or of who did it was cut, could not be read or came too late";
    EvtVia "evt.via" Word(ENTRIES), Nothing, One, "how the kernel was asked: by syscall, syscall32 (the 32-bit entry) or io_uring";
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
    ProcExeCtime "proc.exe_ino.ctime" Number, Nothing, One, "when the executable's inode was last changed, in nanoseconds since the epoch";
    ProcExeMtime "proc.exe_ino.mtime" Number, Nothing, One, "when the executable was last written, in nanoseconds since the epoch; its owner may set that";
    ProcExeChanged "proc.exe_changed" Bool, Nothing, One, "the executable was written or changed since its container began";
    ProcExeUnlinked "proc.exe_unlinked" Bool, Nothing, One, "the executable had no name left when it was executed";
    ProcExeOwner "proc.exe_owner" Number, Nothing, One, "user id of the executable's owner";
    ProcExeSetuid "proc.exe_setuid" Bool, Nothing, One, "by being executed the file has made its owner the effective user (execve only)";
    ProcStdinType "proc.stdin.type" Text, Nothing, One, "fd.type of descriptor 0 when the program was executed (execve only)";
    ProcStdoutType "proc.stdout.type" Text, Nothing, One, "fd.type of descriptor 1 when the program was executed (execve only)";
    ProcStderrType "proc.stderr.type" Text, Nothing, One, "fd.type of descriptor 2 when the program was executed (execve only)";
    ProcStdinName "proc.stdin.name" Text, Nothing, One, "both ends of the socket that descriptor 0 was when the program was executed (execve only)";
    ProcStdoutName "proc.stdout.name" Text, Nothing, One, "both ends of the socket that descriptor 1 was when the program was executed (execve only)";
    ProcStderrName "proc.stderr.name" Text, Nothing, One, "both ends of the socket that descriptor 2 was when the program was executed (execve only)";
    ProcStdinRnet "proc.stdin.rnet" Network, Nothing, One, "network of the far end of descriptor 0, where that was a connected internet socket when the program was executed (execve only)";
    ProcStdoutRnet "proc.stdout.rnet" Network, Nothing, One, "network of the far end of descriptor 1, where that was a connected internet socket when the program was executed (execve only)";
    ThreadTid "thread.tid" Number, Nothing, One, "thread id, in the host's numbering";
    ThreadCapEffective "thread.cap_effective" Text, Nothing, One, "effective capabilities by name, between blanks";
    ThreadCapEffectiveRaw "thread.cap_effective_raw" Number, Nothing, One, "effective capabilities as a bit set";

    UserUid "user.uid" Number, Nothing, One, "user id";
    UserEuid "user.euid" Number, Nothing, One, "effective user id";
    UserGid "user.gid" Number, Nothing, One, "group id";
    UserLoginuid "user.loginuid" Number, Nothing, One, "user id of the login session, -1 without one";
    UserBecameRoot "user.became_root" Bool, Nothing, One, "by this call the effective user has become 0, although none of real, effective and saved user was";
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
    FileEmptied "file.emptied" Bool, Nothing, One, "the act emptied a file: opened with O_TRUNC, or cut to a length of 0";
    FileUpperLayer "file.upper_layer" Bool, Nothing, One, "the file was written in the running container";

    MountFstype "mount.fstype" Text, Nothing, One, "type of the file system to mount";
    MountSource "mount.source" Text, Nothing, One, "what to mount";
    MountTarget "mount.target" Text, Nothing, One, "where to mount it";
    MountSourceKind "mount.source_kind" Word(FILE_KINDS), Nothing, One, "kind of file that the source is";

    GapLane "gap.lane" Text, Nothing, One, "the lane that lost records: alarm, life-cycle, volume, or objects for changes to watched objects";
    GapCpu "gap.cpu" Number, Nothing, One, "the CPU on which they were lost, where that is known";
    GapCount "gap.count" Number, Nothing, One, "how many records were lost";
    GapCause "gap.cause" Text, Nothing, One, "why: ring_full, nested, recursion, tasks_full, ... as in the status";
    GapFrom "gap.from" Text, Nothing, One, "the last moment before the loss of which something was told";
    GapTo "gap.to" Text, Nothing, One, "the first moment after it";
    FileOutsideMount "file.outside_mount" Bool, Nothing, One, "the file does not lie below the directory that its mount shows, as one reached by open_by_handle_at may";

    BoundaryChanged "boundary.changed" Text, Nothing, One, "what of the task changed, by name, between blanks: user_ns, mnt_ns, pid_ns, net_ns, ipc_ns, uts_ns, cgroup_ns, root, cwd, cgroup, uids, gids, capabilities, bounding_set, securebits, seccomp, no_new_privs";
    BoundaryUnexplained "boundary.unexplained" Text, Nothing, One, "what of that no system call explains";
    BoundaryOutside "boundary.outside" Text, Nothing, One, "what of that is not the container's own";
    BoundaryGrade "boundary.grade" Word(GRADES), Nothing, One, "where the worst of it leads: inside, outside (nobody's that is known), ancestor, container (another one) or host";
    BoundaryFrom "boundary.from" Text, Nothing, One, "what the changed parts were: uids=real/effective/saved/fs, capabilities=effective/permitted/inheritable/ambient, namespaces by number";
    BoundaryTo "boundary.to" Text, Nothing, One, "what they are now; a cgroup by its path, or its id where that is not known";
    BoundaryCall "boundary.call" Text, Nothing, One, "the system call at whose return it was noticed";
    BoundaryWay "boundary.way" Word(WAYS), Nothing, One, "by what it was noticed: call, exec, task_made, attach, or found at the sensor's start";
    BoundaryTarget "boundary.target" Text, Nothing, One, "the first 12 digits of the id of the container that it leads into";
    FsPathName "fs.path.name" Text, Nothing, One, "the path of an act that names one file";
    FsPathSource "fs.path.source" Text, Nothing, One, "of rename and link the old path, of symlink what the link says";
    FsPathTarget "fs.path.target" Text, Nothing, One, "of rename, link and symlink the new path";

    TargetPid "target.pid" Number, Nothing, One, "the process at which the act was aimed, in the host's numbering; missing where the kernel found none";
    TargetExepath "target.exepath" Text, Nothing, One, "that process's executable, in its own view";
    TargetContainerId "target.container.id" Text, Nothing, One, "the first 12 digits of its container's id, or host";
    TargetSameContainer "target.same_container" Bool, Nothing, One, "its container is the actor's";
    TargetOwnTree "target.own_tree" Bool, Nothing, One, "it is the actor, or descends from it or from its parent in the same container";
    TargetRuntime "target.runtime" Bool, Nothing, One, "it is the runtime that sets a container up";
    TargetDetector "target.detector" Bool, Nothing, One, "it is the detector";
    ClockChange "clock.change" Word(CLOCK_CHANGES), Nothing, One, "how the host's clock changes: step at once, slew by and by, zone for the time zone alone";
    ObjectClass "object.class" Word(Class::NAMES), Nothing, One, "what a watched object is to whom";
    ObjectChange "object.change" Word(Change::NAMES), Nothing, One, "what was done to it; moved_in: something was moved to its name, linked: it got a second name";
    ObjectBy "object.by" Word(BY), Nothing, One, "who did it: its owner (on the host its user, or the container in which the agent itself lives), another process of the host, a container that is not the owner's, or unknown, where the process had gone before anybody could look";
    ObjectUid "object.uid" Number, Nothing, One, "user id of the one whose file it is, or was";
    ObjectPlace "object.place" Text, Nothing, One, "the directory for whose sake it is watched: a home, a workspace, what was asked for";

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
