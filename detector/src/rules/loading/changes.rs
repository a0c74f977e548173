//! `append` and `override`: what an object does to an earlier one of the same name.

use super::{
    items::{ItemError, Object, Result, wrong},
    yaml::Content,
};
use crate::rules::language::place::At;

/// What happens to one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Append,
    Replace,
}

/// What an object is to an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Changes {
    /// A definition of its own.
    Define,
    /// `append: true`: each key that can be appended to is.
    Append,
    /// `override`: as it says for each key.
    Override(Vec<(String, Change)>),
}

/// Which keys of a sort of object can be changed.
pub(in crate::rules) struct Changeable {
    pub(in crate::rules) append: &'static [&'static str],
    pub(in crate::rules) replace: &'static [&'static str],
}

impl Changes {
    pub(super) fn of(object: &Object<'_>, changeable: &Changeable) -> Result<Self> {
        let append = object.flag("append")?.unwrap_or(false);
        let Some(node) = object.get("override") else {
            return Ok(if append { Self::Append } else { Self::Define });
        };
        if append {
            return Err(At::new(node.place, ItemError::BothChanges));
        }
        let Content::Mapping(entries) = &node.content else {
            return Err(wrong(
                node.place,
                "override",
                "a mapping of keys to append or replace",
            ));
        };
        let mut changes = Vec::new();
        for entry in entries {
            let key = entry.key.as_str();
            let change = match &entry.value.content {
                Content::Scalar(text) => text.as_str(),
                _ => "",
            };
            let known = match change {
                "append" => changeable.append.contains(&key).then_some(Change::Append),
                "replace" => changeable.replace.contains(&key).then_some(Change::Replace),
                _ => return Err(wrong(entry.value.place, key, "append or replace")),
            };
            let place = entry.key.whole();
            let Some(known) = known else {
                let (key, change) = (key.to_owned(), change.to_owned());
                let fault = ItemError::BadOverride {
                    item: object.item(),
                    key,
                    change,
                };
                return Err(At::new(place, fault));
            };
            if object.get(key).is_none() {
                return Err(At::new(
                    place,
                    ItemError::OverrideWithoutKey(key.to_owned()),
                ));
            }
            changes.push((key.to_owned(), known));
        }
        let changes = Self::Override(changes);
        changes.refuse_unnamed(object, changeable)?;
        Ok(changes)
    }

    fn refuse_unnamed(&self, object: &Object<'_>, changeable: &Changeable) -> Result<()> {
        let all = || changeable.append.iter().chain(changeable.replace);
        for entry in object.entries() {
            let key = entry.key.as_str();
            if all().any(|known| *known == key) && self.to(key).is_none() {
                let fault = ItemError::KeyWithoutOverride(key.to_owned());
                return Err(At::new(entry.key.whole(), fault));
            }
        }
        Ok(())
    }

    /// What happens to a key.
    pub(super) fn to(&self, key: &str) -> Option<Change> {
        match self {
            Self::Define => Some(Change::Replace),
            Self::Append => Some(Change::Append),
            Self::Override(changes) => changes
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, change)| *change),
        }
    }
}
