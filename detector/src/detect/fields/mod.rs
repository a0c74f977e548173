//! What an observation says of each field that rules may ask for.
//!
//! The table of fields belongs to the rules; here stands what fills them, one file per prefix. A
//! field that the observation cannot fill is missing, never guessed.

mod act;
mod age;
mod boundary;
mod container;
mod environment;
mod file;
mod mounts;
mod notice;
mod object;
mod process;
mod socket;
mod standard;
mod target;

use crate::event::{Clock, Operation};
use crate::host::Observation;
use crate::rules::{Argument, Field, Fields, Value};

/// An observation, as rules see it.
#[derive(Debug)]
pub struct Facts<'a> {
    observation: &'a Observation,
    clock: Clock,
    /// The object's name, which several fields are made of.
    name: Option<file::Name>,
}

impl<'a> Facts<'a> {
    /// Facts of an observation; the clock tells wall time.
    pub fn new(observation: &'a Observation, clock: Clock) -> Self {
        Self {
            observation,
            clock,
            name: file::name(observation),
        }
    }

    /// What was acted on, for the fingerprint: the object's name, else the call's arguments.
    pub fn object(&self) -> Vec<u8> {
        match &self.name {
            Some(name) => name.bytes.clone(),
            None => self.observation.event.argument_list(),
        }
    }
}

impl Fields for Facts<'_> {
    fn value(&self, field: Field, argument: Option<&Argument>) -> Option<Value<'_>> {
        if !field.definition().supplied {
            return None;
        }
        let (family, _) = field.definition().name.split_once('.').unwrap_or(("", ""));
        match family {
            "evt" | "syscall" => act::value(self, field, argument),
            "proc" | "thread" | "user" | "group" => process::value(self, field, argument),
            "fd" if socket::applies(self.observation) => socket::value(self, field),
            "fd" | "file" | "mount" | "fs" => file::value(self, field),
            "boundary" => boundary::value(self, field),
            "object" => object::value(self, field),
            "gap" => notice::value(self, field),
            "container" | "agent" | "k8s" => container::value(self, field, argument),
            "target" => target::value(self.observation.target.as_ref()?, field),
            _ => plain(self.observation, field),
        }
    }
}

/// Fields that need no family.
fn plain(observation: &Observation, field: Field) -> Option<Value<'_>> {
    match field {
        Field::UsernsOwn => Some(Value::Bool(observation.own_user_ns)),
        Field::Workload => {
            let workload = observation.event.meta.phase == crate::event::Phase::Workload;
            Some(Value::Bool(workload && observation.container.is_some()))
        }
        Field::ClockChange => match &observation.event.act()?.operation {
            Operation::Clock(clock) => Some(Value::text(clock.change.name())),
            _ => None,
        },
        Field::Outcome => Some(Value::text(if observation.event.refused() {
            "refused"
        } else {
            "done"
        })),
        _ => None,
    }
}

/// A text that was made for the answer.
fn owned(text: impl Into<Vec<u8>>) -> Value<'static> {
    Value::Bytes(text.into().into())
}

#[cfg(test)]
mod tests;
