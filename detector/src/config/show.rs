//! Settings as text: as the file would say them, each with who said it.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::file::{CONTAINER, CONTAINER_KEYS};
use super::{ContainerLevel, OPTIONS, Opt, Origin, Setting, Settings};
use crate::host::engine::Sockets;

/// Columns beyond which a value moves its remark, and no other's.
const WIDEST: usize = 48;

/// A value in the words that would be typed for it.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    pub(super) words: Vec<String>,
    pub(super) origin: &'a Origin,
}

impl<'a> Shown<'a> {
    pub(super) fn word<T>(setting: &'a Setting<T>, write: impl FnOnce(&T) -> String) -> Self {
        Self {
            words: vec![write(&setting.value)],
            origin: &setting.origin,
        }
    }

    pub(super) fn words<T>(setting: &'a Setting<Vec<T>>, write: impl Fn(&T) -> String) -> Self {
        Self {
            words: setting.value.iter().map(write).collect(),
            origin: &setting.origin,
        }
    }

    pub(super) fn engines(setting: &'a Setting<Sockets>) -> Self {
        let paths = match &setting.value {
            Sockets::Usual => &[][..],
            Sockets::Named(paths) => paths,
        };
        Self {
            words: paths
                .iter()
                .map(|path| path.display().to_string())
                .collect(),
            origin: &setting.origin,
        }
    }
}

impl Opt {
    /// The value in force, as it stands in the file.
    pub(super) fn toml(&self, settings: &Settings) -> String {
        let words: Vec<_> = self
            .words(settings)
            .iter()
            .map(|word| quote(word))
            .collect();
        if self.arity.is_list() {
            format!("[{}]", words.join(", "))
        } else {
            words.concat()
        }
    }

    fn json(&self, settings: &Settings) -> Value {
        let Shown { words, origin } = (self.show)(settings);
        let value = if self.arity.is_list() {
            json!(words)
        } else {
            json!(words.concat())
        };
        json!({"value": value, "origin": origin})
    }
}

impl Settings {
    /// All values in force, as a file would say them, each with a remark that says who did.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut lines = Vec::new();
        let longest = OPTIONS.iter().map(|option| option.key.len()).max();
        let longest = longest.unwrap_or_default();
        for option in OPTIONS {
            let shown = (option.show)(self);
            let mut remark = shown.origin.to_string();
            if let Some(meaning) = option.default.filter(|_| shown.words.is_empty()) {
                remark = format!("{remark}: {meaning}");
            }
            let value = option.toml(self);
            lines.push((format!("{:longest$} = {value}", option.key), remark));
        }
        for Setting { value, origin } in &self.containers {
            lines.push((String::new(), String::new()));
            lines.push((format!("[[{CONTAINER}]]"), origin.to_string()));
            lines.extend(keys(value).map(|(key, word)| {
                let line = format!("{key} = {}", quote(&word));
                (line, String::new())
            }));
        }
        align(&lines)
    }
}

impl Settings {
    /// The tables of single containers, as one value.
    pub(super) fn containers_toml(&self) -> String {
        let tables = self.containers.iter().map(|container| {
            let pairs: Vec<_> = keys(&container.value)
                .map(|(key, word)| format!("{key} = {}", quote(&word)))
                .collect();
            format!("{{ {} }}", pairs.join(", "))
        });
        format!("[{}]", tables.collect::<Vec<_>>().join(", "))
    }
}

impl Serialize for Settings {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let options = OPTIONS
            .iter()
            .map(|option| (option.key.to_owned(), option.json(self)));
        let mut all: Map<_, _> = options.collect();
        let containers = self.containers.iter().map(|Setting { value, origin }| {
            let keys: Map<_, _> = keys(value)
                .map(|(key, word)| (key.to_owned(), json!(word)))
                .collect();
            json!({"value": keys, "origin": origin})
        });
        all.insert(CONTAINER.to_owned(), containers.collect());
        all.serialize(serializer)
    }
}

/// The keys of a container's table with their values.
fn keys(container: &ContainerLevel) -> impl Iterator<Item = (&'static str, String)> {
    let ContainerLevel { watch, level } = container;
    let words = [watch.to_string(), level.to_string()];
    CONTAINER_KEYS.into_iter().map(|(key, _)| key).zip(words)
}

/// Lines, their remarks in one column.
fn align(lines: &[(String, String)]) -> String {
    let widths = lines.iter().map(|(line, _)| line.chars().count());
    let width = widths
        .filter(|width| *width <= WIDEST)
        .max()
        .unwrap_or_default();
    let lines = lines.iter().map(|(line, remark)| {
        if remark.is_empty() {
            format!("{line}\n")
        } else {
            format!("{line:width$}  # {}\n", visible(remark))
        }
    });
    lines.collect()
}

/// A word as TOML has it, with nothing in it that steers a terminal.
pub(super) fn quote(word: &str) -> String {
    let characters = word.chars().map(|character| match character {
        '"' | '\\' => format!("\\{character}"),
        ' '..='~' => character.to_string(),
        letter if letter.is_alphanumeric() => letter.to_string(),
        other => format!("\\U{:08X}", u32::from(other)),
    });
    format!("\"{}\"", characters.collect::<String>())
}

/// A remark ends with its line.
fn visible(remark: &str) -> String {
    let remark = quote(remark);
    let inner = remark
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or_default().replace("\\\"", "\"")
}
