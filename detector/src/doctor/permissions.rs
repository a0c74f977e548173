//! What this process may do, and whether it stands where the host's processes stand.

use std::fs;
use std::os::unix::fs::MetadataExt;

use rustix::process::geteuid;
use rustix::thread::{CapabilitySet, capabilities};

use super::check::{Area, Check, Checks};
use crate::sensor::release::Release;

/// What the detector does not start without: loading and attaching the programs, and reading other
/// processes' descriptions.
pub const NEEDED: CapabilitySet = CapabilitySet::BPF
    .union(CapabilitySet::PERFMON)
    .union(CapabilitySet::SYS_ADMIN)
    .union(CapabilitySet::SYS_PTRACE);

/// What loading the sensor needs.
const LOADING: CapabilitySet = CapabilitySet::BPF
    .union(CapabilitySet::PERFMON)
    .union(CapabilitySet::SYS_ADMIN);

/// Each capability of use, and what is missing without it.
const CAPABILITIES: &[(CapabilitySet, &str)] = &[
    (CapabilitySet::BPF, "the kernel takes none of our programs"),
    (
        CapabilitySet::PERFMON,
        "programs may not look at the kernel",
    ),
    (CapabilitySet::SYS_ADMIN, "programs cannot be attached"),
    (
        CapabilitySet::SYS_PTRACE,
        "processes of other users are not described",
    ),
    (
        CapabilitySet::DAC_READ_SEARCH,
        "what other users' engines and containers keep from root is not read",
    ),
];

/// The first kernel that does not count the memory of programs against RLIMIT_MEMLOCK.
const UNCOUNTED: Release = Release::new(5, 11);

/// Inodes of the initial namespaces (include/linux/proc_ns.h).
const INITIAL_PID: u64 = 0xEFFF_FFFC;
const INITIAL_USER: u64 = 0xEFFF_FFFD;
const INITIAL_CGROUP: u64 = 0xEFFF_FFFB;
/// From 6.18 on; before, it had whichever number came first.
const INITIAL_MOUNT: u64 = 0xEFFF_FFF8;

const SUDO: &str = "start it with sudo";
const OUTSIDE: &str = "run it on the host itself, or in a container with --privileged";

/// What there is to judge.
#[derive(Debug, Clone)]
struct Facts {
    uid: u32,
    held: Result<CapabilitySet, String>,
    release: Option<Release>,
    user: Option<u64>,
    pid: Option<u64>,
    cgroup: Option<u64>,
    mount: Option<u64>,
    /// That of the host's first process, where it may be read.
    first_mount: Option<u64>,
    lockdown: Option<String>,
}

/// Looks, and judges.
pub(super) fn check() -> Vec<Check> {
    let namespace = |path: &str| Some(fs::metadata(path).ok()?.ino());
    judge(&Facts {
        uid: geteuid().as_raw(),
        held: held().map_err(|error| error.to_string()),
        release: Release::running(),
        user: namespace("/proc/self/ns/user"),
        pid: namespace("/proc/self/ns/pid"),
        cgroup: namespace("/proc/self/ns/cgroup"),
        mount: namespace("/proc/self/ns/mnt"),
        first_mount: namespace("/proc/1/ns/mnt"),
        lockdown: fs::read_to_string("/sys/kernel/security/lockdown").ok(),
    })
}

/// Whether it is worth trying to load programs; if not, why.
pub(super) fn may_load() -> Result<(), String> {
    match held() {
        Ok(held) if held.contains(LOADING) => Ok(()),
        Ok(held) => Err(format!(
            "loading kernel programs needs {}",
            names(LOADING.difference(held))
        )),
        Err(error) => Err(format!(
            "the capabilities of this process cannot be read: {error}"
        )),
    }
}

fn held() -> rustix::io::Result<CapabilitySet> {
    capabilities(None).map(|sets| sets.effective)
}

/// The capabilities' names, as people write them.
#[must_use]
pub fn names(set: CapabilitySet) -> String {
    let names = set.iter_names().map(|(name, _)| format!("CAP_{name}"));
    names.collect::<Vec<_>>().join(", ")
}

