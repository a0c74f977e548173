//! The sensor's programs, tried: what each hook that does not work keeps from us.

use super::check::{Area, Check, Checks, Verdict};
use crate::sensor::probe::{LANES, MAPS, OBJECT, Outcome, SELF_CHECK, Trial};

/// Each part and hook, and what is lost without it.
const COSTS: &[(&str, &str)] = &[
    (
        OBJECT,
        "of a path only the last 256 components are read; what is cut is flagged",
    ),
    (MAPS, "the sensor has no memory and no way to speak"),
    (SELF_CHECK, "the sensor would report nonsense"),
    (LANES, "what the sensor sees does not reach the detector"),
    ("cgroup_mkdir", "containers that start are not noticed"),
    ("cgroup_rmdir", "containers that end are not noticed"),
    (
        "cgroup_attach_task",
        "a runtime at work in a container counts as its workload",
    ),
    ("task_newtask", "processes of containers have no ancestors"),
    (
        "sched_process_exec",
        "programs that containers run are not known",
    ),
    (
        "sched_process_exit",
        "processes that have ended are not forgotten",
    ),
    ("inet_sock_set_state", "TCP connections are not seen"),
    (
        "signal_generate",
        "of signals to the detector only refused ones are seen",
    ),
    (
        "io_uring_submit",
        "of files opened by io_uring the caller's words are not known, and not all are seen",
    ),
    (
        "io_uring_complete",
        "files opened and sockets connected by io_uring are not seen",
    ),
    ("sys_exit", "nothing that containers do is seen"),
    (
        "open",
        "no alert about devices, kernel interfaces and foreign files that are opened",
    ),
    (
        "place",
        "no alert about chroot, pivot_root and directories of others",
    ),
    ("mount", "no alert about mounts"),
    (
        "namespace",
        "no alert about namespaces that are entered or made",
    ),
    (
        "privilege",
        "changes of user, group and capabilities are not seen",
    ),
    (
        "kernel_code",
        "no alert about BPF programs, kernel modules and kexec",
    ),
    (
        "connect",
        "no alert about engine sockets and metadata services; TCP alone is seen",
    ),
    (
        "descriptor",
        "no alert about a running shell that is handed to a network connection",
    ),
    (
        "boundary_crossing",
        "no alert about tasks that stand outside of their container, nor about changes without a call",
    ),
    (
        "trace",
        "no alert about processes that are traced, read or changed by others",
    ),
    (
        "signal",
        "no alert about signals to the detector that the kernel refuses",
    ),
    ("clock", "no alert about the host's clock"),
    (
        "alter",
        "files that are removed, renamed, linked, cut or get another mode are not seen, nor new directories",
    ),
    (
        "refused",
        "programs and processes that the kernel refuses are not seen",
    ),
    ("path_unlink", CLAIMS),
    ("path_rmdir", CLAIMS),
    ("path_rename", CLAIMS),
    ("path_truncate", CLAIMS),
    ("path_mkdir", CLAIMS),
    ("path_chmod", CLAIMS),
    ("io_uring_setup", "io_urings that are set up are not seen"),
    (
        "userfaultfd",
        "processes that answer faults of their memory themselves are not seen",
    ),
    ("find_own_root", "the sensor cannot be checked"),
    ("find_tasks", "processes that run already are not watched"),
    (
        "find_chosen",
        "processes chosen by pid= are not watched, nor what they have started",
    ),
];

/// Of a hook that resolves names before the act.
const CLAIMS: &str = "names of files that are removed, renamed, cut or get another mode, and of new directories, are told by the caller's word alone";
/// Of a hook that these words do not know.
const UNKNOWN: &str = "what it would tell is not seen";
const REPORT: &str = "kernels from 5.10 on are supported; please report this one with `escape-detector doctor --bundle FILE`";
const PERMISSION: &str = "start it with sudo, outside of containers and user namespaces, on a kernel that is not locked down";

const SECURITY: &str = "boot a kernel from 6.1 on with CONFIG_BPF_LSM=y that allows such programs, and `bpf` in its boot parameter lsm=";
const NEWER: &str = "boot a kernel from 6.1 on";
const HELPER: &str = "boot a kernel from 5.10 on, and not locked down for confidentiality";

/// Judges what was tried.
pub(super) fn judge(trials: impl IntoIterator<Item = Trial>) -> Vec<Check> {
    let mut checks = Checks::of(Area::Sensor);
    for trial in trials {
        let (found, verdict) = judgement(&trial);
        checks.add(trial.name, found, verdict);
    }
    checks.done()
}

/// The check in place of all, where nothing was tried.
pub(super) fn untried(reason: &str) -> Vec<Check> {
    let mut checks = Checks::of(Area::Sensor);
    checks.skipped(
        "all",
        format!("not tried: {reason}"),
        Some("start it with sudo"),
    );
    checks.done()
}

fn judgement(trial: &Trial) -> (String, Verdict) {
    let costs = costs(trial.name).to_owned();
    match (&trial.outcome, trial.needed) {
        (Outcome::Works(found), _) => (found.clone(), Verdict::Ok),
        (Outcome::Untried(reason), _) => (reason.clone(), Verdict::Skipped { mend: None }),
        (Outcome::Fails(reason), needed) => {
            let mend = mend(trial.name, reason).to_owned();
            let verdict = match needed {
                true => Verdict::Failed { costs, mend },
                false => Verdict::Less { costs, mend },
            };
            (reason.clone(), verdict)
        }
    }
}

fn costs(name: &str) -> &'static str {
    let mut known = COSTS.iter();
    known
        .find(|(known, _)| *known == name)
        .map_or(UNKNOWN, |(_, costs)| costs)
}

/// What to do about what the kernel said.
fn mend(name: &str, reason: &str) -> &'static str {
    let says = |words: &str| reason.contains(words);
    if name == OBJECT {
        NEWER
    } else if costs(name) == CLAIMS {
        SECURITY
    } else if says("unknown func") || says("cannot use helper") {
        HELPER
    } else if says("(os error 1)") || says("(os error 13)") {
        PERMISSION
    } else {
        REPORT
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::verdicts;
    use super::*;
    use crate::sensor::probe;

    fn trial(name: &'static str, needed: bool, outcome: Outcome) -> Trial {
        Trial {
            name,
            needed,
            outcome,
        }
    }

    #[test]
    fn each_outcome_has_its_verdict() {
        let refused = || Outcome::Fails("Operation not permitted (os error 1)".to_owned());
        let checks = judge([
            trial("sys_exit", true, refused()),
            trial(
                "mount",
                false,
                Outcome::Fails("unknown func bpf_x#1".to_owned()),
            ),
            trial("open", false, Outcome::Works("seen".to_owned())),
            trial(
                "cgroup_mkdir",
                true,
                Outcome::Untried("read-only".to_owned()),
            ),
        ]);
        let names = verdicts(&checks).into_iter().map(|(_, verdict)| verdict);
        assert_eq!(
            names.collect::<Vec<_>>(),
            ["failed", "less", "ok", "skipped"]
        );
        let [first, second, ..] = checks.as_slice() else {
            panic!("four checks");
        };
        assert_eq!(first.verdict.mend(), Some(PERMISSION));
        assert_eq!(second.verdict.costs(), Some("no alert about mounts"));
        assert_eq!(second.verdict.mend(), Some(HELPER));
    }

    #[test]
    fn every_hook_has_words_of_its_own() {
        for name in probe::names() {
            assert_ne!(costs(name), UNKNOWN, "{name}");
        }
        assert_eq!(costs("a hook of tomorrow"), UNKNOWN);
    }
}
