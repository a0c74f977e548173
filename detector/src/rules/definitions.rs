//! What all files together define: later objects replace earlier ones, or change them.
//!
//! Files are read in the order in which they are given, and objects in the order in which they
//! stand, so that an operator's file can adjust the shipped rules without touching them.

use std::collections::{HashMap, HashSet};

use super::{
    ast::Literal,
    changes::{Change, Changeable, Changes},
    exceptions::{Exception, ExceptionError},
    items::{self, ItemError, Object},
    lexer::SyntaxError,
    parser,
    place::{At, Place},
    priority::{Priority, UnknownPriority},
    suggest,
    text::Text,
    yaml::Node,
};

/// The engine of Falco whose language this is, as `required_engine_version` counts.
const ENGINE: (u64, u64, u64) = (0, 62, 0);

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
    /// A name that conditions could not use.
    #[error("'{name}' cannot be the name of a {item}: use letters, digits and '_'")]
    BadName {
        /// The sort of object.
        item: &'static str,
        /// The name.
        name: String,
    },
}

type Result<T> = std::result::Result<T, At<DefinitionError>>;

/// A rule as all files together define it.
#[derive(Clone, Debug)]
pub(super) struct RuleDefinition {
    pub(super) name: Text,
    pub(super) description: Text,
    pub(super) condition: Text,
    pub(super) output: Text,
    pub(super) priority: Priority,
    pub(super) priority_refused: Option<Priority>,
    pub(super) tags: Vec<String>,
    pub(super) exceptions: Vec<Exception>,
    pub(super) enabled: bool,
    /// Wants to hear if it matches every event type.
    pub(super) warn_event_types: bool,
    /// Rather no rule than an error, where a field does not exist.
    pub(super) skip_if_unknown: bool,
}

/// Everything that has been defined so far.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    pub(super) lists: HashMap<String, Vec<Literal>>,
    pub(super) macros: HashMap<String, Text>,
    /// In the order of their first definition.
    pub(super) rules: Vec<RuleDefinition>,
    pub(super) errors: Vec<At<DefinitionError>>,
    /// Rules that replace another of the same file.
    pub(super) redefined: Vec<At<String>>,
    /// Rules whose definition was wrong: not unknown to those who change them.
    broken: HashSet<String>,
}

const LIST: Changeable = Changeable {
    append: &["items"],
    replace: &["items"],
};
const MACRO: Changeable = Changeable {
    append: &["condition"],
    replace: &["condition"],
};
const RULE: Changeable = Changeable {
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
    ],
};

impl Definitions {
    /// Takes in one document of a file.
    pub(super) fn add(&mut self, root: &Node) {
        let objects = match Object::all(root) {
            Ok(objects) => objects,
            Err(error) => return self.errors.push(error.widen()),
        };
        for object in objects {
            let added = object.map_err(At::widen).and_then(|object| {
                self.errors
                    .extend(unknown_keys(&object).into_iter().map(At::widen));
                match object.item() {
                    "list" => self.add_list(&object),
                    "macro" => self.add_macro(&object),
                    "rule" => self.add_rule(&object),
                    "required_engine_version" => engine_version(&object),
                    _ => plugin_versions(&object),
                }
            });
            if let Err(error) = added {
                self.errors.push(error);
            }
        }
    }

    fn add_list(&mut self, object: &Object<'_>) -> Result<()> {
        let name = name(object)?;
        let changes = Changes::of(object, &LIST).map_err(At::widen)?;
        let Some(texts) = object.texts("items").map_err(At::widen)? else {
            return Err(object.required("items", &name).widen());
        };
        let items: Vec<Literal> = texts.iter().map(list_item).collect::<Result<_>>()?;
        let known = self.lists.get_mut(name.as_str());
        match (changes.to("items"), known) {
            (_, None) if changes != Changes::Define => {
                return Err(unknown("list", &name, self.lists.keys()));
            }
            (Some(Change::Append), Some(known)) => known.extend(items),
            _ => {
                self.lists.insert(name.as_str().to_owned(), items);
            }
        }
        Ok(())
    }

