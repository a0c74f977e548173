//! Attacks by connections: to the engine that runs the container, to the cloud's metadata service.

use anyhow::Result;
use tests::shipped::{ENGINE, METADATA};
use tests::{Attack, Container, Ground, RENAMED, Verdict, allow};

const METADATA_V4: &str = "169.254.169.254";
const METADATA_V6: &str = "fd00:ec2::254";

/// A container that was given the engine's socket, under its own name and another.
fn with_engine(ground: &Ground) -> Result<Container<'static>> {
    let socket = ground.engine.socket();
    let known = format!("{}:/var/run/docker.sock", socket.display());
    let decoy = format!("{}:/decoy/innocent", socket.display());
    let container = ground.container(&["--volume", &known, "--volume", &decoy])?;
    container.exec(&["ln", "-s", "/var/run/docker.sock", "/tmp/link"])?;
    container.with_renamed()
}

#[test]
fn engine_socket_reached_by_every_name() -> Verdict {
    let ground = Ground::shared()?;
    let container = with_engine(ground)?;
    for path in [
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/tmp/link",
        "/proc/self/root/run/docker.sock",
        "/decoy/innocent",
    ] {
        let words = format!("connect unix {path}");
        // The peer's own name, whatever it was called.
        let attack = Attack::new(&words, "connect", "SUCCESS").on("docker.sock");
        attack.raises(ENGINE, &container, &ground.detector)?;
        attack
            .by(RENAMED)
            .raises(ENGINE, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn engine_socket_refused_to_an_ordinary_user_is_an_attempt() -> Verdict {
    let ground = Ground::shared()?;
    let container = with_engine(ground)?;
    let attack = Attack::new("connect unix /var/run/docker.sock", "connect", "EACCES");
    let attack = attack.as_user("1000").by(RENAMED).on("docker.sock");
    attack.raises(ENGINE, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn engine_socket_that_is_not_there_is_an_attempt() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    let attack = Attack::new("connect unix /var/run/docker.sock", "connect", "ENOENT");
    attack
        .on("docker.sock")
        .raises(ENGINE, &container, &ground.detector)?;
    Ok(())
}

/// A container in whose own network the metadata service's addresses answer.
fn with_metadata(ground: &Ground) -> Result<Container<'static>> {
    let container = ground.container(&allow::NETWORK)?.with_renamed()?;
    container.shell(&format!(
        "ip link set lo up
        ip addr add {METADATA_V4}/32 dev lo
        ip -6 addr add {METADATA_V6}/128 dev lo"
    ))?;
    container.exec_with(&["--detach"], &["acts", "listen", "80"])?;
    container.shell("until netstat -ltn | grep -q :80; do sleep 0.1; done")?;
    Ok(container)
}

#[test]
fn metadata_service_reached_by_every_transport() -> Verdict {
    let ground = Ground::shared()?;
    let container = with_metadata(ground)?;
    for (words, errno, object) in [
        (
            format!("connect tcp {METADATA_V4} 80"),
            "SUCCESS",
            METADATA_V4,
        ),
        (
            format!("connect tcp {METADATA_V4} 80 nonblocking"),
            "EINPROGRESS",
            METADATA_V4,
        ),
        (
            format!("connect tcp ::ffff:{METADATA_V4} 80"),
            "SUCCESS",
            METADATA_V4,
        ),
        (
            format!("connect udp {METADATA_V4} 80"),
            "SUCCESS",
            METADATA_V4,
        ),
        (
            format!("connect udp ::ffff:{METADATA_V4} 80"),
            "SUCCESS",
            METADATA_V4,
        ),
        (
            format!("connect tcp {METADATA_V6} 80"),
            "SUCCESS",
            METADATA_V6,
        ),
        (
            format!("connect udp {METADATA_V6} 80"),
            "SUCCESS",
            METADATA_V6,
        ),
    ] {
        let attack = Attack::new(&words, "connect", errno).on(object);
        attack.raises(METADATA, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn metadata_service_reached_by_a_renamed_binary() -> Verdict {
    let ground = Ground::shared()?;
    let container = with_metadata(ground)?;
    let words = format!("connect tcp {METADATA_V4} 80");
    let attack = Attack::new(&words, "connect", "SUCCESS")
        .by(RENAMED)
        .on(METADATA_V4);
    attack.raises(METADATA, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn metadata_service_without_a_route_is_an_attempt() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&["--network=none"])?.with_renamed()?;
    for transport in ["tcp", "udp"] {
        let words = format!("connect {transport} {METADATA_V4} 80");
        let attack = Attack::new(&words, "connect", "ENETUNREACH")
            .by(RENAMED)
            .on(METADATA_V4);
        attack.raises(METADATA, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn metadata_service_that_refuses_is_an_attempt() -> Verdict {
    let ground = Ground::shared()?;
    let container = with_metadata(ground)?;
    let words = format!("connect tcp {METADATA_V4} 81");
    let attack = Attack::new(&words, "connect", "ECONNREFUSED").on(METADATA_V4);
    attack.raises(METADATA, &container, &ground.detector)?;
    Ok(())
}
