//! Events: the fields that tests ask for, what each of them holds, and the alphabets of that.

use std::fmt;
use std::net::IpAddr;

use proptest::prelude::*;
use proptest::sample::select;

use crate::rules::{Value, testing};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Text,
    EventType,
    Word,
    Number,
    Port,
    Bool,
    Ip,
    Network,
    Bytes,
}

/// How many values a field has, and which of them a check means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    One,
    /// The process itself and its ancestors: an index picks one, without it any strict ancestor.
    Chain,
    /// Both ends of a connection.
    Ends,
    /// Several that are compared as a whole.
    List,
}

/// The fields, by the names under which events have them.
pub(super) const FIELDS: &[(&str, Kind, Reach)] = &[
    ("evt.type", Kind::EventType, Reach::One),
    ("fd.name", Kind::Text, Reach::One),
    ("proc.name", Kind::Text, Reach::One),
    ("proc.cmdline", Kind::Text, Reach::One),
    ("evt.arg[flags]", Kind::Text, Reach::One),
    ("evt.arg[0]", Kind::Text, Reach::One),
    ("container.label[a b]", Kind::Text, Reach::One),
    ("proc.env", Kind::Text, Reach::One),
    ("proc.env[HOME]", Kind::Text, Reach::One),
    ("file.kind", Kind::Word, Reach::One),
    ("proc.pid", Kind::Number, Reach::One),
    ("evt.rawres", Kind::Number, Reach::One),
    ("evt.rawarg[flags]", Kind::Number, Reach::One),
    ("fd.rport", Kind::Port, Reach::One),
    ("fd.lport", Kind::Port, Reach::One),
    ("evt.failed", Kind::Bool, Reach::One),
    ("evt.is_open_read", Kind::Bool, Reach::One),
    ("fd.rip", Kind::Ip, Reach::One),
    ("fd.lip", Kind::Ip, Reach::One),
    ("fd.snet", Kind::Network, Reach::One),
    ("evt.buffer", Kind::Bytes, Reach::One),
    ("proc.aname", Kind::Text, Reach::Chain),
    ("proc.apid", Kind::Number, Reach::Chain),
    ("fd.ip", Kind::Ip, Reach::Ends),
    ("fd.port", Kind::Port, Reach::Ends),
    ("fd.net", Kind::Network, Reach::Ends),
    ("fd.types", Kind::Text, Reach::List),
];

/// A value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Datum {
    Bytes(Vec<u8>),
    Number(i128),
    Bool(bool),
    Ip(IpAddr),
}

/// An event: for each of [`FIELDS`] its values, or nothing where it is missing.
#[derive(Clone)]
pub(super) struct Event(Vec<Option<Vec<Datum>>>);

impl Event {
    /// The values of a field, by its name in [`FIELDS`].
    pub(super) fn values(&self, name: &str) -> Option<&[Datum]> {
        let index = FIELDS.iter().position(|field| field.0 == name);
        let index = index.unwrap_or_else(|| panic!("{name} is no field of these tests"));
        self.0[index].as_deref()
    }

    pub(super) fn event_type(&self) -> &str {
        match self.values("evt.type") {
            Some([Datum::Bytes(name)]) => std::str::from_utf8(name).unwrap(),
            _ => panic!("an event has a type"),
        }
    }

    /// The same as rules see it.
    pub(super) fn as_seen(&self) -> testing::Event {
        let mut event = testing::Event::default();
        for ((name, _, reach), values) in FIELDS.iter().zip(&self.0) {
            let Some(values) = values else { continue };
            // Any argument may stand in quotes.
            let name = &name.replace('[', "[\"").replace(']', "\"]");
            let seen: Vec<Value<'static>> = values.iter().map(Datum::as_seen).collect();
            event = match reach {
                Reach::One => event.set(name, seen[0].clone()),
                Reach::Ends | Reach::List => event.set(name, Value::List(seen)),
                Reach::Chain => {
                    let ancestors = Value::List(seen[1..].to_vec());
                    let places = seen.into_iter().enumerate();
                    places.fold(event.set(name, ancestors), |event, (index, value)| {
                        event.set(&format!("{name}[{index}]"), value)
                    })
                }
            };
        }
        event
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((name, ..), values) in FIELDS.iter().zip(&self.0) {
            if let Some(values) = values {
                write!(f, "\n  {name}:")?;
                values.iter().try_for_each(|value| match value {
                    Datum::Bytes(bytes) => write!(f, " \"{}\"", bytes.escape_ascii()),
                    other => write!(f, " {other:?}"),
                })?;
            }
        }
        Ok(())
    }
}

