//! What programs do to shut themselves or others in, or to become root as the image has it, leads
//! nowhere out of the container: no alert of the boundary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tests::shipped::{
    CREDENTIALS, INTO_CONTAINER, INWARD, PLANTED_SETUID, ROOT_BY_CALL, ROOT_OUT, TO_HOST,
    TO_UNKNOWN, UNEXPLAINED,
};
use tests::{Act, Alert, Attack, Container, Detector, Engine, Ground, Image, Rule, Verdict, allow};

/// What says that a boundary was crossed, or privileges were got.
const BOUNDARY: [Rule; 7] = [
    TO_HOST,
    INTO_CONTAINER,
    TO_UNKNOWN,
    ROOT_OUT,
    UNEXPLAINED,
    PLANTED_SETUID,
    ROOT_BY_CALL,
];

/// The alerts of a container, once one has come for something that is done last.
fn all_alerts(detector: &Detector, container: &Container<'_>) -> Result<Vec<Alert>> {
    let last = Attack::new("open /etc/shadow read", "openat", "SUCCESS");
    // Below /bin, or what it is a link to.
    last.seen_as("/bin/acts")
        .raises(CREDENTIALS, container, detector)?;
    Ok(detector.alerts_of(container))
}

/// Nothing was told but what is of no weight.
fn ensure_quiet(alerts: &[Alert]) -> Result<()> {
    let grave: Vec<_> = alerts
        .iter()
        .filter(|alert| alert.is_grave() && alert.rule() != CREDENTIALS.name)
        .collect();
    ensure!(grave.is_empty(), "{grave:#?}");
    Ok(())
}

/// A sandbox was made, which is told, and nothing grave is.
fn ensure_boxed(ground: &Ground, container: &Container<'_>) -> Result<()> {
    let alerts = all_alerts(&ground.detector, container)?;
    let inward = alerts.iter().any(|alert| alert.rule() == INWARD.name);
    ensure!(inward, "{alerts:#?}");
    ensure_quiet(&alerts)
}

#[test]
fn sandbox_of_a_browser() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&allow::SANDBOXES)?;
    for user in ["1000", "0"] {
        let act = Act::new("sandboxed open /etc/passwd read").as_user(user);
        let acted = container.perform(&act)?;
        assert_eq!(acted.result("sandboxed")?, 0, "{acted:?}");
        // The renderer's root is the empty directory of a process that is gone.
        let opened = acted.errno("openat")?;
        assert!(matches!(opened, "ENOENT" | "ESRCH"), "{acted:?}");
    }
    ensure_boxed(ground, &container)?;
    Ok(())
}

/// Says whose filter and user namespace a renderer has, once there is one, and what a page becomes.
const BROWSED: &str =
    "echo '<p id=p></p><script>p.textContent=\"drawn \"+6*7</script>' > /tmp/page.html
    chromium-headless-shell --remote-debugging-port=9222 file:///tmp/page.html 2> /tmp/log &
    while renderer=$(grep -lze '^[^ ]*chromium[^ ]* --type=renderer' /proc/[0-9]*/cmdline || true)
        ! grep -q '^Seccomp:.2' ${renderer%/cmdline}/status; do sleep 0.1; done
    test $(readlink ${renderer%/cmdline}/ns/user) != $(readlink /proc/self/ns/user) && echo boxed
    kill $!; wait $! || true
    chromium-headless-shell --dump-dom file:///tmp/page.html 2> /tmp/log";

/// For the long suite, since it is fetched.
#[test]
fn chromium_as_it_is() -> Verdict {
    if std::env::var_os("ESCAPE_DETECTOR_TEST_ALL").is_none() {
        return Ok(());
    }
    let ground = Ground::shared()?;
    let container = Container::idle(ground.engine, Image::Browser, &allow::SANDBOXES)?;
    container.put_acts("/bin/acts")?;
    container.shell("useradd --uid 1000 --create-home guest")?;
    let command = ["timeout", "200", "sh", "-euc", BROWSED];
    let said = container.exec_with(&["--user=guest"], &command)?;
    assert!(
        said.starts_with("boxed\n") && said.contains(">drawn 42<"),
        "{said}"
    );
    ensure_boxed(ground, &container)?;
    Ok(())
}

