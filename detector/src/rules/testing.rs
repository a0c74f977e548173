//! Events made by hand, for tests.

use std::collections::HashMap;

use super::language::{field_name, fragment, place::Place, text::Text};
use super::matching::{
    fields::{Argument, Field, Kind},
    value::{Fields, Value},
};

/// An event that has exactly the fields which a test gives it.
#[derive(Clone, Debug, Default)]
pub(super) struct Event {
    values: HashMap<(Field, Option<Argument>), Value<'static>>,
}

impl Event {
    /// The same event with one more field; the value is read as what the field holds.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        let (key, kind) = Self::key(name);
        let value = match kind {
            Kind::Text | Kind::Word(_) | Kind::EventType | Kind::Bytes => {
                Value::Bytes(value.as_bytes().to_vec().into())
            }
            Kind::Number | Kind::Port => Value::Number(value.parse().unwrap()),
            Kind::Bool => Value::Bool(value.parse().unwrap()),
            Kind::Ip | Kind::Network => Value::Ip(value.parse().unwrap()),
        };
        self.values.insert(key, value);
        self
    }

    /// The same event with a field of any value.
    pub(super) fn set(mut self, name: &str, value: Value<'static>) -> Self {
        self.values.insert(Self::key(name).0, value);
        self
    }

    fn key(name: &str) -> ((Field, Option<Argument>), Kind) {
        let parsed = fragment::field(&Text::of(name, Place::default())).unwrap();
        let key = field_name::field(&parsed).unwrap_or_else(|error| panic!("{}", error.fault));
        let kind = key.0.definition().kind;
        (key, kind)
    }
}

impl Fields for Event {
    fn value(&self, field: Field, argument: Option<&Argument>) -> Option<Value<'_>> {
        self.values.get(&(field, argument.cloned())).cloned()
    }
}
