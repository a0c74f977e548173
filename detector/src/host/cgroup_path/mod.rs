//! From a cgroup path to the container that it belongs to.
//!
//! Runtimes name the cgroup of a container by a handful of patterns, which [`FORMS`] lists. The
//! path is read from the root downwards and the *outermost* hit counts: everything below it is
//! made from inside, so a directory there that looks like another container's is a nested
//! container at best and a lie at worst. Paths are bytes; nothing here trusts their content.

use self::Id::{Hex, Name, Step};
use self::Parent::{Any, Named, Top};
use super::container::Engine::{self, *};
use super::container::{ContainerId, ContainerRef};

/// Nested containers below the outermost one that are still looked for.
const MAX_NESTING: usize = 8;

/// What stands directly above a container's directory.
#[derive(Clone, Copy)]
enum Parent {
    /// Anything: the directory's own name is telling enough.
    Any,
    /// This directory, wherever it is.
    Named(&'static str),
    /// This directory, directly below the root.
    Top(&'static str),
}

/// In which form the engine writes its ids.
#[derive(Clone, Copy)]
enum Id {
    /// 64 hexadecimal digits.
    Hex,
    /// 25 lower-case letters and digits, as BuildKit draws them.
    Step,
    /// A name that somebody chose.
    Name,
}

/// One way in which a runtime names a container's cgroup.
struct Form {
    parent: Parent,
    prefix: &'static str,
    id: Id,
    suffix: &'static str,
    /// `None`: it looks like a container's and is none (a pod, a virtual machine).
    engine: Option<Engine>,
}

const fn form(
    parent: Parent,
    prefix: &'static str,
    id: Id,
    suffix: &'static str,
    engine: Engine,
) -> Form {
    Form {
        parent,
        prefix,
        id,
        suffix,
        engine: Some(engine),
    }
}

const fn no_container(parent: Parent, prefix: &'static str, id: Id, suffix: &'static str) -> Form {
    Form {
        parent,
        prefix,
        id,
        suffix,
        engine: None,
    }
}

/// All forms; the first that fits a directory decides. A monitor's cgroup (`libpod-conmon-ID`,
/// `crio-conmon-ID`, `lxc.monitor.NAME`) fits none: what follows the prefix is no id.
const FORMS: &[Form] = &[
    // Units of systemd, below any slice.
    form(Any, "docker-", Hex, ".scope", Docker),
    form(Any, "docker-", Step, ".scope", BuildKit),
    form(Any, "libpod-", Hex, ".scope", Podman),
    form(Any, "cri-containerd-", Hex, ".scope", Containerd),
    form(Any, "nerdctl-", Hex, ".scope", Containerd),
    form(Any, "buildkit-", Step, ".scope", BuildKit),
    form(Any, "crio-", Hex, ".scope", CriO),
    // `SLICE:PREFIX:ID` taken literally by a runtime that does not speak to systemd.
    form(Any, "docker:", Hex, "", Docker),
    form(Any, "libpod:", Hex, "", Podman),
    form(Any, "cri-containerd:", Hex, "", Containerd),
    form(Any, "nerdctl:", Hex, "", Containerd),
    form(Any, "crio:", Hex, "", CriO),
    // Plain directories.
    form(Named("docker"), "", Hex, "", Docker),
    form(Named("buildkit"), "", Step, "", BuildKit),
    no_container(Named("libpod_parent"), "", Hex, ""),
    form(Any, "libpod-payload-", Hex, "", Podman),
    form(Any, "libpod-", Hex, "", Podman),
    form(Any, "crio-", Hex, "", CriO),
    form(Top("default"), "", Name, "", Containerd),
    form(Top("k8s.io"), "", Name, "", Containerd),
    // Containers of whole systems.
    form(Any, "lxc.payload.", Name, "", Lxc),
    form(Top("lxc.payload"), "", Name, "", Lxc),
    form(Top("lxc"), "", Name, "", Lxc),
    form(
        Named("machine.slice"),
        "machine-lxc\\x2d",
        Name,
        ".scope",
        Lxc,
    ),
    no_container(Named("machine.slice"), "machine-qemu\\x2d", Name, ".scope"),
    form(Named("machine.slice"), "machine-", Name, ".scope", Nspawn),
    form(
        Named("machine.slice"),
        "systemd-nspawn@",
        Name,
        ".service",
        Nspawn,
    ),
    // Any other parent: `--cgroup-parent`, kubepods with the cgroupfs driver, other namespaces.
    form(Any, "", Hex, "", Unknown),
];

/// The outermost container that a cgroup path leads into; `None` for what runs on the host itself.
#[must_use]
pub fn container_of(path: &[u8]) -> Option<ContainerRef> {
    containers_of(path).into_iter().next()
}

/// All containers along a path, the outermost first. Only the first is the engine's word; the
/// others were made inside it and are its children.
#[must_use]
pub fn containers_of(path: &[u8]) -> Vec<ContainerRef> {
    let mut found = Vec::new();
    let (mut parent, mut top) = (&b""[..], true);
    let (mut owner, mut pod) = (None, None);
    let mut components = components(path).enumerate().peekable();
    while let Some((index, name)) = components.next() {
        if found.is_empty() {
            owner = owner_of(name).or(owner);
            pod = pod_of(name).or(pod);
        }
        if let Some((engine, id)) = recognise(parent, top, name) {
            let next = components.peek().map(|(_, name)| *name);
            if engine == Nspawn && next == Some(b"supervisor") {
                return found; // nspawn itself: a process of the host's in its container's unit
            }
            found.push(ContainerRef {
                id,
                engine,
                owner,
                pod: pod.clone(),
                depth: index + 1,
            });
            if found.len() > MAX_NESTING {
                return found;
            }
        }
        (parent, top) = (name, index == 0);
    }
    found
}

/// The path of the v2 hierarchy (`0::/...`) in the text of `/proc/PID/cgroup`.
#[must_use]
pub fn v2_path(proc_cgroup: &[u8]) -> Option<&[u8]> {
    lines(proc_cgroup)
        .find(|line| line.controllers.is_empty())
        .map(|line| line.path)
}

/// The path of one named v1 hierarchy (`4:pids:/...`) in the text of `/proc/PID/cgroup`.
#[must_use]
pub fn v1_path<'a>(proc_cgroup: &'a [u8], controller: &str) -> Option<&'a [u8]> {
    let has = |list: &[u8]| {
        list.split(|b| *b == b',')
            .any(|c| c == controller.as_bytes())
    };
    lines(proc_cgroup)
        .find(|line| has(line.controllers))
        .map(|line| line.path)
}

