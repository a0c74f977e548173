//! `proc.env`: the environment of the first program of an entry into a container.

use super::owned;
use crate::event::{Body, Event};
use crate::rules::{Argument, Value};

pub(super) fn value<'a>(event: &'a Event, argument: Option<&Argument>) -> Option<Value<'a>> {
    let Body::Exec(exec) = &event.body else {
        return None;
    };
    let strings = exec.env.as_ref()?;
    strings.text.known()?;
    let Some(argument) = argument else {
        return Some(owned(strings.iter().collect::<Vec<_>>().join(&b' ')));
    };
    let Argument::Name(name) = argument else {
        return None;
    };
    let of_name = |string: &'a [u8]| string.strip_prefix(name.as_bytes())?.strip_prefix(b"=");
    strings.iter().find_map(of_name).map(Value::text)
}
