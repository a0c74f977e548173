//! Attacks on other processes: of another container, of the host, of the runtime that enters.

use anyhow::Result;
use tests::shipped::{CREDENTIALS, OTHER_TREE, TAKEN_OVER};
use tests::{Attack, Container, Ground, Image, RENAMED, Verdict};

/// Options by which a container sees the host's processes and may look into them.
const HOST_PROCESSES: [&str; 3] = ["--pid=host", "--cap-add", "SYS_PTRACE"];

/// The first process of a container, as the host numbers it.
fn first(container: &Container<'_>) -> Result<String> {
    container.inspect("{{.State.Pid}}")
}

#[test]
fn process_of_another_container_taken_over() -> Verdict {
    let ground = Ground::shared()?;
    let victim = ground.container(&[])?;
    let container = ground.container(&HOST_PROCESSES)?.with_renamed()?;
    let pid = first(&victim)?;
    for (words, call) in [
        (format!("ptrace seize {pid}"), "ptrace"),
        (format!("ptrace attach {pid}"), "ptrace"),
        (format!("memory read {pid}"), "process_vm_readv"),
        (format!("memory write {pid}"), "process_vm_writev"),
        (format!("take-file {pid} 0"), "pidfd_getfd"),
        (format!("open /proc/{pid}/mem read"), "openat"),
        (format!("open /proc/{pid}/mem both"), "openat"),
    ] {
        let attack = Attack::new(&words, call, "SUCCESS").on(call);
        for attack in [attack.clone(), attack.by(RENAMED)] {
            let alert = attack.raises(TAKEN_OVER, &container, &ground.detector)?;
            // The kernel's word: whom it met, and where that lives.
            let told = |field: &str| alert.get(&format!("/output_fields/{field}"));
            assert_eq!(
                told("target.pid").map(ToString::to_string),
                Some(pid.clone()),
                "{alert}"
            );
            let short = victim.id().get(..12);
            assert_eq!(
                told("target.container.id").and_then(|id| id.as_str()),
                short,
                "{alert}"
            );
            let program = told("target.exepath").and_then(|path| path.as_str());
            assert_eq!(program, Some("/bin/busybox"), "{alert}");
        }
    }
    Ok(())
}

#[test]
fn process_of_another_container_refused_is_an_attempt() -> Verdict {
    let ground = Ground::shared()?;
    let victim = ground.container(&[])?;
    let container = ground.container(&["--pid=host"])?.with_renamed()?;
    let pid = first(&victim)?;
    for (words, call) in [
        (format!("ptrace seize {pid}"), "ptrace"),
        (format!("memory read {pid}"), "process_vm_readv"),
        (format!("take-file {pid} 0"), "pidfd_getfd"),
    ] {
        let attack = Attack::new(&words, call, "EPERM").as_user("1000").on(&pid);
        attack.raises(TAKEN_OVER, &container, &ground.detector)?;
        attack
            .by(RENAMED)
            .raises(TAKEN_OVER, &container, &ground.detector)?;
    }
    Ok(())
}

#[test]
fn process_of_another_tree_of_the_container() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground
        .container(&["--cap-add", "SYS_PTRACE"])?
        .with_renamed()?;
    for (words, call) in [
        ("ptrace seize 1", "ptrace"),
        ("memory write 1", "process_vm_writev"),
    ] {
        let attack = Attack::new(words, call, "SUCCESS").on(call);
        attack.raises(OTHER_TREE, &container, &ground.detector)?;
        attack
            .by(RENAMED)
            .raises(OTHER_TREE, &container, &ground.detector)?;
    }
    let refused = Attack::new("ptrace seize 1", "ptrace", "EPERM").as_user("1000");
    refused.raises(OTHER_TREE, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn runtime_taken_over_while_it_enters() -> Verdict {
    let ground = Ground::shared()?;
    let hunter = Container::run(
        ground.engine,
        Image::Bare,
        &["--cap-add", "SYS_PTRACE"],
        &["acts", "hunt"],
    )?;
    // The first to enter is caught before it has become a program of the container, or just after.
    let entered = hunter.exec(&["true"]);
    let calls = hunter.finish()?;
    assert!(
        calls.iter().any(|call| call.errno == "SUCCESS"),
        "nobody was caught: {calls:?}, {entered:?}"
    );
    let alert = ground.detector.wait_for(&hunter, |alert| {
        alert.rule() == TAKEN_OVER.name || alert.rule() == OTHER_TREE.name
    })?;
    assert_eq!(alert.outcome(), "done", "{alert}");
    Ok(())
}

#[test]
fn debugger_and_its_child_raise_nothing() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    let acted = Attack::new("debug-child", "child", "SUCCESS").performed(&container)?;
    // The child ended by what was written into it.
    let child = acted.calls.iter().find(|call| call.name == "child");
    assert_eq!(child.map(|call| call.result), Some(0), "{acted:?}");
    assert_eq!(acted.errno("ptrace")?, "SUCCESS");
    Attack::new("open /etc/shadow read", "openat", "SUCCESS").raises(
        CREDENTIALS,
        &container,
        &ground.detector,
    )?;
    let alerts = ground.detector.alerts_of(&container);
    let traced = alerts
        .iter()
        .filter(|alert| [TAKEN_OVER.name, OTHER_TREE.name].contains(&alert.rule()));
    assert_eq!(traced.count(), 0, "{alerts:#?}");
    Ok(())
}
