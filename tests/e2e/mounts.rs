//! Attacks by mounts and namespaces: a workload that rearranges what its runtime arranged.

use tests::shipped::{MOUNT, NAMESPACE, OWN_MOUNT, OWN_NAMESPACE};
use tests::{Attack, Container, Ground, RENAMED, Verdict, allow};

#[test]
fn mount_refused_by_seccomp_is_an_attempt() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    let plain = Attack::new("mount none /mnt tmpfs", "mount", "EPERM");
    plain.raises(MOUNT, &container, &ground.detector)?;
    plain
        .by(RENAMED)
        .raises(MOUNT, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn every_refused_mount_call_is_an_attempt() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    for (words, call) in [
        ("umount /mnt", "umount2"),
        ("new-mount tmpfs none /mnt", "fsopen"),
        ("new-mount tmpfs none /mnt", "fsconfig"),
        ("new-mount tmpfs none /mnt", "fsmount"),
        ("new-mount tmpfs none /mnt", "move_mount"),
        ("open-tree /tmp /mnt", "open_tree"),
        ("pivot-root / /tmp", "pivot_root"),
    ] {
        let attack = Attack::new(words, call, "EPERM").on(call);
        attack.raises(MOUNT, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn mount_by_old_and_new_calls() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&allow::ADMINISTRATION)?;
    for (words, call) in [
        ("mount none /mnt tmpfs", "mount"),
        ("umount /mnt", "umount2"),
        ("mount /tmp /mnt none bind", "mount"),
        ("new-mount tmpfs none /mnt", "move_mount"),
        ("open-tree /tmp /mnt", "move_mount"),
    ] {
        let attack = Attack::new(words, call, "SUCCESS").on("/mnt");
        attack.raises(MOUNT, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn mount_through_aliases_of_its_target() -> Verdict {
    let ground = Ground::shared()?;
    let shared = ground.engine.shared_directory()?;
    let decoy = format!("{}:/decoy", shared.display());
    let options = [allow::ADMINISTRATION, ["--volume", &decoy]].concat();
    let container = ground.container(&options)?.with_renamed()?;
    container.exec(&["ln", "-s", "/mnt", "/tmp/link"])?;
    for target in ["/tmp/link", "/proc/self/root/mnt", "/decoy"] {
        let words = format!("mount none {target} tmpfs then umount {target}");
        let attack = Attack::new(&words, "mount", "SUCCESS")
            .by(RENAMED)
            .on(target);
        attack.raises(MOUNT, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn mount_in_a_user_namespace_made_inside_is_information() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&allow::SANDBOXES)?.with_renamed()?;
    let attack = Attack::new(
        "unshare user,mnt then mount none /mnt tmpfs",
        "mount",
        "SUCCESS",
    );
    attack.raises(OWN_MOUNT, &container, &ground.detector)?;
    attack
        .by(RENAMED)
        .raises(OWN_MOUNT, &container, &ground.detector)?;
    nothing_grave(ground, &container);
    Ok(())
}

#[test]
fn namespace_calls_refused_by_seccomp_are_attempts() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    for (words, call) in [
        ("setns /proc/self/ns/uts uts", "setns"),
        ("setns-descriptor -1 any", "setns"),
        ("unshare mnt", "unshare"),
        ("unshare pid,net", "unshare"),
    ] {
        let attack = Attack::new(words, call, "EPERM").by(RENAMED);
        attack.raises(NAMESPACE, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn namespace_changed_by_a_workload() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&allow::ADMINISTRATION)?.with_renamed()?;
    container.exec(&["ln", "-s", "/proc/1/ns/uts", "/tmp/link"])?;
    for (words, call) in [
        ("setns /proc/1/ns/uts uts", "setns"),
        ("setns /tmp/link any", "setns"),
        ("setns /proc/self/root/proc/1/ns/mnt mnt", "setns"),
        ("unshare mnt", "unshare"),
        ("thread unshare uts", "unshare"),
    ] {
        let attack = Attack::new(words, call, "SUCCESS");
        attack.raises(NAMESPACE, &container, &ground.detector)?;
        attack
            .by(RENAMED)
            .raises(NAMESPACE, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn user_namespace_made_or_refused_is_information() -> Verdict {
    let ground = Ground::shared()?;
    for (options, errno) in [(allow::SANDBOXES.as_slice(), "SUCCESS"), (&[], "EPERM")] {
        let container = ground.container(options)?.with_renamed()?;
        let attack = Attack::new("unshare user", "unshare", errno).by(RENAMED);
        attack.raises(OWN_NAMESPACE, &container, &ground.detector)?;
        nothing_grave(ground, &container);
    }
    Ok(())
}

/// The alert that was waited for came last, so all that the acts before it raised is there.
fn nothing_grave(ground: &Ground, container: &Container<'_>) {
    let alerts = ground.detector.alerts_of(container);
    assert!(!alerts.iter().any(tests::Alert::is_grave), "{alerts:#?}");
}
