//! What all files together define: later objects replace earlier ones, or change them.
//!
//! Files are read in the order in which they are given, and objects in the order in which they
//! stand, so that an operator's file can adjust the shipped rules without touching them.

use std::collections::{HashMap, HashSet};

use super::{
    changes::{Change, Changeable, Changes},
    items::{ItemError, Object},
    mentions::Defined,
    problem::Caution,
    rule_definition::{self, DefinitionError, Result, RuleDefinition, change, define, is_switch},
    versions,
    yaml::Node,
};
use crate::rules::language::{ast::Literal, fragment, place::At, suggest, text::Text};

/// Everything that has been defined so far.
#[derive(Debug, Default)]
pub(in crate::rules) struct Definitions {
    pub(super) lists: HashMap<String, Vec<Literal>>,
    pub(super) macros: HashMap<String, Text>,
    /// In the order of their first definition.
    pub(super) rules: Vec<RuleDefinition>,
    pub(super) errors: Vec<At<DefinitionError>>,
    /// What is right, and worth a word.
    pub(super) cautions: Vec<At<Caution>>,
    /// Where each list and macro stands.
    pub(super) defined: Defined,
    /// Rules whose definition was wrong: not unknown to those who change them.
    broken: HashSet<String>,
    /// Rules for sources of events that do not exist here: neither are these.
    elsewhere: HashSet<String>,
}

const LIST: Changeable = Changeable {
    append: &["items"],
    replace: &["items"],
};
const MACRO: Changeable = Changeable {
    append: &["condition"],
    replace: &["condition"],
};
impl Definitions {
    /// Takes in one document of a file.
    pub(in crate::rules) fn add(&mut self, root: &Node) {
        let objects = match Object::all(root) {
            Ok(objects) => objects,
            Err(error) => return self.errors.push(error.widen()),
        };
        for object in objects {
            let added = object.map_err(At::widen).and_then(|object| {
                self.errors
                    .extend(key_faults(&object).into_iter().map(At::widen));
                self.cautions.extend(without_effect(&object));
                self.cautions.extend(appended(&object));
                match object.item() {
                    "list" => self.add_list(&object),
                    "macro" => self.add_macro(&object),
                    "rule" => self.add_rule(&object),
                    "required_engine_version" => versions::engine(&object).map_err(At::widen),
                    _ => versions::plugins(&object).map_err(At::widen),
                }
            });
            if let Err(error) = added {
                self.errors.push(error);
            }
        }
    }

