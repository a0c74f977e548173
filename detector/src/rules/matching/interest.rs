//! What rules can match at all: the question of whoever could save the making of an event.

use std::collections::BTreeSet;

use detector_common::call::CALLS;
use detector_common::record::Kind;

use super::{
    comparison::Comparison,
    condition::{Condition, Free, Right, Test},
    fields::{Argument, Field},
    glimpse::{Glimpse, Known},
    names,
    subject::{Made, Subject},
    value::{Fields, Value},
};

/// What rules can match. It errs only towards more: whatever is not in here matches no rule.
///
/// A plain open is one that the kernel let succeed and whose path it resolved, of a regular file or
/// a directory below what its mount shows, which is not foreign, of whatever file system. A file without a name, such as a
/// memfd, is not among them, since rules then see the caller's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interest {
    /// The event types that at least one rule can match.
    pub event_types: BTreeSet<&'static str>,
    /// The names that matter in plain opens that cannot write: those with `O_PATH` too, whatever
    /// their access mode says.
    pub reads: Names,
    /// The names that matter in plain opens that can write.
    pub writes: Names,
    /// Of acts on names, lengths and modes of files: the event types that a rule can match where the
    /// file does not lie in a foreign mount.
    pub alters: BTreeSet<&'static str>,
}

/// Which names make an open worth an event: components of `fd.name` or of `file.path_in_fs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// No rule matches, whatever the names are.
    Nobody,
    /// A rule can match only where one of these is a component of either path.
    Some(BTreeSet<Box<[u8]>>),
    /// A rule can match whatever the names are.
    Any,
}

impl Interest {
    /// The interest of all conditions together.
    pub(in crate::rules) fn new<'a>(
        event_types: impl Iterator<Item = &'static str>,
        conditions: impl Iterator<Item = &'a Condition> + Clone,
    ) -> Self {
        Self {
            event_types: event_types.collect(),
            reads: Names::of(conditions.clone(), false),
            writes: Names::of(conditions.clone(), true),
            alters: PlainAlter::each()
                .filter(|act| conditions.clone().any(|condition| act.may_match(condition)))
                .map(|act| act.event_type)
                .collect(),
        }
    }
}

/// An act on a name, length or mode of which nothing is known but that the file lies in no foreign mount.
struct PlainAlter {
    event_type: &'static str,
}

impl PlainAlter {
    fn each() -> impl Iterator<Item = Self> {
        let calls = CALLS.iter().filter(|call| call.kind == Kind::Alter);
        calls.map(|call| Self {
            event_type: call.name,
        })
    }

    fn may_match(&self, condition: &Condition) -> bool {
        condition.known(self).is_none_or(|known| known.truth)
    }
}

impl Fields for PlainAlter {
    fn value(&self, field: Field, _argument: Option<&Argument>) -> Option<Value<'_>> {
        match field {
            Field::EvtType => Some(Value::text(self.event_type)),
            Field::FileForeignMount => Some(Value::Bool(false)),
            _ => None,
        }
    }
}

impl Glimpse for PlainAlter {
    fn known(&self, test: &Test) -> Option<Known> {
        test.answer(self).map(Known::certainly)
    }
}

impl Names {
    fn of<'a>(conditions: impl Iterator<Item = &'a Condition>, writes: bool) -> Self {
        let mut names = BTreeSet::new();
        for condition in conditions {
            for open in PlainOpen::each(writes) {
                match condition.known(&open) {
                    Some(known) if !known.truth => names.extend(known.names),
                    _ => return Self::Any,
                }
            }
        }
        if names.is_empty() {
            Self::Nobody
        } else {
            Self::Some(names)
        }
    }
}

const OPENS: [&str; 4] = ["open", "openat", "openat2", "creat"];
const KINDS: [&str; 2] = ["regular", "directory"];

/// An open of which all is known that the kernel can tell without a look at names.
struct PlainOpen {
    event_type: &'static str,
    kind: &'static str,
    reads: bool,
    writes: bool,
}

impl PlainOpen {
    fn each(writes: bool) -> impl Iterator<Item = Self> {
        OPENS.into_iter().flat_map(move |event_type| {
            KINDS.into_iter().flat_map(move |kind| {
                [true, false].map(|reads| Self {
                    event_type,
                    kind,
                    reads,
                    writes,
                })
            })
        })
    }
}

impl Fields for PlainOpen {
    fn value(&self, field: Field, _argument: Option<&Argument>) -> Option<Value<'_>> {
        Some(match field {
            Field::EvtType => Value::text(self.event_type),
            Field::EvtIsOpenRead => Value::Bool(self.reads),
            Field::EvtIsOpenWrite => Value::Bool(self.writes),
            Field::EvtFailed | Field::FileForeignMount | Field::FileOutsideMount => {
                Value::Bool(false)
            }
            // What empties a file counts as a write, whatever its access mode.
            Field::FileEmptied if !self.writes => Value::Bool(false),
            Field::Outcome => Value::text("done"),
            Field::FileTruth => Value::text("kernel"),
            Field::FileKind => Value::text(self.kind),
            _ => return None,
        })
    }
}

impl Glimpse for PlainOpen {
    fn known(&self, test: &Test) -> Option<Known> {
        if let Some(truth) = test.answer(self) {
            return Some(Known::certainly(truth));
        }
        if test.asks(is_never_there) {
            return Some(Known::certainly(false));
        }
        match test {
            Test::Plain(test) if is_path(test.field) => needed(&test.comparison),
            Test::Free(Free {
                subject: Subject::Made(made),
                right: Right::Constants { comparison, .. },
            }) => match &**made {
                // It is a component, so what is a component of it is it.
                Made::Basename(Subject::Field(field, _)) if is_path(*field) => needed(comparison),
                _ => None,
            },
            _ => None,
        }
    }
}

fn needed(comparison: &Comparison) -> Option<Known> {
    names::needed(comparison).map(Known::false_without)
}

/// An open at which the sensor tells of a target is no plain one.
fn is_never_there(field: Field) -> bool {
    matches!(
        field,
        Field::TargetPid
            | Field::TargetExepath
            | Field::TargetContainerId
            | Field::TargetSameContainer
            | Field::TargetOwnTree
            | Field::TargetRuntime
            | Field::TargetDetector
    )
}

/// The components of the last two are components of the first.
fn is_path(field: Field) -> bool {
    matches!(
        field,
        Field::FdName | Field::FilePathInFs | Field::FdDirectory | Field::FdFilename
    )
}
