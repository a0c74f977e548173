//! Crossings by no call that changes a namespace: a directory that was leaked, a handle, a cgroup; and
//! a task that had escaped before the detector was there.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use tests::shipped::{FOREIGN_MOUNT, INTO_CONTAINER, TO_HOST};
use tests::{
    Act, Alert, Attack, Container, Detector, Engine, Ground, HostCgroup, Image, RENAMED, Rule,
    Verdict,
};

/// A file that lies outside of the directory that its mount shows.
const OUTSIDE_MOUNT: Rule = Rule {
    name: "File outside its mount",
    done: "critical",
    refused: "critical",
};

/// Lets a process of the host enter a container as a runtime does, with a directory of the host as
/// descriptor 9, and execute a program there.
fn enter(
    container: &Container<'_>,
    leaked: &Path,
    directory: &str,
    program: &[&str],
) -> Result<String> {
    let first = container.inspect("{{.State.Pid}}")?;
    let mut command = Command::new("sh");
    command.args([
        "-euc",
        "exec 9< \"$1\"; echo $$ > \"$0\"; shift; exec \"$@\"",
    ]);
    command
        .arg(HostCgroup::processes_of(container)?)
        .arg(leaked);
    command.args(["nsenter", "--mount", "--pid", "--root", "--target", &first]);
    command.arg(directory).args(program);
    let output = command.output()?;
    ensure!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn crossing(alert: &Alert, rule: Rule, outside: &str, way: &str) -> bool {
    alert.rule() == rule.name
        && alert.priority() == rule.done
        && alert.field("boundary.outside").as_deref() == Some(outside)
        && alert.field("boundary.way").as_deref() == Some(way)
}

#[test]
fn program_started_in_a_directory_of_the_host() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    let host = tempfile::tempdir()?;
    std::fs::write(host.path().join("mark"), "of the host\n")?;
    // As CVE-2024-21626: the runtime's working directory is one of the host, and so is the program's.
    let directory = format!("--wd={}", host.path().display());
    let read = enter(&container, host.path(), &directory, &["/bin/cat", "mark"])?;
    assert_eq!(read, "of the host");
    let alert = ground
        .detector
        .wait_for(&container, |alert| crossing(alert, TO_HOST, "cwd", "exec"))?;
    assert_eq!(alert.executable(), "/bin/busybox", "{alert}");
    Ok(())
}

#[test]
fn directory_of_the_host_entered_by_a_leaked_descriptor() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    let host = tempfile::tempdir()?;
    std::fs::write(host.path().join("mark"), "of the host\n")?;
    let script = "cd /proc/self/fd/9; exec cat mark";
    let program = ["/bin/sh", "-euc", script];
    let read = enter(&container, host.path(), "--wdns=/", &program)?;
    assert_eq!(read, "of the host");
    let entered = ground.detector.wait_for(&container, |alert| {
        alert.rule() == FOREIGN_MOUNT.name && alert.mentions("/proc/self/fd/9")
    })?;
    let executed = ground
        .detector
        .wait_for(&container, |alert| crossing(alert, TO_HOST, "cwd", "exec"))?;
    assert_eq!(executed.pid(), entered.pid(), "{executed}");
    assert!(executed.mentions("exe mark"), "{executed}");
    Ok(())
}

