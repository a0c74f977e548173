//! Problems as people read them: file, line, column, what is wrong, and the line itself.

use std::error::Error;
use std::fmt;

use super::Document;
use super::excerpt::Excerpt;

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
            fault: fault.into(),
            excerpt: None,
        }
    }

    /// Something wrong at a place of a file, so many characters wide.
    pub fn at(document: &Document, position: Position, width: u32, fault: impl Into<F>) -> Self {
        Self {
            file: document.name.clone(),
            position: Some(position),
            fault: fault.into(),
            excerpt: Excerpt::new(&document.text, position, width),
        }
    }

    /// The same problem with a fault of a wider type.
    pub fn widen<G: From<F>>(self) -> Problem<G> {
        Problem {
            file: self.file,
            position: self.position,
            fault: self.fault.into(),
            excerpt: self.excerpt,
        }
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

/// All that is wrong, in the order of files and lines.
#[derive(Clone, Debug)]
pub struct Problems<F> {
    /// One or more.
    pub problems: Vec<Problem<F>>,
}

impl<F: fmt::Display> fmt::Display for Problems<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if index > 0 { "\n" } else { "" })?;
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
