//! A sighting: one event as it is told outside, whether a rule matches it or not.
//!
//! Its JSON is a promise to others, one object a line. `v` is the form's version; `time` is RFC 3339
//! with nanoseconds; `type` is what rules call `evt.type`, `kind` and `lane` say how the sensor told
//! it; `outcome` is `done` or `refused`. `fields` holds every field of rules that takes no argument
//! and has a value here, by its name: strings, numbers, truth values, and arrays for fields with
//! several values. `args` holds what `evt.arg` gives by name. A condition can be asked of these as of
//! the event itself, but for secrets, which are masked, and for bytes that are no UTF-8, which are
//! U+FFFD.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value as Json};

use super::alert::{Attributed, Outcome, Process};
use super::fields::Room;
use super::teller::{Teller, text};
use crate::event::Event;
use crate::host::{ContainerView, Observation};
pub use crate::rules::REPORTED as TYPES;
use crate::rules::{Accepts, Field, Fields, Value};

/// The version of the form.
pub const VERSION: u64 = 1;

/// An event with its actor, ready to leave.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct Sighting {
    /// The version of the form: 1.
    pub v: u64,
    /// When it was done.
    #[serde(serialize_with = "nanoseconds")]
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// The event type, as rules name it.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The kind of its record.
    pub kind: String,
    /// The lane by which that came.
    pub lane: String,
    /// Whether the kernel let it happen.
    pub outcome: Outcome,
    /// Whether something about it or its actor is not known.
    pub incomplete: bool,
    /// Who did it.
    pub process: Process,
    /// Where; `None` on the host itself.
    pub container: Option<Container>,
    /// The AI agent.
    pub agent: Option<Attributed>,
    /// Its conversation or run.
    pub session: Option<Attributed>,
    /// The person whom it serves.
    pub user: Option<Attributed>,
    /// What rules may ask for.
    pub fields: Map<String, Json>,
    /// The arguments of the call, rendered.
    pub args: Map<String, Json>,
}

/// The container of whoever acted. Its labels are in `status` and alerts, and not in every line.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct Container {
    /// The engine's whole id.
    pub id: String,
    /// Its name, where the engine answered.
    pub name: Option<String>,
    /// Its image, where the engine answered.
    pub image: Option<String>,
}

impl Sighting {
    /// What was acted on: the object's name, else the call's arguments.
    #[must_use]
    pub fn object(&self) -> &str {
        let name = self.text(Field::FdName);
        name.or_else(|| self.text(Field::EvtArgs))
            .unwrap_or_default()
    }

    /// Why it was refused, where the kernel gave a reason.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        match self.outcome {
            Outcome::Done => None,
            Outcome::Refused => self.text(Field::EvtRes),
        }
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.fields.get(field.definition().name)?.as_str()
    }
}

impl Teller {
    /// Tells of an event.
    #[must_use]
    pub fn sighting(&self, observation: &Observation) -> Sighting {
        let event = &observation.event;
        let shown = self.shown(observation);
        let attribution = &observation.actor.attribution;
        Sighting {
            v: VERSION,
            time: self.clock.timestamp(event.meta.time),
            event_type: event.event_type().to_owned(),
            kind: event.meta.kind.name().to_owned(),
            lane: event.meta.lane.name().to_owned(),
            outcome: Outcome::of(event),
            incomplete: observation.incomplete,
            process: self.process(&shown),
            container: observation.container.as_ref().map(container),
            agent: attribution.agent.clone(),
            session: attribution.session.clone(),
            user: attribution.user.clone(),
            fields: self.masked_fields(fields(&shown.facts(self, &Room::default()))),
            args: self.masked_fields(arguments(shown.event())),
        }
    }
}

fn container(view: &ContainerView) -> Container {
    let info = view.info.as_deref();
    Container {
        id: view.reference.id.as_str().to_owned(),
        name: info.map(|info| info.name.clone()),
        image: info.map(|info| info.image.full.clone()),
    }
}

/// Every field that has a value without being given an argument.
fn fields(facts: &impl Fields) -> Map<String, Json> {
    let bare = Field::ALL.iter().filter(|field| {
        let accepts = field.definition().accepts;
        matches!(
            accepts,
            Accepts::Nothing | Accepts::MaybeIndex | Accepts::MaybeKey
        )
    });
    bare.filter_map(|field| {
        let value = facts.value(*field, None)?;
        Some((field.definition().name.to_owned(), json(&value)))
    })
    .collect()
}

fn arguments(event: &Event) -> Map<String, Json> {
    let arguments = event.arguments().into_iter();
    arguments
        .filter_map(|argument| {
            let value = argument.value.text()?;
            Some((argument.name.to_owned(), Json::String(text(&value))))
        })
        .collect()
}

fn json(value: &Value<'_>) -> Json {
    match value {
        Value::Bytes(bytes) => Json::String(text(bytes)),
        Value::Number(number) => Json::from(*number),
        Value::Unsigned(number) => Json::from(*number),
        Value::Bool(truth) => Json::from(*truth),
        Value::Ip(address) => Json::String(address.to_canonical().to_string()),
        Value::List(values) => Json::Array(values.iter().map(json).collect()),
    }
}

fn nanoseconds<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.9}"))
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
