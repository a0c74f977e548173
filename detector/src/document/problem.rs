//! Problems as people read them: file, line, column, what is wrong, and the line itself.

use std::error::Error;
use std::fmt;

use serde_json::{Value, json};

use super::excerpt::Excerpt;
use super::{Document, read::count};

/// Where a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

/// A problem, with all that is needed to show it.
#[derive(Clone, Debug)]
pub struct Problem<F> {
    /// The file, as it was named.
    pub file: String,
    /// Where in it; nothing if the file as a whole is meant.
    pub position: Option<Position>,
    /// The same in bytes from its beginning.
    pub offset: Option<u32>,
    /// What is wrong.
    pub fault: F,
    excerpt: Option<Excerpt>,
}

impl<F> Problem<F> {
    /// Something wrong with a file as a whole.
    pub fn with_file(file: &str, fault: impl Into<F>) -> Self {
        Self {
            file: file.to_owned(),
            position: None,
            offset: None,
            fault: fault.into(),
            excerpt: None,
        }
    }

    /// Something wrong at a place of a file, so many characters wide.
    pub fn at(document: &Document, position: Position, width: u32, fault: impl Into<F>) -> Self {
        Self {
            file: document.name.clone(),
            position: Some(position),
            offset: document.offset(position).map(count),
            fault: fault.into(),
            excerpt: Excerpt::new(&document.text, position, width),
        }
    }

    /// The same problem with a fault of a wider type.
    pub fn widen<G: From<F>>(self) -> Problem<G> {
        Problem {
            file: self.file,
            position: self.position,
            offset: self.offset,
            fault: self.fault.into(),
            excerpt: self.excerpt,
        }
    }
}

impl<F> Problem<F> {
    /// The line with a mark below the words that are meant, where a place is meant.
    #[must_use]
    pub fn snippet(&self) -> Option<String> {
        self.excerpt.as_ref().map(ToString::to_string)
    }
}

impl<F: fmt::Display> Problem<F> {
    /// For programs: where, and what; without the line itself.
    pub fn to_json(&self) -> Value {
        json!({
            "file": self.file,
            "line": self.position.map(|position| position.line),
            "column": self.position.map(|position| position.column),
            "message": self.fault.to_string(),
        })
    }
}

impl<F: fmt::Display> fmt::Display for Problem<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some(Position { line, column }) = self.position {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.fault)?;
        match &self.excerpt {
            Some(excerpt) => write!(f, "\n{excerpt}"),
            None => Ok(()),
        }
    }
}

impl<F: Error> Error for Problem<F> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.fault.source()
    }
}

/// As many problems of one file are shown as text: whoever gives a file of another kind learns that
/// from a few of them.
const SHOWN: usize = 20;

/// All that is wrong, in the order of files and lines. As text it shows the first 20 of each file,
/// and how many more there are.
#[derive(Clone, Debug)]
pub struct Problems<F> {
    /// One or more.
    pub problems: Vec<Problem<F>>,
}

impl<F: fmt::Display> fmt::Display for Problems<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for of_file in self.problems.chunk_by(|one, next| one.file == next.file) {
            for problem in of_file.iter().take(SHOWN) {
                write!(f, "{separator}{problem}")?;
                separator = "\n";
            }
            if let (Some(first), Some(more)) = (of_file.first(), of_file.get(SHOWN..))
                && !more.is_empty()
            {
                write!(f, "\n{}: and {} more in this file", first.file, more.len())?;
            }
        }
        Ok(())
    }
}

impl<F: Error> Error for Problems<F> {}

impl<F> From<Problem<F>> for Problems<F> {
    fn from(problem: Problem<F>) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(files: &[(&str, usize)]) -> Problems<String> {
        let of_file = |&(file, count): &(&str, usize)| -> Vec<Problem<String>> {
            let fault = |number| Problem::with_file(file, format!("fault {number}"));
            (0..count).map(fault).collect()
        };
        Problems {
            problems: files.iter().flat_map(of_file).collect(),
        }
    }

    #[test]
    fn each_file_shows_its_first_problems_and_counts_the_rest() {
        let text = problems(&[("a.yaml", 300), ("b.yaml", 20), ("c.yaml", 21)]).to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 21 + 20 + 21, "{text}");
        assert_eq!(lines[0], "a.yaml: fault 0");
        assert_eq!(lines[19], "a.yaml: fault 19");
        assert_eq!(lines[20], "a.yaml: and 280 more in this file");
        assert_eq!(lines[40], "b.yaml: fault 19");
        assert_eq!(lines[61], "c.yaml: and 1 more in this file");
    }
}