struct Line<'a> {
    controllers: &'a [u8],
    path: &'a [u8],
}

fn lines(proc_cgroup: &[u8]) -> impl Iterator<Item = Line<'_>> {
    proc_cgroup.split(|b| *b == b'\n').filter_map(|line| {
        let mut fields = line.splitn(3, |b| *b == b':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        // The kernel appends this when the cgroup was removed under its last process.
        let path = path.strip_suffix(b" (deleted)").unwrap_or(path);
        Some(Line { controllers, path })
    })
}

fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|b| *b == b'/').filter(|name| !name.is_empty())
}

/// The container that a directory stands for. `top`: its parent stands directly below the root.
fn recognise(parent: &[u8], top: bool, name: &[u8]) -> Option<(Engine, ContainerId)> {
    let name = without_slice(name);
    let fits = |form: &&Form| match form.parent {
        Any => true,
        Named(wanted) => parent == wanted.as_bytes(),
        Top(wanted) => top && parent == wanted.as_bytes(),
    };
    FORMS.iter().filter(fits).find_map(|form| {
        let rest = name.strip_prefix(form.prefix.as_bytes())?;
        let rest = rest.strip_suffix(form.suffix.as_bytes())?;
        let id = match form.id {
            Hex => ContainerId::hex(rest),
            Step => is_step(rest).then(|| ContainerId::name(rest)).flatten(),
            Name => ContainerId::name(rest),
        }?;
        Some(form.engine.map(|engine| (engine, id)))
    })?
}

/// `kubepods-podX.slice:cri-containerd:ID` without its first part.
fn without_slice(name: &[u8]) -> &[u8] {
    match name.iter().position(|b| *b == b':') {
        Some(colon)
            if name
                .get(..colon)
                .is_some_and(|s| s.is_empty() || s.ends_with(b".slice")) =>
        {
            name.get(colon + 1..).unwrap_or(name)
        }
        _ => name,
    }
}

fn is_step(text: &[u8]) -> bool {
    text.len() == 25
        && text
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// The user whose slice this is; root's own counts as the system's.
fn owner_of(name: &[u8]) -> Option<u32> {
    let between = |prefix: &[u8], suffix: &[u8]| name.strip_prefix(prefix)?.strip_suffix(suffix);
    let digits = between(b"user-", b".slice").or_else(|| between(b"user@", b".service"))?;
    str::from_utf8(digits)
        .ok()?
        .parse()
        .ok()
        .filter(|uid| *uid != 0)
}

/// The pod of `podUID`, `kubepods-burstable-podUID.slice` and the like.
fn pod_of(name: &[u8]) -> Option<String> {
    let name = name.split(|b| *b == b':').next()?;
    let name = name.strip_suffix(b".slice").unwrap_or(name);
    let uid = name.strip_prefix(b"pod").or_else(|| {
        let at = name.windows(4).rposition(|w| w == b"-pod")?;
        name.get(at + 4..)
    })?;
    // A UUID, in which systemd wants underscores; a static pod's is an MD5 without any.
    let allowed = |b: &u8| b.is_ascii_hexdigit() || matches!(b, b'-' | b'_');
    (matches!(uid.len(), 32 | 36) && uid.iter().all(allowed))
        .then(|| String::from_utf8_lossy(uid).replace('_', "-"))
}

#[cfg(test)]
mod tests;
