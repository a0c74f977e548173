//! The objects of a rule file: which keys they have, and of which type each is.
//!
//! Nothing is merged here and no name looked up; what an item says is kept as it stands. An
//! unknown key is an error: a misspelt `exceptions` must not silently widen a rule.

use super::yaml::{Content, Entry, Node};
use crate::rules::language::{
    place::{At, Place},
    suggest,
    text::Text,
};

/// An object that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// The root of the file.
    #[error(
        "a rule file is a sequence of objects: begin each with '- rule:', '- macro:' or '- list:'"
    )]
    Root,
    /// An object of no known sort.
    #[error(
        "an object needs one of the keys 'rule', 'macro', 'list', 'required_engine_version' or \
         'required_plugin_versions'"
    )]
    UnknownItem,
    /// A key that the object does not have.
    #[error("unknown key '{key}' in this {item}{hint}")]
    UnknownKey {
        /// The sort of object.
        item: &'static str,
        /// The key.
        key: String,
        /// Perhaps a suggestion.
        hint: String,
    },
    /// A key that the object lacks.
    #[error("the {item} '{name}' needs the key '{key}'")]
    MissingKey {
        /// The sort of object.
        item: &'static str,
        /// Its name.
        name: String,
        /// The key.
        key: &'static str,
    },
    /// A value of another type.
    #[error("'{key}' must be {wanted}")]
    WrongType {
        /// The key.
        key: String,
        /// The type.
        wanted: &'static str,
    },
    /// Something that exists in the language and not here.
    #[error("{what} is not supported: {instead}")]
    Unsupported {
        /// What.
        what: String,
        /// What to write.
        instead: &'static str,
    },
    /// Rules for a newer engine.
    #[error("the rules require engine version {required}, this is {have}: update the detector")]
    Engine {
        /// As written.
        required: String,
        /// Ours.
        have: String,
    },
    /// `append` beside `override`.
    #[error("'append' and 'override' exclude each other: keep 'override'")]
    BothChanges,
    /// `append: true` and nothing else.
    #[error("there is nothing to append: give the object a condition, exceptions or items")]
    NothingToAppend,
    /// A key under `override` that the object does not have.
    #[error("'override' names '{0}', which the object does not define")]
    OverrideWithoutKey(String),
    /// A key that `override` does not mention.
    #[error("'{0}' is defined and not named under 'override': add '{0}: replace' or '{0}: append'")]
    KeyWithoutOverride(String),
    /// A key that cannot be changed so.
    #[error("'{key}' of a {item} cannot be changed by '{change}'")]
    BadOverride {
        /// The sort of object.
        item: &'static str,
        /// The key.
        key: String,
        /// `append` or `replace`.
        change: String,
    },
}

pub(in crate::rules) type Result<T> = std::result::Result<T, At<ItemError>>;

/// One object: a mapping whose keys are taken one by one.
pub(in crate::rules) struct Object<'a> {
    item: &'static str,
    entries: &'a [Entry],
    pub(in crate::rules) place: Place,
}

impl<'a> Object<'a> {
    /// The objects of a document.
    pub(in crate::rules) fn all(root: &'a Node) -> Result<Vec<Result<Self>>> {
        let Content::Sequence(items) = &root.content else {
            return Err(At::new(root.place, ItemError::Root));
        };
        Ok(items.iter().map(Self::new).collect())
    }

    fn new(node: &'a Node) -> Result<Self> {
        let Content::Mapping(entries) = &node.content else {
            return Err(At::new(node.place, ItemError::UnknownItem));
        };
        // The order in which Falco asks for them.
        const SORTS: [&str; 5] = [
            "required_engine_version",
            "required_plugin_versions",
            "list",
            "macro",
            "rule",
        ];
        let has = |key: &str| entries.iter().any(|entry| entry.key.as_str() == key);
        match SORTS.into_iter().find(|key| has(key)) {
            Some(item) => Ok(Self {
                item,
                entries,
                place: node.place,
            }),
            None => Err(At::new(node.place, ItemError::UnknownItem)),
        }
    }

