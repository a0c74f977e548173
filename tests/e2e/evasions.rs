//! Evasions by path and process: whatever the caller says, the event shows what was opened or run.

use anyhow::{Result, ensure};
use tests::{Act, Acted, Alert, Container, HostCgroup, RENAMED, Telling, Verdict};

/// That is told as often as an act says that it happened, and it did.
fn told_as_often(
    telling: &Telling,
    container: &Container<'_>,
    acted: &Acted,
    act: &str,
    wanted: impl Fn(&Alert) -> bool,
) -> Result<()> {
    let happened = acted.result(act)?;
    ensure!(happened > 0, "{act} never happened: {acted:?}");
    let alerts = telling.detector.alerts_of(container);
    let told = alerts.iter().filter(|alert| wanted(alert)).count();
    ensure!(
        i64::try_from(told)? == happened,
        "{act} is told {told} times: {acted:?}"
    );
    Ok(())
}

/// Acts of which one is last. What comes last has come, so all before it has.
fn performed_all(telling: &Telling, container: &Container<'_>, words: &str) -> Result<Acted> {
    let last = [("fd.name", "/etc/passwd"), ("file.truth", "kernel")];
    let words = format!("{words} then open /etc/passwd read");
    Ok(telling.tells(container, &words, &last)?.0)
}

#[test]
fn file_opened_through_every_alias_is_told_by_its_own_path() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    container.shell(
        "echo x > /tmp/file
        ln -s /tmp/file /tmp/one; ln -s one /tmp/two; ln -s /proc/self/root/tmp/two /tmp/three",
    )?;
    let inode = container.shell("stat -c %i /tmp/file")?;
    for alias in [
        "/tmp/two",
        "/tmp/three",
        "/proc/self/root/tmp/file",
        "/proc/self/cwd/tmp/file",
        "/proc/thread-self/root/tmp/file",
        "/proc/1/root/tmp/../tmp/./file",
    ] {
        let fields = [("fd.nameraw", alias), ("fd.name", "/tmp/file")];
        let (_, alert) = telling.tells(&container, &format!("open {alias} read"), &fields)?;
        assert_eq!(
            alert.field("fd.ino").as_deref(),
            Some(inode.as_str()),
            "{alert}"
        );
        assert_eq!(
            alert.field("file.truth").as_deref(),
            Some("kernel"),
            "{alert}"
        );
    }
    Ok(())
}

#[test]
fn descriptor_opened_anew_is_told_by_the_file_behind_it() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    for (path, script) in [
        ("/proc/self/fd/3", "acts open /proc/self/fd/3 read"),
        ("/dev/fd/3", "acts open /dev/fd/3 read"),
    ] {
        let script = format!("echo x > /tmp/file; exec 3< /tmp/file; {script}");
        let said = container.shell(&script)?;
        assert!(said.contains("SUCCESS"), "{said}");
        telling.told(&container, |alert| {
            alert.field("fd.nameraw").as_deref() == Some(path)
                && alert.field("fd.name").as_deref() == Some("/tmp/file")
        })?;
    }
    Ok(())
}

#[test]
fn hard_link_is_told_by_the_name_that_was_opened_and_the_inode_of_both() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    container.shell("cp /etc/shadow /tmp/secret; ln /tmp/secret /tmp/innocent.txt")?;
    let inode = container.shell("stat -c %i /tmp/secret")?;
    let fields = [("fd.name", "/tmp/innocent.txt")];
    let (_, alert) = telling.tells(&container, "open /tmp/innocent.txt read", &fields)?;
    assert_eq!(
        alert.field("fd.ino").as_deref(),
        Some(inode.as_str()),
        "{alert}"
    );
    Ok(())
}

#[test]
fn name_overwritten_by_another_thread_while_the_kernel_reads_it() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    container.shell("echo x > /tmp/secret; echo x > /tmp/benign")?;
    let words = "flip-open /tmp/secret /tmp/benign 60";
    let acted = performed_all(telling, &container, words)?;
    for (act, name) in [("first", "/tmp/secret"), ("second", "/tmp/benign")] {
        // A name that was half of each when it was used names no file: that open is refused, and
        // told by what the caller claims.
        told_as_often(telling, &container, &acted, act, |alert| {
            alert.pid() == Some(acted.pid)
                && alert.field("file.truth").as_deref() == Some("kernel")
                && alert.field("fd.name").as_deref() == Some(name)
        })?;
    }
    Ok(())
}

