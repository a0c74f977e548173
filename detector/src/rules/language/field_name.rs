//! The names of fields as conditions write them, and what to say where there is no such field.

use super::suggest;
use crate::rules::matching::fields::{Accepts, Field};

/// Fields of Falco that rules elsewhere use and this detector does not fill.
const UNSUPPLIED: &[&str] = &[
    "proc.tty",
    "proc.is_exe_writable",
    "evt.num",
    "evt.dir",
    "evt.cpu",
    "evt.buffer",
    "evt.is_open_exec",
    "evt.is_open_create",
    "proc.aexe",
    "proc.acmdline",
    "proc.pexe",
    "proc.env",
    "proc.sname",
    "proc.sid",
    "proc.pgid",
    "proc.duration",
    "proc.is_vpgid_leader",
    "proc.is_sid_leader",
    "proc.exe_ino.ctime_duration_proc_start",
    "proc.cmdnargs",
    "proc.pvpid",
    "thread.cap_permitted",
    "thread.cap_inheritable",
    "user.name",
    "user.homedir",
    "user.shell",
    "user.loginname",
    "group.name",
    "fd.connected",
    "fd.name_changed",
    "fd.proto",
    "fd.sockfamily",
    "fd.sip.name",
    "fd.cip.name",
    "fd.rip.name",
    "fd.lip.name",
    "fd.uid",
    "container.info",
    "container.start_ts",
    "container.duration",
    "container.ip",
    "container.mount.dest",
    "container.mount.source",
    "container.healthcheck",
    "k8s.ns.name",
    "k8s.pod.name",
    "k8s.pod.id",
    "k8s.pod.labels",
];

/// The field of a name as written, which may end in `.ARGUMENT`, and that argument.
pub(super) fn look_up(name: &str) -> Option<(Field, Option<&str>)> {
    if let Some(field) = Field::named(name) {
        return Some((field, None));
    }
    let (stem, argument) = name.rsplit_once('.')?;
    let field = Field::named(stem)?;
    let takes = matches!(
        field.definition().accepts,
        Accepts::Name | Accepts::NameOrIndex
    );
    takes.then_some((field, Some(argument)))
}

/// What to say about a name that is no field.
pub(super) fn hint(name: &str) -> String {
    if UNSUPPLIED.contains(&name) {
        return ": Falco has it, this detector does not supply it".to_owned();
    }
    suggest::hint(name, Field::ALL.iter().map(|field| field.definition().name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for field in Field::ALL {
            let name = field.definition().name;
            assert_eq!(look_up(name), Some((*field, None)));
            assert!(!UNSUPPLIED.contains(&name), "{name} is supplied");
        }
    }

    #[test]
    fn an_argument_may_follow_a_dot_where_names_are_taken() {
        assert_eq!(
            look_up("evt.arg.flags"),
            Some((Field::EvtArg, Some("flags")))
        );
        assert_eq!(
            look_up("evt.rawarg.fd"),
            Some((Field::EvtRawarg, Some("fd")))
        );
        assert_eq!(look_up("proc.aname.x"), None);
        assert_eq!(
            hint("user.name"),
            ": Falco has it, this detector does not supply it"
        );
    }
}
