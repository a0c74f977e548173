//! Directories made and modes given, by calls and by requests to an io_uring; descriptors that answer
//! faults of memory; sessions and terminals. Asked for by rules of the test's own.

use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow};
use tests::{Act, Acted, Alert, Container, Detector, Engine, Image, Verdict};

const RULES: &str = r#"
- rule: Told
  desc: Names and modes changed, faults answered, programs executed.
  condition: >
    workload = true and evt.type in (mkdir, mkdirat, chmod, fchmod, fchmodat, fchmodat2, userfaultfd,
    unlinkat, renameat2, linkat, symlinkat, execve)
  output: >-
    %evt.type by %evt.via gave %evt.res: %fd.name (truth=%file.truth file=%fd.filename inode=%fd.ino
    number=%fd.num path=%fs.path.name from=%fs.path.source to=%fs.path.target given=%evt.arg.path
    named=%evt.arg.filename mode=%evt.arg.mode flags=%evt.arg.flags foreign=%file.foreign_mount)
    command=%proc.cmdline tty=%proc.tty session=%proc.sid leader=%proc.sname leads=%proc.is_sid_leader
    group=%proc.vpgid first=%proc.pgid.name leads_group=%proc.is_vpgid_leader arguments=%evt.args
  priority: NOTICE
- rule: Made for everybody
  desc: As rules elsewhere ask for modes.
  condition: evt.type in (chmod, fchmod, fchmodat) and evt.arg.mode contains "S_ISUID"
  output: "%fd.name %evt.arg.mode"
  priority: NOTICE
"#;

/// The detector with these rules, which the tests here share.
fn detector() -> Result<&'static Detector> {
    static SHARED: OnceLock<Result<Detector>> = OnceLock::new();
    let shared = SHARED.get_or_init(|| {
        let engine = Engine::shared()?;
        let file = engine.shared_directory()?.join("modes.yaml");
        std::fs::write(&file, RULES).context("the rules cannot be written")?;
        Detector::start_with(engine, &["--rules", &file.display().to_string()])
    });
    shared.as_ref().map_err(|error| anyhow!("{error:#}"))
}

fn container() -> Result<Container<'static>> {
    detector()?;
    Container::idle(Engine::shared()?, Image::Bare, &[])
}

fn says(alert: &Alert, fields: &[(&str, &str)]) -> bool {
    fields
        .iter()
        .all(|(name, value)| alert.field(name).as_deref() == Some(*value))
}

/// Performs an act, which is to be told with these fields.
fn tells(
    container: &Container<'_>,
    words: &str,
    (call, errno): (&str, &str),
    fields: &[(&str, &str)],
) -> Result<(Acted, Alert)> {
    let acted = container.perform(&Act::new(words))?;
    assert_eq!(acted.errno(call)?, errno, "{words}: {acted:?}");
    let alert = detector()?
        .wait_for(container, |alert| {
            alert.rule() == "Told"
                && alert.pid() == Some(acted.pid)
                && says(alert, &[("evt.type", call), ("evt.res", errno)])
                && says(alert, fields)
        })
        .with_context(|| words.to_owned())?;
    Ok((acted, alert))
}

#[test]
fn directories_are_told_by_every_call_that_makes_them() -> Verdict {
    let container = container()?;
    for (words, call, given) in [
        ("chdir /tmp then make one mkdir", "mkdir", "one"),
        ("make /tmp/two mkdirat", "mkdirat", "/tmp/two"),
        ("compat mkdir /tmp/three", "mkdir", "/tmp/three"),
    ] {
        let name = format!("/tmp/{}", given.trim_start_matches("/tmp/"));
        let fields = [
            ("fd.name", name.as_str()),
            ("fs.path.name", &name),
            ("evt.arg.path", given),
            ("evt.arg.mode", "0750"),
            ("file.foreign_mount", "false"),
        ];
        let (_, alert) = tells(&container, words, (call, "SUCCESS"), &fields)?;
        let via = if words.starts_with("compat") {
            "syscall32"
        } else {
            "syscall"
        };
        assert_eq!(alert.field("evt.via").as_deref(), Some(via), "{alert}");
    }
    let refused = ("mkdir", "EEXIST");
    tells(
        &container,
        "make /tmp/one mkdir",
        refused,
        &[("fd.name", "/tmp/one")],
    )?;
    Ok(())
}

#[test]
fn modes_are_told_by_every_call_that_gives_them() -> Verdict {
    let container = container()?;
    container.shell("echo x > /tmp/file; ln -s file /tmp/link")?;
    let inode = container.shell("stat -c %i /tmp/file")?;
    let mode = "S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID";
    for (words, call) in [
        ("chdir /tmp then mode file 4750 chmod", "chmod"),
        ("mode /tmp/file 4750 fchmodat", "fchmodat"),
        ("compat chmod /tmp/file", "chmod"),
    ] {
        let fields = [
            ("fd.name", "/tmp/file"),
            ("fd.filename", "file"),
            ("evt.arg.mode", mode),
        ];
        tells(&container, words, (call, "SUCCESS"), &fields)?;
    }
    // The engine's filter pretends that it is unknown.
    let fields = [("fd.name", "/tmp/file"), ("evt.arg.mode", mode)];
    let unknown = ("fchmodat2", "ENOSYS");
    tells(
        &container,
        "mode /tmp/file 4750 fchmodat2",
        unknown,
        &fields,
    )?;
    let free = ["--security-opt=seccomp=unconfined"];
    let free = Container::idle(Engine::shared()?, Image::Bare, &free)?;
    free.shell("echo x > /tmp/file")?;
    for way in ["fchmodat2", "empty"] {
        let words = format!("mode /tmp/file 4750 {way}");
        tells(&free, &words, ("fchmodat2", "SUCCESS"), &fields)?;
    }
    // Of a descriptor the kernel knows what it stands for.
    let fields = [
        ("fd.name", "/tmp/file"),
        ("fd.ino", inode.as_str()),
        ("file.truth", "kernel"),
        ("evt.arg.mode", mode),
    ];
    let words = "mode /tmp/link 4750 fchmod";
    let (acted, _) = tells(&container, words, ("fchmod", "SUCCESS"), &fields)?;
    detector()?.wait_for(&container, |alert| {
        alert.rule() == "Made for everybody" && alert.pid() == Some(acted.pid)
    })?;
    let refused = ("chmod", "ENOENT");
    let fields = [("fd.name", "/tmp/nothing")];
    tells(&container, "mode /tmp/nothing 700 chmod", refused, &fields)?;
    Ok(())
}