#[test]
fn access_overwritten_by_another_thread_while_openat2_reads_it() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    container.shell("echo x > /tmp/file")?;
    let acted = performed_all(telling, &container, "flip-how /tmp/file 60")?;
    for (act, writes) in [("read", "false"), ("both", "true")] {
        told_as_often(telling, &container, &acted, act, |alert| {
            alert.pid() == Some(acted.pid)
                && alert.field("fd.name").as_deref() == Some("/tmp/file")
                && alert.field("evt.is_open_write").as_deref() == Some(writes)
        })?;
    }
    Ok(())
}

#[test]
fn words_overwritten_by_another_thread_while_the_kernel_reads_them() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    let acted = performed_all(telling, &container, "flip-words 60")?;
    for word in ["first", "other"] {
        told_as_often(telling, &container, &acted, word, |alert| {
            let line = alert.field("proc.cmdline").unwrap_or_default();
            line.starts_with("sh -c case ") && line.ends_with(&format!(" {word}"))
        })?;
    }
    Ok(())
}

#[test]
fn words_overwritten_after_the_execution() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    let words = "overwrite-words /usr/sbin/cron then open /etc/passwd read";
    let (acted, alert) = telling.tells(&container, words, &[("fd.name", "/etc/passwd")])?;
    assert_eq!(acted.result("overwrite-words")?, 0, "{acted:?}");
    let line = alert.field("proc.cmdline").unwrap_or_default();
    assert_eq!(line, format!("acts hold {words}"), "{alert}");
    Ok(())
}

#[test]
fn number_of_a_dead_process_given_to_one_of_another_container() -> Verdict {
    let telling = Telling::shared()?;
    let victim = telling.container(&[])?;
    let (first, _) = telling.tells(&victim, "open /etc/passwd read", &[])?;
    let number = first.pid.as_raw_nonzero();
    // The parent of what was executed takes its end some moments after it.
    let process = std::path::PathBuf::from(format!("/proc/{number}"));
    for _ in 0..500 {
        if !process.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let heir = telling
        .container(&[
            "--pid=host",
            "--cap-add=SYS_ADMIN",
            "--security-opt=seccomp=unconfined",
        ])?
        .with_renamed()?;
    let words = format!("born tid {number} open /etc/group read");
    let second = heir.perform(&Act::new(&words).by(RENAMED))?;
    assert_eq!(
        second.result("clone3")?,
        i64::from(number.get()),
        "{second:?}"
    );
    let alert = telling.told(&heir, |alert| {
        alert.pid() == Some(first.pid) && alert.field("fd.name").as_deref() == Some("/etc/group")
    })?;
    assert_eq!(alert.executable(), RENAMED, "{alert}");
    let parent = second.pid.as_raw_nonzero().to_string();
    assert_eq!(alert.field("proc.ppid"), Some(parent), "{alert}");
    let line = alert.field("proc.cmdline").unwrap_or_default();
    assert!(line.ends_with(&words), "{alert}");
    // What the first did is still the first's.
    let alerts = telling.detector.alerts_of(&victim);
    assert!(
        alerts.iter().all(|alert| alert.executable() != RENAMED),
        "{alerts:#?}"
    );
    Ok(())
}

#[test]
fn process_moved_or_born_into_another_cgroup_is_the_containers_still() -> Verdict {
    let telling = Telling::shared()?;
    let plain = HostCgroup::make()?;
    let like_a_container = HostCgroup::named(&format!("{:064x}", std::process::id()))?;
    let container = telling.container(&[
        "--cgroupns=host",
        "--cap-add=SYS_ADMIN",
        "--security-opt=seccomp=unconfined",
    ])?;
    let own =
        container.shell("mount -t cgroup2 none /mnt; sed -n 's/^0:://p' /proc/self/cgroup")?;
    let own = format!("{own}/below");
    container.shell(&format!("mkdir /mnt{own}"))?;
    for path in [own.as_str(), plain.path(), like_a_container.path()] {
        let file = format!("/tmp/moved{}", path.replace('/', "-"));
        let script = format!(
            "echo x > {file}; echo $$ > /mnt{path}/cgroup.procs
            sed -n 's/^0:://p' /proc/self/cgroup; : > {file}.after
            acts open {file} read > /dev/null"
        );
        assert_eq!(container.shell(&script)?, path, "not moved");
        // Who moved is known by what it was before.
        telling.told(&container, |alert| {
            alert.field("fd.name") == Some(format!("{file}.after"))
                && alert
                    .field("proc.cmdline")
                    .is_some_and(|line| line.starts_with("sh -euc "))
        })?;
        telling.told(&container, |alert| {
            alert.executable() == "/bin/acts" && alert.field("fd.name") == Some(file.clone())
        })?;
        let words = format!("born into /mnt{path} open /proc/self/cgroup read");
        let acted = container.perform(&Act::new(&words))?;
        assert!(acted.result("clone3")? > 0, "{acted:?}");
        let parent = acted.pid.as_raw_nonzero().to_string();
        telling.told(&container, |alert| {
            alert.field("proc.ppid") == Some(parent.clone())
                && alert.field("fd.nameraw").as_deref() == Some("/proc/self/cgroup")
        })?;
    }
    Ok(())
}

#[test]
fn cgroup_of_the_host_that_is_named_like_a_container_covers_nobody() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    let root = telling.engine.shared_directory()?;
    std::fs::write(root.join("file"), "x\n")?;
    let nobodys = format!("{:064x}", std::process::id() + 1);
    for (name, image) in [(nobodys.as_str(), None), (container.id(), Some("bare:1"))] {
        HostCgroup::named(name)?.perform_below(&root, "open /file read")?;
        let alert = telling.detector.wait_for_any(|alert| {
            alert.container() == name && alert.field("fd.name").as_deref() == Some("/file")
        })?;
        assert_eq!(image_of(&alert), image, "{alert}");
    }
    // The cgroups are gone; the container that lent its name is watched as before.
    let (_, alert) = telling.tells(&container, "open /etc/passwd read", &[])?;
    assert_eq!(image_of(&alert), Some("bare:1"), "{alert}");
    Ok(())
}

