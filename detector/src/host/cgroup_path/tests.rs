//! The forms of cgroup paths as runtimes and distributions write them.

use proptest::prelude::*;

use super::*;

const A: &str = "3f4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const STEP: &str = "k3n5c9p1x7w2q8z4m6v0t1y3u";
const POD: &str = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";

/// `{A}`, `{B}`, `{STEP}`, `{POD}` and `{POD_}` (with underscores) in a path are filled in.
fn path(template: &str) -> String {
    template
        .replace("{A}", A)
        .replace("{B}", B)
        .replace("{STEP}", STEP)
        .replace("{POD}", POD)
        .replace("{POD_}", &POD.replace('-', "_"))
}

fn found(template: &str) -> Option<(String, Engine, usize)> {
    container_of(path(template).as_bytes()).map(|c| (c.id.to_string(), c.engine, c.depth))
}

#[test]
fn every_form_names_its_container() {
    for (template, id, engine, depth) in [
        ("/docker/{A}", A, Docker, 2),
        ("/docker/{A}/init/deeper", A, Docker, 2),
        ("/system.slice/docker-{A}.scope", A, Docker, 2),
        ("/agents.slice/docker-{A}.scope", A, Docker, 2),
        (
            "/agents.slice/agents-night.slice/docker-{A}.scope",
            A,
            Docker,
            3,
        ),
        ("/my-parent/{A}", A, Unknown, 2),
        ("/{A}", A, Unknown, 1),
        ("/ecs/0a1b/{A}", A, Unknown, 3),
        ("/machine.slice/libpod-{A}.scope", A, Podman, 2),
        ("/machine.slice/libpod-{A}.scope/container", A, Podman, 2),
        (
            "/machine.slice/machine-libpod_pod_{B}.slice/libpod-{A}.scope",
            A,
            Podman,
            3,
        ),
        ("/libpod_parent/libpod-{A}", A, Podman, 2),
        ("/libpod_parent/{B}/libpod-{A}", A, Podman, 3),
        ("/system.slice/web.service/libpod-payload-{A}", A, Podman, 3),
        ("/default/{A}", A, Containerd, 2),
        ("/default/redis-1", "redis-1", Containerd, 2),
        ("/k8s.io/{A}", A, Containerd, 2),
        ("/staging/{A}", A, Unknown, 2),
        ("/system.slice/nerdctl-{A}.scope", A, Containerd, 2),
        ("/system.slice/cri-containerd-{A}.scope", A, Containerd, 2),
        (
            "/system.slice/containerd.service/kubepods-pod{POD_}.slice:cri-containerd:{A}",
            A,
            Containerd,
            3,
        ),
        ("/kubepods/burstable/pod{POD}/{A}", A, Unknown, 4),
        ("/kubepods/pod{POD}/crio-{A}", A, CriO, 3),
        (
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{POD_}.slice/crio-{A}.scope",
            A,
            CriO,
            4,
        ),
        ("/docker/buildkit/{STEP}", STEP, BuildKit, 3),
        ("/system.slice/docker-{STEP}.scope", STEP, BuildKit, 2),
        ("/lxc.payload.web/system.slice/ssh.service", "web", Lxc, 1),
        ("/lxc.payload/web/init.scope", "web", Lxc, 2),
        ("/lxc/104/ns/init.scope", "104", Lxc, 2),
        (
            "/machine.slice/machine-lxc\\x2d4211\\x2dvm.scope",
            "4211\\x2dvm",
            Lxc,
            2,
        ),
        (
            "/machine.slice/machine-debian.scope/payload",
            "debian",
            Nspawn,
            2,
        ),
        (
            "/machine.slice/systemd-nspawn@debian.service/payload/init.scope",
            "debian",
            Nspawn,
            2,
        ),
    ] {
        let expected = Some((id.to_owned(), engine, depth));
        assert_eq!(found(template), expected, "{template}");
    }
}

#[test]
fn what_belongs_to_the_host_is_no_container() {
    for template in [
        "",
        "/",
        "/init.scope",
        "/user.slice/user-1000.slice/session-3.scope",
        "/system.slice/docker.service",
        "/system.slice/docker-3f4e8a1b.scope",
        "/docker/buildkit",
        "/docker/not-an-id",
        "/machine.slice/libpod-conmon-{A}.scope",
        "/libpod_parent/{B}",
        "/libpod_parent/conmon",
        "/machine.slice/machine-libpod_pod_{B}.slice",
        "/system.slice/web.service/runtime",
        "/kubepods.slice/kubepods-pod{POD_}.slice/crio-conmon-{A}.scope",
        "/kubepods/burstable/pod{POD}",
        "/lxc.monitor.web",
        "/lxc.monitor/web",
        "/lxc",
        "/user.slice/lxc/web",
        "/machine.slice/machine-qemu\\x2d1\\x2dwin.scope/libvirt/emulator",
        "/machine.slice/systemd-nspawn@debian.service/supervisor",
        "/app.slice/default/redis",
    ] {
        assert_eq!(found(template), None, "{template}");
    }
}