#[test]
fn file_beside_its_mount_opened_by_handle() -> Verdict {
    let ground = Ground::shared()?;
    let host = ground.engine.shared_directory()?;
    std::fs::create_dir(host.join("shown"))?;
    std::fs::write(host.join("shown/within"), "shown\n")?;
    std::fs::write(host.join("beside"), "not shown\n")?;
    // One mount to ask for the handle, one to open by it.
    let whole = format!("{}:/whole", host.display());
    let shown = format!("{}:/shown", host.join("shown").display());
    let container = ground
        .container(&[
            "--security-opt=seccomp=unconfined",
            "--cap-add=DAC_READ_SEARCH",
            "--volume",
            &whole,
            "--volume",
            &shown,
        ])?
        .with_renamed()?;
    let open = |file| {
        let words = format!("open-handle /shown /whole/{file}");
        Attack::new(&words, "open_by_handle_at", "SUCCESS")
    };
    for executable in ["/bin/acts", RENAMED] {
        open("shown/within").by(executable).performed(&container)?;
        open("beside").by(executable).on("beside").raises(
            OUTSIDE_MOUNT,
            &container,
            &ground.detector,
        )?;
    }
    let alerts = ground.detector.alerts_of(&container);
    let wrong = alerts
        .iter()
        .find(|alert| alert.rule() == OUTSIDE_MOUNT.name && alert.mentions("within"));
    assert!(wrong.is_none(), "{wrong:?}");
    Ok(())
}

#[test]
fn task_that_had_escaped_before_the_detector_started() -> Verdict {
    let engine = Engine::shared()?;
    let options = [
        "--interactive",
        "--pid=host",
        "--cap-add=SYS_ADMIN",
        "--cap-add=SYS_PTRACE",
        "--cap-add=SYS_CHROOT",
    ];
    // One runs the container's program still, the other one of the host's.
    let host = std::process::id();
    let script = format!(
        "nsenter --target {host} --mount sleep 3600 & acts hold setns /proc/{host}/ns/mnt mnt; exit 1"
    );
    let container = Container::run(engine, Image::Bare, &options, &["sh", "-c", &script])?;
    let other = Container::idle(engine, Image::Bare, &["--pid=host"])?;
    for _ in 0..500 {
        if container.calls()?.len() == 2 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let entered = container.calls()?;
    let entered = entered.iter().find(|call| call.name == "setns");
    assert!(
        entered.is_some_and(|call| call.errno == "SUCCESS"),
        "{entered:?}"
    );
    let detector = Detector::start(engine)?;
    for line in ["acts hold setns", "sleep 3600"] {
        detector.wait_for(&container, |alert| {
            crossing(alert, TO_HOST, "mnt_ns", "found") && alert.mentions(line)
        })?;
    }
    // Who stands where it was born is not told: neither the shell nor another container.
    let told = [detector.alerts_of(&container), detector.alerts_of(&other)].concat();
    let crossings = told.iter().filter(|alert| alert.rule() == TO_HOST.name);
    assert_eq!(crossings.count(), 2, "{told:#?}");
    detector.stop()?;
    Ok(())
}

#[test]
fn task_moved_or_born_out_of_its_cgroup() -> Verdict {
    let ground = Ground::shared()?;
    let outside = HostCgroup::make()?;
    let victim = ground.container(&[])?;
    let theirs = victim.cgroup()?;
    let container = ground.container(&[
        "--cgroupns=host",
        "--cap-add=SYS_ADMIN",
        "--security-opt=seccomp=unconfined",
    ])?;
    container.shell("mount -t cgroup2 none /mnt")?;
    for (path, rule) in [(outside.path(), TO_HOST), (&theirs, INTO_CONTAINER)] {
        let script = format!(
            "echo $$ > /mnt{path}/cgroup.procs; sed -n 's/^0:://p' /proc/self/cgroup
            exec acts chdir /tmp > /dev/null"
        );
        assert_eq!(container.shell(&script)?, path, "not moved");
        ground.detector.wait_for(&container, |alert| {
            crossing(alert, rule, "cgroup", "attach")
                && alert.mentions("cgroup.procs")
                && alert.mentions(&format!("to=cgroup={path} "))
        })?;
        let words = format!("born into /mnt{path} chdir /tmp");
        let acted = container.perform(&Act::new(&words))?;
        assert!(acted.result("clone3")? > 0, "{acted:?}");
        ground.detector.wait_for(&container, |alert| {
            crossing(alert, rule, "cgroup", "attach") && alert.mentions(&words)
        })?;
    }
    Ok(())
}