fn image_of(alert: &Alert) -> Option<&str> {
    alert.get("/container/image")?.as_str()
}

#[test]
fn process_whose_parent_is_gone_is_told_with_those_that_made_it() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    // The shell and the one that it starts have ended when the last of the chain acts.
    let script = "echo x > /tmp/file
        setsid acts relay 1000000 /tmp/go open /tmp/file read & wait $!; touch /tmp/go";
    container.shell(script)?;
    let alert = telling.told(&container, |alert| {
        alert.executable() == "/bin/acts" && alert.field("fd.name").as_deref() == Some("/tmp/file")
    })?;
    let parent = alert.field("proc.ppid").unwrap_or_default();
    let parent = std::path::PathBuf::from(format!("/proc/{parent}"));
    assert!(!parent.exists(), "the parent lives: {alert}");
    let made_by = alert.field("proc.aexepath").unwrap_or_default();
    // Who brought the shell in has ended too: whether /proc still knew of it depends on the load.
    assert!(
        made_by.split(' ').take(2).eq(["/bin/acts", "/bin/busybox"]),
        "{made_by}: {alert}"
    );
    Ok(())
}

#[test]
fn process_that_has_left_its_parents_is_the_containers_still() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    container
        .shell("echo x > /tmp/file; (setsid sh -c 'sleep 1; acts open /tmp/file read' &) &")?;
    let alert = telling.told(&container, |alert| {
        alert.executable() == "/bin/acts" && alert.field("fd.name").as_deref() == Some("/tmp/file")
    })?;
    assert_eq!(alert.container(), container.id(), "{alert}");
    let lineage = alert.get("/lineage").and_then(|lineage| lineage.as_array());
    assert!(
        lineage.is_some_and(|lineage| !lineage.is_empty()),
        "{alert}"
    );
    Ok(())
}

#[test]
fn names_exchanged_are_told_by_what_each_stands_for_at_the_open() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    container.shell("echo x > /tmp/secret; echo x > /tmp/benign")?;
    let secret = container.shell("stat -c %i /tmp/secret")?;
    let words = "name /tmp/secret /tmp/benign exchange then open /tmp/benign read";
    let fields = [("fd.name", "/tmp/benign"), ("fd.ino", secret.as_str())];
    let (acted, _) = telling.tells(&container, words, &fields)?;
    assert_eq!(acted.errno("renameat2")?, "SUCCESS", "{acted:?}");
    Ok(())
}

#[test]
fn deep_path_is_told_whole() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    // 1,500 components, below the longest path there is: made and opened step by step.
    let script = "cd /tmp; n=0
        while [ $n -lt 1500 ]; do mkdir d; cd d; n=$((n + 1)); done
        echo x > end; acts open end read";
    let said = container.shell(script)?;
    assert!(said.contains("SUCCESS"), "{said}");
    let alert = telling.told(&container, |alert| {
        alert.executable() == "/bin/acts" && alert.field("fd.nameraw").as_deref() == Some("end")
    })?;
    let whole = format!("/tmp{}/end", "/d".repeat(1500));
    assert_eq!(alert.field("fd.name"), Some(whole), "{alert}");
    Ok(())
}
