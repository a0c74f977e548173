//! What a test is about: a field of the event, or something made of fields and constants.

use std::borrow::Cow;

use super::{
    base64,
    fields::{Argument, Field},
    options,
    template::readable,
    value::{Fields, Value},
};

/// A value that an event has, or that is made of such.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) enum Subject {
    Field(Field, Option<Argument>),
    Constant(Box<[u8]>),
    /// The values of all as one list; those of lists among them each for itself.
    List(Vec<Self>),
    Made(Box<Made>),
}

/// A function and what is given to it.
///
/// What the functions of text do to a list, they do to each of its values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) enum Made {
    Lower(Subject),
    Upper(Subject),
    Decoded(Subject),
    /// What stands behind the last slash.
    Basename(Subject),
    /// Of text its bytes, of a list its values.
    Length(Subject),
    Joined {
        separator: Subject,
        list: Subject,
    },
    Concatenated(Vec<Subject>),
    Options {
        arguments: Subject,
        options: Subject,
        /// Only what the last option of this letter says.
        letter: Option<u8>,
    },
}

impl Subject {
    /// Its value; nothing where a field is missing or a function has no answer.
    pub(in crate::rules) fn value<'a>(&'a self, fields: &'a dyn Fields) -> Option<Value<'a>> {
        match self {
            Self::Field(field, argument) => fields.value(*field, argument.as_ref()),
            Self::Constant(text) => Some(Value::text(text)),
            Self::List(parts) => {
                let mut values = Vec::new();
                for part in parts {
                    match part.value(fields)? {
                        Value::List(inner) => values.extend(inner),
                        value => values.push(value),
                    }
                }
                Some(Value::List(values))
            }
            Self::Made(made) => made.value(fields),
        }
    }

    /// Its value as text; a list that was made stands in parentheses, with commas between.
    pub(in crate::rules) fn readable(&self, value: &Value<'_>) -> String {
        match (self, value) {
            (Self::List(_) | Self::Made(_), Value::List(values)) => {
                let texts: Vec<_> = values.iter().map(readable).collect();
                format!("({})", texts.join(","))
            }
            _ => readable(value),
        }
    }

    /// Whether a field of this sort is asked for.
    pub(in crate::rules) fn asks(&self, sort: fn(Field) -> bool) -> bool {
        match self {
            Self::Field(field, _) => sort(*field),
            Self::Constant(_) => false,
            Self::List(parts) => parts.iter().any(|part| part.asks(sort)),
            Self::Made(made) => made.given().into_iter().any(|part| part.asks(sort)),
        }
    }
}

impl Made {
    fn given(&self) -> Vec<&Subject> {
        match self {
            Self::Lower(of)
            | Self::Upper(of)
            | Self::Decoded(of)
            | Self::Basename(of)
            | Self::Length(of) => vec![of],
            Self::Joined { separator, list } => vec![separator, list],
            Self::Concatenated(parts) => parts.iter().collect(),
            Self::Options {
                arguments, options, ..
            } => vec![arguments, options],
        }
    }

    fn value<'a>(&'a self, fields: &'a dyn Fields) -> Option<Value<'a>> {
        match self {
            Self::Lower(of) => each(of.value(fields)?, |text| Some(text.to_ascii_lowercase())),
            Self::Upper(of) => each(of.value(fields)?, |text| Some(text.to_ascii_uppercase())),
            Self::Decoded(of) => each(of.value(fields)?, base64::decode),
            Self::Basename(of) => each(of.value(fields)?, |path| {
                path.rsplit(|byte| *byte == b'/').next().map(<[u8]>::to_vec)
            }),
            Self::Length(of) => match of.value(fields)? {
                Value::List(values) => Some(count(values.len())),
                Value::Bytes(text) => Some(count(text.len())),
                _ => None,
            },
            Self::Joined { separator, list } => {
                let separator = text(separator.value(fields)?);
                let parts = texts(list.value(fields)?);
                Some(Value::Bytes(parts.join(separator.as_ref()).into()))
            }
            Self::Concatenated(parts) => {
                let mut whole = Vec::new();
                for part in parts {
                    whole.extend_from_slice(&text(part.value(fields)?));
                }
                Some(Value::Bytes(whole.into()))
            }
            Self::Options {
                arguments,
                options,
                letter,
            } => read_options(arguments.value(fields)?, options.value(fields)?, *letter),
        }
    }
}

/// A text, or each of several, made into another.
fn each<'a>(value: Value<'a>, make: impl Fn(&[u8]) -> Option<Vec<u8>> + Copy) -> Option<Value<'a>> {
    match value {
        Value::Bytes(text) => Some(Value::Bytes(make(&text)?.into())),
        Value::List(values) => {
            let made: Option<_> = values.into_iter().map(|value| each(value, make)).collect();
            made.map(Value::List)
        }
        _ => None,
    }
}

fn count(length: usize) -> Value<'static> {
    Value::Unsigned(length as u64)
}

fn text(value: Value<'_>) -> Cow<'_, [u8]> {
    match value {
        Value::Bytes(text) => text,
        other => readable(&other).into_bytes().into(),
    }
}

fn texts(value: Value<'_>) -> Vec<Cow<'_, [u8]>> {
    match value {
        Value::List(values) => values.into_iter().map(text).collect(),
        other => vec![text(other)],
    }
}

fn read_options<'a>(
    arguments: Value<'a>,
    options: Value<'a>,
    letter: Option<u8>,
) -> Option<Value<'a>> {
    let (arguments, options) = (texts(arguments), text(options));
    let arguments: Vec<&[u8]> = arguments.iter().map(AsRef::as_ref).collect();
    let bytes = |text: Vec<u8>| Value::Bytes(text.into());
    match letter {
        Some(letter) => options::last(&arguments, &options, letter).map(bytes),
        None => {
            let found = options::all(&arguments, &options);
            Some(Value::List(found.into_iter().map(bytes).collect()))
        }
    }
}
