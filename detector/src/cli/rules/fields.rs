//! `escape-detector rules fields`: what conditions may ask.

use clap::Args;
use serde_json::{Value, json};

use super::super::terminal;
use crate::config::Output;
use crate::rules::{Accepts, Field, Kind, Reach};
use crate::sinks::to_line;

pub(super) const EXAMPLES: &str = "\
Examples:
  escape-detector rules fields | grep fd.
  escape-detector rules fields --output json | jq -r '.[] | select(.type == \"bool\").name'

With `--output json` one array: `name`, `type`, `values` (of a field that knows all of them, else
null), `argument` (`none`, `index`, `name`, `name_or_index` or `key`), `argument_required`, `many`
(`ancestors`, `endpoints` or `list` where there can be several values, else null), `source` and
`description` of each field. Sources: `kernel` is what the sensor read there, `process tree` what it
told of a parent or ancestor, `cgroup` what the container's cgroup says, `engine` what the container
engine or the container's labels say, `detector` what the detector itself made of it.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct FieldsOptions {
    /// How the answer looks
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

pub(super) fn fields(options: &FieldsOptions) -> anyhow::Result<()> {
    let text = match options.output {
        Output::Text => Field::ALL.iter().map(|field| line(*field)).collect(),
        Output::Json => {
            let rows: Vec<_> = Field::ALL.iter().map(|field| row(*field)).collect();
            to_line(&rows)? + "\n"
        }
    };
    Ok(terminal::answer(&text)?)
}

fn line(field: Field) -> String {
    let definition = field.definition();
    let argument = match definition.accepts {
        Accepts::Nothing => "",
        Accepts::MaybeIndex => "[N]",
        Accepts::Name | Accepts::NameOrIndex => ".NAME",
        Accepts::Key | Accepts::MaybeKey => "[KEY]",
        Accepts::KeyOrIndex => "[KEY|N]",
    };
    let name = format!("{}{argument}", definition.name);
    format!(
        "{name:<30} {:<8} {:<13} {}\n",
        kind(definition.kind),
        source(field),
        definition.description
    )
}

fn row(field: Field) -> Value {
    let definition = field.definition();
    let (argument, required) = match definition.accepts {
        Accepts::Nothing => ("none", false),
        Accepts::MaybeIndex => ("index", false),
        Accepts::Name => ("name", true),
        Accepts::NameOrIndex => ("name_or_index", true),
        Accepts::Key => ("key", true),
        Accepts::MaybeKey => ("key", false),
        Accepts::KeyOrIndex => ("key_or_index", true),
    };
    let many = match definition.reach {
        Reach::One => None,
        Reach::Ancestors => Some("ancestors"),
        Reach::Endpoints => Some("endpoints"),
        Reach::List => Some("list"),
    };
    let values = match definition.kind {
        Kind::Word(words) => Some(words),
        _ => None,
    };
    json!({
        "name": definition.name,
        "type": kind(definition.kind),
        "values": values,
        "argument": argument,
        "argument_required": required,
        "many": many,
        "source": source(field),
        "description": definition.description,
    })
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Word(_) => "word",
        Kind::EventType => "evt.type",
        Kind::Number => "number",
        Kind::Port => "port",
        Kind::Bool => "bool",
        Kind::Ip => "address",
        Kind::Network => "network",
        Kind::Bytes => "bytes",
    }
}

/// Who says it.
fn source(field: Field) -> &'static str {
    let definition = field.definition();
    let (family, rest) = definition.name.split_once('.').unwrap_or_default();
    match family {
        _ if !definition.supplied => "not supplied",
        _ if field.told_by_engine() => "engine",
        _ if definition.reach == Reach::Ancestors => "process tree",
        "proc" if ["pname", "pexe", "pexepath", "pcmdline", "ppid"].contains(&rest) => {
            "process tree"
        }
        "container" => "cgroup",
        "gap" | "object" | "boundary" | "target" => "detector",
        _ => "kernel",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_is_told_whole() {
        let named = |name| row(Field::named(name).unwrap());
        assert_eq!(named("container.label")["argument"], "key");
        assert_eq!(named("container.label")["argument_required"], true);
        assert_eq!(named("container.label")["source"], "engine");
        assert_eq!(named("container.id")["source"], "cgroup");
        assert_eq!(named("proc.aname")["many"], "ancestors");
        assert_eq!(named("proc.pname")["source"], "process tree");
        assert_eq!(named("outcome")["values"], json!(["done", "refused"]));
        for field in Field::ALL {
            assert!(line(*field).ends_with(&format!("{}\n", field.definition().description)));
        }
    }
}
