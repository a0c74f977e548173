//! The table of all fields: name, type, argument and meaning.
//!
//! Everything that the language knows about a field comes from here: look-up and suggestions,
//! type checks, and the reference for operators. A field means what Falco says that it means; a
//! better truth has a field of its own.

use detector_common::object::{Change, Class};

pub use super::definition::{Accepts, Argument, Definition, Family, Kind, Reach};

macro_rules! fields {
    ($($supplied:literal {
        $($variant:ident $name:literal $kind:expr, $accepts:ident, $reach:ident, $text:literal;)*
    })*) => {
        /// A field.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Field { $($(#[doc = concat!("`", $name, "`: ", $text)] $variant,)*)* }

        impl Field {
            /// All fields, in the order of the table.
            pub const ALL: &[Self] = &[$($(Self::$variant,)*)*];

            /// What the table says about this field.
            #[must_use]
            pub const fn definition(self) -> &'static Definition {
                use {Accepts::*, Kind::*, Reach::*};
                match self { $($(Self::$variant => const { &Definition {
                    name: $name,
                    family: Family::of($name),
                    kind: $kind,
                    accepts: $accepts,
                    reach: $reach,
                    description: $text,
                    supplied: $supplied,
                } },)*)* }
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

fields! { true {
    EvtType "evt.type" EventType, Nothing, One, "the system call that the act equals, or another kind of event";
    EvtTime "evt.time" Number, Nothing, One, "nanoseconds since the epoch";
    EvtNum "evt.num" Number, Nothing, One, "number of the event, from 1 since the detector began";
    EvtRawtime "evt.rawtime" Number, Nothing, One, "nanoseconds since the epoch, as evt.time";
    EvtRawtimeS "evt.rawtime.s" Number, Nothing, One, "whole seconds since the epoch";
    EvtRawtimeNs "evt.rawtime.ns" Number, Nothing, One, "nanoseconds since that second";
    EvtTimeIso "evt.time.iso8601" Text, Nothing, One, "the time in UTC, as 2026-02-03T04:05:06.000000007Z";
    EvtSource "evt.source" Text, Nothing, One, "syscall, of every event";
    EvtDir "evt.dir" Text, Nothing, One, "<, of every event: acts are told when they have returned. Deprecated: leave it out";
    EvtCpu "evt.cpu" Number, Nothing, One, "number of the CPU on which it was told";
    SyscallType "syscall.type" Text, Nothing, One, "evt.type, where that is a system call";
    EvtRes "evt.res" Text, Nothing, One, "SUCCESS, or the name of the error";
    EvtRawres "evt.rawres" Number, Nothing, One, "what the system call returned";
    EvtFailed "evt.failed" Bool, Nothing, One, "whether the system call returned an error";
    EvtIsOpenRead "evt.is_open_read" Bool, Nothing, One, "a file was opened so that it can be read";
    EvtIsOpenWrite "evt.is_open_write" Bool, Nothing, One, "a file was opened so that it can be written";
    EvtIsOpenExec "evt.is_open_exec" Bool, Nothing, One, "a file was to be created by open that somebody may execute";
    EvtLossy "evt.lossy" Bool, Nothing, One, "something of the event or of who did it was cut, could not be read or came too late";
    EvtVia "evt.via" Word(ENTRIES), Nothing, One, "how the kernel was asked: by syscall, syscall32 (the 32-bit entry) or io_uring";
    EvtArgs "evt.args" Text, Nothing, One, "all arguments, as name=value";
    EvtInfo "evt.info" Text, Nothing, One, "the same as evt.args";
    EvtArg "evt.arg" Text, NameOrIndex, One, "an argument, rendered: flags by name, errors by name";
    EvtRawarg "evt.rawarg" Number, Name, One, "an argument as a number";

    ProcName "proc.name" Text, Nothing, One, "the executable's file name as given to exec, 15 bytes at most";
    ProcPname "proc.pname" Text, Nothing, One, "proc.name of the parent";
    ProcAname "proc.aname" Text, MaybeIndex, Ancestors, "proc.name of an ancestor; [0] is the process itself";
    ProcExe "proc.exe" Text, Nothing, One, "the first argument, argv[0]";
    ProcPexe "proc.pexe" Text, Nothing, One, "proc.exe of the parent";
    ProcAexe "proc.aexe" Text, MaybeIndex, Ancestors, "proc.exe of an ancestor";
    ProcExepath "proc.exepath" Text, Nothing, One, "the executable's path, resolved by the kernel";
    ProcPexepath "proc.pexepath" Text, Nothing, One, "proc.exepath of the parent";
    ProcAexepath "proc.aexepath" Text, MaybeIndex, Ancestors, "proc.exepath of an ancestor";
    ProcCmdline "proc.cmdline" Text, Nothing, One, "proc.name and the arguments";
    ProcPcmdline "proc.pcmdline" Text, Nothing, One, "proc.cmdline of the parent";
    ProcAcmdline "proc.acmdline" Text, MaybeIndex, Ancestors, "proc.cmdline of an ancestor";
    ProcExeline "proc.exeline" Text, Nothing, One, "proc.exe and the arguments";
    ProcCmdnargs "proc.cmdnargs" Number, Nothing, One, "how many arguments there are after the first";
    ProcCmdlenargs "proc.cmdlenargs" Number, Nothing, One, "how many bytes these have, without blanks between them";
    ProcArgs "proc.args" Text, MaybeIndex, One, "the arguments after the first, or of them one by its number, from 0";
    ProcAargs "proc.aargs" Text, MaybeIndex, Ancestors, "proc.args of an ancestor";
    ProcEnv "proc.env" Text, MaybeKey, One, "the environment, between blanks, or of it the variable of that name; told only when the first program of an entry into a container is executed";
    ProcCwd "proc.cwd" Text, Nothing, One, "the working directory";
    ProcPid "proc.pid" Number, Nothing, One, "process id, in the host's numbering";
    ProcPpid "proc.ppid" Number, Nothing, One, "process id of the parent";
    ProcApid "proc.apid" Number, MaybeIndex, Ancestors, "process id of an ancestor";
    ProcPidTs "proc.pid.ts" Number, Nothing, One, "when the process began, in nanoseconds since the epoch";
    ProcPpidTs "proc.ppid.ts" Number, Nothing, One, "when the parent began, in nanoseconds since the epoch";
    ProcDuration "proc.duration" Number, Nothing, One, "nanoseconds since the process began";
    ProcPpidDuration "proc.ppid.duration" Number, Nothing, One, "nanoseconds since the parent began";
    ProcVpid "proc.vpid" Number, Nothing, One, "process id, in the container's numbering";
    ProcTty "proc.tty" Number, Nothing, One, "device number of the controlling terminal, 0 without one; this and what follows as it was when the process was made or last executed";
    ProcSid "proc.sid" Number, Nothing, One, "number of the session, in the host's numbering: its leader's process id";
    ProcSname "proc.sname" Text, Nothing, One, "proc.name of the session's leader, or where that is not known, of the eldest known ancestor in the session";
    ProcSidExe "proc.sid.exe" Text, Nothing, One, "proc.exe of the same";
    ProcSidExepath "proc.sid.exepath" Text, Nothing, One, "proc.exepath of the same";
    ProcIsSidLeader "proc.is_sid_leader" Bool, Nothing, One, "the process leads its session";
    ProcPgid "proc.pgid" Number, Nothing, One, "number of the process group, in the host's numbering: its leader's process id";
    ProcPgidName "proc.pgid.name" Text, Nothing, One, "proc.name of the group's leader, or where that is not known, of the eldest known ancestor in the group";
    ProcPgidExe "proc.pgid.exe" Text, Nothing, One, "proc.exe of the same";
    ProcPgidExepath "proc.pgid.exepath" Text, Nothing, One, "proc.exepath of the same";
    ProcIsPgidLeader "proc.is_pgid_leader" Bool, Nothing, One, "the process leads its group";
    ProcVpgid "proc.vpgid" Number, Nothing, One, "number of the process group, in the container's numbering; 0 where its leader is outside";
    ProcVpgidName "proc.vpgid.name" Text, Nothing, One, "proc.pgid.name";
    ProcVpgidExe "proc.vpgid.exe" Text, Nothing, One, "proc.pgid.exe";
    ProcVpgidExepath "proc.vpgid.exepath" Text, Nothing, One, "proc.pgid.exepath";
    ProcIsVpgidLeader "proc.is_vpgid_leader" Bool, Nothing, One, "proc.is_pgid_leader";
    ProcIsExeFromMemfd "proc.is_exe_from_memfd" Bool, Nothing, One, "the executable lies in memory only";
    ProcIsExeUpperLayer "proc.is_exe_upper_layer" Bool, Nothing, One, "the executable was written in the running container";
    ProcIsExeLowerLayer "proc.is_exe_lower_layer" Bool, Nothing, One, "the executable is part of the container's image";
    ProcExeIno "proc.exe_ino" Number, Nothing, One, "inode of the executable";
    ProcExeDev "proc.exe_dev" Number, Nothing, One, "device of the executable";
    ProcExeCtime "proc.exe_ino.ctime" Number, Nothing, One, "when the executable's inode was last changed, in nanoseconds since the epoch";
    ProcExeMtime "proc.exe_ino.mtime" Number, Nothing, One, "when the executable was last written, in nanoseconds since the epoch; its owner may set that";
    ProcExeCtimeDuration "proc.exe_ino.ctime_duration_proc_start" Number, Nothing, One, "nanoseconds from proc.exe_ino.ctime to when the process began; missing where the executable was changed after that";
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
    ThreadIsMain "thread.ismain" Bool, Nothing, One, "the thread is the first of its process";
    ThreadCapEffective "thread.cap_effective" Text, Nothing, One, "effective capabilities by name, between blanks";
    ThreadCapEffectiveRaw "thread.cap_effective_raw" Number, Nothing, One, "effective capabilities as a bit set";
    ThreadCapPermitted "thread.cap_permitted" Text, Nothing, One, "permitted capabilities by name, between blanks";

    UserUid "user.uid" Number, Nothing, One, "user id";
    UserEuid "user.euid" Number, Nothing, One, "effective user id";
    UserGid "user.gid" Number, Nothing, One, "group id";
    UserLoginuid "user.loginuid" Number, Nothing, One, "user id of the login session, -1 without one";
    UserName "user.name" Text, Nothing, One, "root for user id 0; missing for others, since no file of a container is believed or read for it";
    UserLoginname "user.loginname" Text, Nothing, One, "root for login user id 0; missing for others";
    UserBecameRoot "user.became_root" Bool, Nothing, One, "by this call the effective user has become 0, although none of real, effective and saved user was";
    GroupGid "group.gid" Number, Nothing, One, "group id";
    GroupName "group.name" Text, Nothing, One, "root for group id 0; missing for others";

    FdName "fd.name" Text, Nothing, One, "the object: a path as the kernel resolved it (as the caller gave it, where the call was refused), a socket's path, or a.b.c.d:p->e.f.g.h:q";
    FdNameraw "fd.nameraw" Text, Nothing, One, "the path as the caller gave it";
    FdDirectory "fd.directory" Text, Nothing, One, "fd.name up to its last slash";
    FdFilename "fd.filename" Text, Nothing, One, "fd.name after its last slash";
    FdContainername "fd.containername" Text, Nothing, One, "container.id, a colon and fd.name";
    FdContainerdirectory "fd.containerdirectory" Text, Nothing, One, "container.id, a colon and fd.directory";
    FdType "fd.type" Text, Nothing, One, "file, directory, ipv4, ipv6, unix, ...";
    FdTypechar "fd.typechar" Text, Nothing, One, "the type as one letter: f, d, 4, 6, u, ...";
    FdNum "fd.num" Number, Nothing, One, "number of the file descriptor";
    FdIno "fd.ino" Number, Nothing, One, "inode";
    FdDev "fd.dev" Number, Nothing, One, "device that the file lies on";
    FdDevMajor "fd.dev.major" Number, Nothing, One, "major number of that device";
    FdDevMinor "fd.dev.minor" Number, Nothing, One, "minor number of that device";
    FdIsUpperLayer "fd.is_upper_layer" Bool, Nothing, One, "the file was written in the running container, as file.upper_layer";
    FdIsLowerLayer "fd.is_lower_layer" Bool, Nothing, One, "the file is part of the container's image";
    FdL4proto "fd.l4proto" Text, Nothing, One, "tcp, udp, ...";
    FdSockfamily "fd.sockfamily" Text, Nothing, One, "ip or unix, of a socket";
    FdConnected "fd.connected" Bool, Nothing, One, "of a socket: it has a peer once the act is done; false where connect was refused or is still under way";
    FdNameChanged "fd.name_changed" Bool, Nothing, One, "of a socket: the act has given it a peer, which only connect does here";
    FdIsServer "fd.is_server" Bool, Nothing, One, "of a socket that is connected: false, since who connects is the client";
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
    ContainerImageId "container.image.id" Text, Nothing, One, "the first 12 digits of the image's id";
    ContainerImageDigest "container.image.digest" Text, Nothing, One, "the digest by which the image was asked for, sha256:...";
    ContainerType "container.type" Text, Nothing, One, "docker, podman, containerd, ...";
    ContainerLabel "container.label" Text, Key, One, "a label of the container";
    ContainerLabels "container.labels" Text, Nothing, One, "all labels but those of Kubernetes, as key:value with a comma and a blank between";
    ContainerPrivileged "container.privileged" Bool, Nothing, One, "whether the container was made privileged";
    ContainerMounts "container.mounts" Text, Nothing, One, "the container's mounts as source:destination:mode:writable:propagation, with commas between";
    ContainerMount "container.mount" Text, KeyOrIndex, One, "one of them, by its number from 0, or the first whose source fits the pattern";
    ContainerMountSource "container.mount.source" Text, KeyOrIndex, One, "source of a mount, by its number, or of the first whose destination fits the pattern";
    ContainerMountDest "container.mount.dest" Text, KeyOrIndex, One, "destination of a mount, by its number, or of the first whose source fits the pattern";
    ContainerMountMode "container.mount.mode" Text, KeyOrIndex, One, "mode of a mount as the engine says, by its number, or of the first whose source fits the pattern";
    ContainerMountRdwr "container.mount.rdwr" Text, KeyOrIndex, One, "true for a mount that can be written to, else false; by its number, or of the first whose source fits the pattern";
    ContainerMountPropagation "container.mount.propagation" Text, KeyOrIndex, One, "propagation of a mount, by its number, or of the first whose source fits the pattern";
    ContainerStart "container.start_ts" Number, Nothing, One, "when the container began, in nanoseconds since the epoch: its cgroup was made, or the first process found in it had begun";
    ContainerDuration "container.duration" Number, Nothing, One, "nanoseconds since then";

    K8sNsName "k8s.ns.name" Text, Nothing, One, "the pod's namespace, by the container's label io.kubernetes.pod.namespace";
    K8sPodName "k8s.pod.name" Text, Nothing, One, "the pod, by the container's label io.kubernetes.pod.name";
    K8sPodUid "k8s.pod.uid" Text, Nothing, One, "the pod's uid, by the container's label io.kubernetes.pod.uid, else by its cgroup";
    K8sPodId "k8s.pod.id" Text, Nothing, One, "the same as k8s.pod.uid";

    FileTruth "file.truth" Word(TRUTHS), Nothing, One, "who says what the path is: kernel, or claim where the call was refused";
    FileFs "file.fs" Text, Nothing, One, "the file system, by its superblock: proc, sysfs, cgroup, overlay, ext4, ...";
    FilePathInFs "file.path_in_fs" Text, Nothing, One, "the path from the root of its own file system, whatever the mount";
    FileMountRoot "file.mount_root" Text, Nothing, One, "the directory of that file system which the mount shows";
    FileKind "file.kind" Word(FILE_KINDS), Nothing, One, "regular, directory, symlink, block, char, fifo or socket";
    FileRdevMajor "file.rdev_major" Number, Nothing, One, "major number of a device node";
    FileRdevMinor "file.rdev_minor" Number, Nothing, One, "minor number of a device node";
    FileForeignMount "file.foreign_mount" Bool, Nothing, One, "the mount belongs to a mount namespace that is neither the container's nor made by it; of a name that the kernel has not resolved, the mount of the directory below which it was given";
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
    FsPathNameraw "fs.path.nameraw" Text, Nothing, One, "fs.path.name as the caller gave it";

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
} false {
    EvtBuffer "evt.buffer" Bytes, Nothing, One, "bytes read or written: the sensor keeps none";
    EvtBuflen "evt.buflen" Number, Nothing, One, "how many these were";
    EvtIsOpenCreate "evt.is_open_create" Bool, Nothing, One, "whether open has made the file";
    EvtCategory "evt.category" Text, Nothing, One, "the kind of call";
    EvtHostname "evt.hostname" Text, Nothing, One, "the host's name, which alerts tell";
    EvtLatency "evt.latency" Number, Nothing, One, "how long the call took";
    EvtDeltatime "evt.deltatime" Number, Nothing, One, "time since the event before";
    EvtAbspath "evt.abspath" Text, Nothing, One, "fs.path.name tells the same";
    EvtIsIo "evt.is_io" Bool, Nothing, One, "whether bytes were read or written";
    EvtIsIoRead "evt.is_io_read" Bool, Nothing, One, "whether bytes were read";
    EvtIsIoWrite "evt.is_io_write" Bool, Nothing, One, "whether bytes were written";
    EvtIoDir "evt.io_dir" Text, Nothing, One, "r or w";
    EvtIsWait "evt.is_wait" Bool, Nothing, One, "whether the call waits";
    EvtIsSyslog "evt.is_syslog" Bool, Nothing, One, "whether it writes to the system log";
    EvtIsAsync "evt.is_async" Bool, Nothing, One, "whether a plugin made it";
    EvtAsynctype "evt.asynctype" Text, Nothing, One, "what a plugin made";
    EvtCount "evt.count" Number, Nothing, One, "1, for sums";
    EvtCountError "evt.count.error" Number, Nothing, One, "1 for what failed, for sums";
    EvtPluginname "evt.pluginname" Text, Nothing, One, "the plugin";
    ProcPvpid "proc.pvpid" Number, Nothing, One, "proc.vpid of the parent";
    ProcAenv "proc.aenv" Text, MaybeIndex, Ancestors, "proc.env of an ancestor";
    ProcLoginshellid "proc.loginshellid" Number, Nothing, One, "the login shell's process id";
    ProcIsExeWritable "proc.is_exe_writable" Bool, Nothing, One, "whether the user may write the executable";
    ProcExeInoCtimeDurationPidnsStart "proc.exe_ino.ctime_duration_pidns_start" Number, Nothing, One, "from the executable's change to the pid namespace's start";
    ProcPidnsInitStartTs "proc.pidns_init_start_ts" Number, Nothing, One, "when the pid namespace began: see container.start_ts";
    ProcIsContainerHealthcheck "proc.is_container_healthcheck" Bool, Nothing, One, "whether the engine checks health by it";
    ProcIsContainerLivenessProbe "proc.is_container_liveness_probe" Bool, Nothing, One, "whether Kubernetes probes by it";
    ProcIsContainerReadinessProbe "proc.is_container_readiness_probe" Bool, Nothing, One, "whether Kubernetes probes by it";
    ProcFdopencount "proc.fdopencount" Number, Nothing, One, "open descriptors";
    ProcFdlimit "proc.fdlimit" Number, Nothing, One, "how many may be open";
    ProcFdusage "proc.fdusage" Number, Nothing, One, "the part of these that is";
    ProcVmsize "proc.vmsize" Number, Nothing, One, "virtual memory";
    ProcVmrss "proc.vmrss" Number, Nothing, One, "resident memory";
    ProcVmswap "proc.vmswap" Number, Nothing, One, "swapped memory";
    ProcNthreads "proc.nthreads" Number, Nothing, One, "threads";
    ProcNchilds "proc.nchilds" Number, Nothing, One, "child threads";
    ThreadCapInheritable "thread.cap_inheritable" Text, Nothing, One, "inheritable capabilities";
    ThreadVtid "thread.vtid" Number, Nothing, One, "thread id, in the container's numbering";
    ThreadNametid "thread.nametid" Text, Nothing, One, "name and thread id";
    ThreadCgroup "thread.cgroup" Text, Key, One, "a cgroup by its controller";
    ThreadCgroups "thread.cgroups" Text, Nothing, One, "all cgroups";
    ThreadExectime "thread.exectime" Number, Nothing, One, "processor time of the last slice";
    ThreadTotexectime "thread.totexectime" Number, Nothing, One, "processor time";
    ThreadPfmajor "thread.pfmajor" Number, Nothing, One, "major page faults";
    ThreadPfminor "thread.pfminor" Number, Nothing, One, "minor page faults";
    UserHomedir "user.homedir" Text, Nothing, One, "the home directory";
    UserShell "user.shell" Text, Nothing, One, "the login shell";
    FdUid "fd.uid" Text, Nothing, One, "number and thread id";
    FdTypes "fd.types" Text, Nothing, List, "types of several descriptors";
    FdProto "fd.proto" Text, Nothing, Endpoints, "name of either port's service";
    FdCproto "fd.cproto" Text, Nothing, One, "name of the client port's service";
    FdSproto "fd.sproto" Text, Nothing, One, "name of the server port's service";
    FdLproto "fd.lproto" Text, Nothing, One, "name of the near port's service";
    FdRproto "fd.rproto" Text, Nothing, One, "name of the far port's service";
    FdCipName "fd.cip.name" Text, Nothing, One, "the client's domain name: nothing is resolved";
    FdSipName "fd.sip.name" Text, Nothing, One, "the server's domain name: nothing is resolved";
    FdLipName "fd.lip.name" Text, Nothing, One, "the near end's domain name: nothing is resolved";
    FdRipName "fd.rip.name" Text, Nothing, One, "the far end's domain name: nothing is resolved";
    FsPathSourceraw "fs.path.sourceraw" Text, Nothing, One, "fs.path.source as the caller gave it";
    FsPathTargetraw "fs.path.targetraw" Text, Nothing, One, "fs.path.target as the caller gave it";
    ContainerInfo "container.info" Text, Nothing, One, "deprecated";
    ContainerIp "container.ip" Text, Nothing, One, "the address that the engine gave it";
    ContainerCniJson "container.cni.json" Text, Nothing, One, "what the network plugin said";
    ContainerHostPid "container.host_pid" Bool, Nothing, One, "whether it has the host's pid namespace";
    ContainerHostNetwork "container.host_network" Bool, Nothing, One, "whether it has the host's network";
    ContainerHostIpc "container.host_ipc" Bool, Nothing, One, "whether it has the host's ipc namespace";
    ContainerHealthcheck "container.healthcheck" Text, Nothing, One, "how the engine checks health";
    ContainerLivenessProbe "container.liveness_probe" Text, Nothing, One, "deprecated";
    ContainerReadinessProbe "container.readiness_probe" Text, Nothing, One, "deprecated";
    K8sPodLabel "k8s.pod.label" Text, Key, One, "a label of the pod, which engines do not tell";
    K8sPodLabels "k8s.pod.labels" Text, Nothing, One, "all labels of the pod";
    K8sPodIp "k8s.pod.ip" Text, Nothing, One, "the pod's address";
    K8sPodCniJson "k8s.pod.cni.json" Text, Nothing, One, "what the network plugin said";
    K8sPodSandboxId "k8s.pod.sandbox_id" Text, Nothing, One, "the sandbox's id";
    K8sPodFullSandboxId "k8s.pod.full_sandbox_id" Text, Nothing, One, "the sandbox's whole id";
} }

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
                | Self::ContainerImageId
                | Self::ContainerImageDigest
                | Self::ContainerLabels
                | Self::ContainerMount
                | Self::ContainerMountSource
                | Self::ContainerMountDest
                | Self::ContainerMountMode
                | Self::ContainerMountRdwr
                | Self::ContainerMountPropagation
                | Self::K8sNsName
                | Self::K8sPodName
                | Self::K8sPodUid
                | Self::K8sPodId
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
        let known = [
            "container.id",
            "container.full_id",
            "container.type",
            "container.start_ts",
            "container.duration",
        ];
        let supplied = Field::ALL
            .iter()
            .filter(|field| field.definition().supplied);
        for field in supplied {
            let name = field.definition().name;
            let of_container = ["container.", "agent.", "k8s."]
                .iter()
                .any(|family| name.starts_with(family));
            assert_eq!(
                field.told_by_engine(),
                of_container && !known.contains(&name),
                "{name}"
            );
        }
    }
}
