//! One rule as all files together define it: made by one object, changed by later ones.

use std::collections::HashSet;

use super::{
    changes::{Change, Changeable, Changes},
    exceptions::{Exception, ExceptionError},
    items::{ItemError, Object},
    priority::{Priority, UnknownPriority},
};
use crate::rules::language::{lexer::SyntaxError, place::At, text::Text};

/// An object that does not fit those before it, or is wrong in itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// Keys or types.
    #[error(transparent)]
    Item(#[from] ItemError),
    /// A value of a list or a name.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// The priority.
    #[error(transparent)]
    Priority(#[from] UnknownPriority),
    /// The exceptions.
    #[error(transparent)]
    Exception(#[from] ExceptionError),
    /// A change of something that is not there.
    #[error("no {item} '{name}' before this one that could be changed{hint}")]
    Unknown {
        /// The sort of object.
        item: &'static str,
        /// Its name.
        name: String,
        /// Perhaps a suggestion.
        hint: String,
    },
    /// Another source of events than before.
    #[error("rule '{0}' was defined for another source of events: give this one another name")]
    OtherSource(String),
}

pub(super) type Result<T> = std::result::Result<T, At<DefinitionError>>;

/// A rule as all files together define it.
#[derive(Clone, Debug)]
pub(in crate::rules) struct RuleDefinition {
    pub(in crate::rules) name: Text,
    pub(in crate::rules) description: Text,
    pub(in crate::rules) condition: Text,
    pub(in crate::rules) output: Text,
    pub(in crate::rules) priority: Priority,
    pub(in crate::rules) priority_refused: Option<Priority>,
    pub(in crate::rules) tags: Vec<String>,
    pub(in crate::rules) exceptions: Vec<Exception>,
    pub(in crate::rules) enabled: bool,
    /// Wants to hear if it matches every event type.
    pub(super) warn_event_types: bool,
    /// Rather no rule than an error, where a field does not exist.
    pub(super) skip_if_unknown: bool,
}

/// What later objects can change.
pub(super) const RULE: Changeable = Changeable {
    append: &["condition", "output", "desc", "tags", "exceptions"],
    replace: &[
        "condition",
        "output",
        "desc",
        "tags",
        "exceptions",
        "priority",
        "priority_refused",
        "enabled",
        "warn_evttypes",
        "skip-if-unknown-filter",
        "capture",
        "capture_duration",
    ],
};

/// The keys of a rule.
pub(super) const KEYS: &[&str] = &[
    "rule",
    "desc",
    "condition",
    "output",
    "priority",
    "priority_refused",
    "tags",
    "enabled",
    "exceptions",
    "source",
    "append",
    "override",
    "warn_evttypes",
    "skip-if-unknown-filter",
    "capture",
    "capture_duration",
];

/// An object with nothing but a name and `enabled` switches an earlier rule on or off.
pub(super) fn is_switch(object: &Object<'_>) -> bool {
    object.get("enabled").is_some()
        && ["condition", "output", "desc", "priority"]
            .iter()
            .all(|key| object.get(key).is_none())
}

/// Reads a rule; nothing if it lacks what makes it one.
///
/// A rule with errors is read on, so that those in its condition are reported too: what is wrong
/// gets a value that nobody will see, since one error refuses the whole load.
pub(super) fn define(
    object: &Object<'_>,
    name: &Text,
    errors: &mut Vec<At<DefinitionError>>,
) -> Option<RuleDefinition> {
    let required = |key: &'static str| match object.text(key) {
        Ok(Some(text)) => Ok(text),
        Ok(None) => Err(object.required(key, name).widen()),
        Err(error) => Err(error.widen()),
    };
    let mut note = Note(errors);
    let [description, condition, output, urgency] =
        ["desc", "condition", "output", "priority"].map(|key| note.down(required(key)));
    let urgency = urgency.and_then(|text| note.down(priority(&text)));
    Some(RuleDefinition {
        name: name.clone(),
        description: description.unwrap_or_default(),
        condition: condition?,
        output: output?,
        priority: urgency.unwrap_or(Priority::Debug),
        priority_refused: note.down(optional_priority(object)).flatten(),
        tags: note.down(tags(object)).flatten().unwrap_or_default(),
        exceptions: note.down(exceptions(object)).flatten().unwrap_or_default(),
        enabled: note.down(flag(object, "enabled")).flatten().unwrap_or(true),
        warn_event_types: note
            .down(flag(object, "warn_evttypes"))
            .flatten()
            .unwrap_or(true),
        skip_if_unknown: note
            .down(flag(object, "skip-if-unknown-filter"))
            .flatten()
            .unwrap_or(false),
    })
}

/// Keeps errors and goes on.
struct Note<'a>(&'a mut Vec<At<DefinitionError>>);

impl Note<'_> {
    fn down<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.0.push(error)).ok()
    }
}

/// Changes a rule by an object with `append` or `override`, or with `enabled` alone.
pub(super) fn change(
    rule: &mut RuleDefinition,
    object: &Object<'_>,
    changes: &Changes,
) -> Result<()> {
    for (key, target) in [
        ("condition", &mut rule.condition),
        ("output", &mut rule.output),
        ("desc", &mut rule.description),
    ] {
        if let Some(text) = object.text(key).map_err(At::widen)? {
            match changes.to(key) {
                Some(Change::Append) => target.append(&text),
                _ => *target = text,
            }
        }
    }
    if let Some(tags) = tags(object)? {
        if changes.to("tags") == Some(Change::Replace) {
            rule.tags.clear();
        }
        rule.tags.extend(tags);
        let mut seen = HashSet::new();
        rule.tags.retain(|tag| seen.insert(tag.clone()));
    }
    if let Some(exceptions) = exceptions(object)? {
        match changes.to("exceptions") {
            Some(Change::Append) => {
                Exception::append(&mut rule.exceptions, exceptions).map_err(At::widen)?;
            }
            _ => rule.exceptions = exceptions,
        }
    }
    if let Some(text) = object.text("priority").map_err(At::widen)? {
        rule.priority = priority(&text)?;
    }
    if let Some(priority) = optional_priority(object)? {
        rule.priority_refused = Some(priority);
    }
    for (key, target) in [
        ("enabled", &mut rule.enabled),
        ("warn_evttypes", &mut rule.warn_event_types),
        ("skip-if-unknown-filter", &mut rule.skip_if_unknown),
    ] {
        if let Some(flag) = flag(object, key)? {
            *target = flag;
        }
    }
    Ok(())
}

fn flag(object: &Object<'_>, key: &str) -> Result<Option<bool>> {
    object.flag(key).map_err(At::widen)
}

fn priority(text: &Text) -> Result<Priority> {
    text.as_str()
        .trim()
        .parse()
        .map_err(|fault: UnknownPriority| At::new(text.whole(), DefinitionError::from(fault)))
}

fn optional_priority(object: &Object<'_>) -> Result<Option<Priority>> {
    let text = object.text("priority_refused").map_err(At::widen)?;
    text.map(|text| priority(&text)).transpose()
}

fn tags(object: &Object<'_>) -> Result<Option<Vec<String>>> {
    let texts = object.texts("tags").map_err(At::widen)?;
    Ok(texts.map(|texts| texts.iter().map(|text| text.as_str().to_owned()).collect()))
}

fn exceptions(object: &Object<'_>) -> Result<Option<Vec<Exception>>> {
    let nodes = object.sequence("exceptions").map_err(At::widen)?;
    nodes
        .map(|nodes| Exception::all(nodes).map_err(At::widen))
        .transpose()
}
