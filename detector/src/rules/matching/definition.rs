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
}

/// What the table says about a field.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Its name.
    pub name: &'static str,
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

/// An argument of a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Argument {
    /// A position: `proc.aname[2]`.
    Index(u32),
    /// A name or key: `evt.arg.flags`.
    Name(Box<str>),
}
