//! Attacks on kernel interfaces and block devices: what a container reaches of the host through a
//! file that the kernel itself stands behind.

use anyhow::Result;
use tests::shipped::{DEVICE, KERNEL_INTERFACE};
use tests::{Attack, Container, Ground, LoopDevice, RENAMED, Verdict, allow};

const CORE_PATTERN: &str = "/proc/sys/kernel/core_pattern";

/// A write to core_pattern, done, by the path that the kernel resolves to `object`.
fn core_pattern(path: &str, way: &str, object: &str) -> Attack {
    Attack::new(&format!("open {path} write {way}"), way, "SUCCESS").on(object)
}

/// A container whose `/proc/sys` is writable, with another way to it at `/decoy`.
fn open_interfaces(ground: &Ground) -> Result<Container<'static>> {
    let decoy = ["--volume", "/proc/sys/kernel:/decoy"];
    ground
        .container(&[allow::SANDBOXES.as_slice(), &decoy].concat())?
        .with_renamed()
}

#[test]
fn core_pattern_opened_by_every_system_call() -> Verdict {
    let ground = Ground::shared()?;
    let container = open_interfaces(ground)?;
    for way in ["open", "openat", "openat2", "creat"] {
        core_pattern(CORE_PATTERN, way, CORE_PATTERN).raises(
            KERNEL_INTERFACE,
            &container,
            &ground.detector,
        )?;
    }
    Ok(())
}

