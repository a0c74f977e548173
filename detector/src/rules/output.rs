//! Output templates: text with `%field` and `%field[argument]`.
//!
//! A template is compiled once, and then renders both the sentence for people and the map of
//! values for machines. What comes from the event is hostile: control characters are escaped, so
//! that no file name can forge a line of a log or command a terminal.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

use super::{
    ast::FieldName,
    check::{self, CheckError},
    fields::{Argument, Field},
    lexer::{Cursor, SyntaxError},
    parser,
    place::{At, Placed},
    text::Text,
    value::{Fields, Value},
};

/// What a missing value reads as.
const MISSING: &str = "<NA>";

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// A percent sign that begins nothing.
    #[error(
        "'%' must be followed by a field, such as %proc.name: there is no way to write the sign itself"
    )]
    NoField,
    /// A column wider than any terminal.
    #[error("a field can be padded to {MAX_WIDTH} characters at most")]
    Width,
    /// The field is wrong.
    #[error(transparent)]
    Field(#[from] CheckError),
    /// The argument is wrong.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
}

/// No column needs to be wider.
const MAX_WIDTH: usize = 1000;

/// A compiled output template.
#[derive(Clone, Debug)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Field(Slot),
}

#[derive(Clone, Debug)]
struct Slot {
    /// As written, which is the key in the map.
    key: String,
    field: Field,
    argument: Option<Argument>,
    /// `%20proc.name`: pad and cut to this many characters.
    width: Option<usize>,
}

impl Template {
    pub(super) fn compile(text: &Text) -> Result<Self, Vec<At<OutputError>>> {
        let mut parts = Vec::new();
        let mut errors = Vec::new();
        let mut plain = String::new();
        let mut cursor = Cursor::new(text);
        while let Some(character) = cursor.bump() {
            if character != '%' {
                plain.push(character);
                continue;
            }
            match slot(&mut cursor) {
                Ok(slot) => {
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(Part::Field(slot));
                }
                Err(error) => errors.push(error),
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        if errors.is_empty() {
            Ok(Self { parts })
        } else {
            Err(errors)
        }
    }

    /// The sentence, and the value of each field in it; `evt.time` is always among them.
    pub fn render(&self, fields: &dyn Fields) -> (String, Map<String, Json>) {
        let mut sentence = String::new();
        let mut values = Map::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => sentence.push_str(text),
                Part::Field(slot) => {
                    let value = fields.value(slot.field, slot.argument.as_ref());
                    let readable = value.as_ref().map(readable);
                    slot.write(readable.as_deref().unwrap_or(MISSING), &mut sentence);
                    values.insert(
                        slot.key.clone(),
                        value.map_or(Json::Null, |value| json(&value)),
                    );
                }
            }
        }
        if let Some(time) = fields.value(Field::EvtTime, None) {
            values.entry("evt.time").or_insert_with(|| json(&time));
        }
        (sentence, values)
    }
}

impl Slot {
    fn write(&self, value: &str, sentence: &mut String) {
        match self.width {
            None => escape(value, sentence),
            Some(width) => {
                let mut escaped = String::new();
                escape(value, &mut escaped);
                // Writing to a string cannot fail.
                let _ = write!(sentence, "{escaped:<width$.width$}");
            }
        }
    }
}

/// Reads what follows a percent sign.
fn slot(cursor: &mut Cursor<'_>) -> Result<Slot, At<OutputError>> {
    let start = cursor.offset();
    let sign = cursor.place(start.saturating_sub(1)..start);
    let width = cursor.number();
    let digits = cursor.offset();
    if digits > start && width.is_none_or(|width| width > MAX_WIDTH) {
        return Err(At::new(sign, OutputError::Width));
    }
    let Some(mut name) = cursor.word(true) else {
        return Err(At::new(sign, OutputError::NoField));
    };
    // The longest prefix that is a field: the rest of `%fd.name.old` is text.
    let known = |name: &str| Field::look_up(name).is_some();
    let longest = name
        .node
        .match_indices('.')
        .map(|(dot, _)| dot)
        .chain([name.node.len()])
        .rev();
    let length = longest
        .into_iter()
        .find(|length| name.node.get(..*length).is_some_and(known));
    if let Some(length) = length.filter(|length| *length < name.node.len()) {
        cursor.rewind(digits + length);
        name.node.truncate(length);
        name = Placed::new(name.node, cursor.place(digits..digits + length));
    }
    let name = parser::bracket(cursor, name).map_err(At::widen)?;
    let (field, argument) = check::field(&name).map_err(At::widen)?;
    Ok(Slot {
        key: key(&name),
        field,
        argument,
        width,
    })
}

fn key(FieldName { name, argument }: &FieldName) -> String {
    argument.as_ref().map_or_else(
        || name.node.clone(),
        |argument| format!("{name}[{argument}]"),
    )
}

/// A value as text, control characters still in it.
fn readable(value: &Value<'_>) -> String {
    match value {
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Number(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Ip(address) => address.to_canonical().to_string(),
        Value::List(values) => values.iter().map(readable).collect::<Vec<_>>().join(" "),
    }
}

fn json(value: &Value<'_>) -> Json {
    match value {
        Value::Number(number) => Json::from(*number),
        Value::Unsigned(number) => Json::from(*number),
        Value::Bool(truth) => Json::from(*truth),
        Value::Bytes(_) | Value::Ip(_) | Value::List(_) => Json::from(readable(value)),
    }
}

/// Adds text with every character escaped that could do more than be read: controls, and those
/// that turn the direction of writing or break lines.
fn escape(text: &str, into: &mut String) {
    for character in text.chars() {
        match character {
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                let _ = write!(into, "\\u{:04x}", u32::from(character));
            }
            _ if character.is_control() => {
                let _ = write!(into, "\\u{:04x}", u32::from(character));
            }
            _ => into.push(character),
        }
    }
}
