//! Pages of JSON: the keys of `status` and of events, from the types that are written.

use schemars::Schema;
use serde_json::Value;

use super::cell;
use crate::control::Status;
use crate::detect::Sighting;
use crate::rules::REPORTED;

pub(super) fn status() -> String {
    format!(
        "# Status\n\nWhat `escape-detector status --output json` says, and the command `status` of \
         the control socket.\n\n{}",
        table(&schemars::schema_for!(Status))
    )
}

pub(super) fn events() -> String {
    let types: Vec<_> = REPORTED.iter().map(|name| format!("`{name}`")).collect();
    format!(
        "# Events\n\nOne event is one line of JSON in what `escape-detector events --output json` \
         and `record --output json` write. Secrets are masked; bytes that are no UTF-8 are U+FFFD. \
         `fields` are those of [fields](fields.md) that take no argument and have a value.\n\n\
         {}\n## Types\n\nThe system call that the act equals, however it was made, or another kind \
         of event:\n\n{}.\n\n`alive` tells of a process that was there before it was watched: one \
         event for each when the detector starts, and when something comes to be watched that has \
         its processes already.\n\n## Events for `rules eval` and \
         `rules explain`\n\nThese take such lines: of each they read `fields`, and `args` as \
         `evt.arg`. Of ancestors they take `proc.aname[N]` from the list. What a line does not hold \
         is missing: labels of the container, `evt.rawarg`, and arguments by number. An event may \
         also be an object of fields by name, arguments with them, in which a value may be a \
         string, a number, true, false or, of ancestors and ends of a connection, a list:\n\n\
         ```json\n{{\"evt.type\": \"open\", \"fd.name\": \"/etc/shadow\", \"evt.arg.flags\": \
         \"O_RDONLY\", \"proc.aname\": [\"sh\", \"runc\"], \"container.label[team]\": \"a\"}}\n```\n\n\
         `null` is missing too. A field that does not exist, or cannot have its value, is an error.\n",
        table(&schemars::schema_for!(Sighting)),
        types.join(", ")
    )
}

/// The keys of an object and of those in it.
fn table(schema: &Schema) -> String {
    let mut text = String::from("| key | type | meaning |\n|---|---|---|\n");
    let root = schema.as_value();
    add(root, root, "", &mut text);
    text
}

fn add(root: &Value, at: &Value, prefix: &str, text: &mut String) {
    let properties = at.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        let key = format!("{prefix}{name}");
        let meaning = property.get("description").and_then(Value::as_str);
        let (kind, inner) = kind(root, property);
        *text += &format!(
            "| `{key}` | {kind} | {} |\n",
            cell(meaning.unwrap_or_default())
        );
        if let Some((inner, step)) = inner {
            add(root, inner, &format!("{key}{step}."), text);
        }
    }
}

/// How a type is called, and what is inside of it.
fn kind<'a>(root: &'a Value, of: &'a Value) -> (String, Option<(&'a Value, &'static str)>) {
    if let Some(target) = of.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(target.trim_start_matches('#')).unwrap_or(of);
        return kind(root, target);
    }
    if let Some(choices) = of.get("anyOf").and_then(Value::as_array) {
        let some = choices.iter().find(|choice| !is_null(choice));
        if let Some(some) = some {
            let (name, inner) = kind(root, some);
            return (format!("{name} or null"), inner);
        }
    }
    if let Some(words) = words(of) {
        return (words, None);
    }
    let (name, nullable) = name(of);
    let (name, inner) = match name {
        "array" => {
            let (of, inner) = of
                .get("items")
                .map_or((String::new(), None), |of| kind(root, of));
            (
                format!("list of {of}"),
                inner.map(|(inner, _)| (inner, "[]")),
            )
        }
        "object" => match of.get("additionalProperties").filter(|of| of.is_object()) {
            Some(of) => {
                let (of, inner) = kind(root, of);
                (
                    format!("{of} by name"),
                    inner.map(|(inner, _)| (inner, ".NAME")),
                )
            }
            None => ("object".into(), of.get("properties").map(|_| (of, ""))),
        },
        plain => (plain.to_owned(), None),
    };
    (
        if nullable {
            format!("{name} or null")
        } else {
            name
        },
        inner,
    )
}

fn is_null(of: &Value) -> bool {
    of.get("type").and_then(Value::as_str) == Some("null")
}

/// The words of an enumeration.
fn words(of: &Value) -> Option<String> {
    let plain = of.get("enum").and_then(Value::as_array);
    let described = of.get("oneOf").and_then(Value::as_array);
    let words: Vec<_> = match (plain, described) {
        (Some(words), _) => words.iter().filter_map(Value::as_str).collect(),
        (_, Some(choices)) => choices
            .iter()
            .filter_map(|choice| choice.get("const").and_then(Value::as_str))
            .collect(),
        _ => return None,
    };
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    Some(words.join(", "))
}

fn name(of: &Value) -> (&str, bool) {
    match of.get("type") {
        Some(Value::String(name)) => (name, false),
        Some(Value::Array(names)) => {
            let mut names = names.iter().filter_map(Value::as_str);
            (names.find(|name| *name != "null").unwrap_or("any"), true)
        }
        _ => ("any", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_with_those_inside() {
        let page = status();
        for part in [
            "| `ready` | boolean |",
            "| `hooks` | list of object |",
            "| `hooks[].name` | string | Its name. |",
            "| `hooks[].reason` | string or null |",
            "| `dropped` | integer by name by name |",
            "| `events.NAME.made` | integer |",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
    }
}
