//! Compiled output templates: what an alert says of an event.
//!
//! A template renders both the sentence for people and the map of values for machines. What comes
//! from the event is hostile: control characters are escaped, so that no file name can forge a
//! line of a log or command a terminal.

use std::fmt::{self, Write as _};

use serde_json::{Map, Value as Json};

use super::{
    fields::{Argument, Field},
    subject::Subject,
    value::{Fields, Value},
};

/// What a missing value reads as.
const MISSING: &str = "<NA>";

/// A compiled output template.
#[derive(Clone, Debug)]
pub struct Template {
    parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub(in crate::rules) enum Part {
    Text(String),
    Field(Slot),
}

/// What a template says of an event at one place.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Slot {
    /// As written.
    pub(in crate::rules) text: String,
    pub(in crate::rules) subject: Subject,
    /// The fields that it is, or is made of: they are what the map holds.
    pub(in crate::rules) fields: Vec<Asked>,
    /// `%20proc.name`: pad and cut to this many characters.
    pub(in crate::rules) width: Option<usize>,
}

/// A field that a template asks for.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Asked {
    /// As written, which is the key in the map.
    pub(in crate::rules) key: String,
    pub(in crate::rules) field: Field,
    pub(in crate::rules) argument: Option<Argument>,
}

impl Template {
    pub(in crate::rules) fn new(parts: Vec<Part>) -> Self {
        Self { parts }
    }

    /// The sentence, and the value of each field in it; `evt.time` is always among them.
    pub fn render(&self, fields: &dyn Fields) -> (String, Map<String, Json>) {
        let mut sentence = String::new();
        let mut values = Map::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => sentence.push_str(text),
                Part::Field(slot) => {
                    let value = slot.subject.value(fields);
                    let readable = value.as_ref().map(|value| slot.readable(value));
                    slot.write(readable.as_deref().unwrap_or(MISSING), &mut sentence);
                    for asked in &slot.fields {
                        let value = fields.value(asked.field, asked.argument.as_ref());
                        let value = value.map_or(Json::Null, |value| json(&value));
                        values.insert(asked.key.clone(), value);
                    }
                }
            }
        }
        if let Some(time) = fields.value(Field::EvtTime, None) {
            values.entry("evt.time").or_insert_with(|| json(&time));
        }
        (sentence, values)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Field(Slot { text, width, .. }) => match width {
                Some(width) => write!(f, "%{width}{text}"),
                None => write!(f, "%{text}"),
            },
        })
    }
}

impl Slot {
    /// The value for people: `evt.time` is the time of day, in UTC.
    fn readable(&self, value: &Value<'_>) -> String {
        match (&self.subject, value.number()) {
            (Subject::Field(Field::EvtTime, _), Some(time)) => time_of_day(time),
            _ => self.subject.readable(value),
        }
    }

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

fn time_of_day(nanoseconds: i128) -> String {
    let (seconds, rest) = (
        nanoseconds.div_euclid(1_000_000_000),
        nanoseconds.rem_euclid(1_000_000_000),
    );
    let (minutes, hours) = (seconds.div_euclid(60), seconds.div_euclid(3600));
    let (hours, minutes) = (hours.rem_euclid(24), minutes.rem_euclid(60));
    format!(
        "{hours:02}:{minutes:02}:{:02}.{rest:09}",
        seconds.rem_euclid(60)
    )
}

/// A value as text, control characters still in it.
pub(in crate::rules) fn readable(value: &Value<'_>) -> String {
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