#[test]
fn core_pattern_opened_through_aliases() -> Verdict {
    let ground = Ground::shared()?;
    let container = open_interfaces(ground)?;
    container.exec(&["ln", "-s", CORE_PATTERN, "/tmp/link"])?;
    for (alias, object) in [
        ("/tmp/link", CORE_PATTERN),
        ("/proc/self/root/proc/sys/kernel/core_pattern", CORE_PATTERN),
        ("/tmp/../proc/1/../sys/kernel/./core_pattern", CORE_PATTERN),
        ("/decoy/core_pattern", "/decoy/core_pattern"),
    ] {
        let attack = core_pattern(alias, "openat", object);
        attack.raises(KERNEL_INTERFACE, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn core_pattern_opened_by_a_renamed_binary() -> Verdict {
    let ground = Ground::shared()?;
    let container = open_interfaces(ground)?;
    let attack = core_pattern(CORE_PATTERN, "openat", CORE_PATTERN).by(RENAMED);
    attack.raises(KERNEL_INTERFACE, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn core_pattern_opened_by_a_thread_that_is_not_the_leader() -> Verdict {
    let ground = Ground::shared()?;
    let container = open_interfaces(ground)?;
    let words = format!("thread open {CORE_PATTERN} write");
    let attack = Attack::new(&words, "openat", "SUCCESS").on(CORE_PATTERN);
    attack.raises(KERNEL_INTERFACE, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn core_pattern_in_a_plain_container_is_an_attempt() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    let attack = Attack::new(&format!("open {CORE_PATTERN} write"), "openat", "EROFS")
        .by(RENAMED)
        .on(CORE_PATTERN);
    attack.raises(KERNEL_INTERFACE, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn core_pattern_reached_by_a_fresh_procfs() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&allow::ADMINISTRATION)?;
    let words = "mount none /mnt proc then open /mnt/sys/kernel/core_pattern write";
    let attack = Attack::new(words, "openat", "SUCCESS").on("/mnt/sys/kernel/core_pattern");
    attack.raises(KERNEL_INTERFACE, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn release_agent_of_a_hierarchy_mounted_inside() -> Verdict {
    let ground = Ground::shared()?;
    let options = [allow::ADMINISTRATION.as_slice(), &["--cgroupns=host"]].concat();
    let container = ground.container(&options)?.with_renamed()?;
    let words = "mount none /mnt cgroup named-hierarchy then open /mnt/release_agent write";
    let attack = Attack::new(words, "openat", "SUCCESS")
        .by(RENAMED)
        .on("/mnt/release_agent");
    attack.raises(KERNEL_INTERFACE, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn interpreter_registered_through_a_mount_of_its_own() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&allow::ADMINISTRATION)?;
    let words = "mount none /mnt binfmt_misc then open /mnt/register write";
    let attack = Attack::new(words, "openat", "SUCCESS").on("/mnt/register");
    attack.raises(KERNEL_INTERFACE, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn reading_a_kernel_interface_raises_nothing() -> Verdict {
    let ground = Ground::shared()?;
    let container = open_interfaces(ground)?;
    Attack::new(&format!("open {CORE_PATTERN} read"), "openat", "SUCCESS").performed(&container)?;
    // What comes after it has come, so what it raised would be there too.
    let attack = core_pattern(CORE_PATTERN, "openat", CORE_PATTERN);
    let alert = attack.raises(KERNEL_INTERFACE, &container, &ground.detector)?;
    let all = ground.detector.alerts_of(&container);
    let grave = all.iter().filter(|other| other.is_grave()).count();
    assert_eq!(grave, 1, "more than {alert}: {all:#?}");
    Ok(())
}

/// A container that may open loop devices, with a node for this one at `/tmp/disk`.
fn with_node(ground: &Ground, device: &LoopDevice) -> Result<Container<'static>> {
    let decoy = format!("{}:/decoy/disk", device.path());
    let options = [
        allow::ADMINISTRATION,
        allow::LOOP_DEVICES,
        ["--volume", &decoy],
    ]
    .concat();
    let container = ground.container(&options)?.with_renamed()?;
    Attack::new(&device.node_act("/tmp/disk"), "mknodat", "SUCCESS").performed(&container)?;
    container.exec(&["ln", "-s", "/tmp/disk", "/tmp/link"])?;
    Ok(container)
}

#[test]
fn block_device_opened_through_aliases() -> Verdict {
    let ground = Ground::shared()?;
    let device = LoopDevice::attach()?;
    let container = with_node(ground, &device)?;
    for (path, object) in [
        ("/tmp/disk", "/tmp/disk"),
        ("/tmp/link", "/tmp/disk"),
        ("/proc/self/root/tmp/disk", "/tmp/disk"),
        ("/decoy/disk", "/decoy/disk"),
    ] {
        Attack::new(&format!("open {path} read"), "openat", "SUCCESS")
            .on(object)
            .raises(DEVICE, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn block_device_opened_by_a_renamed_binary() -> Verdict {
    let ground = Ground::shared()?;
    let device = LoopDevice::attach()?;
    let container = with_node(ground, &device)?;
    let attack = Attack::new("open /tmp/disk both openat2", "openat2", "SUCCESS").by(RENAMED);
    attack
        .on("/tmp/disk")
        .raises(DEVICE, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn block_device_mounted_inside() -> Verdict {
    let ground = Ground::shared()?;
    let device = LoopDevice::attach()?;
    let container = with_node(ground, &device)?;
    for source in [
        "/tmp/disk",
        "/tmp/link",
        "/proc/self/root/tmp/disk",
        "/decoy/disk",
    ] {
        let words = format!("mount {source} /mnt ext4 then umount /mnt");
        let attack = Attack::new(&words, "mount", "SUCCESS")
            .by(RENAMED)
            .on(source);
        attack.raises(DEVICE, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn block_device_mounted_by_the_new_calls() -> Verdict {
    let ground = Ground::shared()?;
    let device = LoopDevice::attach()?;
    let container = with_node(ground, &device)?;
    let attack = Attack::new("new-mount ext4 /tmp/disk /mnt", "move_mount", "SUCCESS");
    attack
        .on("/tmp/disk")
        .raises(DEVICE, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn block_device_refused_by_the_device_cgroup_is_an_attempt() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    // The name is all that the kernel leaves of a refused open.
    let words = "mknod-block /dev/sda 8 0 then open /dev/sda read";
    let attack = Attack::new(words, "openat", "EPERM")
        .by(RENAMED)
        .on("/dev/sda");
    attack.raises(DEVICE, &container, &ground.detector)?;
    Ok(())
}
