//! Arguments of an event by name and position, as `evt.arg` and `evt.args` show them.
//!
//! Names and order are Falco's for the calls that it knows (its exit events), the manual's for the
//! others. A value is rendered only when it is asked for.

mod acts;
mod alter;
mod notices;
mod tasks;

use std::borrow::Cow;

use super::act::CallResult;
use super::boundary::Boundary;
use super::process::{Ending, Exec, Exit};
use super::text::Text;
use super::{Body, Event, render};

/// One argument.
#[derive(Clone, Debug)]
pub struct Argument<'a> {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub value: Value<'a>,
}

/// What an argument holds.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// Nothing that is known: a null pointer, or a text that could not be read.
    Absent,
    /// A text.
    Text(Cow<'a, [u8]>),
    /// A number.
    Number(i64),
    /// Permission bits, by their number.
    Mode(u64),
    /// Permission bits, by their names.
    Permissions(u64),
    /// A number that has a name, or whose bits have names.
    Named {
        /// The number.
        number: u64,
        /// Finds its name.
        render: fn(u64) -> String,
    },
    /// What the call returned.
    Result(CallResult),
}

impl Value<'_> {
    /// The text that rules compare; `None` for what is absent.
    pub fn text(&self) -> Option<Cow<'_, [u8]>> {
        let text = match self {
            Self::Absent => return None,
            Self::Text(text) => return Some(Cow::Borrowed(text)),
            Self::Number(number) => number.to_string(),
            Self::Mode(mode) => format!("0{mode:03o}"),
            Self::Permissions(mode) => render::permissions(*mode),
            Self::Named { number, render } => render(*number),
            Self::Result(result) if result.is_error() => result.to_string(),
            Self::Result(result) => result.0.to_string(),
        };
        Some(Cow::Owned(text.into_bytes()))
    }

    /// The number; `None` for a text.
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Absent | Self::Text(_) => None,
            Self::Number(number) => Some(*number),
            Self::Mode(number) | Self::Permissions(number) | Self::Named { number, .. } => {
                Some(number.cast_signed())
            }
            Self::Result(result) => Some(result.0),
        }
    }

    /// As it stands in a list of all: `flags=2(MNT_DETACH)`, a number before its name.
    fn listed(&self) -> Cow<'_, [u8]> {
        let name = match self {
            Self::Named { number, render } => render(*number),
            Self::Result(result) if result.is_error() => result.to_string(),
            Self::Permissions(mode) => {
                let both = format!("0{mode:03o}({})", render::permissions(*mode));
                return Cow::Owned(both.into_bytes());
            }
            _ => return self.text().unwrap_or(Cow::Borrowed(b"<NA>")),
        };
        let number = self.number().unwrap_or_default().to_string();
        let both = if name == number {
            number
        } else {
            format!("{number}({name})")
        };
        Cow::Owned(both.into_bytes())
    }
}

impl Event {
    /// The arguments, in their order.
    pub fn arguments(&self) -> Vec<Argument<'_>> {
        match &self.body {
            Body::Act(act) => act.arguments(),
            Body::TaskMade(process) => {
                vec![
                    result(CallResult(0)),
                    flags(process.clone_flags, render::clone_flags),
                ]
            }
            Body::Exec(exec) => of_exec(exec),
            Body::Exit(exit) => of_exit(*exit),
            Body::CgroupMade(cgroup) | Body::CgroupRemoved(cgroup) => {
                vec![text("path", cgroup.path.as_ref())]
            }
            Body::Attach(process) => {
                let actor = process
                    .actor
                    .map_or(Value::Absent, |tgid| Value::Number(tgid.0.into()));
                vec![Argument {
                    name: "actor",
                    value: actor,
                }]
            }
            Body::Heartbeat(number) => vec![count("number", number.cast_signed())],
            Body::Notice(notice) => notice.arguments(),
            Body::Boundary(boundary) => of_boundary(boundary),
            Body::ObjectChange(change) => vec![
                word("change", change.change.name()),
                word("class", change.class.name()),
            ],
            Body::Alive(_) => Vec::new(),
        }
    }

    /// The argument of a name.
    pub fn argument(&self, name: &str) -> Option<Value<'_>> {
        let mut all = self.arguments().into_iter();
        all.find(|argument| argument.name == name)
            .map(|argument| argument.value)
    }

    /// All arguments in one text: `res=-1(EPERM) name=/mnt flags=2(MNT_DETACH)`.
    pub fn argument_list(&self) -> Vec<u8> {
        let arguments = self.arguments();
        let each = arguments
            .iter()
            .map(|Argument { name, value }| [name.as_bytes(), b"=", &value.listed()].concat());
        each.collect::<Vec<_>>().join(&b' ')
    }
}

fn of_boundary(boundary: &Boundary) -> Vec<Argument<'_>> {
    let owned = |name, text: String| Argument {
        name,
        value: Value::Text(Cow::Owned(text.into_bytes())),
    };
    let call = boundary.call.map_or("", |call| call.name);
    vec![
        owned("changed", boundary.changed.names()),
        owned("unexplained", boundary.unexplained.names()),
        owned("outside", boundary.outside.names()),
        owned("grade", boundary.grade.name().to_owned()),
        owned("from", boundary.from()),
        owned("to", boundary.to(None)),
        owned("call", call.to_owned()),
        owned("way", boundary.way.name().to_owned()),
    ]
}

fn of_exec(exec: &Exec) -> Vec<Argument<'_>> {
    let mut strings = exec.argv.iter().flat_map(|argv| argv.iter());
    let exe = strings
        .next()
        .map_or(Value::Absent, |exe| Value::Text(Cow::Borrowed(exe)));
    let args = strings.collect::<Vec<_>>().join(&b' ');
    vec![
        result(CallResult(0)),
        Argument {
            name: "exe",
            value: exe,
        },
        Argument {
            name: "args",
            value: Value::Text(Cow::Owned(args)),
        },
        text("filename", exec.file_name.as_ref()),
    ]
}

fn of_exit(exit: Exit) -> Vec<Argument<'static>> {
    let (status, signal) = match exit.ending() {
        Ending::Status(status) => (status, 0),
        Ending::Signal { number, .. } => (0, number),
    };
    vec![
        count("status", exit.code),
        count("ret", status),
        count("sig", signal),
    ]
}

fn result(result: CallResult) -> Argument<'static> {
    Argument {
        name: "res",
        value: Value::Result(result),
    }
}

fn word(name: &'static str, word: &'static str) -> Argument<'static> {
    Argument {
        name,
        value: Value::Text(Cow::Borrowed(word.as_bytes())),
    }
}

fn count(name: &'static str, number: impl Into<i64>) -> Argument<'static> {
    Argument {
        name,
        value: Value::Number(number.into()),
    }
}

fn named(name: &'static str, number: u64, render: fn(u64) -> String) -> Argument<'static> {
    Argument {
        name,
        value: Value::Named { number, render },
    }
}

fn flags(bits: u64, render: fn(u64) -> String) -> Argument<'static> {
    named("flags", bits, render)
}

fn text<'a>(name: &'static str, text: Option<&'a Text>) -> Argument<'a> {
    let known = text.and_then(Text::known);
    let value = known.map_or(Value::Absent, |text| Value::Text(Cow::Borrowed(text)));
    Argument { name, value }
}
