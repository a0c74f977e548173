//! The rows of acts on names and modes of files, and of what a process is part of.

use crate::check::Expect::{InodeOf, Number, Text, Truth};
use crate::rows::{DONE, Row, Who};

/// The rows.
pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "session",
        words: "chdir /",
        answer: ("chdir", "SUCCESS"),
        who: Who::Itself,
        event: "execve",
        fields: &[
            DONE,
            ("proc.tty", Number(0)),
            ("proc.is_sid_leader", Truth(false)),
            ("proc.sname", Text("guest")),
            ("proc.vpgid", Number(1)),
            ("proc.is_vpgid_leader", Truth(false)),
        ],
    },
    Row {
        name: "directory made",
        words: "make /tmp/made mkdir",
        answer: ("mkdir", "SUCCESS"),
        who: Who::Itself,
        event: "mkdir",
        fields: &[
            DONE,
            ("fd.name", Text("/tmp/made")),
            ("/args/path", Text("/tmp/made")),
            ("/args/mode", Text("0750")),
        ],
    },
    Row {
        name: "directory made below another",
        words: "chdir /tmp then make below mkdirat",
        answer: ("mkdirat", "SUCCESS"),
        who: Who::Itself,
        event: "mkdirat",
        fields: &[DONE, ("fs.path.name", Text("/tmp/below"))],
    },
    Row {
        name: "mode changed",
        words: "mode /tmp/file 4640 chmod",
        answer: ("chmod", "SUCCESS"),
        who: Who::Itself,
        event: "chmod",
        fields: &[
            DONE,
            ("fd.name", Text("/tmp/file")),
            ("/args/filename", Text("/tmp/file")),
            ("/args/mode", Text("S_IRGRP|S_IWUSR|S_IRUSR|S_ISUID")),
        ],
    },
    Row {
        name: "mode changed by a descriptor",
        words: "mode /tmp/link 644 fchmod",
        answer: ("fchmod", "SUCCESS"),
        who: Who::Itself,
        event: "fchmod",
        fields: &[
            DONE,
            ("fd.name", Text("/tmp/file")),
            ("fd.ino", InodeOf("/tmp/file")),
            ("file.truth", Text("kernel")),
        ],
    },
    Row {
        name: "mode changed below a directory",
        words: "chdir /tmp then mode file 644 fchmodat",
        answer: ("fchmodat", "SUCCESS"),
        who: Who::Itself,
        event: "fchmodat",
        fields: &[DONE, ("fd.name", Text("/tmp/file"))],
    },
    Row {
        name: "directory made, resolved before",
        words: "name /tmp/root /tmp/alias symlink then make /tmp/alias/new mkdir",
        answer: ("mkdir", "SUCCESS"),
        who: Who::Itself,
        event: "mkdir",
        fields: &[
            DONE,
            ("fd.name", Text("/tmp/root/new")),
            ("fd.ino", InodeOf("/tmp/root/new")),
            ("file.kind", Text("directory")),
            ("file.truth", Text("kernel")),
        ],
    },
    Row {
        name: "mode changed, resolved before",
        words: "mode /tmp/link 644 chmod",
        answer: ("chmod", "SUCCESS"),
        who: Who::Itself,
        event: "chmod",
        fields: &[
            DONE,
            ("fd.name", Text("/tmp/file")),
            ("fd.ino", InodeOf("/tmp/file")),
            ("file.truth", Text("kernel")),
        ],
    },
    Row {
        name: "faults of memory",
        words: "userfaultfd",
        answer: ("userfaultfd", "SUCCESS"),
        who: Who::Itself,
        event: "userfaultfd",
        fields: &[DONE, ("/args/flags", Text("UFFD_USER_MODE_ONLY|O_CLOEXEC"))],
    },
    Row {
        name: "directory made by io_uring",
        words: "uring-names mkdirat /tmp/asked plain",
        answer: ("mkdirat", "SUCCESS"),
        who: Who::Itself,
        event: "mkdirat",
        fields: &[
            DONE,
            ("evt.via", Text("io_uring")),
            ("fs.path.name", Text("/tmp/asked")),
        ],
    },
    Row {
        name: "names changed by io_uring",
        words: "uring-names symlinkat /tmp/file /tmp/u plain then \
                uring-names renameat2 /tmp/u /tmp/v async",
        answer: ("renameat2", "SUCCESS"),
        who: Who::Itself,
        event: "renameat2",
        fields: &[
            DONE,
            ("evt.via", Text("io_uring")),
            ("fs.path.source", Text("/tmp/u")),
            ("fs.path.target", Text("/tmp/v")),
        ],
    },
];
