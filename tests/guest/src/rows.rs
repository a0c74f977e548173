//! The table of event families: an act for each, what the kernel must answer, and what the event
//! about it must say. A family more is a row more.

use crate::check::Expect::{self, DeviceOf, InodeOf, Number, Text, Truth};
use crate::file_rows;

/// Where a listener waits for the row that connects by TCP.
pub(crate) const PORT: u16 = 7001;

/// Where one waits for the row that connects by a path.
pub(crate) const SOCKET: &str = "/tmp/listen.sock";

/// One act and what must be told of it.
pub(crate) struct Row {
    /// Its name in the table that people read.
    pub(crate) name: &'static str,
    /// The act, in the words of `acts`. A copy of that program may stand first, by its path.
    pub(crate) words: &'static str,
    /// The call that counts and the kernel's answer to it; no call where none is told.
    pub(crate) answer: (&'static str, &'static str),
    /// Who does what the event tells of.
    pub(crate) who: Who,
    /// The type of the event.
    pub(crate) event: &'static str,
    /// Fields as rules name them, or JSON pointers into the event, and what they must be.
    pub(crate) fields: &'static [(&'static str, Expect)],
}

/// A process, as seen from the one that the actor starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// That one.
    Itself,
    /// A process that it makes.
    Child,
}

/// Where the act is no call whose answer is told.
pub(crate) const NOT_TOLD: (&str, &str) = ("", "");

pub(crate) const DONE: (&str, Expect) = ("/outcome", Text("done"));

/// All rows.
pub(crate) fn all() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().chain(file_rows::ROWS)
}

