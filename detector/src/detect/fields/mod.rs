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
mod room;
mod session;
mod socket;
mod standard;
mod target;

use std::cell::OnceCell;

pub use self::room::Room;
use crate::event::{Clock, Operation};
use crate::host::Observation;
use crate::rules::{Argument, Family, Field, Fields, Reach, Value};

/// An observation, as rules see it.
#[derive(Debug)]
pub struct Facts<'a> {
    observation: &'a Observation,
    clock: Clock,
    room: &'a Room,
    /// The object's name, which several fields are made of, once one of them was asked for.
    name: OnceCell<Option<file::Name<'a>>>,
}

impl<'a> Facts<'a> {
    /// Facts of an observation; the clock tells wall time, and in the room is put together what is
    /// told in no one place.
    pub fn new(observation: &'a Observation, clock: Clock, room: &'a Room) -> Self {
        Self {
            observation,
            clock,
            room,
            name: OnceCell::new(),
        }
    }

    /// The object's name.
    fn name(&self) -> Option<&file::Name<'a>> {
        let name = || file::name(self.observation, self.room);
        self.name.get_or_init(name).as_ref()
    }

    /// A text that is put together.
    fn text(&self, write: impl FnOnce(&mut Vec<u8>)) -> Value<'a> {
        Value::text(self.room.text(write))
    }

    /// What was acted on, for the fingerprint: the object's name, else the call's arguments.
    pub fn object(&self) -> Vec<u8> {
        match self.name() {
            Some(name) => name.bytes.to_vec(),
            None => self.observation.event.argument_list(),
        }
    }
}

impl Fields for Facts<'_> {
    fn value(&self, field: Field, argument: Option<&Argument>) -> Option<Value<'_>> {
        if !field.definition().supplied {
            return None;
        }
        match field.definition().family {
            Family::Event => act::value(self, field, argument),
            Family::Process => process::value(self, field, argument),
            Family::Descriptor if socket::applies(self.observation) => socket::value(self, field),
            Family::Descriptor | Family::File => file::value(self, field),
            Family::Boundary => boundary::value(self, field),
            Family::Object => object::value(self, field),
            Family::Gap => notice::value(self, field),
            Family::Container => container::value(self, field, argument),
            Family::Target => target::value(self.observation.target.as_ref()?, field),
            Family::Other => plain(self.observation, field),
        }
    }

    fn each(&self, field: Field, argument: Option<&Argument>, see: &mut dyn FnMut(&Value<'_>)) {
        if argument.is_none() && field.definition().reach == Reach::Ancestors {
            // Without a list of them, which would take memory.
            return process::each_ancestor(self, field, see);
        }
        match self.value(field, argument) {
            Some(Value::List(values)) => values.iter().for_each(see),
            Some(value) => see(&value),
            None => {}
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
