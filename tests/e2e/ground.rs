//! The ground itself, without a detector: what the kernel answers to each act, and that nothing is
//! left behind. An act that this machine refuses is told apart here from one that was not seen.

use anyhow::{Context, Result};
use tests::{Act, Attack, Container, Engine, Image, LoopDevice, RENAMED, Verdict, allow};

/// Performs each line's acts; the call behind the arrow must get that answer.
fn check(options: &[&str], answers: &str) -> Result<()> {
    let container = Container::idle(Engine::shared()?, Image::Bare, options)?;
    for line in answers
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let (acts, answer) = line.split_once(" -> ").context("no arrow")?;
        let (call, errno) = answer.split_once(' ').context("no answer")?;
        Attack::new(acts, call, errno)
            .performed(&container)
            .context(line.to_owned())?;
    }
    Ok(())
}

#[test]
fn plain_container_is_refused_what_escapes_need() -> Verdict {
    check(
        &[],
        "
        mount none /mnt tmpfs -> mount EPERM
        umount /mnt -> umount2 EPERM
        new-mount tmpfs none /mnt -> fsopen EPERM
        new-mount tmpfs none /mnt -> fsmount EPERM
        open-tree /tmp /mnt -> open_tree EPERM
        open-tree /tmp /mnt -> move_mount EPERM
        pivot-root / /tmp -> pivot_root EPERM
        setns /proc/self/ns/uts uts -> setns EPERM
        unshare mnt -> unshare EPERM
        unshare user -> unshare EPERM
        open /proc/sys/kernel/core_pattern write -> openat EROFS
        mknod-block /tmp/disk 7 0 -> mknodat SUCCESS
        open /tmp/disk read -> openat EPERM
        bpf map-create -> bpf EPERM
        init-module -> init_module EPERM
        finit-module /bin/acts -> finit_module EPERM
        delete-module none -> delete_module EPERM
        connect unix /run/docker.sock -> connect ENOENT
        connect tcp 169.254.169.254 80 -> connect ENETUNREACH
        connect tcp ::ffff:169.254.169.254 80 nonblocking -> connect ENETUNREACH
        connect udp fd00:ec2::254 80 -> connect ENETUNREACH
        ",
    )?;
    Ok(())
}

#[test]
fn plain_container_may_do_what_every_process_may() -> Verdict {
    check(
        &[],
        "
        open /etc/shadow read openat2 -> openat2 SUCCESS
        open /etc/passwd read open -> open SUCCESS
        open /tmp/new create creat -> creat SUCCESS
        chdir /tmp -> chdir SUCCESS
        fchdir /tmp -> fchdir SUCCESS
        chroot /tmp -> chroot SUCCESS
        setid setuid 0 -> setuid SUCCESS
        setid setreuid 0 0 -> setreuid SUCCESS
        setid setresgid 0 0 0 -> setresgid SUCCESS
        setid setfsuid 1000 -> setfsuid SUCCESS
        capset 0 0 0 -> capset SUCCESS
        prctl no-new-privs -> prctl SUCCESS
        prctl keep-caps -> prctl SUCCESS
        prctl drop-bounding -> prctl SUCCESS
        prctl clear-ambient -> prctl SUCCESS
        memfd chdir /tmp -> chdir SUCCESS
        memfd-path chdir /tmp -> chdir SUCCESS
        thread chdir /tmp -> chdir SUCCESS
        thread-exec chdir /tmp -> chdir SUCCESS
        setns-storm 400 4 varied chdir /tmp -> chdir SUCCESS
        ",
    )?;
    Ok(())
}

#[test]
fn administration_opens_mounts_namespaces_and_interfaces() -> Verdict {
    check(
        &[allow::ADMINISTRATION.as_slice(), &["--cgroupns=host"]].concat(),
        "
        mount none /mnt tmpfs -> mount SUCCESS
        umount /mnt -> umount2 SUCCESS
        mount /tmp /mnt none bind -> mount SUCCESS
        new-mount tmpfs none /mnt -> move_mount SUCCESS
        open-tree /tmp /mnt -> move_mount SUCCESS
        mount none /mnt cgroup named-hierarchy -> mount SUCCESS
        open /mnt/release_agent write -> openat SUCCESS
        mount none /mnt proc -> mount SUCCESS
        open /mnt/sys/kernel/core_pattern write -> openat SUCCESS
        mount none /mnt binfmt_misc -> mount SUCCESS
        open /mnt/register write -> openat SUCCESS
        setns /proc/self/ns/mnt mnt -> setns SUCCESS
        setns-descriptor 77 any -> setns EBADF
        unshare mnt,uts,ipc -> unshare SUCCESS
        bpf map-create -> bpf SUCCESS
        open /proc/sys/kernel/core_pattern write -> openat EROFS
        ",
    )?;
    Ok(())
}

#[test]
fn sandboxes_get_namespaces_of_their_own() -> Verdict {
    check(
        &allow::SANDBOXES,
        "
        unshare user -> unshare SUCCESS
        unshare user,mnt then mount none /mnt tmpfs -> mount SUCCESS
        unshare mnt -> unshare EPERM
        open /proc/sys/kernel/core_pattern write creat -> creat SUCCESS
        ",
    )?;
    Ok(())
}

#[test]
fn block_device_opens_and_mounts_where_its_cgroup_allows() -> Verdict {
    let device = LoopDevice::attach()?;
    let answers = format!(
        "{} -> mknodat SUCCESS
        open /tmp/disk read -> openat SUCCESS
        mount /tmp/disk /mnt ext4 -> mount SUCCESS
        umount /mnt -> umount2 SUCCESS",
        device.node_act("/tmp/disk")
    );
    check(
        &[allow::ADMINISTRATION.as_slice(), &allow::LOOP_DEVICES].concat(),
        &answers,
    )?;
    Ok(())
}

#[test]
fn acts_are_told_with_the_pid_of_the_host() -> Verdict {
    let container = Container::idle(Engine::shared()?, Image::Bare, &[])?.with_renamed()?;
    let first = container.perform(&Act::new("chdir /tmp").by(RENAMED).as_user("1000"))?;
    let second = container.perform(&Act::new("chdir /tmp"))?;
    assert_ne!(first.pid, second.pid, "two processes have one pid");
    assert_eq!(first.errno("chdir")?, "SUCCESS");
    Ok(())
}

#[test]
fn long_command_lines_arrive_whole() -> Verdict {
    let container = Container::idle(Engine::shared()?, Image::Bare, &[])?;
    let padded = format!("padded {} chdir /tmp", "x".repeat(100_000));
    Attack::new(&padded, "chdir", "SUCCESS").performed(&container)?;
    Ok(())
}

#[test]
fn daemon_ends_with_its_value_and_leaves_nothing() -> Verdict {
    let engine = Engine::start()?;
    let container = Container::idle(&engine, Image::Bare, &[])?;
    let first = container.inspect("{{.State.Pid}}")?;
    let socket = engine.socket();
    // The container is left to the daemon's end.
    std::mem::forget(container);
    drop(engine);
    assert!(
        !std::path::Path::new("/proc").join(first).exists(),
        "the container runs on"
    );
    let directory = socket.parent().context("no directory")?;
    assert!(
        !directory.exists(),
        "{} is still there",
        directory.display()
    );
    Ok(())
}
