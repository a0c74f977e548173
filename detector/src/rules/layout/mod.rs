//! The canonical layout of rule files: `rules fmt`.
//!
//! Items stand at the left edge with an empty line between them, keys below each other, values that
//! go over several lines four columns in, and conditions as `rules show` prints them. Everything
//! else stays as its author wrote it: comments, the order of items and keys, quotes, and lists.
//!
//! Lines are moved and not made anew, but for conditions. What comes out is read again and compared
//! with what went in, so a layout never changes what is loaded.

mod item;
mod same;
#[cfg(test)]
mod tests;
mod value;

use std::path::Path;

use super::language::place::At;
use super::load;
use super::loading::{
    files::MAX_FILE,
    problem::{FileError, LoadErrors, Problem},
    yaml::{self, Content, Node},
};
use crate::document::{self, Document, Position};

/// A file laid out.
#[derive(Clone, Debug)]
pub struct Formatted {
    /// The file before.
    pub document: Document,
    /// Its new text.
    pub text: String,
    /// What was left as it is, and why.
    pub left: Vec<document::Problem<Left>>,
}

/// Why a part of a file is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Left {
    /// No block of keys.
    #[error("left as it is: only items with a line for each key are laid out")]
    Form,
    /// A comment where the condition is.
    #[error("the condition is left as it is: a comment stands within it")]
    Comment,
    /// An anchor, an alias or a tag.
    #[error("the condition is left as it is: it has an anchor, an alias or a tag")]
    Anchor,
    /// No condition.
    #[error("the condition is left as it is: it cannot be parsed (`rules check` says why)")]
    Syntax,
    /// Something that this module does not master.
    #[error("the file is left as it is: laid out, it would mean something else")]
    Meaning,
}

impl Formatted {
    /// Reads a file and lays it out.
    ///
    /// # Errors
    /// If it cannot be read, is no YAML, or no sequence of objects.
    pub fn open(path: &Path) -> Result<Self, LoadErrors> {
        let document = Document::read(path, MAX_FILE);
        format(&document.map_err(|problem| problem.widen::<FileError>().widen())?)
    }

    /// Lays a text out.
    ///
    /// # Errors
    /// If it is no YAML, or no sequence of objects.
    pub fn of(name: &str, text: &str) -> Result<Self, LoadErrors> {
        let (name, text) = (name.to_owned(), text.to_owned());
        format(&Document { name, text })
    }
}

fn format(document: &Document) -> Result<Formatted, LoadErrors> {
    let text = document.text.strip_prefix('\u{feff}');
    let text = text.unwrap_or(&document.text).replace("\r\n", "\n");
    let roots = yaml::read(0, &text).map_err(|error| LoadErrors {
        problems: load::show(vec![error.widen()], std::slice::from_ref(document)),
    })?;
    let items: Vec<&Node> = roots.iter().flat_map(items).collect();
    if items.is_empty() {
        return Err(Problem::with_file(&document.name, FileError::Empty).into());
    }
    let mut page = item::Page::new(&text);
    page.all(&items);
    let item::Page {
        text: laid_out,
        left,
        ..
    } = page;
    let show = |At { place, fault }: At<Left>| {
        let position = Position {
            line: place.line,
            column: place.column,
        };
        document::Problem::at(document, position, place.width, fault)
    };
    let again = yaml::read(0, &laid_out);
    if again.is_ok_and(|again| same::documents(&roots, &again)) {
        return Ok(Formatted {
            document: document.clone(),
            text: laid_out,
            left: left.into_iter().map(show).collect(),
        });
    }
    Ok(Formatted {
        document: document.clone(),
        text: document.text.clone(),
        left: vec![document::Problem::with_file(&document.name, Left::Meaning)],
    })
}

fn items(root: &Node) -> &[Node] {
    match &root.content {
        Content::Sequence(items) => items,
        _ => std::slice::from_ref(root),
    }
}