    fn add_macro(&mut self, object: &Object<'_>) -> Result<()> {
        let name = name(object)?;
        if !is_identifier(name.as_str()) {
            let bad = DefinitionError::BadName {
                item: "macro",
                name: name.as_str().to_owned(),
            };
            return Err(At::new(name.whole(), bad));
        }
        let changes = Changes::of(object, &MACRO).map_err(At::widen)?;
        let Some(condition) = object.text("condition").map_err(At::widen)? else {
            return Err(object.required("condition", &name).widen());
        };
        let known = self.macros.get_mut(name.as_str());
        match (changes.to("condition"), known) {
            (_, None) if changes != Changes::Define => {
                return Err(unknown("macro", &name, self.macros.keys()));
            }
            (Some(Change::Append), Some(known)) => known.append(&condition),
            _ => {
                self.macros.insert(name.as_str().to_owned(), condition);
            }
        }
        Ok(())
    }

    fn add_rule(&mut self, object: &Object<'_>) -> Result<()> {
        let name = name(object)?;
        let added = self.define_or_change(object, &name);
        if added.is_err() {
            self.broken.insert(name.as_str().to_owned());
        }
        added
    }

    fn define_or_change(&mut self, object: &Object<'_>, name: &Text) -> Result<()> {
        let changes = Changes::of(object, &RULE).map_err(At::widen)?;
        let known = self
            .rules
            .iter()
            .position(|rule| rule.name.as_str() == name.as_str());
        if changes == Changes::Define && !is_switch(object) {
            let rule = define(object, name)?;
            match known.and_then(|index| self.rules.get_mut(index)) {
                None => self.rules.push(rule),
                Some(known) => {
                    if known.name.whole().file == name.whole().file {
                        self.redefined
                            .push(At::new(name.whole(), name.as_str().to_owned()));
                    }
                    *known = rule;
                }
            }
            return Ok(());
        }
        match known.and_then(|index| self.rules.get_mut(index)) {
            Some(rule) => change(rule, object, &changes),
            None if self.broken.contains(name.as_str()) => Ok(()),
            None => {
                let names = self.rules.iter().map(|rule| rule.name.as_str().to_owned());
                Err(unknown("rule", name, names.collect::<Vec<_>>().iter()))
            }
        }
    }
}

/// An object with nothing but a name and `enabled` switches an earlier rule on or off.
fn is_switch(object: &Object<'_>) -> bool {
    object.get("enabled").is_some()
        && ["condition", "output", "desc", "priority"]
            .iter()
            .all(|key| object.get(key).is_none())
}

fn define(object: &Object<'_>, name: &Text) -> Result<RuleDefinition> {
    let required = |key: &'static str| match object.text(key) {
        Ok(Some(text)) => Ok(text),
        Ok(None) => Err(object.required(key, name).widen()),
        Err(error) => Err(error.widen()),
    };
    let priority_text = required("priority")?;
    Ok(RuleDefinition {
        name: name.clone(),
        description: required("desc")?,
        condition: required("condition")?,
        output: required("output")?,
        priority: priority(&priority_text)?,
        priority_refused: optional_priority(object)?,
        tags: tags(object)?.unwrap_or_default(),
        exceptions: exceptions(object)?.unwrap_or_default(),
        enabled: flag(object, "enabled")?.unwrap_or(true),
        warn_event_types: flag(object, "warn_evttypes")?.unwrap_or(true),
        skip_if_unknown: flag(object, "skip-if-unknown-filter")?.unwrap_or(false),
    })
}