impl Datum {
    fn as_seen(&self) -> Value<'static> {
        match self {
            Self::Bytes(bytes) => Value::Bytes(bytes.clone().into()),
            Self::Number(number) => match i64::try_from(*number) {
                Ok(number) => Value::Number(number),
                Err(_) => Value::Unsigned(u64::try_from(*number).unwrap()),
            },
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Ip(ip) => Value::Ip(*ip),
        }
    }
}

/// An event.
pub(super) fn event() -> impl Strategy<Value = Event> {
    let fields: Vec<BoxedStrategy<Option<Vec<Datum>>>> = FIELDS
        .iter()
        .map(|(_, kind, reach)| values(*kind, *reach))
        .collect();
    fields.prop_map(Event)
}

fn values(kind: Kind, reach: Reach) -> BoxedStrategy<Option<Vec<Datum>>> {
    let count = match reach {
        Reach::One => 1..2,
        Reach::Chain => 1..4,
        Reach::Ends => 1..3,
        Reach::List => 1..3,
    };
    let values = prop::collection::vec(datum(kind), count);
    match kind {
        Kind::EventType => values.prop_map(Some).boxed(),
        _ => prop::option::weighted(0.85, values).boxed(),
    }
}

fn datum(kind: Kind) -> BoxedStrategy<Datum> {
    let words = |words: &'static [&'static str]| {
        select(words)
            .prop_map(|word| Datum::Bytes(word.into()))
            .boxed()
    };
    match kind {
        Kind::Text => text().prop_map(Datum::Bytes).boxed(),
        Kind::EventType => words(&["open", "open", "open", "openat", "bpf", "setns", "connect"]),
        Kind::Word => words(&["regular", "regular", "directory", "block"]),
        Kind::Number => select(NUMBERS).prop_map(Datum::Number).boxed(),
        Kind::Port => select(&[80, 80, 443, 0, 65535][..])
            .prop_map(Datum::Number)
            .boxed(),
        Kind::Bool => any::<bool>().prop_map(Datum::Bool).boxed(),
        Kind::Ip | Kind::Network => select(ADDRESSES)
            .prop_map(|address| Datum::Ip(address.parse().unwrap()))
            .boxed(),
        Kind::Bytes => select(BYTES)
            .prop_map(|bytes| Datum::Bytes(bytes.to_vec()))
            .boxed(),
    }
}

/// A text that fields and constants have in common: the first ones often.
pub(super) fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => select(COMMON),
        1 => select(MADE),
        2 => select(RARE),
    ]
    .prop_map(|bytes| bytes.to_vec())
}

const COMMON: &[&[u8]] = &[b"/a/b", b"a", b"/a/b", b"ab", b"/etc/x"];
/// What functions make of the common ones.
const MADE: &[&[u8]] = &[b"b", b"x", b"A", b"AB", b"/A/B", b"/a/ba"];
const RARE: &[&[u8]] = &[
    b"b",
    b"/a",
    b"",
    b"/ab",
    b"/a/b/c",
    b"/",
    b"//a//b/",
    b"A",
    b"/A/B",
    b"aB",
    b"a b",
    b" a",
    b"10",
    b"*",
    b"[a]",
    b"a\\b",
    b"a,b",
    b"(a)",
    b"a=b",
    b"it's",
    b"\"a\"",
    b"a\nb",
    b"a\xffb",
    "é".as_bytes(),
    "a/é".as_bytes(),
    b"oneof",
    b"and",
    b"true",
    b"abab",
    b"/etc",
    b"./a",
    b"-a",
    b"-ab",
    b"-bx",
    b"YQ",
    b"YWI=",
    b"YWI",
    b"L2EvYg==",
    b"YQ=",
    b"YR",
];
const NUMBERS: &[i128] = &[
    0,
    0,
    0,
    1,
    1,
    1,
    -1,
    -1,
    10,
    255,
    i64::MAX as i128,
    i64::MIN as i128,
    u64::MAX as i128,
];
const ADDRESSES: &[&str] = &[
    "10.0.0.1",
    "10.0.0.1",
    "10.0.0.1",
    "10.0.0.2",
    "192.168.1.1",
    "127.0.0.1",
    "::1",
    "::1",
    "fe80::1",
    "::ffff:10.0.0.1",
];
const BYTES: &[&[u8]] = &[
    b"a",
    b"ab",
    b"ab",
    b"\0a",
    b"b\0ab",
    b"\xca\xfe",
    b"\xca\xfe",
    b"a\xca\xfe",
    b"",
];
