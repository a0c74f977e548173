//! io_uring in place of system calls: no call is there to be seen, and each act is told all the same,
//! by what the kernel opened and not by what the caller said.

use std::time::Duration;

use tests::allow;
use tests::shipped::{CREDENTIALS, ENGINE, KERNEL_INTERFACE, METADATA, NAMESPACE};
use tests::{
    Act, Alert, Attack, Container, Detector, Engine, Ground, Image, RENAMED, Telling, Verdict,
};

const CORE_PATTERN: &str = "/proc/sys/kernel/core_pattern";

/// The call that a way of opening equals.
fn call(way: &str) -> &str {
    if way == "openat2" { way } else { "openat" }
}

#[test]
fn credentials_read_by_every_kind_of_request() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    container.exec(&["ln", "-s", "/etc/shadow", "/tmp/link"])?;
    for way in ["plain", "openat2", "async", "sqpoll", "direct"] {
        for path in ["/etc/shadow", "/tmp/link", "/proc/self/root/etc/shadow"] {
            let words = format!("uring-open {path} read {way}");
            let attack = Attack::new(&words, call(way), "SUCCESS").on("/etc/shadow");
            attack.raises(CREDENTIALS, &container, &ground.detector)?;
        }
        let words = format!("uring-open /tmp/link read {way}");
        let attack = Attack::new(&words, call(way), "SUCCESS").by(RENAMED);
        attack
            .on("/etc/shadow")
            .raises(CREDENTIALS, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn request_whose_success_is_told_to_nobody() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    // What the kernel has looked up before needs no worker.
    container.exec(&["cat", "/etc/shadow"])?;
    let attack = Attack::new("uring-open /etc/shadow read silent", "openat", "SUCCESS");
    let attack = attack.on("/etc/shadow");
    let alert = attack.raises(CREDENTIALS, &container, &ground.detector)?;
    assert!(alert.mentions(" via=io_uring "), "{alert}");
    // First it is told by its name, and then by the file.
    ground.detector.wait_for(&container, |other| {
        other.pid() == alert.pid()
            && other.field("file.path_in_fs").as_deref() == Some("/etc/shadow")
    })?;
    Ok(())
}

#[test]
fn file_opened_read_and_closed_within_one_batch() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    // Where the names cannot be looked up without sleeping, a worker opens it, and the rest of the
    // batch goes ahead of that.
    let act = Act::new("uring-open /etc/shadow read batch");
    let mut acted = container.perform(&act)?;
    for _ in 0..20 {
        if acted.result("read")? > 0 {
            break;
        }
        acted = container.perform(&act)?;
    }
    assert!(acted.result("read")? > 0, "nothing was read: {acted:?}");
    // Two opens before, to learn the descriptor, and the one in the batch.
    let told = || {
        let alerts = ground.detector.alerts_of(&container);
        let of_this = |alert: &&Alert| {
            alert.pid() == Some(acted.pid)
                && alert.field("fd.name").as_deref() == Some("/etc/shadow")
        };
        alerts.iter().filter(of_this).count()
    };
    for _ in 0..100 {
        if told() < 3 {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    assert_eq!(told(), 3, "{}", ground.detector.account());
    Ok(())
}

#[test]
fn core_pattern_opened_by_a_request() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&allow::SANDBOXES)?.with_renamed()?;
    for way in ["plain", "openat2", "async", "sqpoll", "direct"] {
        let words = format!("uring-open {CORE_PATTERN} write {way}");
        let attack = Attack::new(&words, call(way), "SUCCESS").on(CORE_PATTERN);
        attack.raises(KERNEL_INTERFACE, &container, &ground.detector)?;
        attack
            .by(RENAMED)
            .raises(KERNEL_INTERFACE, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn refused_requests_are_attempts_by_the_name_that_the_kernel_took() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    for way in ["plain", "openat2", "async", "sqpoll", "direct", "silent"] {
        if way != "silent" {
            let words = format!("uring-open /etc/shadow read {way}");
            let attack = Attack::new(&words, call(way), "EACCES").as_user("1000");
            attack
                .on("/etc/shadow")
                .raises(CREDENTIALS, &container, &ground.detector)?;
        }
        let words = format!("uring-open {CORE_PATTERN} write {way}");
        let attack = Attack::new(&words, call(way), "EROFS").by(RENAMED);
        attack
            .on(CORE_PATTERN)
            .raises(KERNEL_INTERFACE, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn engine_socket_connected_by_a_request() -> Verdict {
    let ground = Ground::shared()?;
    let decoy = format!("{}:/decoy/innocent", ground.engine.socket().display());
    let container = ground.container(&["--volume", &decoy])?.with_renamed()?;
    let attack = Attack::new("uring-connect unix /decoy/innocent", "connect", "SUCCESS");
    let attack = attack.on("docker.sock");
    attack.raises(ENGINE, &container, &ground.detector)?;
    attack
        .by(RENAMED)
        .raises(ENGINE, &container, &ground.detector)?;
    let words = "uring-connect unix /var/run/docker.sock";
    Attack::new(words, "connect", "ENOENT")
        .on("docker.sock")
        .raises(ENGINE, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn connection_whose_success_is_told_to_nobody() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[&format!(
        "--volume={0}:/run/docker.sock",
        ground.engine.socket().display()
    )])?;
    let words = "uring-connect unix /run/docker.sock silent";
    let acted = container.perform(&Act::new(words))?;
    assert_eq!(acted.errno("getpeername")?, "SUCCESS", "{acted:?}");
    let alert = ground.detector.wait_for(&container, |alert| {
        alert.rule() == ENGINE.name && alert.pid() == Some(acted.pid)
    })?;
    assert_eq!(alert.priority(), ENGINE.done, "{alert}");
    assert!(alert.mentions("/run/docker.sock"), "{alert}");
    Ok(())
}

/// A container that has an address of a metadata service, and somebody who listens there.
fn with_metadata_service(ground: &Ground) -> anyhow::Result<Container<'static>> {
    let container = ground.container(&allow::NETWORK)?;
    container.shell("ip link set lo up; ip addr add 169.254.169.254/32 dev lo")?;
    container.exec_with(&["--detach"], &["acts", "listen", "80"])?;
    container.shell("until netstat -ltn | grep -q :80; do sleep 0.1; done")?;
    Ok(container)
}

#[test]
fn metadata_service_connected_by_a_request() -> Verdict {
    let ground = Ground::shared()?;
    let container = with_metadata_service(ground)?;
    for (transport, address, errno) in [
        ("tcp", "169.254.169.254", "SUCCESS"),
        ("udp", "169.254.169.254", "SUCCESS"),
        ("tcp", "169.254.170.2", "ENETUNREACH"),
    ] {
        let words = format!("uring-connect {transport} {address} 80");
        Attack::new(&words, "connect", errno).on(address).raises(
            METADATA,
            &container,
            &ground.detector,
        )?;
    }
    Ok(())
}

#[test]
fn opened_on_a_ring_whose_answers_wait_until_they_are_fetched() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    container.exec(&["ln", "-s", "/etc/shadow", "/tmp/link"])?;
    for way in ["deferred", "deferred-async"] {
        for path in ["/etc/shadow", "/tmp/link"] {
            let words = format!("uring-open {path} read {way}");
            let attack = Attack::new(&words, "openat", "SUCCESS").on("/etc/shadow");
            let alert = attack.raises(CREDENTIALS, &container, &ground.detector)?;
            ground.detector.wait_for(&container, |other| {
                other.pid() == alert.pid()
                    && other.field("file.path_in_fs").as_deref() == Some("/etc/shadow")
            })?;
            attack
                .by(RENAMED)
                .raises(CREDENTIALS, &container, &ground.detector)?;
        }
        let words = format!("uring-open /etc/shadow read {way}");
        let attack = Attack::new(&words, "openat", "EACCES").as_user("1000");
        attack.raises(CREDENTIALS, &container, &ground.detector)?;
    }
    // By its name alone, since its end is never heard of.
    let attack = Attack::new("uring-open /etc/shadow read unfetched", "openat", "SUCCESS");
    attack
        .on("/etc/shadow")
        .raises(CREDENTIALS, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn connected_on_a_ring_whose_answers_wait_until_they_are_fetched() -> Verdict {
    let ground = Ground::shared()?;
    let container = with_metadata_service(ground)?;
    for transport in ["tcp", "udp"] {
        for (way, call) in [("deferred", "connect"), ("unfetched", "getpeername")] {
            let words = format!("uring-connect {transport} 169.254.169.254 80 {way}");
            let attack = Attack::new(&words, call, "SUCCESS").on("169.254.169.254");
            attack.raises(METADATA, &container, &ground.detector)?;
        }
    }
    let words = "uring-connect tcp 169.254.170.2 80 deferred";
    Attack::new(words, "connect", "ENETUNREACH")
        .on("169.254.170.2")
        .raises(METADATA, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn requests_are_told_as_such_and_by_their_file() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    container.shell("echo secret > /tmp/file; ln -s /tmp/file /tmp/link")?;
    let inode = container.shell("stat -c %i /tmp/file")?;
    for way in ["plain", "openat2", "async", "sqpoll"] {
        let words = format!("uring-open /tmp/link read {way}");
        let fields = [("fd.name", "/tmp/file"), ("evt.via", "io_uring")];
        let (acted, alert) = telling.tells(&container, &words, &fields)?;
        assert_eq!(acted.result("inode")?.to_string(), inode);
        for (field, value) in [
            ("fd.ino", inode.as_str()),
            ("file.truth", "kernel"),
            ("fd.nameraw", "/tmp/link"),
            ("evt.type", call(way)),
        ] {
            assert_eq!(alert.field(field).as_deref(), Some(value), "{alert}");
        }
    }
    let fields = [("evt.type", "openat"), ("evt.via", "syscall")];
    telling.tells(&container, "open /tmp/link read", &fields)?;
    Ok(())
}

#[test]
fn opened_by_a_worker_of_whom_nobody_hears() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    container.shell("echo secret > /tmp/file; ln -s /tmp/file /tmp/link")?;
    let words = "uring-open /tmp/link read unfetched";
    let (acted, alert) = telling.tells(&container, words, &[("evt.via", "io_uring")])?;
    assert_eq!(acted.errno("openat")?, "SUCCESS", "{acted:?}");
    // The name alone, and it says so.
    for (field, value) in [("fd.name", "/tmp/link"), ("file.truth", "claim")] {
        assert_eq!(alert.field(field).as_deref(), Some(value), "{alert}");
    }
    Ok(())
}

#[test]
fn ring_that_is_set_up_is_told_with_its_flags() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    let fields = [("evt.type", "io_uring_setup")];
    let words = "uring-open /etc/passwd read sqpoll";
    let (_, alert) = telling.tells(&container, words, &fields)?;
    assert!(alert.mentions("IORING_SETUP_SQPOLL"), "{alert}");
    Ok(())
}

#[test]
fn storm_of_requests_where_all_is_looked_at() -> Verdict {
    let opens = match std::env::var_os("ESCAPE_DETECTOR_TEST_ALL") {
        Some(_) => 200_000,
        None => 20_000,
    };
    let engine = Engine::shared()?;
    let container = Container::idle(engine, Image::Bare, &allow::ADMINISTRATION)?;
    let detector = Detector::start_with(engine, &["--level", "all"])?;
    let words = format!("uring-storm {opens} /etc/passwd unshare mnt");
    let acted = container.perform(&Act::new(&words))?;
    assert!(acted.result("uring-storm")? == opens, "{acted:?}");
    assert!(acted.errno("unshare")? == "SUCCESS", "the escape failed");
    detector.wait_for(&container, |alert| {
        alert.rule() == NAMESPACE.name && alert.outcome() == "done"
    })?;
    let counts = detector.even()?;
    let made = counts.iter().find(|counts| counts.kind == "open");
    assert!(
        made.is_some_and(|counts| counts.made >= opens.unsigned_abs()),
        "{counts:#?}"
    );
    detector.stop()?;
    Ok(())
}
