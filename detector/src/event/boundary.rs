//! The boundary: a task of a workload that stands elsewhere than before, or is something else than
//! before with no call that explains it.

use std::fmt::Write as _;

use detector_common::boundary::{self, part};
use detector_common::call::{self, CallSpec};
use detector_common::record::BoundaryBody;

use super::act::CallResult;
use super::id::{CgroupId, NamespaceId, Tgid};
use super::path::ResolvedPath;
use super::section::Sections;
use super::subject::{Capabilities, Ids, Seccomp, Subject};

/// A change of what a task is and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    /// The task after the change.
    pub subject: Subject,
    /// The call at whose return it was noticed.
    pub call: Option<&'static CallSpec>,
    /// What that call returned.
    pub result: CallResult,
    /// What the task was when it was seen last.
    pub before: Standing,
    /// What it is now.
    pub after: Standing,
    /// What changed.
    pub changed: Parts,
    /// What of it no call explains.
    pub unexplained: Parts,
    /// What of it is not the container's.
    pub outside: Parts,
    /// Where the worst of it leads.
    pub grade: Grade,
    /// The container that it leads into, by its outermost cgroup.
    pub target: Option<CgroupId>,
    /// By what it was noticed.
    pub way: Way,
    /// Who moved the task, where that was another.
    pub actor: Option<Tgid>,
    /// The new root directory, from the top of its mount tree.
    pub root: Option<ResolvedPath>,
}

/// Parts of a [`Standing`], as bits of [`part`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Parts(pub u32);

/// Where a changed part leads, from the harmless to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grade {
    /// To what the container was born with, or has made itself.
    Inside,
    /// To what is nobody's that is known, and not the container's.
    Outside,
    /// To what the container's own was made in.
    Ancestor,
    /// Into another container.
    Container,
    /// To the host.
    Host,
}

/// By what a change was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// At the return of a system call.
    Call,
    /// When a program was executed.
    Exec,
    /// When a task was made.
    TaskMade,
    /// When the task was moved into another cgroup.
    Attach,
    /// When the sensor found the task at its start.
    Found,
}

/// What a task is and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Users and groups, in the initial user namespace.
    pub ids: Ids,
    /// Inheritable, permitted, effective, bounding and ambient capabilities.
    pub caps: [Capabilities; 5],
    /// Namespaces, in the order of [`part`].
    pub spaces: [Option<NamespaceId>; boundary::SPACES],
    /// Securebits of the credential.
    pub securebits: u32,
    /// How system calls are filtered.
    pub seccomp: Seccomp,
    /// Whether an execution can give no privilege.
    pub no_new_privs: bool,
    /// Mount namespace of the root directory's mount.
    pub root_mount_ns: Option<NamespaceId>,
    /// Inode of the root directory.
    pub root_inode: u64,
    /// Mount namespace of the working directory's mount, where that was looked at.
    pub cwd_mount_ns: Option<NamespaceId>,
}

impl Boundary {
    /// `None` where a number means nothing in this version.
    pub(super) fn new(body: &BoundaryBody, sections: Sections) -> Option<Self> {
        Some(Self {
            subject: Subject::new(&body.subject),
            call: call::by_number(body.call.number),
            result: CallResult(body.call.result),
            before: Standing::new(&body.before),
            after: Standing::new(&body.after),
            changed: Parts(body.changed),
            unexplained: Parts(body.unexplained),
            outside: Parts(body.outside),
            grade: Grade::from_number(body.grade)?,
            target: (body.target != 0).then_some(CgroupId(body.target)),
            way: Way::from_number(body.way)?,
            actor: (body.actor_tgid != 0).then_some(Tgid(body.actor_tgid)),
            root: sections.path,
        })
    }

    /// What the changed parts were: `uids=1000/1000/1000/1000 mnt_ns=4026532500`.
    pub fn from(&self) -> String {
        self.before.render(self.changed)
    }

