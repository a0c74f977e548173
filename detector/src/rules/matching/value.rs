//! Values of fields, and the one question that rules ask of an event.

use std::{borrow::Cow, net::IpAddr};

use super::fields::{Argument, Field};

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Text of the kernel: bytes, not necessarily UTF-8.
    Bytes(Cow<'a, [u8]>),
    /// A signed number.
    Number(i64),
    /// An unsigned number.
    Unsigned(u64),
    /// A truth value.
    Bool(bool),
    /// An address; an IPv4 address mapped into IPv6 counts as IPv4.
    Ip(IpAddr),
    /// Several values, of a field that reaches ancestors or both ends of a connection.
    List(Vec<Self>),
}

impl<'a> Value<'a> {
    /// A text value.
    pub fn text(text: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self::Bytes(Cow::Borrowed(text.as_ref()))
    }

    /// A number of either sign, as one type.
    pub(super) fn number(&self) -> Option<i128> {
        match self {
            Self::Number(number) => Some(i128::from(*number)),
            Self::Unsigned(number) => Some(i128::from(*number)),
            _ => None,
        }
    }
}

/// An event, as rules see it.
///
/// The kinds of values must be those of the field table; a value of another kind counts as
/// missing, and a check of a missing value is false.
pub trait Fields {
    /// The value of a field, if the event has it.
    fn value(&self, field: Field, argument: Option<&Argument>) -> Option<Value<'_>>;

    /// Shows each of its values: the one, or those of a list.
    fn each(&self, field: Field, argument: Option<&Argument>, see: &mut dyn FnMut(&Value<'_>)) {
        match self.value(field, argument) {
            Some(Value::List(values)) => values.iter().for_each(see),
            Some(value) => see(&value),
            None => {}
        }
    }
}