#[test]
fn descriptor_that_answers_faults_is_told_with_its_flags() -> Verdict {
    let container = container()?;
    // The default filter lets it through for whoever may trace processes.
    let options = ["--cap-add=SYS_PTRACE", "--security-opt=seccomp=unconfined"];
    let free = Container::idle(Engine::shared()?, Image::Bare, &options)?;
    let flags = ("evt.arg.flags", "UFFD_USER_MODE_ONLY|O_CLOEXEC");
    let (acted, alert) = tells(&free, "userfaultfd", ("userfaultfd", "SUCCESS"), &[flags])?;
    let number = acted.result("userfaultfd")?.to_string();
    assert_eq!(alert.field("fd.num"), Some(number), "{alert}");
    tells(
        &container,
        "userfaultfd",
        ("userfaultfd", "EPERM"),
        &[flags],
    )?;
    Ok(())
}

#[test]
fn requests_on_names_are_told_as_the_calls_that_they_equal() -> Verdict {
    let container = container()?;
    for way in ["plain", "async", "deferred"] {
        container.shell("rm -rf /tmp/*; echo x > /tmp/a")?;
        let via = ("evt.via", "io_uring");
        let names = [("fs.path.source", "/tmp/a"), ("fs.path.target", "/tmp/b")];
        for (act, call, fields) in [
            (
                "mkdirat /tmp/d",
                "mkdirat",
                &[("fd.name", "/tmp/d"), ("evt.arg.mode", "0750")],
            ),
            ("renameat2 /tmp/a /tmp/b", "renameat2", &names),
            (
                "linkat /tmp/b /tmp/c",
                "linkat",
                &[("fs.path.source", "/tmp/b"), ("fs.path.target", "/tmp/c")],
            ),
            (
                "symlinkat c /tmp/l",
                "symlinkat",
                &[("fs.path.source", "c"), ("fs.path.target", "/tmp/l")],
            ),
            (
                "unlinkat /tmp/l",
                "unlinkat",
                &[("fs.path.name", "/tmp/l"), ("evt.arg.flags", "0")],
            ),
            (
                "rmdir /tmp/d",
                "unlinkat",
                &[
                    ("fs.path.name", "/tmp/d"),
                    ("evt.arg.flags", "AT_REMOVEDIR"),
                ],
            ),
        ] {
            let words = format!("chdir /tmp then uring-names {act} {way}");
            let fields: Vec<_> = fields.iter().copied().chain([via]).collect();
            tells(&container, &words, (call, "SUCCESS"), &fields)?;
        }
        let words = format!("uring-names mkdirat /tmp {way}");
        let fields = [("fd.name", "/tmp"), via];
        tells(&container, &words, ("mkdirat", "EEXIST"), &fields)?;
    }
    Ok(())
}

#[test]
fn request_on_a_name_whose_success_is_told_to_nobody() -> Verdict {
    let container = container()?;
    let acted = container.perform(&Act::new("uring-names mkdirat /tmp/d silent"))?;
    let fields = [
        ("evt.type", "mkdirat"),
        ("evt.via", "io_uring"),
        ("fd.name", "/tmp/d"),
    ];
    let alert = detector()?.wait_for(&container, |alert| {
        alert.pid() == Some(acted.pid) && says(alert, &fields)
    })?;
    // That it was asked for is no refusal.
    assert_eq!(alert.outcome(), "done", "{alert}");
    Ok(())
}

/// What is told of a program that the container has executed.
fn executed(container: &Container<'_>, command: &str) -> Result<Alert> {
    detector()?.wait_for(container, |alert| {
        let fields = [("evt.type", "execve"), ("proc.cmdline", command)];
        says(alert, &fields)
    })
}

#[test]
fn sessions_and_terminals_are_told() -> Verdict {
    let container = container()?;
    // What the engine enters with leads a session; what that starts is part of it.
    container.shell("/bin/acts in-session chdir /etc; /bin/acts chdir /tmp; true")?;
    let leader = executed(&container, "acts chdir /etc")?;
    let fields = [
        ("proc.is_sid_leader", "true"),
        ("proc.is_vpgid_leader", "true"),
        ("proc.sname", "acts"),
        ("proc.pgid.name", "acts"),
        ("proc.tty", "0"),
    ];
    assert!(says(&leader, &fields), "{leader}");
    let below = executed(&container, "acts chdir /tmp")?;
    let fields = [
        ("proc.is_sid_leader", "false"),
        ("proc.sname", "sh"),
        ("proc.pgid.name", "sh"),
        ("proc.tty", "0"),
    ];
    assert!(says(&below, &fields), "{below}");
    container.exec_with(&["--tty"], &["cat", "/etc/passwd"])?;
    let terminal = executed(&container, "cat /etc/passwd")?;
    // The first of the container's own: 136:0.
    assert!(says(&terminal, &[("proc.tty", "34816")]), "{terminal}");
    Ok(())
}