fn judge(facts: &Facts) -> Vec<Check> {
    let mut checks = Checks::of(Area::Permissions);
    match facts.uid {
        0 => checks.ok("user", "root"),
        uid => checks.failed(
            "user",
            format!("user {uid}"),
            "the detector starts as root only",
            SUDO,
        ),
    }
    match &facts.held {
        Ok(held) => judge_capabilities(facts, *held, &mut checks),
        Err(reason) => checks.failed(
            "capabilities",
            reason,
            "nothing is known of them",
            "mount /proc",
        ),
    }
    judge_namespaces(facts, &mut checks);
    judge_lockdown(facts.lockdown.as_deref(), &mut checks);
    checks.done()
}

fn judge_capabilities(facts: &Facts, held: CapabilitySet, checks: &mut Checks) {
    let mend = match facts.uid {
        0 => OUTSIDE,
        _ => SUDO,
    };
    for &(capability, costs) in CAPABILITIES {
        let name = names(capability);
        match (held.contains(capability), NEEDED.contains(capability)) {
            (true, _) => checks.ok(&name, "held"),
            (false, true) => checks.failed(&name, "missing", costs, mend),
            (false, false) => checks.less(&name, "missing", costs, mend),
        }
    }
    let name = names(CapabilitySet::SYS_RESOURCE);
    let counted = facts.release.is_some_and(|release| release < UNCOUNTED);
    match (held.contains(CapabilitySet::SYS_RESOURCE), counted) {
        (true, _) => checks.ok(&name, "held"),
        (false, false) => checks.ok(&name, "missing, and not needed from kernel 5.11 on"),
        (false, true) => checks.less(
            &name,
            "missing, on a kernel that counts the memory of programs as locked",
            "the maps may find no room",
            "start it with `ulimit -l unlimited`, or with the capability",
        ),
    }
}

fn judge_namespaces(facts: &Facts, checks: &mut Checks) {
    let mut judged =
        |name: &str, found: Option<u64>, initial: u64, costs: &str, mend: &str| match found {
            Some(found) if found == initial => checks.ok(name, "the host's"),
            Some(_) => checks.failed(name, "not the host's", costs, mend),
            None => checks.skipped(name, "/proc does not tell", Some("mount /proc")),
        };
    judged(
        "user namespace",
        facts.user,
        INITIAL_USER,
        "capabilities count for nothing outside of it",
        "run it on the host itself, or in a container without user namespace (`--userns=host`)",
    );
    judged(
        "pid namespace",
        facts.pid,
        INITIAL_PID,
        "processes outside of it cannot be told apart",
        "run it on the host itself, or in a container with `--pid=host`",
    );
    match facts.cgroup {
        Some(INITIAL_CGROUP) => checks.ok("cgroup namespace", "the host's"),
        Some(_) => checks.less(
            "cgroup namespace",
            "not the host's",
            "containers that run already may not be recognised by their cgroups",
            "run it on the host itself, or in a container with `--cgroupns=host`",
        ),
        None => checks.skipped(
            "cgroup namespace",
            "/proc does not tell",
            Some("mount /proc"),
        ),
    }
    // The first process is the host's only where its pid namespace is.
    let first = facts.first_mount.filter(|_| facts.pid == Some(INITIAL_PID));
    match (facts.mount, first) {
        (Some(INITIAL_MOUNT), _) => checks.ok("mount namespace", "the host's"),
        (Some(own), Some(first)) if own == first => checks.ok("mount namespace", "the host's"),
        (Some(_), Some(_)) => checks.less(
            "mount namespace",
            "not the host's",
            "a runtime at work when the detector starts counts as workload, and engines are found \
             only where their sockets are mounted",
            "run it on the host itself",
        ),
        (None, _) => checks.skipped(
            "mount namespace",
            "/proc does not tell",
            Some("mount /proc"),
        ),
        (Some(_), None) => {
            checks.skipped(
                "mount namespace",
                "that of the first process may not be read",
                None,
            );
        }
    }
}

