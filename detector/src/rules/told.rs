//! An event that was written down: by hand, or as `record --output json` tells it.
//!
//! Fields are given by name, with the argument of those that take one. What is not given is
//! missing, but for what follows from the rest: an ancestor with a number from the list of them.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::language::{
    check::CheckError, field_name, fragment, lexer::SyntaxError, place::Place, suggest, text::Text,
};
use super::matching::{
    events::{REPORTED, UNREPORTED},
    fields::{Argument, Field, Kind, Reach},
    value::{Fields, Value},
};

/// An event as it was told.
#[derive(Clone, Debug, Default)]
pub struct Told {
    values: HashMap<(Field, Option<Argument>), Value<'static>>,
}

/// The value of a field as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// One value.
    One(String),
    /// Several: of a field that reaches ancestors or both ends of a connection.
    Many(Vec<String>),
}

/// Something that is no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToldError {
    /// Not an object.
    #[error("an event is an object with fields by name, such as {{\"evt.type\": \"open\"}}")]
    NoObject,
    /// A key with something else than an object behind it.
    #[error("'{0}' must be an object")]
    NoMap(&'static str),
    /// No field.
    #[error("'{name}' is no field: {fault}")]
    Name {
        /// What was written.
        name: String,
        /// What is wrong with it.
        fault: SyntaxError,
    },
    /// An unknown field, or a wrong argument.
    #[error(transparent)]
    Field(#[from] CheckError),
    /// A value that the field cannot have.
    #[error("'{value}' is no value of '{name}', which is {wanted}{hint}")]
    Value {
        /// The field.
        name: String,
        /// The value.
        value: String,
        /// What the field holds.
        wanted: String,
        /// Perhaps a suggestion.
        hint: String,
    },
    /// An object where values stand.
    #[error("the value of '{0}' must be a string, a number, true, false or a list of them")]
    Nested(String),
    /// Several values where there is one.
    #[error("'{0}' has one value, not a list")]
    Single(String),
}

impl ToldError {
    /// Whether the value is wrong, and not the name of the field.
    pub(super) const fn is_about_value(&self) -> bool {
        matches!(
            self,
            Self::Value { .. } | Self::Nested(_) | Self::Single(_) | Self::NoMap(_)
        )
    }
}

impl Told {
    /// Reads an event: fields by name, or an object that has them under `fields`, and under `args`
    /// what `evt.arg` gives by name, as `record --output json` writes it.
    ///
    /// # Errors
    /// Where a field does not exist or cannot have its value.
    pub fn read(event: &Json) -> Result<Self, ToldError> {
        let event = event.as_object().ok_or(ToldError::NoObject)?;
        let mut told = Self::default();
        if !event.contains_key("fields") {
            told.add_all(event, |name| name.to_owned())?;
            return Ok(told);
        }
        let part = |key| match event.get(key) {
            None => Ok(None),
            Some(Json::Object(part)) => Ok(Some(part)),
            Some(_) => Err(ToldError::NoMap(key)),
        };
        if let Some(arguments) = part("args")? {
            told.add_all(arguments, |name| format!("evt.arg.{name}"))?;
        }
        if let Some(fields) = part("fields")? {
            told.add_all(fields, |name| name.to_owned())?;
        }
        Ok(told)
    }

    fn add_all(
        &mut self,
        values: &Map<String, Json>,
        name: impl Fn(&str) -> String,
    ) -> Result<(), ToldError> {
        for (key, value) in values {
            let name = name(key);
            let one = |value: &Json| match value {
                Json::String(text) => Ok(text.clone()),
                Json::Number(_) | Json::Bool(_) => Ok(value.to_string()),
                _ => Err(ToldError::Nested(name.clone())),
            };
            let given = match value {
                Json::Null => continue,
                Json::Array(values) => {
                    Given::Many(values.iter().map(one).collect::<Result<_, _>>()?)
                }
                value => Given::One(one(value)?),
            };
            self.add(&name, &given)?;
        }
        Ok(())
    }

    /// Gives a field a value.
    ///
    /// # Errors
    /// If there is no such field, or it cannot have that value.
    pub fn add(&mut self, name: &str, given: &Given) -> Result<(), ToldError> {
        let parsed = fragment::field(&Text::of(name, Place::default()));
        let parsed = parsed.map_err(|error| ToldError::Name {
            name: name.to_owned(),
            fault: error.fault,
        })?;
        let (field, argument) = field_name::field(&parsed).map_err(|error| error.fault)?;
        let definition = field.definition();
        let value = match given {
            Given::One(text) => value(name, definition.kind, text)?,
            Given::Many(_) if definition.reach == Reach::One || argument.is_some() => {
                return Err(ToldError::Single(name.to_owned()));
            }
            Given::Many(texts) => {
                let values = texts.iter().map(|text| value(name, definition.kind, text));
                Value::List(values.collect::<Result<_, _>>()?)
            }
        };
        self.values.insert((field, argument), value);
        Ok(())
    }

    /// Its type, if it has one.
    #[must_use]
    pub fn event_type(&self) -> Option<&str> {
        self.text(Field::EvtType)
    }

    /// Whether the kernel refused it.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.text(Field::Outcome) == Some("refused")
    }

    fn text(&self, field: Field) -> Option<&str> {
        match self.values.get(&(field, None))? {
            Value::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// An ancestor by its number: 0 is the process itself, 1 its parent.
    fn ancestor(&self, field: Field, index: u32) -> Option<Value<'_>> {
        let Some(above) = index.checked_sub(1) else {
            // proc.aname of the process itself is proc.name.
            let name = field.definition().name.replacen("proc.a", "proc.", 1);
            return self.values.get(&(Field::named(&name)?, None)).cloned();
        };
        match self.values.get(&(field, None))? {
            Value::List(values) => values.get(usize::try_from(above).ok()?).cloned(),
            _ => None,
        }
    }
}

impl Fields for Told {
    fn value(&self, field: Field, argument: Option<&Argument>) -> Option<Value<'_>> {
        let given = self.values.get(&(field, argument.cloned())).cloned();
        given.or_else(|| match (field.definition().reach, argument) {
            (Reach::Ancestors, Some(Argument::Index(index))) => self.ancestor(field, *index),
            _ => None,
        })
    }
}

