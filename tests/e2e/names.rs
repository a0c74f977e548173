//! Names and lengths of files changed, files opened by handle, programs and processes refused.

use std::path::PathBuf;

use anyhow::{Context, Result};
use tests::shipped::{ALIAS, HANDLE, KERNEL_CODE, LOG, MOUNT, OWN_NAMESPACE};
use tests::{Attack, Detector, Engine, Ground, Image, RENAMED, Rule, Verdict, allow};

#[test]
fn log_removed_or_emptied_by_every_call() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    for (words, call, path) in [
        (
            "remove /var/log/service.log unlink",
            "unlink",
            "/var/log/service.log",
        ),
        (
            "remove /var/log/../log/wtmp unlinkat",
            "unlinkat",
            "/var/log/wtmp",
        ),
        ("cut /var/log/wtmp truncate", "truncate", "/var/log/wtmp"),
        ("cut /var/log/btmp ftruncate", "ftruncate", "/var/log/btmp"),
        (
            "cut /root/.bash_history open",
            "openat",
            "/root/.bash_history",
        ),
    ] {
        let attack = Attack::new(words, call, "SUCCESS").on(path);
        for attack in [attack.clone(), attack.by(RENAMED)] {
            let fill = format!("mkdir -p /var/log /root; echo content > {path}");
            container.shell(&fill)?;
            attack.raises(LOG, &container, &ground.detector)?;
            let left = container.shell(&format!("cat {path} 2>/dev/null || true"))?;
            assert_eq!(left, "", "{words} left something");
        }
    }
    Ok(())
}

