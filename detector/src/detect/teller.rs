//! From an observation to what leaves the process: ids with their boot, moments as wall time, texts
//! as UTF-8, secrets masked. Alerts and sightings are told by the same words.
//!
//! Secrets are masked twice. First in the argument vectors, where it is known which program an
//! argument is for and where it ends; fields are made of what is left ([`Shown`]). Then in each text
//! by itself, since paths and names hold secrets too.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::alert::{Ancestor, Process};
use super::fields::{Facts, Room};
use super::redact::Redactor;
use crate::event::{Body, BootId, Clock, Event, ExecKey, Strings, Text};
use crate::host::Observation;
use crate::host::tree::{self, Image, pid};

/// Tells of what was observed during one boot of one host.
#[derive(Clone, Debug)]
pub struct Teller {
    redactor: Redactor,
    boot: BootId,
    pub(super) clock: Clock,
}

impl Teller {
    /// A teller for one boot.
    pub fn new(redactor: Redactor, boot: BootId, clock: Clock) -> Self {
        Self {
            redactor,
            boot,
            clock,
        }
    }

    /// An observation as it may be shown.
    pub(super) fn shown(&self, observation: &Observation) -> Shown {
        let mut shown = observation.clone();
        shown.actor.image = self.image(&shown.actor.image);
        for ancestor in &mut shown.actor.lineage {
            ancestor.image = self.image(&ancestor.image);
        }
        if let Body::Exec(exec) = &mut shown.event.body {
            exec.argv = exec.argv.as_ref().map(|argv| self.strings(argv));
            exec.env = exec.env.as_ref().map(|env| self.environment(env));
        }
        Shown(shown)
    }

    fn image(&self, image: &Arc<Image>) -> Arc<Image> {
        let argv = self.redactor.argv(&image.argv);
        if argv.iter().all(|word| matches!(word, Cow::Borrowed(_))) {
            return Arc::clone(image);
        }
        let argv = argv.into_iter().map(|word| Bytes::from(word.into_owned()));
        Arc::new(Image {
            argv: argv.collect(),
            ..Image::clone(image)
        })
    }

    fn environment(&self, strings: &Strings) -> Strings {
        let masked = self.redactor.environ(&strings.text.bytes);
        Strings {
            text: Text {
                bytes: masked.into(),
                extent: strings.text.extent,
            },
            length: strings.length,
        }
    }

    fn strings(&self, strings: &Strings) -> Strings {
        let words: Vec<&[u8]> = strings.iter().collect();
        let masked = self.redactor.argv(&words).into_iter();
        let ended = masked.flat_map(|word| [&word, &b"\0"[..]].concat());
        Strings {
            text: Text {
                bytes: ended.collect(),
                extent: strings.text.extent,
            },
            length: strings.length,
        }
    }

    /// A text without its secrets.
    pub(super) fn masked(&self, text: &str) -> String {
        self.redactor.text(text).into_owned()
    }

    /// Values of fields without their secrets.
    pub(super) fn masked_fields(&self, fields: Map<String, Value>) -> Map<String, Value> {
        fields
            .into_iter()
            .map(|(name, value)| (name, self.masked_value(value)))
            .collect()
    }

    fn masked_value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.masked(&text)),
            Value::Array(values) => {
                let values = values.into_iter().map(|value| self.masked_value(value));
                Value::Array(values.collect())
            }
            other => other,
        }
    }

    pub(super) fn process(&self, Shown(observation): &Shown) -> Process {
        let actor = &observation.actor;
        Process {
            process_id: actor.exec.process.id(self.boot).to_string(),
            exec_id: actor.exec.id(self.boot).to_string(),
            pid: pid(actor.exec.process),
            exe: self.path(actor.image.exe_path.as_deref()),
            argv: argv(&actor.image),
            cwd: self.path(actor.cwd.as_deref()),
        }
    }

    /// The ancestors of whoever acted, the parent first.
    pub(super) fn lineage(&self, observation: &Observation) -> Vec<Ancestor> {
        let lineage = observation.actor.lineage.iter();
        lineage.map(|ancestor| self.ancestor(ancestor)).collect()
    }

    fn ancestor(&self, ancestor: &tree::Ancestor) -> Ancestor {
        let image = self.image(&ancestor.image);
        let process = ancestor.process;
        let exec = ancestor.count.map(|count| ExecKey { process, count });
        Ancestor {
            process_id: process.id(self.boot).to_string(),
            exec_id: exec.map(|exec| exec.id(self.boot).to_string()),
            pid: pid(process),
            exe: self.path(image.exe_path.as_deref()),
            argv: argv(&image),
        }
    }

    fn path(&self, path: Option<&[u8]>) -> Option<String> {
        path.map(|path| self.masked(&text(path)))
    }
}

/// An observation whose command lines hold no secrets. Only its texts are still to be looked at.
#[derive(Debug)]
pub(super) struct Shown(Observation);

impl Shown {
    /// What it says of each field.
    pub(super) fn facts<'a>(&'a self, teller: &Teller, room: &'a Room) -> Facts<'a> {
        Facts::new(&self.0, teller.clock, room)
    }

    /// The event.
    pub(super) fn event(&self) -> &Event {
        &self.0.event
    }
}

fn argv(image: &Image) -> Vec<String> {
    image.argv.iter().map(|argument| text(argument)).collect()
}

/// The kernel's bytes as text; what is no UTF-8 becomes U+FFFD.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