    pub(in crate::rules) fn part(item: &'static str, node: &'a Node) -> Result<Self> {
        match &node.content {
            Content::Mapping(entries) => Ok(Self {
                item,
                entries,
                place: node.place,
            }),
            _ => {
                let fault = ItemError::WrongType {
                    key: item.to_owned(),
                    wanted: "a mapping",
                };
                Err(At::new(node.place, fault))
            }
        }
    }

    /// The sort of object: the key that names it.
    pub(in crate::rules) fn item(&self) -> &'static str {
        self.item
    }

    pub(super) fn entries(&self) -> &'a [Entry] {
        self.entries
    }

    pub(in crate::rules) fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries
            .iter()
            .find(|entry| entry.key.as_str() == key)
            .map(|entry| &entry.value)
    }

    /// Refuses keys that are not in the list.
    pub(in crate::rules) fn allow_only(&self, keys: &[&'static str]) -> Vec<At<ItemError>> {
        let unknown = |entry: &&Entry| !keys.contains(&entry.key.as_str());
        let error = |entry: &Entry| {
            let key = entry.key.as_str().to_owned();
            let hint = suggest::hint(&key, keys.iter().copied());
            let fault = ItemError::UnknownKey {
                item: self.item,
                key,
                hint,
            };
            At::new(entry.key.whole(), fault)
        };
        self.entries.iter().filter(unknown).map(error).collect()
    }

    /// A scalar with some text in it.
    pub(in crate::rules) fn text(&self, key: &str) -> Result<Option<Text>> {
        let Some(node) = self.get(key) else {
            return Ok(None);
        };
        match &node.content {
            Content::Scalar(text) if !text.as_str().trim().is_empty() => Ok(Some(text.clone())),
            _ => Err(wrong(node.place, key, "text, and not empty")),
        }
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>> {
        let Some(node) = self.get(key) else {
            return Ok(None);
        };
        match &node.content {
            Content::Scalar(text) => match text.as_str() {
                "true" | "True" | "TRUE" => Ok(Some(true)),
                "false" | "False" | "FALSE" => Ok(Some(false)),
                _ => Err(wrong(node.place, key, "true or false")),
            },
            _ => Err(wrong(node.place, key, "true or false")),
        }
    }

    pub(super) fn sequence(&self, key: &str) -> Result<Option<&'a [Node]>> {
        self.get(key).map(|node| sequence(node, key)).transpose()
    }

    /// A sequence of scalars.
    pub(super) fn texts(&self, key: &str) -> Result<Option<Vec<Text>>> {
        let Some(items) = self.sequence(key)? else {
            return Ok(None);
        };
        items
            .iter()
            .map(|item| scalar(item, key).cloned())
            .collect::<Result<_>>()
            .map(Some)
    }

    pub(in crate::rules) fn required(&self, key: &'static str, name: &Text) -> At<ItemError> {
        let name_text = name.as_str().to_owned();
        let fault = ItemError::MissingKey {
            item: self.item,
            name: name_text,
            key,
        };
        At::new(name.whole(), fault)
    }
}

pub(super) fn sequence<'a>(node: &'a Node, key: &str) -> Result<&'a [Node]> {
    match &node.content {
        Content::Sequence(items) => Ok(items),
        // `tags:` with nothing behind it.
        Content::Scalar(text) if text.as_str().is_empty() => Ok(&[]),
        _ => Err(wrong(node.place, key, "a sequence")),
    }
}

pub(in crate::rules) fn scalar<'a>(node: &'a Node, key: &str) -> Result<&'a Text> {
    match &node.content {
        Content::Scalar(text) => Ok(text),
        _ => Err(wrong(node.place, key, "a sequence of plain values")),
    }
}

pub(in crate::rules) fn wrong(place: Place, key: &str, wanted: &'static str) -> At<ItemError> {
    At::new(
        place,
        ItemError::WrongType {
            key: key.to_owned(),
            wanted,
        },
    )
}
