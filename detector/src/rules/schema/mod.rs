//! The JSON Schema of rule files, so that editors complete and check them while they are written.
//!
//! Made of the tables that the loader goes by. It says which keys there are and what they hold;
//! what conditions and outputs say is the loader's to judge.

use serde_json::{Map, Value, json};

use super::language::ast::Operator;
use super::loading::{definitions, exceptions, priority::Priority};
use super::matching::fields::Field;

mod table;
#[cfg(test)]
mod tests;

use table::{EXCEPTION, Form, Key, SORTS, Sort};

/// The schema, in draft 2020-12.
#[must_use]
pub fn schema() -> Value {
    let sorts = SORTS.iter().map(|sort| {
        let reference = format!("#/$defs/{}", sort.name);
        json!({"if": {"required": [sort.name]}, "then": {"$ref": reference}})
    });
    let named = SORTS.iter().map(|sort| json!({"required": [sort.name]}));
    let mut definitions: Map<String, Value> = SORTS
        .iter()
        .map(|sort| (sort.name.to_owned(), object(sort)))
        .collect();
    definitions.insert("exception".into(), exception());
    definitions.insert("field".into(), field());
    definitions.insert("priority".into(), priority());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rules of escape-detector",
        "description": "A file of rules, macros and lists, in the language of Falco.",
        "type": "array",
        "items": {
            "type": "object",
            "allOf": sorts.collect::<Vec<_>>(),
            "anyOf": named.collect::<Vec<_>>(),
        },
        "$defs": definitions,
    })
}

fn object(sort: &Sort) -> Value {
    let rows = |name: &&str| sort.keys.iter().find(|(key, ..)| key == name);
    let keys = definitions::keys(sort.name).iter().filter_map(rows);
    let mut schema = json!({
        "description": sort.about,
        "type": "object",
        "properties": properties(keys, sort.name),
        "additionalProperties": false,
    });
    let definition = json!({"required": sort.required});
    let mut kinds = vec![definition];
    if definitions::changeable(sort.name).is_some() {
        kinds.push(json!({"required": ["append"], "properties": {"append": {"const": true}}}));
        kinds.push(json!({"required": ["override"]}));
    }
    if sort.name == "rule" {
        let others = sort.required.iter().map(|key| json!({"required": [key]}));
        let others: Vec<_> = others.collect();
        kinds.push(json!({"required": ["enabled"], "not": {"anyOf": others}}));
    }
    if let (Some(schema), true) = (schema.as_object_mut(), kinds.len() > 1) {
        schema.insert("anyOf".into(), kinds.into());
    }
    schema
}

fn exception() -> Value {
    let rows = |name: &&str| EXCEPTION.iter().find(|(key, ..)| key == name);
    let keys = exceptions::KEYS.iter().filter_map(rows);
    json!({
        "type": "object",
        "properties": properties(keys, "exception"),
        "required": ["name"],
        "additionalProperties": false,
    })
}

fn properties<'a>(keys: impl Iterator<Item = &'a Key>, sort: &str) -> Map<String, Value> {
    let property = |(name, form, about): &Key| {
        let mut property = form_of(*form, sort);
        if *name == "fields" {
            property = one_or_many(&json!({"$ref": "#/$defs/field"}));
        } else if *name == "values" {
            property = json!({"type": ["array", "null"]});
        }
        if let Some(property) = property.as_object_mut() {
            let more = property.remove("description");
            let more = more.as_ref().and_then(Value::as_str).unwrap_or_default();
            let about = format!("{about} {more}");
            property.insert("description".into(), about.trim_end().into());
        }
        ((*name).to_owned(), property)
    };
    keys.map(property).collect()
}

/// What stands behind a key of this form.
fn form_of(form: Form, sort: &str) -> Value {
    let plain = json!({"type": ["string", "number", "boolean"]});
    match form {
        Form::Text => json!({"type": "string", "minLength": 1}),
        Form::Condition => json!({
            "type": "string",
            "minLength": 1,
            "description": format!("Operators: {}. Fields: {}.", operators(), fields()),
        }),
        Form::Output => json!({
            "type": "string",
            "minLength": 1,
            "description": "%field is replaced by its value in the event.",
            "examples": ["Opened %fd.name (process=%proc.exepath container=%container.id)"],
        }),
        Form::Flag => json!({"type": "boolean"}),
        Form::Number => json!({"type": "integer", "minimum": 0}),
        Form::Priority => json!({"$ref": "#/$defs/priority"}),
        Form::Values => json!({"type": ["array", "null"], "items": plain}),
        Form::Version => json!({"type": ["string", "number"], "examples": ["0.50.0"]}),
        Form::Plugins => json!({
            "type": ["array", "null"],
            "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        }),
        Form::Exceptions => json!({
            "type": ["array", "null"],
            "items": {"$ref": "#/$defs/exception"},
        }),
        Form::Override => changes(sort),
        Form::Names => one_or_many(&json!({"type": "string"})),
        Form::Any => json!({}),
    }
}

fn one_or_many(one: &Value) -> Value {
    json!({"anyOf": [one, {"type": "array", "items": one}]})
}

/// What `override` may say of each key.
fn changes(sort: &str) -> Value {
    let mut properties = Map::new();
    if let Some(changeable) = definitions::changeable(sort) {
        for key in changeable.replace {
            let ways: &[&str] = if changeable.append.contains(key) {
                &["append", "replace"]
            } else {
                &["replace"]
            };
            properties.insert((*key).to_owned(), json!({"enum": ways}));
        }
    }
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

/// Any case is right; editors offer the usual ones.
fn priority() -> Value {
    let names = || Priority::ALL.iter().map(|priority| priority.name());
    let usual: Vec<String> = names()
        .map(str::to_uppercase)
        .chain(["INFO".into()])
        .collect();
    let any_case = |name: &str| {
        let letters = name.chars().map(|letter| {
            let (upper, lower) = (letter.to_ascii_uppercase(), letter.to_ascii_lowercase());
            format!("[{upper}{lower}]")
        });
        letters.collect::<String>()
    };
    let words: Vec<_> = names().chain(["info"]).map(any_case).collect();
    json!({"anyOf": [{"enum": usual}, {"type": "string", "pattern": format!("^({})$", words.join("|"))}]})
}

/// A field, perhaps with an argument or in a function; editors offer the names.
fn field() -> Value {
    let names: Vec<_> = Field::ALL
        .iter()
        .map(|field| field.definition().name)
        .collect();
    json!({"anyOf": [{"enum": names}, {"type": "string"}]})
}

fn operators() -> String {
    let operators = Operator::ALL.iter().map(|operator| operator.text());
    operators.collect::<Vec<_>>().join(" ")
}

fn fields() -> String {
    let supplied = Field::ALL.iter().map(|field| field.definition());
    let supplied = supplied.filter(|definition| definition.supplied);
    supplied
        .map(|definition| definition.name)
        .collect::<Vec<_>>()
        .join(", ")
}
