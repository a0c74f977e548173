//! Evasions by path and process: whatever the caller says, the event shows what was opened or run.

use tests::{Act, Telling, Verdict};

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
    let words = "flip-open /tmp/secret /tmp/benign 60 then open /etc/passwd read";
    let acted = container.perform(&Act::new(words))?;
    // A name that was half of each when it was used names no file: that open is refused, and told by
    // what the caller claims.
    let of_this = |alert: &tests::Alert| {
        alert.pid() == Some(acted.pid) && alert.field("file.truth").as_deref() == Some("kernel")
    };
    // What comes last has come, so all before it has.
    telling.told(&container, |alert| {
        of_this(alert) && alert.field("fd.name").as_deref() == Some("/etc/passwd")
    })?;
    let alerts = telling.detector.alerts_of(&container);
    for (act, name) in [("first", "/tmp/secret"), ("second", "/tmp/benign")] {
        assert!(acted.result(act)? > 0, "{name} was never opened: {acted:?}");
        let told = alerts.iter().filter(|alert| of_this(alert));
        let told = told
            .filter(|alert| alert.field("fd.name").as_deref() == Some(name))
            .count();
        assert_eq!(
            i64::try_from(told)?,
            acted.result(act)?,
            "{name}: {acted:?}"
        );
    }
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
