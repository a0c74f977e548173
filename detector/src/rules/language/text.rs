//! Text that remembers where each of its characters stands in a file.
//!
//! YAML folds lines, strips indentation and decodes escapes, and an appended condition is glued
//! together from two files; still an error has to point at the very word. A [`Text`] therefore
//! keeps marks: from this byte on, characters stand one after the other from this line and column.

use std::ops::Range;

use super::place::{Place, count};

/// A string and the places of its characters.
#[derive(Clone, Debug, Default)]
pub(in crate::rules) struct Text {
    value: String,
    /// Ordered by offset.
    marks: Vec<Mark>,
    /// Where the next character stands unless it says otherwise.
    next: (u32, u32),
}

/// A mark at least this often, so that looking up a place stays cheap in one endless line.
const MARK_EVERY: usize = 256;

#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    offset: usize,
    file: u32,
    line: u32,
    column: u32,
}

impl Text {
    /// An empty text that begins at `place`.
    pub(in crate::rules) fn at(place: Place) -> Self {
        let mark = Mark {
            offset: 0,
            file: place.file,
            line: place.line,
            column: place.column,
        };
        Self {
            value: String::new(),
            marks: vec![mark],
            next: (place.line, place.column),
        }
    }

    /// A text all of whose characters stand in one line, from `place` on.
    pub(in crate::rules) fn of(value: &str, place: Place) -> Self {
        let mut text = Self::at(place);
        value
            .chars()
            .for_each(|character| text.push(character, None));
        text
    }

    pub(in crate::rules) fn as_str(&self) -> &str {
        &self.value
    }

    /// Adds a character; `place` is `(line, column)`, or nothing if it has none of its own.
    pub(in crate::rules) fn push(&mut self, character: char, place: Option<(u32, u32)>) {
        let offset = self.value.len();
        let (line, column) = place.unwrap_or(self.next);
        let last = self.marks.last().copied().unwrap_or_default();
        if (line, column) != self.next || offset - last.offset >= MARK_EVERY {
            self.marks.push(Mark {
                offset,
                file: last.file,
                line,
                column,
            });
        }
        self.next = (line, column.saturating_add(1));
        self.value.push(character);
    }

    /// Adds a blank and another text: what `append` means for conditions and outputs.
    pub(in crate::rules) fn append(&mut self, other: &Self) {
        self.value.push(' ');
        let shift = self.value.len();
        self.value.push_str(&other.value);
        self.marks.extend(other.marks.iter().map(|mark| Mark {
            offset: mark.offset + shift,
            ..*mark
        }));
    }

    /// Where a range of bytes stands; what begins behind the last word, at the end of that.
    pub(in crate::rules) fn place(&self, range: Range<usize>) -> Place {
        // A line that ends the text is no part of it, as in a YAML block: nothing stands behind it.
        let words = self.value.trim_end_matches([' ', '\t', '\n', '\r']);
        let start = range.start.min(words.len());
        let range = start..range.end.max(start);
        let after = self
            .marks
            .partition_point(|mark| mark.offset <= range.start);
        let Some(mark) = after.checked_sub(1).and_then(|index| self.marks.get(index)) else {
            return Place {
                line: 1,
                column: 1,
                width: 1,
                ..Place::default()
            };
        };
        let characters = |range: Range<usize>| {
            count(self.value.get(range).map_or(0, |text| text.chars().count()))
        };
        Place {
            file: mark.file,
            line: mark.line,
            column: mark
                .column
                .saturating_add(characters(mark.offset..range.start)),
            width: characters(range).max(1),
        }
    }

    /// Where the whole text stands; its width ends with its first line.
    pub(in crate::rules) fn whole(&self) -> Place {
        self.place(0..self.value.trim_end().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appended_text_keeps_its_own_place() {
        let mut text = Text::of(
            "a = 1",
            Place {
                file: 0,
                line: 3,
                column: 5,
                width: 1,
            },
        );
        text.append(&Text::of(
            "and b = 2",
            Place {
                file: 1,
                line: 9,
                column: 7,
                width: 1,
            },
        ));
        assert_eq!(text.as_str(), "a = 1 and b = 2");
        let place = text.place(10..11);
        assert_eq!((place.file, place.line, place.column), (1, 9, 11));
    }
}
