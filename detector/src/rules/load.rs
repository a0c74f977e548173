//! Loading: from files, directories and embedded texts to a rule set, or all that is wrong.

use std::{borrow::Cow, collections::HashSet, path::PathBuf};

use super::language::place::{At, Place, count};
use super::language::resolve::Names;
use super::loading::{
    build::{self, Built, Outcome},
    definitions::Definitions,
    files,
    items::Object,
    problem::{Fault, FileError, LoadErrors, Problem},
    yaml::{self, Content},
};
use super::matching::fields::Field;
use super::rule_set::{Rule, RuleSet};
use super::survey::{Question, Survey, Surveyed};
use crate::document::{Document, Position};

/// Where rules come from.
#[derive(Clone, Debug)]
pub enum RuleSource {
    /// A file, or a directory whose `.yaml` and `.yml` files are read in order of their names.
    Path(PathBuf),
    /// Text that is at hand.
    Text {
        /// How errors name it.
        name: Cow<'static, str>,
        /// The rules.
        text: Cow<'static, str>,
    },
}

impl RuleSet {
    /// Loads rules from all sources, in order.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in any of them; then no rule is loaded.
    pub fn load(sources: &[RuleSource]) -> Result<Self, LoadErrors> {
        let Loaded {
            rules,
            files,
            warnings,
            ..
        } = read(sources)?;
        let enabled = rules.into_iter().filter(|built| built.definition.enabled);
        let rules = enabled.map(|built| finish(built, &files)).collect();
        Ok(Self::new(rules, warnings))
    }
}

impl Survey {
    /// Reads all sources, in order, as [`RuleSet::load`] does.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in any of them.
    pub fn load(sources: &[RuleSource]) -> Result<Self, LoadErrors> {
        let Loaded {
            rules,
            names,
            files,
            warnings,
        } = read(sources)?;
        let surveyed = |built: Built| Surveyed {
            enabled: built.definition.enabled,
            exceptions: built
                .definition
                .exceptions
                .iter()
                .map(|exception| exception.name.as_str().to_owned())
                .collect(),
            question: Question::new(built.expression.clone(), built.condition.clone()),
            rule: finish(built, &files),
        };
        Ok(Self::new(
            rules.into_iter().map(surveyed).collect(),
            names,
            warnings,
        ))
    }
}

/// What was read, nothing of it wrong.
struct Loaded {
    rules: Vec<Built>,
    names: Names,
    files: Vec<Document>,
    warnings: Vec<Problem>,
}

fn read(sources: &[RuleSource]) -> Result<Loaded, LoadErrors> {
    let Read {
        loaded, problems, ..
    } = read_all(sources);
    if problems.is_empty() {
        Ok(loaded)
    } else {
        Err(LoadErrors { problems })
    }
}

/// What was read, and what is wrong with it.
pub(super) struct Read {
    loaded: Loaded,
    pub(super) problems: Vec<Problem>,
    /// The objects of all files, in their order.
    pub(super) items: Vec<Item>,
}

impl Read {
    pub(super) fn warnings(&self) -> &[Problem] {
        &self.loaded.warnings
    }

    pub(super) fn files(&self) -> &[Document] {
        &self.loaded.files
    }
}

/// An object of a file.
pub(super) struct Item {
    pub(super) file: u32,
    pub(super) line: u32,
    pub(super) sort: &'static str,
    pub(super) name: String,
}

pub(super) fn read_all(sources: &[RuleSource]) -> Read {
    let mut problems = Vec::new();
    let mut files = Vec::new();
    for source in sources {
        match source {
            RuleSource::Text { name, text } => {
                files.push(Document {
                    name: name.to_string(),
                    text: text.to_string(),
                });
            }
            RuleSource::Path(path) => files::read(path, &mut files, &mut problems),
        }
    }
    let mut definitions = Definitions::default();
    let mut errors: Vec<At<Fault>> = Vec::new();
    let mut items = Vec::new();
    for (index, file) in files.iter().enumerate() {
        match yaml::read(count(index), &file.text) {
            Err(error) => errors.push(error.widen()),
            Ok(roots) if roots.iter().all(is_empty) => {
                problems.push(Problem::with_file(&file.name, FileError::Empty));
            }
            Ok(roots) => {
                items.extend(roots.iter().flat_map(items_of));
                roots.iter().for_each(|root| definitions.add(root));
            }
        }
    }
    let Outcome {
        rules,
        names,
        errors: more,
        warnings,
    } = build::build(definitions);
    errors.extend(more);
    problems.extend(show(errors, &files));
    let warnings = show(warnings, &files);
    Read {
        loaded: Loaded {
            rules,
            names,
            files,
            warnings,
        },
        problems,
        items,
    }
}

fn items_of(root: &yaml::Node) -> Vec<Item> {
    let objects = Object::all(root).unwrap_or_default().into_iter().flatten();
    let item = |object: Object<'_>| Item {
        file: object.place.file,
        line: object.place.line,
        sort: object.item(),
        name: match object.get(object.item()).map(|node| &node.content) {
            Some(Content::Scalar(name)) => name.as_str().to_owned(),
            _ => String::new(),
        },
    };
    objects.map(item).collect()
}

fn is_empty(root: &yaml::Node) -> bool {
    matches!(&root.content, Content::Sequence(items) if items.is_empty())
}

fn finish(built: Built, files: &[Document]) -> Rule {
    let Built {
        definition,
        condition,
        output,
        ..
    } = built;
    let Place {
        file, line, column, ..
    } = definition.name.whole();
    Rule {
        name: definition.name.as_str().to_owned(),
        description: definition.description.as_str().trim_end().to_owned(),
        priority: definition.priority,
        priority_refused: definition.priority_refused,
        tags: definition.tags,
        output,
        file: files
            .get(file as usize)
            .map(|file| file.name.clone())
            .unwrap_or_default(),
        position: Position { line, column },
        asks_engine: condition.asks(Field::told_by_engine),
        condition,
    }
}

/// Faults in the order of their places, each once: a macro has its fault in every rule.
pub(super) fn show(mut faults: Vec<At<Fault>>, files: &[Document]) -> Vec<Problem> {
    faults.sort_by_key(|At { place, .. }| *place);
    let mut seen = HashSet::new();
    faults
        .into_iter()
        .filter(|At { place, fault }| seen.insert((*place, fault.to_string())))
        .map(|At { place, fault }| match files.get(place.file as usize) {
            Some(file) => {
                let Place { line, column, .. } = place;
                Problem::at(file, Position { line, column }, place.width, fault)
            }
            None => Problem::with_file("", fault),
        })
        .collect()
}