#[test]
fn containers_that_were_there_before_the_detector() -> Verdict {
    let engine = Engine::shared()?;
    let idle = |options: &[&str]| Container::idle(engine, Image::Bare, options);
    let of_the_host = idle(&["--net=host", "--pid=host", "--ipc=host", "--uts=host"])?;
    let shared = idle(&[])?;
    let sharing = idle(&[&format!("--net=container:{}", shared.id())])?;
    let script = "unshare -U -r -m -n -p -f sh -c 'touch /tmp/boxed; exec sleep 3600'; exit 1";
    let boxing = Container::run(
        engine,
        Image::Bare,
        &allow::SANDBOXES,
        &["sh", "-c", script],
    )?;
    boxing.shell("until test -e /tmp/boxed; do sleep 0.1; done")?;
    for container in [&of_the_host, &shared, &sharing, &boxing] {
        engine.ask(["exec", "--detach", container.id(), "sleep", "3600"])?;
    }
    // Whoever has lost its parent comes to the container's first process, which waits for nobody.
    for container in [&shared, &sharing] {
        container.shell("sh -c 'sleep 0.1 &'")?;
        container.shell("until grep -q '^State:.Z' /proc/[0-9]*/status; do sleep 0.1; done")?;
    }
    let detector = Detector::start(engine)?;
    for container in [&of_the_host, &shared, &sharing, &boxing] {
        ensure_quiet(&all_alerts(&detector, container)?)?;
    }
    detector.stop()?;
    Ok(())
}

/// A container of an image that has set-user-ID programs: su, and one that takes root up by a call.
fn with_setuid_programs(ground: &Ground) -> Result<Container<'static>> {
    let draft = ground.container(&[])?;
    draft.shell(
        "sed -i s/root:x:/root::/ /etc/passwd
        rm /bin/su; cp /bin/busybox /bin/su; cp /bin/acts /bin/as-root
        chmod 4755 /bin/su /bin/as-root",
    )?;
    ground
        .engine
        .ask(["commit", draft.id(), "setuid-programs:1"])?;
    Container::of_image(ground.engine, "setuid-programs:1", &[], &["sleep", "3600"])
}

#[test]
fn root_by_programs_of_the_image() -> Verdict {
    let ground = Ground::shared()?;
    let container = with_setuid_programs(ground)?;
    let became = container.exec_with(&["--user=1000"], &["su", "-c", "id -u"])?;
    assert_eq!(became, "0");
    let became = container.exec(&["su", "guest", "-c", "id -u"])?;
    assert_eq!(became, "1000");
    Attack::new("setid setuid 0", "setuid", "SUCCESS")
        .by("/bin/as-root")
        .as_user("1000")
        .performed(&container)?;
    ensure_quiet(&all_alerts(&ground.detector, &container)?)?;
    Ok(())
}

/// What a user does who has a range of users and groups of his own: a user namespace, its maps written
/// by newuidmap and newgidmap, and in it root, who gives a file away and mounts.
const MAPPED: &str = "unshare --user sh -c '
        until test -e /tmp/mapped; do sleep 0.1; done; exec sh -euc \"$0\"' \"$0\" &
    until test \"$(readlink /proc/$!/ns/user)\" != \"$(readlink /proc/$$/ns/user)\"; do
        sleep 0.1
    done
    newuidmap $! 0 1000 1 1 100000 65535; newgidmap $! 0 1000 1 1 100000 65535
    touch /tmp/mapped; wait $!";
const IN_IT: &str = "id -u; touch /tmp/own; chown 33:33 /tmp/own
    unshare --mount --pid --fork mount -t tmpfs none /mnt; echo mounted";