#[test]
fn credential_file_given_another_name() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    for (way, call) in [("link", "link"), ("linkat", "linkat")] {
        for (executable, new) in [("/bin/acts", "/etc/a"), (RENAMED, "/etc/b")] {
            let words = format!("name /etc/shadow {new}{way} {way}");
            let attack = Attack::new(&words, call, "SUCCESS").by(executable);
            attack.on(new).raises(ALIAS, &container, &ground.detector)?;
        }
    }
    let refused = Attack::new("name /etc/shadow /etc/passwd link", "link", "EEXIST");
    refused.raises(ALIAS, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn file_opened_by_handle() -> Verdict {
    let ground = Ground::shared()?;
    let capability = ["--cap-add", "DAC_READ_SEARCH", "--volume", "/data"];
    let options = [allow::SANDBOXES.as_slice(), &capability].concat();
    let container = ground.container(&options)?.with_renamed()?;
    container.shell("echo content > /data/file")?;
    let attack = Attack::new(
        "open-handle /data /data/file",
        "open_by_handle_at",
        "SUCCESS",
    );
    let attack = attack.on("/data/file");
    attack.raises(HANDLE, &container, &ground.detector)?;
    attack
        .by(RENAMED)
        .raises(HANDLE, &container, &ground.detector)?;
    let plain = ground.container(&["--volume", "/data"])?;
    plain.shell("echo content > /data/file")?;
    Attack::new("open-handle /data /data/file", "open_by_handle_at", "EPERM").raises(
        HANDLE,
        &plain,
        &ground.detector,
    )?;
    Ok(())
}

#[test]
fn newer_mount_calls() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&allow::ADMINISTRATION)?.with_renamed()?;
    container.exec(&["acts", "mount", "none", "/mnt", "tmpfs"])?;
    for (words, call, errno) in [
        ("fspick /mnt", "fspick", "SUCCESS"),
        ("mount-attributes /mnt", "mount_setattr", "SUCCESS"),
        ("fspick /nowhere", "fspick", "ENOENT"),
        ("mount-attributes /nowhere", "mount_setattr", "ENOENT"),
    ] {
        let attack = Attack::new(words, call, errno).on(call);
        attack.raises(MOUNT, &container, &ground.detector)?;
        attack
            .by(RENAMED)
            .raises(MOUNT, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn another_kernel_refused_is_an_attempt() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    for (words, call) in [
        ("kexec load", "kexec_load"),
        ("kexec file", "kexec_file_load"),
    ] {
        let attack = Attack::new(words, call, "EPERM").on(call);
        attack.raises(KERNEL_CODE, &container, &ground.detector)?;
        attack
            .by(RENAMED)
            .raises(KERNEL_CODE, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn process_in_new_namespaces_refused_is_an_attempt() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    // The default filter pretends that clone3 is unknown, since it cannot look at its flags.
    for (words, call, errno) in [
        ("new-process clone", "clone", "EPERM"),
        ("new-process clone3", "clone3", "ENOSYS"),
    ] {
        let attack = Attack::new(words, call, errno).on("CLONE_NEWUSER");
        attack.raises(OWN_NAMESPACE, &container, &ground.detector)?;
        attack
            .by(RENAMED)
            .raises(OWN_NAMESPACE, &container, &ground.detector)?;
    }
    Ok(())
}

const TOLD: Rule = Rule {
    name: "Told",
    done: "notice",
    refused: "notice",
};

/// Asks for what no shipped rule asks for.
const RULES: &str = r#"
- rule: Told
  desc: Names changed and programs refused.
  condition: >
    workload = true and evt.type in (rename, renameat, renameat2, symlink, symlinkat, rmdir, execve)
    and not (evt.type = execve and evt.failed = false)
  output: "%evt.type name=%fs.path.name from=%fs.path.source to=%fs.path.target %evt.args"
  priority: NOTICE
"#;

fn rules() -> Result<PathBuf> {
    let file = Engine::shared()?.shared_directory()?.join("told.yaml");
    std::fs::write(&file, RULES).context("the rules cannot be written")?;
    Ok(file)
}

#[test]
fn names_and_refused_programs_are_told_as_the_kernel_took_them() -> Verdict {
    let engine = Engine::shared()?;
    let rules = rules()?.display().to_string();
    let detector = Detector::start_with(engine, &["--rules", &rules])?;
    let container = tests::Container::idle(engine, Image::Bare, &[])?;
    container.shell("mkdir /tmp/d; echo a > /tmp/a; echo b > /tmp/b; echo no > /tmp/plain")?;
    let within = |words: &str| format!("chdir /tmp then {words}");
    for (words, call, errno, told) in [
        (
            "name a /tmp/c rename",
            "rename",
            "SUCCESS",
            "from=/tmp/a to=/tmp/c",
        ),
        (
            "name c d/e renameat",
            "renameat",
            "SUCCESS",
            "from=/tmp/c to=/tmp/d/e",
        ),
        (
            "name b d/e exchange",
            "renameat2",
            "SUCCESS",
            "RENAME_EXCHANGE",
        ),
        (
            "name ../b l symlink",
            "symlink",
            "SUCCESS",
            "from=../b to=/tmp/l",
        ),
        (
            "name b d/s symlinkat",
            "symlinkat",
            "SUCCESS",
            "to=/tmp/d/s",
        ),
        (
            "remove nothing rmdir",
            "rmdir",
            "ENOENT",
            "name=/tmp/nothing",
        ),
        ("refused-exec plain", "execve", "EACCES", "name=/tmp/plain"),
        (
            "refused-exec plain execveat",
            "execveat",
            "EACCES",
            "name=/tmp/plain",
        ),
    ] {
        let attack = Attack::new(&within(words), call, errno).on(told);
        attack.raises(TOLD, &container, &detector)?;
    }
    // The exchange was one: each name has the other's content.
    assert_eq!(container.shell("cat /tmp/b /tmp/d/e")?, "a\nb");
    // A program that runs is told by its execution alone.
    let last = Attack::new("remove /tmp/d/nothing rmdir", "rmdir", "ENOENT");
    last.on("/tmp/d/nothing")
        .raises(TOLD, &container, &detector)?;
    let alerts = detector.alerts_of(&container);
    let done = alerts
        .iter()
        .filter(|alert| alert.rule() == TOLD.name && alert.mentions("execve"));
    assert!(
        done.clone().all(|alert| alert.outcome() == "refused"),
        "{alerts:#?}"
    );
    assert_eq!(done.count(), 2, "{alerts:#?}");
    Ok(())
}