    /// What they are now. A cgroup has a number, unless the caller knows its path.
    pub fn to(&self, cgroup: Option<&[u8]>) -> String {
        let mut text = self.after.render(self.changed);
        if let Some(CgroupId(id)) = self.cgroup() {
            let name =
                cgroup.map_or_else(|| id.to_string(), |path| path.escape_ascii().to_string());
            let blank = if text.is_empty() { "" } else { " " };
            let _ = write!(text, "{blank}cgroup={name}");
        }
        text
    }

    /// The cgroup that the task has got into, where it left its container's.
    pub fn cgroup(&self) -> Option<CgroupId> {
        (self.changed.0 & part::CGROUP != 0).then_some(self.subject.cgroup)
    }
}

impl Parts {
    /// Their names, parted by blanks.
    pub fn names(self) -> String {
        let names = part::NAMES
            .iter()
            .filter(|(bit, _)| self.0 & bit != 0)
            .map(|(_, name)| *name);
        names.collect::<Vec<_>>().join(" ")
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Grade {
    /// The names in fields, in the order of the grades.
    pub const NAMES: &'static [&'static str] =
        &["inside", "outside", "ancestor", "container", "host"];

    fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            boundary::grade::INSIDE => Self::Inside,
            boundary::grade::OUTSIDE => Self::Outside,
            boundary::grade::ANCESTOR => Self::Ancestor,
            boundary::grade::CONTAINER => Self::Container,
            boundary::grade::HOST => Self::Host,
            _ => return None,
        })
    }

    /// The name in fields.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Outside => "outside",
            Self::Ancestor => "ancestor",
            Self::Container => "container",
            Self::Host => "host",
        }
    }
}

impl Way {
    /// The names in fields.
    pub const NAMES: &'static [&'static str] = &["call", "exec", "task_made", "attach", "found"];

    fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            boundary::way::CALL => Self::Call,
            boundary::way::EXEC => Self::Exec,
            boundary::way::TASK_MADE => Self::TaskMade,
            boundary::way::ATTACH => Self::Attach,
            boundary::way::FOUND => Self::Found,
            _ => return None,
        })
    }

    /// The name in fields.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Exec => "exec",
            Self::TaskMade => "task_made",
            Self::Attach => "attach",
            Self::Found => "found",
        }
    }
}

impl Standing {
    fn new(raw: &boundary::Standing) -> Self {
        Self {
            ids: Ids::new(raw.ids),
            caps: raw.caps.map(Capabilities),
            spaces: raw.spaces.map(NamespaceId::known),
            securebits: raw.securebits,
            seccomp: Seccomp::new(raw.seccomp),
            no_new_privs: raw.no_new_privs != 0,
            root_mount_ns: NamespaceId::known(raw.root_mount_ns),
            root_inode: raw.root_inode,
            cwd_mount_ns: NamespaceId::known(raw.cwd_mount_ns),
        }
    }

    /// These parts as text, each with its name.
    fn render(&self, parts: Parts) -> String {
        let mut text = String::new();
        for (bit, name) in part::NAMES {
            let value = (parts.0 & bit != 0).then(|| self.value(bit)).flatten();
            if let Some(value) = value {
                let blank = if text.is_empty() { "" } else { " " };
                // Writing to a String cannot fail.
                let _ = write!(text, "{blank}{name}={value}");
            }
        }
        text
    }