const ROWS: &[Row] = &[
    Row {
        name: "exec",
        words: "chdir /tmp",
        answer: ("chdir", "SUCCESS"),
        who: Who::Itself,
        event: "execve",
        fields: &[
            DONE,
            ("proc.exepath", Text("/bin/acts")),
            ("proc.exe_ino", InodeOf("/bin/acts")),
            ("proc.name", Text("acts")),
            ("proc.args", Text("chdir /tmp")),
            ("proc.cwd", Text("/")),
            ("proc.pname", Text("guest")),
            ("user.uid", Number(0)),
            ("workload", Truth(true)),
        ],
    },
    Row {
        name: "fork",
        words: "fork-storm 1",
        answer: ("fork-storm", "SUCCESS"),
        who: Who::Child,
        event: "clone",
        fields: &[DONE, ("proc.exepath", Text("/bin/acts"))],
    },
    Row {
        name: "exit",
        words: "no-such-act",
        answer: NOT_TOLD,
        who: Who::Itself,
        event: "procexit",
        fields: &[
            ("proc.exepath", Text("/bin/acts")),
            ("/args/ret", Text("2")),
            ("/args/sig", Text("0")),
        ],
    },
    Row {
        name: "open",
        words: "open /tmp/link read",
        answer: ("openat", "SUCCESS"),
        who: Who::Itself,
        event: "openat",
        fields: &[
            DONE,
            ("fd.name", Text("/tmp/file")),
            ("fd.nameraw", Text("/tmp/link")),
            ("file.truth", Text("kernel")),
            ("fd.ino", InodeOf("/tmp/file")),
            ("fd.dev", DeviceOf("/tmp/file")),
            ("file.fs", Text("tmpfs")),
            ("file.kind", Text("regular")),
            ("evt.is_open_read", Truth(true)),
            ("evt.is_open_write", Truth(false)),
        ],
    },
    Row {
        name: "open on overlay",
        words: "open /proc/self/root/written write",
        answer: ("openat", "SUCCESS"),
        who: Who::Itself,
        event: "openat",
        fields: &[
            DONE,
            ("fd.name", Text("/written")),
            ("fd.ino", InodeOf("/written")),
            ("file.fs", Text("overlay")),
            ("evt.is_open_write", Truth(true)),
        ],
    },
    Row {
        name: "open by openat2",
        words: "open /tmp/file read openat2",
        answer: ("openat2", "SUCCESS"),
        who: Who::Itself,
        event: "openat2",
        fields: &[
            DONE,
            ("fd.name", Text("/tmp/file")),
            ("fd.ino", InodeOf("/tmp/file")),
        ],
    },
    Row {
        name: "open refused",
        words: "open /tmp/absent read",
        answer: ("openat", "ENOENT"),
        who: Who::Itself,
        event: "openat",
        fields: &[
            ("/outcome", Text("refused")),
            ("evt.res", Text("ENOENT")),
            ("file.truth", Text("claim")),
            ("fd.name", Text("/tmp/absent")),
        ],
    },
    Row {
        name: "chdir",
        words: "chdir /proc/self/root/tmp/root",
        answer: ("chdir", "SUCCESS"),
        who: Who::Itself,
        event: "chdir",
        fields: &[
            DONE,
            ("fd.name", Text("/tmp/root")),
            ("fd.ino", InodeOf("/tmp/root")),
        ],
    },
    Row {
        name: "chroot",
        words: "chroot /tmp/root",
        answer: ("chroot", "SUCCESS"),
        who: Who::Itself,
        event: "chroot",
        fields: &[DONE, ("fd.ino", InodeOf("/tmp/root"))],
    },
    Row {
        name: "pivot_root",
        words: "unshare mnt then mount none /tmp/root tmpfs then mount none /tmp/root/old tmpfs \
                then pivot-root /tmp/root /tmp/root",
        answer: ("pivot_root", "SUCCESS"),
        who: Who::Itself,
        event: "pivot_root",
        fields: &[DONE],
    },
    Row {
        name: "mount",
        words: "mount none /tmp/mount tmpfs",
        answer: ("mount", "SUCCESS"),
        who: Who::Itself,
        event: "mount",
        fields: &[
            DONE,
            ("mount.target", Text("/tmp/mount")),
            ("mount.fstype", Text("tmpfs")),
            ("mount.source", Text("none")),
        ],
    },
    Row {
        name: "new mount",
        words: "new-mount tmpfs none /tmp/new",
        answer: ("move_mount", "SUCCESS"),
        who: Who::Itself,
        event: "move_mount",
        fields: &[DONE, ("mount.target", Text("/tmp/new"))],
    },
    Row {
        name: "namespace made",
        words: "unshare uts,ipc",
        answer: ("unshare", "SUCCESS"),
        who: Who::Itself,
        event: "unshare",
        fields: &[DONE, ("/args/flags", Text("CLONE_NEWUTS|CLONE_NEWIPC"))],
    },
    Row {
        name: "namespace entered",
        words: "setns /proc/self/ns/uts uts",
        answer: ("setns", "SUCCESS"),
        who: Who::Itself,
        event: "setns",
        fields: &[DONE, ("/args/nstype", Text("CLONE_NEWUTS"))],
    },
    Row {
        name: "identity",
        words: "setid setresuid 1 2 3",
        answer: ("setresuid", "SUCCESS"),
        who: Who::Itself,
        event: "setresuid",
        fields: &[DONE, ("user.uid", Number(1)), ("user.euid", Number(2))],
    },
    Row {
        name: "capabilities",
        words: "capset 1 1 0",
        answer: ("capset", "SUCCESS"),
        who: Who::Itself,
        event: "capset",
        fields: &[DONE, ("thread.cap_effective_raw", Number(1))],
    },
    Row {
        name: "bpf",
        words: "bpf map-create",
        answer: ("bpf", "SUCCESS"),
        who: Who::Itself,
        event: "bpf",
        fields: &[DONE],
    },
    Row {
        name: "module loaded",
        words: "finit-module /module.ko",
        answer: ("finit_module", "SUCCESS"),
        who: Who::Itself,
        event: "finit_module",
        fields: &[DONE],
    },
    Row {
        name: "module removed",
        words: "delete-module dummy",
        answer: ("delete_module", "SUCCESS"),
        who: Who::Itself,
        event: "delete_module",
        fields: &[DONE],
    },
    Row {
        name: "connect by TCP",
        words: "connect tcp 127.0.0.1 7001",
        answer: ("connect", "SUCCESS"),
        who: Who::Itself,
        event: "connect",
        fields: &[
            DONE,
            ("fd.rip", Text("127.0.0.1")),
            ("fd.rport", Number(7001)),
            ("fd.l4proto", Text("tcp")),
        ],
    },
    Row {
        name: "connect by path",
        words: "connect unix /tmp/listen.sock",
        answer: ("connect", "SUCCESS"),
        who: Who::Itself,
        event: "connect",
        fields: &[
            DONE,
            ("fd.name", Text(SOCKET)),
            ("fd.type", Text("unix")),
            ("fd.ino", InodeOf(SOCKET)),
        ],
    },
    Row {
        name: "open by io_uring",
        words: "uring-open /tmp/link read async",
        answer: ("openat", "SUCCESS"),
        who: Who::Itself,
        event: "openat",
        fields: &[
            DONE,
            ("evt.via", Text("io_uring")),
            ("fd.name", Text("/tmp/file")),
            ("fd.nameraw", Text("/tmp/link")),
            ("fd.ino", InodeOf("/tmp/file")),
        ],
    },
    Row {
        name: "open by io_uring's poller",
        words: "uring-open /tmp/file write sqpoll",
        answer: ("openat", "SUCCESS"),
        who: Who::Itself,
        event: "openat",
        fields: &[
            DONE,
            ("evt.via", Text("io_uring")),
            ("fd.ino", InodeOf("/tmp/file")),
            ("evt.is_open_write", Truth(true)),
        ],
    },
    Row {
        name: "connect by io_uring",
        words: "uring-connect unix /tmp/listen.sock",
        answer: ("connect", "SUCCESS"),
        who: Who::Itself,
        event: "connect",
        fields: &[
            DONE,
            ("evt.via", Text("io_uring")),
            ("fd.ino", InodeOf(SOCKET)),
        ],
    },
    Row {
        name: "io_uring set up",
        words: "uring-open /tmp/file read plain",
        answer: ("io_uring_setup", "SUCCESS"),
        who: Who::Itself,
        event: "io_uring_setup",
        fields: &[DONE],
    },
    Row {
        name: "file removed",
        words: "name /tmp/file /tmp/gone symlink then remove /tmp/gone unlink",
        answer: ("unlink", "SUCCESS"),
        who: Who::Itself,
        event: "unlink",
        fields: &[DONE, ("fs.path.name", Text("/tmp/gone"))],
    },
    Row {
        name: "file renamed",
        words: "name /tmp/file /tmp/one symlink then name /tmp/one /tmp/other rename",
        answer: ("rename", "SUCCESS"),
        who: Who::Itself,
        event: "rename",
        fields: &[
            DONE,
            ("fs.path.source", Text("/tmp/one")),
            ("fs.path.target", Text("/tmp/other")),
        ],
    },
    Row {
        name: "exec refused",
        words: "refused-exec /tmp/file",
        answer: ("execve", "EACCES"),
        who: Who::Itself,
        event: "execve",
        fields: &[("/outcome", Text("refused"))],
    },
    Row {
        name: "process traced",
        words: "ptrace seize 1",
        answer: ("ptrace", "SUCCESS"),
        who: Who::Itself,
        event: "ptrace",
        fields: &[DONE, ("target.exepath", Text("/bin/guest"))],
    },
    Row {
        name: "clock",
        words: "clock zone",
        answer: ("settimeofday", "SUCCESS"),
        who: Who::Itself,
        event: "settimeofday",
        fields: &[DONE, ("clock.change", Text("zone"))],
    },
    Row {
        name: "program written since the start",
        words: "/drift chdir /tmp",
        answer: ("chdir", "SUCCESS"),
        who: Who::Itself,
        event: "execve",
        fields: &[
            DONE,
            ("proc.exepath", Text("/drift")),
            ("proc.exe_ino", InodeOf("/drift")),
            ("proc.is_exe_upper_layer", Truth(true)),
        ],
    },
    Row {
        name: "boundary, inward",
        words: "unshare net",
        answer: ("unshare", "SUCCESS"),
        who: Who::Itself,
        event: "boundary_crossing",
        fields: &[("boundary.grade", Text("inside"))],
    },
];
