//! What the table of fields says of each: the kind of its values, its argument, its reach.

/// What kind of value a field has, and so which operators suit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes, not necessarily UTF-8.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// The name of an event type.
    EventType,
    /// A signed or unsigned number.
    Number,
    /// A port number.
    Port,
    /// `true` or `false`.
    Bool,
    /// An address.
    Ip,
    /// An address, compared with networks.
    Network,
    /// Raw bytes, which a rule may write in hexadecimal digits.
    Bytes,
}

/// What may stand in brackets behind a field, or behind its last dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// Nothing.
    Nothing,
    /// A number may stand there: `proc.aname[2]`.
    MaybeIndex,
    /// A name has to: `evt.rawarg.flags` or `evt.rawarg[flags]`.
    Name,
    /// A name or a number has to: `evt.arg.flags`, `evt.arg[0]`.
    NameOrIndex,
    /// Any text has to: `container.label[com.example.team]`.
    Key,
    /// Any text may: `proc.env[HOME]`.
    MaybeKey,
    /// A number or a pattern has to: `container.mount.dest[0]`, `container.mount.dest[/proc*]`.
    KeyOrIndex,
}

/// How many values a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// One, or none.
    One,
    /// Without an argument, one for each strict ancestor: a check holds if it holds for any.
    Ancestors,
    /// One for each end of a connection: a check holds if it holds for either, `!=` if for both.
    Endpoints,
    /// Several, compared as a whole: `in` holds if it holds for each, `intersects` if for any.
    List,
}

/// What the table says about a field.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub family: Family,
    /// The kind of its values.
    pub kind: Kind,
    /// What argument it takes.
    pub accepts: Accepts,
    /// How many values it has.
    pub reach: Reach,
    /// What it means.
    pub description: &'static str,
    /// Whether the detector supplies it: one that it does not is absent at every event, and known
    /// so that rules written for Falco load.
    pub supplied: bool,
}

/// What a field is about: the first part of its name says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `evt`, `syscall`
    Event,
    /// `proc`, `thread`, `user`, `group`
    Process,
    /// `fd`
    Descriptor,
    /// `file`, `mount`, `fs`
    File,
    /// `boundary`
    Boundary,
    /// `object`
    Object,
    /// `gap`
    Gap,
    /// `container`, `agent`, `k8s`
    Container,
    /// `target`
    Target,
    /// All others.
    Other,
}

impl Family {
    pub(super) const fn of(name: &str) -> Self {
        match first_part(name.as_bytes()) {
            b"evt" | b"syscall" => Self::Event,
            b"proc" | b"thread" | b"user" | b"group" => Self::Process,
            b"fd" => Self::Descriptor,
            b"file" | b"mount" | b"fs" => Self::File,
            b"boundary" => Self::Boundary,
            b"object" => Self::Object,
            b"gap" => Self::Gap,
            b"container" | b"agent" | b"k8s" => Self::Container,
            b"target" => Self::Target,
            _ => Self::Other,
        }
    }
}

const fn first_part(name: &[u8]) -> &[u8] {
    let mut rest = name;
    while let [first, behind @ ..] = rest {
        if *first == b'.' {
            return name.split_at(name.len() - rest.len()).0;
        }
        rest = behind;
    }
    name
}

/// An argument of a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Argument {
    /// A position: `proc.aname[2]`.
    Index(u32),
    /// A name or key: `evt.arg.flags`.
    Name(Box<str>),
}