/// The file has all modes, the present one in brackets.
fn judge_lockdown(lockdown: Option<&str>, checks: &mut Checks) {
    let mode = lockdown.and_then(|text| Some(text.split_once('[')?.1.split_once(']')?.0));
    match mode {
        Some("confidentiality") => checks.failed(
            "lockdown",
            "for confidentiality",
            "programs may not read the kernel's memory",
            "boot with `lockdown=integrity`, or without lockdown",
        ),
        Some(mode) => checks.ok("lockdown", mode),
        None => checks.skipped(
            "lockdown",
            "the kernel does not tell; the trial of the sensor does",
            Some("mount -t securityfs none /sys/kernel/security"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::named;
    use super::*;

    fn host() -> Facts {
        Facts {
            uid: 0,
            held: Ok(CapabilitySet::all()),
            release: Some(Release::new(6, 1)),
            user: Some(INITIAL_USER),
            pid: Some(INITIAL_PID),
            cgroup: Some(INITIAL_CGROUP),
            mount: Some(4_026_531_841),
            first_mount: Some(4_026_531_841),
            lockdown: Some("none [integrity] confidentiality\n".to_owned()),
        }
    }

    fn verdict(facts: &Facts, name: &str) -> &'static str {
        named(&judge(facts), name).verdict.name()
    }

    #[test]
    fn root_of_the_host_is_fine() {
        let checks = judge(&host());
        assert!(
            checks.iter().all(|check| check.verdict.name() == "ok"),
            "{checks:#?}"
        );
        assert_eq!(checks.len(), 12);
    }

    #[test]
    fn an_ordinary_user_is_told_to_use_sudo() {
        let facts = Facts {
            uid: 65_534,
            held: Ok(CapabilitySet::empty()),
            first_mount: None,
            ..host()
        };
        let checks = judge(&facts);
        for name in [
            "user",
            "CAP_BPF",
            "CAP_PERFMON",
            "CAP_SYS_ADMIN",
            "CAP_SYS_PTRACE",
        ] {
            let check = named(&checks, name);
            assert_eq!(
                (check.verdict.name(), check.verdict.mend()),
                ("failed", Some(SUDO))
            );
        }
        assert_eq!(verdict(&facts, "CAP_DAC_READ_SEARCH"), "less");
        assert_eq!(verdict(&facts, "mount namespace"), "skipped");
    }

    #[test]
    fn a_container_is_told_which_option_it_lacks() {
        let facts = Facts {
            held: Ok(CapabilitySet::all().difference(CapabilitySet::BPF)),
            pid: Some(4_026_532_200),
            cgroup: Some(4_026_532_201),
            mount: Some(4_026_532_202),
            // Its own first process: says nothing about the host.
            first_mount: Some(4_026_532_202),
            user: None,
            ..host()
        };
        let checks = judge(&facts);
        assert!(
            named(&checks, "pid namespace")
                .verdict
                .mend()
                .unwrap()
                .contains("--pid=host")
        );
        assert_eq!(verdict(&facts, "CAP_BPF"), "failed");
        assert_eq!(verdict(&facts, "cgroup namespace"), "less");
        assert_eq!(verdict(&facts, "mount namespace"), "skipped");
        assert_eq!(verdict(&facts, "user namespace"), "skipped");
        let shared_pid = Facts {
            pid: Some(INITIAL_PID),
            first_mount: Some(4_026_531_841),
            ..facts
        };
        assert_eq!(verdict(&shared_pid, "mount namespace"), "less");
    }

    #[test]
    fn locked_memory_matters_on_old_kernels_only() {
        let without = CapabilitySet::all().difference(CapabilitySet::SYS_RESOURCE);
        let on = |minor| Facts {
            held: Ok(without),
            release: Some(Release::new(5, minor)),
            ..host()
        };
        assert_eq!(verdict(&on(10), "CAP_SYS_RESOURCE"), "less");
        assert_eq!(verdict(&on(11), "CAP_SYS_RESOURCE"), "ok");
    }

    #[test]
    fn lockdown_is_read_by_its_brackets() {
        let with = |text: Option<&str>| Facts {
            lockdown: text.map(str::to_owned),
            ..host()
        };
        let verdict = |text| verdict(&with(text), "lockdown");
        assert_eq!(verdict(Some("[none] integrity confidentiality")), "ok");
        assert_eq!(verdict(Some("none integrity [confidentiality]")), "failed");
        assert_eq!(verdict(Some("rubbish")), "skipped");
        assert_eq!(verdict(None), "skipped");
    }
}
