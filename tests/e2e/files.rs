//! Attacks on files that are not the workload's: another container's, and credentials.

use std::os::unix::fs::PermissionsExt;

use anyhow::Result;
use tests::shipped::{CREDENTIALS, FOREIGN_MOUNT};
use tests::{Attack, Container, Ground, RENAMED, Verdict};

/// A container that shares its process numbers with another.
fn neighbour(ground: &Ground, first: &Container<'_>) -> Result<Container<'static>> {
    let pid = format!("--pid=container:{}", first.id());
    let second = ground
        .container(&[&pid, "--cap-add", "SYS_PTRACE"])?
        .with_renamed()?;
    second.exec(&["ln", "-s", "/proc/1/root/etc", "/tmp/link"])?;
    Ok(second)
}

#[test]
fn file_of_another_container_opened_through_its_root() -> Verdict {
    let ground = Ground::shared()?;
    let first = ground.container(&[])?;
    let second = neighbour(ground, &first)?;
    for path in [
        "/proc/1/root/etc/passwd",
        "/tmp/link/passwd",
        "/proc/self/root/proc/1/root/etc/passwd",
        "/proc/1/cwd/etc/passwd",
    ] {
        let words = format!("open {path} read");
        let attack = Attack::new(&words, "openat", "SUCCESS").on("/etc/passwd");
        attack.raises(FOREIGN_MOUNT, &second, &ground.detector)?;
        attack
            .by(RENAMED)
            .raises(FOREIGN_MOUNT, &second, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn directory_of_another_container_entered() -> Verdict {
    let ground = Ground::shared()?;
    let first = ground.container(&[])?;
    let second = neighbour(ground, &first)?;
    for (words, call) in [
        ("chdir /proc/1/root/etc", "chdir"),
        ("chdir /tmp/link", "chdir"),
        ("fchdir /proc/1/root/etc", "fchdir"),
        ("chroot /proc/1/root/etc", "chroot"),
    ] {
        let attack = Attack::new(words, call, "SUCCESS").by(RENAMED).on("/etc");
        attack.raises(FOREIGN_MOUNT, &second, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn own_files_are_not_foreign() -> Verdict {
    let ground = Ground::shared()?;
    let first = ground.container(&[])?;
    let second = neighbour(ground, &first)?;
    for (words, call) in [
        ("open /proc/self/root/etc/passwd read", "openat"),
        ("chdir /proc/self/root/etc", "chdir"),
        ("make /proc/self/root/tmp/own mkdir", "mkdir"),
        ("chdir /tmp then mode own 700 fchmodat", "fchmodat"),
        ("mode /tmp/own 755 fchmod", "fchmod"),
    ] {
        Attack::new(words, call, "SUCCESS").performed(&second)?;
    }
    let attack = Attack::new("chdir /proc/1/root/etc", "chdir", "SUCCESS");
    attack.raises(FOREIGN_MOUNT, &second, &ground.detector)?;
    let alerts = ground.detector.alerts_of(&second);
    assert_eq!(
        alerts.iter().filter(|alert| alert.is_grave()).count(),
        1,
        "{alerts:#?}"
    );
    Ok(())
}

#[test]
fn credentials_read_by_their_names() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    for (path, object) in [
        ("/etc/shadow", "/etc/shadow"),
        ("/root/.ssh/id_ed25519", "/root/.ssh/id_ed25519"),
        ("/root/.aws/credentials", "/root/.aws/credentials"),
        // The kernel ends at the file that the links lead to.
        (
            "/var/run/secrets/kubernetes.io/serviceaccount/token",
            "kubernetes.io/serviceaccount/",
        ),
    ] {
        for way in ["openat", "openat2", "open"] {
            let words = format!("open {path} read {way}");
            let attack = Attack::new(&words, way, "SUCCESS").on(object);
            attack.raises(CREDENTIALS, &container, &ground.detector)?;
        }
    }
    Ok(())
}

#[test]
fn credentials_read_through_aliases() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    container.exec(&["ln", "-s", "/etc/shadow", "/tmp/link"])?;
    for path in [
        "/tmp/link",
        "/proc/self/root/etc/shadow",
        "/proc/self/cwd/etc/./shadow",
    ] {
        let words = format!("open {path} read");
        let attack = Attack::new(&words, "openat", "SUCCESS")
            .by(RENAMED)
            .on("/etc/shadow");
        attack.raises(CREDENTIALS, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn credentials_of_the_host_read_through_bind_mounts() -> Verdict {
    let ground = Ground::shared()?;
    let home = ground.engine.shared_directory()?;
    std::fs::create_dir(home.join(".ssh"))?;
    std::fs::create_dir(home.join(".aws"))?;
    for file in [".ssh/id_rsa", ".aws/credentials"] {
        std::fs::write(home.join(file), "decoy\n")?;
        std::fs::set_permissions(home.join(file), std::fs::Permissions::from_mode(0o600))?;
    }
    let whole = format!("{}:/decoy", home.display());
    let single = format!("{}:/innocent.txt", home.join(".aws/credentials").display());
    let container = ground
        .container(&["--volume", &whole, "--volume", &single])?
        .with_renamed()?;
    for path in [
        "/decoy/.ssh/id_rsa",
        "/decoy/.aws/credentials",
        "/innocent.txt",
    ] {
        let words = format!("open {path} read");
        let attack = Attack::new(&words, "openat", "SUCCESS")
            .by(RENAMED)
            .on(path);
        attack.raises(CREDENTIALS, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn credentials_refused_to_an_ordinary_user_are_an_attempt() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    let attack = Attack::new("open /etc/shadow read", "openat", "EACCES").as_user("1000");
    let attack = attack.by(RENAMED).on("/etc/shadow");
    attack.raises(CREDENTIALS, &container, &ground.detector)?;
    Ok(())
}
