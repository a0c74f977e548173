//! All that there is to say about rules, whether they load or not: for those who check them.

use super::load::{self, Item, RuleSource};
use super::loading::problem::Problem;

/// What was found.
#[derive(Debug)]
pub struct Report {
    /// The files that were read or should have been, by name.
    pub files: Vec<String>,
    /// What keeps the rules from being loaded.
    pub errors: Vec<Reported>,
    /// What does not.
    pub warnings: Vec<Reported>,
}

/// Something found, and in which object.
#[derive(Debug)]
pub struct Reported {
    /// What and where.
    pub problem: Problem,
    /// The sort and the name of the object; nothing if the file is meant.
    pub item: Option<(&'static str, String)>,
}

impl Report {
    /// Reads rules from all sources, in order.
    #[must_use]
    pub fn of(sources: &[RuleSource]) -> Self {
        let read = load::read_all(sources);
        let mut files: Vec<String> = read.files().iter().map(|file| file.name.clone()).collect();
        for problem in &read.problems {
            if !files.contains(&problem.file) {
                files.push(problem.file.clone());
            }
        }
        let reported = |problem: &Problem| Reported {
            item: item(problem, &files, &read.items),
            problem: problem.clone(),
        };
        Self {
            errors: read.problems.iter().map(reported).collect(),
            warnings: read.warnings().iter().map(reported).collect(),
            files: files.clone(),
        }
    }
}

/// The last object that begins before the place.
fn item(problem: &Problem, files: &[String], items: &[Item]) -> Option<(&'static str, String)> {
    let position = problem.position?;
    let file = files.iter().position(|name| *name == problem.file)?;
    let before = |item: &&Item| item.file as usize == file && item.line <= position.line;
    let found = items.iter().rfind(before)?;
    Some((found.sort, found.name.clone()))
}
