//! Tracing the characters of a decoded YAML scalar back into the file.
//!
//! Between source and value only three things differ: white space (indentation, folding),
//! escapes of quoted scalars, and what surrounds the scalar (quotes, block header). So both are
//! walked side by side, white space is free to differ, and each escape stands for one character.
//! If they part ways nevertheless, later characters keep the last known place: a diagnostic may
//! then be off by a few columns, never wrong in what it says.

use saphyr_parser::ScalarStyle;

use crate::rules::language::{place::Place, text::Text};

/// The value of a scalar that begins at `start`, with the place of each character.
pub(super) fn locate(lines: &[&str], start: Place, style: ScalarStyle, value: &str) -> Text {
    let mut source = Walk::from(lines, start);
    source.enter(style);
    let mut text = Text::at(source.place(start));
    let mut lost = false;
    for character in value.chars() {
        let place = if lost || is_blank(character) {
            None
        } else {
            let found = source.find(character, style);
            lost = found.is_none();
            found
        };
        text.push(character, place);
    }
    text
}

/// White space of YAML, which may be folded or left out; other blanks of Unicode are none.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// A walk over the source, character by character; a line break counts as white space.
struct Walk<'a> {
    rest: &'a [&'a str],
    line: u32,
    column: u32,
    characters: std::str::Chars<'a>,
}

impl<'a> Walk<'a> {
    fn from(lines: &'a [&'a str], start: Place) -> Self {
        let index = start.line.saturating_sub(1) as usize;
        let (first, rest) = match lines.get(index..).and_then(<[_]>::split_first) {
            Some((first, rest)) => (*first, rest),
            None => ("", [].as_slice()),
        };
        let mut walk = Self {
            rest,
            line: start.line,
            column: 1,
            characters: first.chars(),
        };
        while walk.column < start.column && walk.characters.next().is_some() {
            walk.column += 1;
        }
        walk
    }

    fn peek(&self) -> Option<char> {
        match self.characters.clone().next() {
            None if !self.rest.is_empty() => Some('\n'),
            next => next,
        }
    }

    fn advance(&mut self) -> Option<char> {
        if let Some(character) = self.characters.next() {
            self.column += 1;
            return Some(character);
        }
        let (next, rest) = self.rest.split_first()?;
        self.rest = rest;
        self.characters = next.chars();
        self.line = self.line.saturating_add(1);
        self.column = 1;
        Some('\n')
    }

    fn place(&self, start: Place) -> Place {
        Place {
            line: self.line,
            column: self.column,
            ..start
        }
    }

    /// Steps over the opening quote or the block header.
    fn enter(&mut self, style: ScalarStyle) {
        match (style, self.peek()) {
            (ScalarStyle::SingleQuoted, Some('\'')) | (ScalarStyle::DoubleQuoted, Some('"')) => {
                self.advance();
            }
            (ScalarStyle::Literal | ScalarStyle::Folded, Some('|' | '>')) => {
                while self.advance().is_some_and(|character| character != '\n') {}
            }
            _ => {}
        }
    }

    /// The place of the next occurrence of `wanted`, with nothing but white space before it.
    fn find(&mut self, wanted: char, style: ScalarStyle) -> Option<(u32, u32)> {
        loop {
            let place = (self.line, self.column);
            let character = self.advance()?;
            if is_blank(character) {
                continue;
            }
            if style == ScalarStyle::DoubleQuoted && character == '\\' {
                match self.escape() {
                    Some(true) => continue,
                    Some(false) => return Some(place),
                    None => return None,
                }
            }
            if character != wanted {
                return None;
            }
            if style == ScalarStyle::SingleQuoted && character == '\'' {
                self.advance();
            }
            return Some(place);
        }
    }

    /// Steps over the rest of an escape; true if it stands for white space.
    fn escape(&mut self) -> Option<bool> {
        let letter = self.advance()?;
        let digits = match letter {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            ' ' | '\t' | '\n' | '\r' | 'n' | 'r' | 't' => return Some(true),
            _ => return Some(false),
        };
        let mut code = 0;
        for _ in 0..digits {
            code = code * 16 + self.advance()?.to_digit(16)?;
        }
        Some(char::from_u32(code).is_some_and(is_blank))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::yaml::{Content, Node, read};

    /// Every scalar of a tree.
    fn scalars(node: &Node) -> Vec<super::Text> {
        match &node.content {
            Content::Scalar(text) => vec![text.clone()],
            Content::Sequence(items) => items.iter().flat_map(scalars).collect(),
            Content::Mapping(entries) => entries
                .iter()
                .flat_map(|entry| [vec![entry.key.clone()], scalars(&entry.value)].concat())
                .collect(),
        }
    }

    /// Each visible character of each scalar stands where its place says.
    fn assert_traced(source: &str) {
        let lines: Vec<&str> = source.split('\n').collect();
        for text in read(0, source).unwrap().iter().flat_map(scalars) {
            for (offset, character) in text.as_str().char_indices() {
                if super::is_blank(character) {
                    continue;
                }
                let place = text.place(offset..offset + 1);
                let line = lines[place.line as usize - 1];
                let found = line.chars().nth(place.column as usize - 1);
                assert_eq!(found, Some(character), "{text:?} at {offset}");
            }
        }
    }

    #[test]
    fn every_style_is_traced() {
        assert_traced(
            "- rule: plain words\n  condition: >\n    a = b\n      and c\n\n    or d\n  more: |-\n   x y\n    z\n\
             - 'single it''s'\n- \"double a b\"\n- plain\n  over lines\n  three\n- [flow, {k: v}]\n\
             - é: ü ö\n- >2-\n    indented\n- \"folded\n  in quotes\"\n\
             - |\n  a\n  \u{2028}b\n",
        );
    }

    #[test]
    fn escapes_stand_for_one_character() {
        let documents = read(0, r#"- "a\x41\n\"b\u00e9\\c d""#).unwrap();
        let text = scalars(&documents[0]).remove(0);
        assert_eq!(text.as_str(), "aA\n\"b\u{e9}\\c d");
        let column = |offset: usize| text.place(offset..offset + 1).column;
        assert_eq!(column(0), 4);
        assert_eq!(column(1), 5);
        assert_eq!(column(3), 11);
        assert_eq!(column(4), 13);
        let last = text.as_str().len() - 1;
        assert_eq!(column(last), 24);
    }

    proptest! {
        #[test]
        fn reading_never_panics(source in "\\PC*") {
            let _ = read(0, &source);
        }

        #[test]
        fn reading_structured_noise_never_panics(
            source in "([-:?&*!|>'\"%@`{}\\[\\],#a~\\\\ \n\t\r]|key|- |: ){0,60}"
        ) {
            let _ = read(0, &source);
        }

        #[test]
        fn folded_text_is_traced(words in prop::collection::vec("[a-zé=()\"']{1,6}", 1..20)) {
            let body: String = words.iter().enumerate().map(|(index, word)| {
                format!("{word}{}", if index % 3 == 0 { "\n    " } else { " " })
            }).collect();
            assert_traced(&format!("- key: >\n    {body}\n"));
        }
    }
}