/// Changes a rule by an object with `append` or `override`, or with `enabled` alone.
fn change(rule: &mut RuleDefinition, object: &Object<'_>, changes: &Changes) -> Result<()> {
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

fn name(object: &Object<'_>) -> Result<Text> {
    match object.text(object.item()) {
        Ok(Some(name)) => Ok(name),
        Ok(None) => Err(object.required("name", &Text::at(object.place)).widen()),
        Err(error) => Err(error.widen()),
    }
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

/// An item of a list: one value, whatever stands in it.
fn list_item(text: &Text) -> Result<Literal> {
    let literal = parser::literal(text).map_err(At::widen)?;
    // Lists are pasted as text elsewhere, where this would be two values.
    if !literal.quoted && literal.value.node.contains(&b',') {
        let what = format!("a comma in the list item '{}'", text.as_str());
        let instead = "make it two items, or put quotes inside the quotes";
        return Err(At::new(
            text.whole(),
            ItemError::Unsupported { what, instead }.into(),
        ));
    }
    Ok(literal)
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
        && !matches!(name, "and" | "or" | "not")
}

fn unknown<'a>(
    item: &'static str,
    name: &Text,
    names: impl Iterator<Item = &'a String>,
) -> At<DefinitionError> {
    let hint = suggest::hint(name.as_str(), names.map(String::as_str));
    let name_text = name.as_str().to_owned();
    At::new(
        name.whole(),
        DefinitionError::Unknown {
            item,
            name: name_text,
            hint,
        },
    )
}

fn unknown_keys(object: &Object<'_>) -> Vec<At<ItemError>> {
    let mut errors = object.allow_only(match object.item() {
        "list" => &["list", "items", "append", "override"],
        "macro" => &["macro", "condition", "append", "override"],
        "rule" => &[
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
        ],
        "required_engine_version" => &["required_engine_version"],
        _ => &["required_plugin_versions"],
    });
    let unsupported = |key: &str, fine: &[&str], what: &str, instead| {
        let text = object.text(key).ok().flatten()?;
        (!fine.contains(&text.as_str())).then(|| {
            let what = format!("{what} '{}'", text.as_str());
            At::new(text.whole(), ItemError::Unsupported { what, instead })
        })
    };
    errors.extend(unsupported(
        "source",
        &["syscall"],
        "event source",
        "only syscall exists here",
    ));
    errors.extend(unsupported(
        "capture",
        &["false"],
        "capture",
        "leave the key out",
    ));
    errors.extend(unsupported(
        "capture_duration",
        &["0"],
        "capture_duration",
        "leave it out",
    ));
    errors
}

fn engine_version(object: &Object<'_>) -> Result<()> {
    let Some(text) = object.text("required_engine_version").map_err(At::widen)? else {
        return Ok(());
    };
    let required = text.as_str();
    let numbers: Option<Vec<u64>> = required.split('.').map(|part| part.parse().ok()).collect();
    let version = match numbers.as_deref() {
        Some(&[minor]) => (0, minor, 0),
        Some(&[major, minor]) => (major, minor, 0),
        Some(&[major, minor, patch]) => (major, minor, patch),
        _ => {
            let wanted = "a version such as 0.50.0";
            return Err(items::wrong(text.whole(), "required_engine_version", wanted).widen());
        }
    };
    if version <= ENGINE {
        return Ok(());
    }
    let have = format!("{}.{}.{}", ENGINE.0, ENGINE.1, ENGINE.2);
    let fault = ItemError::Engine {
        required: required.to_owned(),
        have,
    };
    Err(At::new(text.whole(), fault.into()))
}

/// Plugins do not exist here; what the container plugin supplies is built in.
fn plugin_versions(object: &Object<'_>) -> Result<()> {
    let plugins = object
        .sequence("required_plugin_versions")
        .map_err(At::widen)?;
    for plugin in plugins.unwrap_or_default() {
        let plugin = Object::part("plugin", plugin).map_err(At::widen)?;
        let name = plugin.text("name").map_err(At::widen)?;
        let place = name.as_ref().map_or(plugin.place, Text::whole);
        let name = name.as_ref().map_or("", Text::as_str);
        if name != "container" {
            return Err(no_plugin(place, name).widen());
        }
    }
    Ok(())
}

fn no_plugin(place: Place, name: &str) -> At<ItemError> {
    let what = format!("the plugin '{name}'");
    At::new(
        place,
        ItemError::Unsupported {
            what,
            instead: "leave out the rules that need it",
        },
    )
}
