//! The page of fields: what conditions and outputs may ask.

use super::cell;
use crate::rules::{Accepts, Definition, Field, Kind, Reach};

pub(super) fn page() -> String {
    let mut text = String::from(
        "# Fields\n\nWhat conditions and outputs of rules may ask of an event. A field that an \
         event does not have makes every check of it false. A field means what Falco says that it \
         means; `file.*`, `mount.*`, `object.*`, `userns.*`, `agent.*`, `outcome` and `workload` are ours.\n\n\
         | field | type | meaning |\n|---|---|---|\n",
    );
    let (supplied, others): (Vec<_>, Vec<_>) = Field::ALL
        .iter()
        .map(|field| field.definition())
        .partition(|definition| definition.supplied);
    supplied.into_iter().for_each(|field| text += &row(field));
    text += "\n## Fields that are always absent\n\nFalco has them and this detector does not supply \
             them. Rules that name them load, with a warning: they are absent at every event.\n\n\
             | field | type | meaning |\n|---|---|---|\n";
    others.into_iter().for_each(|field| text += &row(field));
    text
}

fn row(field: &Definition) -> String {
    format!(
        "| `{}{}` | {}{} | {} |\n",
        field.name,
        argument(field.accepts),
        kind(field.kind),
        reach(field.reach),
        cell(field.description)
    )
}

const fn argument(accepts: Accepts) -> &'static str {
    match accepts {
        Accepts::Nothing => "",
        Accepts::MaybeIndex => "[N]",
        Accepts::Name => ".NAME",
        Accepts::NameOrIndex => ".NAME or [N]",
        Accepts::Key => "[KEY]",
        Accepts::MaybeKey => " or [KEY]",
        Accepts::KeyOrIndex => "[N] or [PATTERN]",
    }
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".into(),
        Kind::Word(words) => words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", "),
        Kind::EventType => "event type".into(),
        Kind::Number => "number".into(),
        Kind::Port => "port".into(),
        Kind::Bool => "true or false".into(),
        Kind::Ip => "address".into(),
        Kind::Network => "network".into(),
        Kind::Bytes => "bytes".into(),
    }
}

const fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::One => "",
        Reach::Ancestors => "; without N of any ancestor",
        Reach::Endpoints => "; of either end",
        Reach::List => "; a list",
    }
}