    fn add_list(&mut self, object: &Object<'_>) -> Result<()> {
        let name = name(object)?;
        if name.as_str().contains(is_no_list_character) {
            self.caution_name("list", &name);
        }
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
                self.define("list", &name);
            }
        }
        Ok(())
    }

    fn add_macro(&mut self, object: &Object<'_>) -> Result<()> {
        let name = name(object)?;
        if !is_identifier(name.as_str()) {
            self.caution_name("macro", &name);
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
                self.define("macro", &name);
            }
        }
        Ok(())
    }

    /// A name that nothing else can name.
    fn caution_name(&mut self, item: &'static str, name: &Text) {
        let name_text = name.as_str().to_owned();
        let name_of = Caution::BadName {
            item,
            name: name_text,
        };
        self.cautions.push(At::new(name.whole(), name_of));
    }

    fn define(&mut self, item: &'static str, name: &Text) {
        let key = (item, name.as_str().to_owned());
        self.defined.insert(key, name.whole());
    }

    fn add_rule(&mut self, object: &Object<'_>) -> Result<()> {
        let name = name(object)?;
        if self.is_elsewhere(object, &name)? {
            return Ok(());
        }
        let added = self.define_or_change(object, &name);
        if added.is_err() {
            self.broken.insert(name.as_str().to_owned());
        }
        added
    }

    /// Whether a rule is about events of a source that does not exist here; such a rule is passed
    /// over, and so is what changes it.
    fn is_elsewhere(&mut self, object: &Object<'_>, name: &Text) -> Result<bool> {
        let known = self
            .rules
            .iter()
            .any(|rule| rule.name.as_str() == name.as_str());
        let elsewhere = self.elsewhere.contains(name.as_str());
        let Some(source) = object.text("source").ok().flatten() else {
            return Ok(elsewhere);
        };
        let here = source.as_str() == "syscall";
        if (known && !here) || (elsewhere && here) {
            let fault = DefinitionError::OtherSource(name.as_str().to_owned());
            return Err(At::new(source.whole(), fault));
        }
        if !here && self.elsewhere.insert(name.as_str().to_owned()) {
            let caution = Caution::OtherSource {
                rule: name.as_str().to_owned(),
                events: source.as_str().to_owned(),
            };
            self.cautions.push(At::new(source.whole(), caution));
        }
        Ok(!here)
    }

    fn define_or_change(&mut self, object: &Object<'_>, name: &Text) -> Result<()> {
        let changes = Changes::of(object, &rule_definition::RULE).map_err(At::widen)?;
        let known = self
            .rules
            .iter()
            .position(|rule| rule.name.as_str() == name.as_str());
        if changes == Changes::Define && !is_switch(object) {
            let Some(rule) = define(object, name, &mut self.errors) else {
                self.broken.insert(name.as_str().to_owned());
                return Ok(());
            };
            match known.and_then(|index| self.rules.get_mut(index)) {
                None => self.rules.push(rule),
                Some(known) => {
                    if known.name.whole().file == name.whole().file {
                        let caution = Caution::Redefined(name.as_str().to_owned());
                        self.cautions.push(At::new(name.whole(), caution));
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

fn name(object: &Object<'_>) -> Result<Text> {
    match object.text(object.item()) {
        Ok(Some(name)) => Ok(name),
        Ok(None) => Err(object.required("name", &Text::at(object.place)).widen()),
        Err(error) => Err(error.widen()),
    }
}

/// An item of a list: one value, whatever stands in it.
fn list_item(text: &Text) -> Result<Literal> {
    let literal = fragment::literal(text).map_err(At::widen)?;
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

/// A word about `append: true`.
fn appended(object: &Object<'_>) -> Option<At<Caution>> {
    let is_true = object.flag("append").ok().flatten()?;
    let place = object.get("append")?.place;
    is_true.then(|| At::new(place, Caution::Appended))
}

/// The keys of a sort of object.
pub(in crate::rules) fn keys(item: &str) -> &'static [&'static str] {
    match item {
        "list" => &["list", "items", "append", "override"],
        "macro" => &["macro", "condition", "append", "override"],
        "rule" => rule_definition::KEYS,
        "required_engine_version" => &["required_engine_version"],
        _ => &["required_plugin_versions"],
    }
}

/// What can be changed of a sort of object.
pub(in crate::rules) fn changeable(item: &str) -> Option<&'static Changeable> {
    match item {
        "list" => Some(&LIST),
        "macro" => Some(&MACRO),
        "rule" => Some(&rule_definition::RULE),
        _ => None,
    }
}

/// Faults in the keys of an object that have nothing to do with others.
fn key_faults(object: &Object<'_>) -> Vec<At<ItemError>> {
    let mut errors = object.allow_only(keys(object.item()));
    if matches!(object.flag("append"), Ok(Some(true))) && !has_change(object) {
        errors.push(At::new(object.place, ItemError::NothingToAppend));
    }
    errors
}

/// Whether there is something in it that `append: true` could mean.
fn has_change(object: &Object<'_>) -> bool {
    let Some(changeable) = changeable(object.item()) else {
        return true;
    };
    let keys = || changeable.append.iter().chain(changeable.replace);
    keys().any(|key| object.get(key).is_some())
}

/// Keys that mean something elsewhere and nothing here.
fn without_effect(object: &Object<'_>) -> Vec<At<Caution>> {
    let of = |(key, nothing): (&'static str, &str)| {
        let text = object.text(key).ok().flatten()?;
        let caution = At::new(text.whole(), Caution::NoEffect(key));
        (object.item() == "rule" && text.as_str() != nothing).then_some(caution)
    };
    [("capture", "false"), ("capture_duration", "0")]
        .into_iter()
        .filter_map(of)
        .collect()
}

/// What ends the name of a list where it is used.
fn is_no_list_character(character: char) -> bool {
    character.is_whitespace() || matches!(character, '(' | ')' | '"' | '\'' | '=' | ',')
}
