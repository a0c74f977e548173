//! Calls through the 32-bit entry, by numbers that the 64-bit one does not have.

use anyhow::Context;
use tests::shipped::{CLOCK, ENGINE, MOUNT};
use tests::{Attack, Container, Detector, Engine, Ground, Image, RENAMED, Rule, Verdict, allow};

#[test]
fn engine_socket_reached_by_socketcall() -> Verdict {
    let ground = Ground::shared()?;
    let volume = format!("{}:/decoy/innocent", ground.engine.socket().display());
    let container = ground.container(&["--volume", &volume])?.with_renamed()?;
    let attack = Attack::new("compat connect /decoy/innocent", "socketcall", "SUCCESS");
    // The peer's own name, whatever it was called.
    let attack = attack.on("docker.sock");
    attack.raises(ENGINE, &container, &ground.detector)?;
    attack
        .by(RENAMED)
        .raises(ENGINE, &container, &ground.detector)?;
    let nowhere = ground.container(&[])?;
    Attack::new(
        "compat connect /var/run/docker.sock",
        "socketcall",
        "ENOENT",
    )
    .on("/var/run/docker.sock")
    .raises(ENGINE, &nowhere, &ground.detector)?;
    Ok(())
}

#[test]
fn umount_without_flags() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&allow::ADMINISTRATION)?.with_renamed()?;
    for executable in ["/bin/acts", RENAMED] {
        container.exec(&["acts", "mount", "none", "/mnt", "tmpfs"])?;
        let attack = Attack::new("compat umount /mnt", "umount", "SUCCESS").by(executable);
        let alert = attack
            .on("umount2")
            .raises(MOUNT, &container, &ground.detector)?;
        assert!(alert.mentions("flags=0"), "{alert}");
        let mounts = container.exec(&["cat", "/proc/mounts"])?;
        assert!(!mounts.contains(" /mnt "), "it is still there: {mounts}");
    }
    let plain = ground.container(&[])?;
    Attack::new("compat umount /mnt", "umount", "EPERM").raises(MOUNT, &plain, &ground.detector)?;
    Ok(())
}

#[test]
fn clock_set_by_stime() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    let attack = Attack::new("compat stime", "stime", "EPERM").on("change=step");
    attack.raises(CLOCK, &container, &ground.detector)?;
    attack
        .by(RENAMED)
        .raises(CLOCK, &container, &ground.detector)?;
    Ok(())
}

const TOLD: Rule = Rule {
    name: "Told",
    done: "notice",
    refused: "notice",
};

#[test]
fn user_changed_with_an_id_of_16_bits() -> Verdict {
    let engine = Engine::shared()?;
    let file = engine.shared_directory()?.join("setuid.yaml");
    let rules = "- rule: Told\n  desc: Users changed.\n  condition: evt.type = setuid\n  \
        output: uid=%evt.arg.uid now=%user.uid\n  priority: NOTICE\n";
    std::fs::write(&file, rules).context("the rules cannot be written")?;
    let rules = file.display().to_string();
    let detector = Detector::start_with(engine, &["--rules", &rules])?;
    let container = Container::idle(engine, Image::Bare, &[])?;
    let attack = Attack::new("compat setuid 1000", "setuid", "SUCCESS");
    attack
        .on("uid=1000 now=1000")
        .raises(TOLD, &container, &detector)?;
    Ok(())
}
