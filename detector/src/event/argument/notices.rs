//! Arguments of what the detector says of itself.

use std::borrow::Cow;

use super::super::notice::{Gap, HeldBack, Notice};
use super::{Argument, Value};

impl Notice {
    pub(super) fn arguments(&self) -> Vec<Argument<'_>> {
        match self {
            Self::Gap(gap) => of_gap(gap),
            Self::Suppressed(acts) => of_held_back(acts),
            Self::Silence { lane, since } => vec![text("lane", lane), number("since", since.0)],
            Self::Tampering { what } => vec![text("what", what)],
        }
    }
}

fn of_gap(gap: &Gap) -> Vec<Argument<'_>> {
    vec![
        maybe("lane", gap.lane.as_deref().map(written)),
        maybe("cpu", gap.cpu.map(|cpu| Value::Number(cpu.into()))),
        number("count", gap.count),
        text("cause", &gap.cause),
        number("from", gap.from.0),
        number("to", gap.to.0),
    ]
}

fn of_held_back(acts: &HeldBack) -> Vec<Argument<'_>> {
    vec![
        text("kind", &acts.kind),
        Argument {
            name: "outcome",
            value: Value::Result(super::CallResult(acts.outcome)),
        },
        maybe("pid", acts.tgid.map(|tgid| Value::Number(tgid.into()))),
        number("count", acts.count),
        number("from", acts.from),
    ]
}

fn maybe<'a>(name: &'static str, value: Option<Value<'a>>) -> Argument<'a> {
    Argument {
        name,
        value: value.unwrap_or(Value::Absent),
    }
}

fn number(name: &'static str, number: u64) -> Argument<'static> {
    super::count(name, i64::try_from(number).unwrap_or(i64::MAX))
}

fn text<'a>(name: &'static str, text: &'a str) -> Argument<'a> {
    maybe(name, Some(written(text)))
}

fn written(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text.as_bytes()))
}
