//! A line of a file with a mark below the words that are meant.

use std::fmt;

use super::Position;

/// How much of a line is shown before and behind the place, in characters.
const CONTEXT: usize = 76;

/// A part of a line, and which part of it is marked.
#[derive(Clone, Debug)]
pub(super) struct Excerpt {
    line: u32,
    text: String,
    indent: usize,
    width: usize,
}

impl Excerpt {
    /// The line of a text at this place, `width` characters of it marked; nothing if it is empty.
    pub(super) fn new(text: &str, position: Position, width: u32) -> Option<Self> {
        let column = position.column.checked_sub(1)? as usize;
        let line = text
            .split('\n')
            .nth(position.line.checked_sub(1)? as usize)?;
        let skipped = column.saturating_sub(CONTEXT);
        let visible = |character: char| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        };
        let shown: String = line
            .chars()
            .skip(skipped)
            .take(2 * CONTEXT)
            .map(visible)
            .collect();
        let shown = shown.trim_end().to_owned();
        let indent = column - skipped;
        let rest = shown.chars().count().saturating_sub(indent).max(1);
        let width = (width as usize).clamp(1, rest);
        (!shown.is_empty()).then_some(Self {
            line: position.line,
            text: shown,
            indent,
            width,
        })
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            text,
            indent,
            width,
        } = self;
        let number = line.to_string();
        let margin = number.len();
        let carets = "^".repeat(*width);
        write!(
            f,
            " {number} | {text}\n {:margin$} | {:indent$}{carets}",
            "", ""
        )
    }
}