    fn value(&self, bit: u32) -> Option<String> {
        let [inheritable, permitted, effective, bounding, ambient] = self.caps;
        let Ids {
            uid,
            gid,
            suid,
            sgid,
            euid,
            egid,
            fsuid,
            fsgid,
        } = self.ids;
        let space = |id: Option<NamespaceId>| {
            id.map_or_else(
                || "none".to_owned(),
                |NamespaceId(number)| number.to_string(),
            )
        };
        Some(match bit {
            part::ROOT => format!("{}:{}", space(self.root_mount_ns), self.root_inode),
            part::CWD => space(self.cwd_mount_ns),
            part::UIDS => format!("{uid}/{euid}/{suid}/{fsuid}"),
            part::GIDS => format!("{gid}/{egid}/{sgid}/{fsgid}"),
            part::CAPS => format!(
                "{:x}/{:x}/{:x}/{:x}",
                effective.0, permitted.0, inheritable.0, ambient.0
            ),
            part::BOUNDING => format!("{:x}", bounding.0),
            part::SECUREBITS => format!("{:x}", self.securebits),
            part::SECCOMP => match self.seccomp {
                Seccomp::Off => "off",
                Seccomp::Strict => "strict",
                Seccomp::Filter => "filter",
            }
            .to_owned(),
            part::NO_NEW_PRIVS => u32::from(self.no_new_privs).to_string(),
            _ => {
                let at = usize::try_from(bit.trailing_zeros()).ok()?;
                space(*self.spaces.get(at)?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing() -> boundary::Standing {
        boundary::Standing {
            ids: [1000; 8],
            spaces: [1, 2, 3, 4, 5, 6, 7],
            ..boundary::Standing::default()
        }
    }

    fn body() -> BoundaryBody {
        let mut body = BoundaryBody {
            before: standing(),
            after: standing(),
            changed: part::UIDS | part::MNT | part::BOUNDING,
            grade: boundary::grade::HOST,
            ..BoundaryBody::default()
        };
        body.after.ids = [0; 8];
        body.after.spaces[1] = 99;
        body.after.caps[3] = 0x1ff_ffff_ffff;
        body.call.number = u32::MAX;
        body
    }

    fn told(body: &BoundaryBody) -> Option<Boundary> {
        Boundary::new(body, Sections::default())
    }

    #[test]
    fn before_and_after_are_told_part_by_part() {
        let told = told(&body()).unwrap();
        assert_eq!(
            told.from(),
            "mnt_ns=2 uids=1000/1000/1000/1000 bounding_set=0"
        );
        assert_eq!(
            told.to(None),
            "mnt_ns=99 uids=0/0/0/0 bounding_set=1ffffffffff"
        );
        assert_eq!(told.changed.names(), "mnt_ns uids bounding_set");
        assert_eq!(told.call, None);
    }

    #[test]
    fn a_cgroup_is_told_by_its_path_or_its_number() {
        let mut body = body();
        body.changed = part::CGROUP;
        body.subject.cgroup = 77;
        let left = told(&body).unwrap();
        assert_eq!(left.to(None), "cgroup=77");
        assert_eq!(left.to(Some(b"/a\nb")), "cgroup=/a\\nb");
        assert_eq!(told(&self::body()).unwrap().cgroup(), None);
    }

    #[test]
    fn every_part_has_a_value_and_every_name_is_told_once() {
        let told = told(&body()).unwrap();
        for (bit, name) in part::NAMES {
            if bit != part::CGROUP {
                assert!(told.after.value(bit).is_some(), "{name}");
            }
        }
        let all = Parts(u32::MAX).names();
        assert_eq!(all.split(' ').count(), part::NAMES.len());
    }

    #[test]
    fn numbers_of_a_newer_sensor_are_not_guessed() {
        let unknown = BoundaryBody {
            grade: 77,
            ..body()
        };
        assert_eq!(told(&unknown), None);
        let unknown = BoundaryBody { way: 77, ..body() };
        assert_eq!(told(&unknown), None);
    }

    #[test]
    fn names_follow_the_grades_and_the_ways() {
        for (number, name) in (0..).zip(Grade::NAMES) {
            assert_eq!(Grade::from_number(number).unwrap().name(), *name);
        }
        for (number, name) in (0..).zip(Way::NAMES) {
            assert_eq!(Way::from_number(number).unwrap().name(), *name);
        }
    }
}