#[test]
fn engines_of_users_carry_their_uid() {
    let user = "/user.slice/user-1000.slice/user@1000.service";
    for (template, owner) in [
        ("/user.slice/docker-{A}.scope", Some(1000)),
        ("/user.slice/libpod-{A}.scope/container", Some(1000)),
        ("/app.slice/web.service/libpod-payload-{A}", Some(1000)),
        ("/lxc.payload.box", Some(1000)),
    ] {
        let container = container_of(path(&format!("{user}{template}")).as_bytes()).unwrap();
        assert_eq!(container.owner, owner, "{template}");
    }
    for template in [
        "/docker/{A}/user.slice/user-1000.slice/session-1.scope",
        "/user.slice/user-0.slice/session-1.scope/docker/{A}",
        "/user.slice/user-4294967296.slice/docker-{A}.scope",
    ] {
        assert_eq!(
            container_of(path(template).as_bytes()).unwrap().owner,
            None,
            "{template}"
        );
    }
}

#[test]
fn pods_are_named() {
    for template in [
        "/kubepods/burstable/pod{POD}/{A}",
        "/kubepods.slice/kubepods-besteffort-pod{POD_}.slice/cri-containerd-{A}.scope",
        "/system.slice/containerd.service/kubepods-pod{POD_}.slice:cri-containerd:{A}",
    ] {
        let container = container_of(path(template).as_bytes()).unwrap();
        assert_eq!(container.pod.as_deref(), Some(POD), "{template}");
    }
    assert_eq!(
        container_of(path("/podcasts/docker/{A}").as_bytes())
            .unwrap()
            .pod,
        None
    );
    // The pod that a container claims for something inside it is not the container's own.
    let inside = path("/docker/{A}/kubepods/pod{POD}/{B}");
    assert_eq!(container_of(inside.as_bytes()).unwrap().pod, None);
}

#[test]
fn the_outermost_container_counts_and_inner_ones_are_its_children() {
    for template in [
        "/docker/{A}/docker/{B}",
        "/docker/{A}/{B}",
        "/docker/{A}/../{B}",
        "/docker/{A}/system.slice/docker-{B}.scope",
        "/system.slice/docker-{A}.scope/kubelet.slice/cri-containerd-{B}.scope",
        "/lxc.payload.A/docker/{B}",
    ] {
        let all = containers_of(path(template).as_bytes());
        let ids: Vec<_> = all.iter().map(|c| c.id.as_str()).collect();
        let outer = if template.starts_with("/lxc") { "A" } else { A };
        assert_eq!(ids, [outer, B], "{template}");
    }
}

#[test]
fn nesting_is_bounded() {
    let deep = format!("/{A}").repeat(1000);
    assert_eq!(containers_of(deep.as_bytes()).len(), MAX_NESTING + 1);
}

#[test]
fn lines_of_proc_are_told_apart() {
    let text = format!(
        "12:cpu,cpuacct:/docker/{A}\n4:pids:/docker/{A}\n1:name=systemd:/a:b\n0::/docker/{B} (deleted)\n"
    );
    let text = text.as_bytes();
    assert_eq!(v2_path(text), Some(format!("/docker/{B}").as_bytes()));
    assert_eq!(
        v1_path(text, "pids"),
        Some(format!("/docker/{A}").as_bytes())
    );
    assert_eq!(
        v1_path(text, "cpuacct"),
        Some(format!("/docker/{A}").as_bytes())
    );
    assert_eq!(v1_path(text, "name=systemd"), Some(&b"/a:b"[..]));
    assert_eq!(v1_path(text, "cpuset"), None);
    assert_eq!(v2_path(b"4:pids:/x\n"), None);
    assert_eq!(v2_path(b"garbage"), None);
}

proptest! {
    #[test]
    fn no_path_panics(path in proptest::collection::vec(any::<u8>(), 0..400)) {
        let depth = components(&path).count();
        for container in containers_of(&path) {
            prop_assert!(container.depth >= 1 && container.depth <= depth);
        }
    }

    #[test]
    fn no_likely_path_panics(
        names in proptest::collection::vec("(/|\\.\\.|docker[-:]?|libpod-|\\.scope|[a-z0-9]{25}|[0-9a-f]{64}|user-|\\.slice|-pod|:|é){1,4}", 0..6),
    ) {
        let path = names.join("/");
        let all = containers_of(path.as_bytes());
        prop_assert_eq!(all.first().cloned(), container_of(path.as_bytes()));
    }

    #[test]
    fn what_happens_inside_changes_nothing(inside in proptest::collection::vec(any::<u8>(), 0..200)) {
        let outer = path("/system.slice/docker-{A}.scope");
        let deeper = [outer.as_bytes(), b"/", &inside].concat();
        prop_assert_eq!(container_of(&deeper), container_of(outer.as_bytes()));
    }

    #[test]
    fn no_text_of_proc_panics(text in proptest::collection::vec(any::<u8>(), 0..300)) {
        for path in [v2_path(&text), v1_path(&text, "pids")].into_iter().flatten() {
            prop_assert!(!path.contains(&b'\n') && path.len() < text.len());
        }
    }
}
