//! The page of fields: what conditions and outputs may ask.

use super::cell;
use crate::rules::{Accepts, Field, Kind, Reach};

pub(super) fn page() -> String {
    let mut text = String::from(
        "# Fields\n\nWhat conditions and outputs of rules may ask of an event. A field that an \
         event does not have makes every check of it false. A field means what Falco says that it \
         means; `file.*`, `mount.*`, `object.*`, `userns.*`, `agent.*`, `outcome` and `workload` are ours.\n\n\
         | field | type | meaning |\n|---|---|---|\n",
    );
    for field in Field::ALL {
        let definition = field.definition();
        text += &format!(
            "| `{}{}` | {}{} | {} |\n",
            definition.name,
            argument(definition.accepts),
            kind(definition.kind),
            reach(definition.reach),
            cell(definition.description)
        );
    }
    text
}

const fn argument(accepts: Accepts) -> &'static str {
    match accepts {
        Accepts::Nothing => "",
        Accepts::MaybeIndex => "[N]",
        Accepts::Name => ".NAME",
        Accepts::NameOrIndex => ".NAME or [N]",
        Accepts::Key => "[KEY]",
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
    }
}

const fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::One => "",
        Reach::Ancestors => "; without N of any ancestor",
        Reach::Endpoints => "; of either end",
    }
}
