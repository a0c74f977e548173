//! Loading: from files, directories and embedded texts to a rule set, or all that is wrong.

use std::{
    borrow::Cow,
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    build::{self, Built, Outcome},
    definitions::Definitions,
    place::{At, Place, count},
    problem::{Fault, FileError, LoadErrors, Problem},
    rule_set::{Rule, RuleSet},
    yaml::{self, Content},
};
use crate::document::{Document, Position, ReadError};

/// Ten times the largest rule file known.
const MAX_FILE: u64 = 4 << 20;

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
                RuleSource::Path(path) => read_path(path, &mut files, &mut problems),
            }
        }
        let mut definitions = Definitions::default();
        let mut errors: Vec<At<Fault>> = Vec::new();
        for (index, file) in files.iter().enumerate() {
            match yaml::read(count(index), &file.text) {
                Err(error) => errors.push(error.widen()),
                Ok(roots) if roots.iter().all(is_empty) => {
                    problems.push(Problem::with_file(&file.name, FileError::Empty));
                }
                Ok(roots) => roots.iter().for_each(|root| definitions.add(root)),
            }
        }
        let Outcome {
            rules,
            errors: more,
            warnings,
        } = build::build(definitions);
        errors.extend(more);
        problems.extend(show(errors, &files));
        if !problems.is_empty() {
            return Err(LoadErrors { problems });
        }
        let rules = rules
            .into_iter()
            .map(|built| finish(built, &files))
            .collect();
        Ok(Self::new(rules, show(warnings, &files)))
    }
}

fn is_empty(root: &yaml::Node) -> bool {
    matches!(&root.content, Content::Sequence(items) if items.is_empty())
}

fn finish(built: Built, files: &[Document]) -> Rule {
    let Built {
        definition,
        condition,
        output,
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
        condition,
    }
}

/// Faults in the order of their places, each once: a macro has its fault in every rule.
fn show(mut faults: Vec<At<Fault>>, files: &[Document]) -> Vec<Problem> {
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

fn read_path(path: &Path, files: &mut Vec<Document>, problems: &mut Vec<Problem>) {
    let name = path.display().to_string();
    let entries = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => directory(path),
        Ok(_) => Ok(vec![path.to_owned()]),
        Err(error) => Err(ReadError::from(error).into()),
    };
    match entries {
        Err(error) => problems.push(Problem::with_file(&name, error)),
        Ok(paths) => {
            for path in paths {
                match Document::read(&path, MAX_FILE) {
                    Ok(file) => files.push(file),
                    Err(problem) => problems.push(problem.widen::<FileError>().widen()),
                }
            }
        }
    }
}

fn directory(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    let unreadable = |error: io::Error| FileError::from(ReadError::from(error));
    let mut paths = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if matches!(ending, Some("yaml" | "yml")) {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        Err(FileError::EmptyDirectory)
    } else {
        Ok(paths)
    }
}