fn map_a_user_namespace(ground: &Ground, options: &[&str], prepare: &str) -> Verdict {
    let options = [options, &["--security-opt", "seccomp=unconfined"]].concat();
    let container = Container::idle(ground.engine, Image::Debian, &options)?;
    container.put_acts("/bin/acts")?;
    container.shell(
        "useradd --uid 1000 --create-home guest
        echo guest:100000:65536 | tee /etc/subuid > /etc/subgid",
    )?;
    container.shell(prepare)?;
    let command = ["sh", "-euc", MAPPED, IN_IT];
    let said = container.exec_with(&["--user=guest"], &command)?;
    assert_eq!(said, "0\nmounted");
    let owner = container.shell("stat -c %u:%g /tmp/own")?;
    assert_eq!(owner, "100032:100032");
    ensure_quiet(&all_alerts(&ground.detector, &container)?)?;
    Ok(())
}

#[test]
fn user_namespace_mapped_by_set_user_id_programs() -> Verdict {
    // Debian's stay root, and then the kernel asks for this as well.
    let options = ["--cap-add=SYS_ADMIN"];
    let looks = "test -u /usr/bin/newuidmap; test -u /usr/bin/newgidmap";
    map_a_user_namespace(Ground::shared()?, &options, looks)
}

#[test]
fn user_namespace_mapped_by_programs_with_capabilities() -> Verdict {
    // As other distributions have them: CAP_SETUID and CAP_SETGID, permitted and effective.
    let script = "chmod u-s /usr/bin/newuidmap /usr/bin/newgidmap
        python3 -c 'import os, struct
for name, bit in (\"newuidmap\", 7), (\"newgidmap\", 6):
    value = struct.pack(\"<5I\", 0x2000001, 1 << bit, 0, 0, 0)
    os.setxattr(\"/usr/bin/\" + name, \"security.capability\", value)'";
    map_a_user_namespace(Ground::shared()?, &[], script)
}

/// The host's runtime and the libraries that it needs.
fn runtime() -> Result<Vec<PathBuf>> {
    let found = Command::new("sh")
        .args(["-c", "command -v runc"])
        .output()?;
    let runc = String::from_utf8(found.stdout)?.trim().to_owned();
    ensure!(!runc.is_empty(), "no runc: Docker comes with it");
    // A static one has none, and ldd says so by failing.
    let needed = Command::new("ldd").arg(&runc).output()?;
    let libraries = String::from_utf8(needed.stdout)?;
    let paths = libraries
        .split_whitespace()
        .filter(|word| word.starts_with('/'));
    Ok(paths.chain([runc.as_str()]).map(PathBuf::from).collect())
}

fn put_as_it_is(container: &Container<'_>, file: &Path) -> Result<()> {
    let directory = file.parent().context("no directory")?.display();
    container.shell(&format!("mkdir -p {directory}"))?;
    container.put(&fs::canonicalize(file)?, &file.display().to_string())
}

#[test]
fn container_inside_of_a_container() -> Verdict {
    let ground = Ground::shared()?;
    let capabilities = [
        "--cap-add=SYS_ADMIN",
        "--cap-add=NET_ADMIN",
        "--volume=/inner",
    ];
    let options = [allow::SANDBOXES.as_slice(), &capabilities].concat();
    let container = ground.container(&options)?;
    let runtime = runtime()?;
    for file in &runtime {
        put_as_it_is(&container, file)?;
    }
    let runc = runtime.last().context("no runc")?.display();
    let said = container.shell(&format!(
        r#"
        for point in $(sed -n 's/^cgroup2* \([^ ]*\) .*/\1/p' /proc/mounts); do
            mount -o remount,bind,rw $point
        done
        mkdir -p /inner/rootfs/bin; cp /bin/busybox /inner/rootfs/bin/sh; cd /inner
        {runc} spec
        sed -i -e 's/"terminal": true/"terminal": false/' \
            -e 's/^\(\t*\)"sh"$/\1"sh", "-c", "echo $$ in; ls \/"/' config.json
        {runc} --root /run/inner run nested
        "#
    ))?;
    assert!(said.starts_with("1 in"), "{said}");
    let alerts = all_alerts(&ground.detector, &container)?;
    let crossed: Vec<_> = alerts
        .iter()
        .filter(|alert| BOUNDARY.iter().any(|rule| rule.name == alert.rule()))
        .collect();
    assert!(crossed.is_empty(), "{crossed:#?}");
    Ok(())
}