/// Reads a value as what the field holds.
fn value(name: &str, kind: Kind, text: &str) -> Result<Value<'static>, ToldError> {
    let bytes = || Value::Bytes(text.as_bytes().to_vec().into());
    let number = || {
        let signed = text.parse().map(Value::Number);
        signed.or_else(|_| text.parse().map(Value::Unsigned)).ok()
    };
    let (read, wanted, hint) = match kind {
        Kind::Text | Kind::Bytes => (Some(bytes()), String::new(), String::new()),
        Kind::Word(words) => {
            let known = words.contains(&text).then(bytes);
            let hint = suggest::hint(text, words.iter().copied());
            (known, format!("one of {}", words.join(", ")), hint)
        }
        Kind::EventType => {
            let names = || REPORTED.iter().chain(UNREPORTED).copied();
            let known = names().any(|known| known == text).then(bytes);
            let hint = suggest::hint(text, names());
            (known, "an event type".to_owned(), hint)
        }
        Kind::Number | Kind::Port => (number(), "a number".to_owned(), String::new()),
        Kind::Bool => (
            text.parse().ok().map(Value::Bool),
            "true or false".to_owned(),
            String::new(),
        ),
        Kind::Ip | Kind::Network => (
            text.parse().ok().map(Value::Ip),
            "an address".to_owned(),
            String::new(),
        ),
    };
    read.ok_or_else(|| ToldError::Value {
        name: name.to_owned(),
        value: text.to_owned(),
        wanted,
        hint,
    })
}
