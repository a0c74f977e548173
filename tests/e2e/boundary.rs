//! The boundary: a task that stands outside of its container is told, whatever led out; one that
//! makes its own place inside is not.

use anyhow::{Context, Result};
use tests::shipped::{INTO_CONTAINER, INWARD, ROOT_OUT, TO_UNKNOWN};
use tests::{Act, Attack, Container, Ground, HostShell, Verdict, allow};

/// What `nsenter` needs.
const ENTER: [&str; 6] = [
    "--cap-add",
    "SYS_ADMIN",
    "--cap-add",
    "SYS_PTRACE",
    "--cap-add",
    "SYS_CHROOT",
];

/// A container that sees the processes of another one.
fn beside(ground: &Ground, other: &Container<'_>) -> Result<Container<'static>> {
    let pid = format!("--pid=container:{}", other.id());
    let options: Vec<&str> = ENTER.iter().copied().chain([pid.as_str()]).collect();
    ground.container(&options)
}

#[test]
fn another_containers_mount_namespace() -> Verdict {
    let ground = Ground::shared()?;
    let victim = ground.container(&[])?;
    victim.shell("echo theirs > /tmp/mark")?;
    let container = beside(ground, &victim)?.with_renamed()?;
    for executable in ["/bin/acts", tests::RENAMED] {
        let attack = Attack::new(
            "setns /proc/1/ns/mnt mnt then open /tmp/mark read",
            "openat",
            "SUCCESS",
        )
        .by(executable);
        let acted = attack.performed(&container)?;
        assert!(acted.errno("setns")? == "SUCCESS", "not entered");
        let alert = ground.detector.wait_for(&container, |alert| {
            alert.rule() == INTO_CONTAINER.name && alert.pid() == Some(acted.pid)
        })?;
        assert!(alert.priority() == INTO_CONTAINER.done, "{alert}");
        assert!(
            alert.mentions(victim.id().get(..12).context("an id")?),
            "the victim is not named: {alert}"
        );
        assert!(alert.mentions("mnt_ns"), "{alert}");
    }
    Ok(())
}

#[test]
fn root_directory_of_another_container() -> Verdict {
    let ground = Ground::shared()?;
    let victim = ground.container(&[])?;
    let container = beside(ground, &victim)?;
    victim.shell("echo theirs > /tmp/mark")?;
    let act = Act::new("chroot /proc/1/root then open /tmp/mark read");
    let acted = container.perform(&act)?;
    assert!(acted.errno("chroot")? == "SUCCESS" && acted.errno("openat")? == "SUCCESS");
    let alert = ground.detector.wait_for(&container, |alert| {
        alert.rule() == ROOT_OUT.name && alert.pid() == Some(acted.pid)
    })?;
    assert!(alert.priority() == ROOT_OUT.done, "{alert}");
    Ok(())
}

#[test]
fn a_network_namespace_of_the_host() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[
        "--pid=host",
        "--cap-add",
        "SYS_ADMIN",
        "--cap-add",
        "SYS_PTRACE",
    ])?;
    // Whoever shares the host's pid namespace since its birth is not outside for that.
    let quiet = container.perform(&Act::new("open /etc/passwd read"))?;
    assert!(quiet.errno("openat")? == "SUCCESS");
    let mut host = HostShell::start()?;
    host.tell("true")?;
    let words = format!("setns /proc/{}/ns/net net", host.pid());
    let acted = container.perform(&Act::new(&words))?;
    assert!(acted.errno("setns")? == "SUCCESS", "{acted:?}");
    let alert = ground.detector.wait_for(&container, |alert| {
        alert.rule() == tests::shipped::TO_HOST.name && alert.pid() == Some(acted.pid)
    })?;
    assert!(
        alert.mentions("net_ns") && !alert.mentions("pid_ns"),
        "{alert}"
    );
    Ok(())
}

#[test]
fn a_namespace_number_that_was_the_containers_before() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[
        "--pid=host",
        "--cap-add",
        "SYS_ADMIN",
        "--cap-add",
        "SYS_PTRACE",
    ])?;
    // The container makes a namespace and lets it die, until its number is that of one of the host's.
    for _ in 0..50 {
        let made = container.shell("unshare -u readlink /proc/self/ns/uts")?;
        let stranger = Stranger::start("uts")?;
        if stranger.namespace != made {
            continue;
        }
        let words = format!("setns /proc/{}/ns/uts uts", stranger.pid());
        let acted = container.perform(&Act::new(&words))?;
        assert!(acted.errno("setns")? == "SUCCESS", "{acted:?}");
        let alert = ground.detector.wait_for(&container, |alert| {
            alert.rule() == TO_UNKNOWN.name && alert.pid() == Some(acted.pid)
        })?;
        assert!(alert.mentions("uts_ns"), "{alert}");
        return Ok(());
    }
    Err(anyhow::anyhow!("no number was given again").into())
}

#[test]
fn steps_inward_are_information() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&allow::SANDBOXES)?;
    for words in [
        "unshare user,mnt,pid,net,ipc,uts",
        "thread unshare user",
        "chroot /tmp",
        "setid setresuid 1000 1000 1000",
    ] {
        container.perform(&Act::new(words))?;
    }
    let alert = ground
        .detector
        .wait_for(&container, |alert| alert.rule() == INWARD.name)?;
    assert!(alert.mentions("user_ns"), "{alert}");
    let alerts = ground.detector.alerts_of(&container);
    let grave: Vec<_> = alerts.iter().filter(|alert| alert.is_grave()).collect();
    assert!(grave.is_empty(), "{grave:?}");
    Ok(())
}

/// A process of the host in a namespace that it made for itself.
struct Stranger {
    child: std::process::Child,
    namespace: String,
}

impl Stranger {
    fn start(kind: &str) -> Result<Self> {
        let child = std::process::Command::new("unshare")
            .args([&format!("--{kind}"), "sleep", "60"])
            .spawn()?;
        let link = format!("/proc/{}/ns/{kind}", child.id());
        let own = std::fs::read_link(format!("/proc/self/ns/{kind}"))?;
        let mut stranger = Self {
            child,
            namespace: String::new(),
        };
        for _ in 0..200 {
            let found = std::fs::read_link(&link)?;
            if found != own {
                stranger.namespace = found.display().to_string();
                return Ok(stranger);
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        anyhow::bail!("no namespace was made")
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        // It has ended by itself, or ends now.
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
    }
}
