//! The words of a condition.
//!
//! What a word is depends on what is expected: `-1`, `/etc` and `a|b` are values on the right of
//! an operator and nothing elsewhere. So there is no stream of tokens but a cursor, which the
//! parser asks for the word that it needs.

use std::ops::Range;

use super::{
    place::{At, Place, Placed},
    text::Text,
};

/// What is wrong with the text of a condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// Something else stands where `expected` should.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What may stand there.
        expected: String,
        /// What does.
        found: String,
    },
    /// A word where an operator should stand.
    #[error("unknown operator '{name}'{hint}")]
    UnknownOperator {
        /// The word.
        name: String,
        /// Perhaps a suggestion.
        hint: String,
    },
    /// A quoted string without its end.
    #[error("the string has no closing {0}")]
    OpenQuote(char),
    /// An escape that the language does not know.
    #[error(
        "unknown escape '\\{0}': write \\\\ for a backslash, or one of \\b \\f \\n \\r \\t \\/ \\xHH"
    )]
    Escape(String),
    /// A zero byte.
    #[error("\\x00 cannot occur in a field: kernel strings end there")]
    Zero,
    /// Parentheses or `not` nested too deeply.
    #[error("nested more than {0} levels deep: split the condition into macros")]
    TooDeep(usize),
    /// Functions in functions in functions.
    #[error("functions nested more than {0} levels deep")]
    CallsTooDeep(usize),
    /// A word with a parenthesis behind it.
    #[error("unknown function '{name}'{hint}")]
    UnknownFunction {
        /// The word.
        name: String,
        /// Perhaps a suggestion.
        hint: String,
    },
    /// A function where none can be.
    #[error("'{name}(...)' cannot stand here: {instead}")]
    Misplaced {
        /// The function.
        name: String,
        /// What to write.
        instead: &'static str,
    },
    /// A part of the language that is not there yet.
    #[error("{what} is not supported yet: {instead}")]
    Unsupported {
        /// The part.
        what: String,
        /// What to write.
        instead: &'static str,
    },
}

pub(in crate::rules) type Result<T> = std::result::Result<T, At<SyntaxError>>;

/// A position in a text.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    text: &'a Text,
    offset: usize,
}

pub(super) const fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{8}')
}

/// Not the same as what is no blank: of control characters, these alone end a value.
const fn is_bare(character: char) -> bool {
    let space = matches!(character, ' ' | '\t'..='\r');
    !space && !matches!(character, '(' | ')' | '"' | '\'' | '=' | ',')
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a Text) -> Self {
        Self { text, offset: 0 }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.as_str().get(self.offset..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.offset += character.len_utf8();
        Some(character)
    }

    pub(super) fn skip_blanks(&mut self) {
        self.take_while(is_blank);
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn place(&self, range: Range<usize>) -> Place {
        self.text.place(range)
    }

    /// What stands there.
    pub(super) fn text(&self, range: Range<usize>) -> String {
        let text = self.text.as_str().get(range);
        text.unwrap_or_default().to_owned()
    }

    /// Takes characters as long as they satisfy `wanted`.
    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest
            .find(|character| !wanted(character))
            .unwrap_or(rest.len());
        self.offset += length;
        rest.get(..length).unwrap_or_default()
    }

    fn placed<T>(&self, start: usize, node: T) -> Placed<T> {
        Placed::new(node, self.place(start..self.offset))
    }

    /// Takes exactly this text if it is next.
    pub(super) fn eat(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.offset += wanted.len();
        }
        found
    }

    /// A letter, then letters, digits and `_`; with `dotted`, more of that after dots.
    pub(super) fn word(&mut self, dotted: bool) -> Option<Placed<String>> {
        let start = self.offset;
        self.name();
        while self.offset > start && dotted && self.peek() == Some('.') {
            let dot = self.offset;
            self.bump();
            if self.name().is_empty() {
                self.offset = dot;
                break;
            }
        }
        let word = self
            .text
            .as_str()
            .get(start..self.offset)
            .filter(|word| !word.is_empty())?;
        Some(self.placed(start, word.to_owned()))
    }

    fn name(&mut self) -> &'a str {
        match self.peek() {
            Some(first) if first.is_ascii_alphabetic() => {
                self.take_while(|character| character.is_ascii_alphanumeric() || character == '_')
            }
            _ => "",
        }
    }

    /// A whole number without sign.
    pub(super) fn number(&mut self) -> Option<usize> {
        self.take_while(|character| character.is_ascii_digit())
            .parse()
            .ok()
    }

    /// Goes back to where the cursor has been.
    pub(super) fn rewind(&mut self, offset: usize) {
        self.offset = offset;
    }

    /// A value without quotes.
    pub(super) fn bare(&mut self) -> Option<Placed<String>> {
        let start = self.offset;
        let value = self.take_while(is_bare);
        (!value.is_empty()).then(|| self.placed(start, value.to_owned()))
    }

    /// The argument of a field, without quotes: up to the bracket.
    pub(super) fn bare_argument(&mut self) -> Option<Placed<String>> {
        let start = self.offset;
        let value = self.take_while(|character| {
            !character.is_whitespace() && !matches!(character, '[' | ']' | '"' | '\'')
        });
        (!value.is_empty()).then(|| self.placed(start, value.to_owned()))
    }

    /// A quoted string, if one begins here.
    pub(super) fn quoted(&mut self) -> Result<Option<Placed<Vec<u8>>>> {
        let start = self.offset;
        let Some(quote @ ('"' | '\'')) = self.peek() else {
            return Ok(None);
        };
        self.bump();
        let mut value = Vec::new();
        loop {
            let at = self.offset;
            match self.bump() {
                None => {
                    return Err(At::new(
                        self.place(start..start + 1),
                        SyntaxError::OpenQuote(quote),
                    ));
                }
                Some('\\') => value.push(self.escape(at, quote)?),
                Some(character) if character == quote => break,
                Some('\0') => {
                    return Err(At::new(self.place(at..self.offset), SyntaxError::Zero));
                }
                Some(character) => {
                    value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
        Ok(Some(self.placed(start, value)))
    }

    /// The rest of an escape whose backslash stands at `start`.
    fn escape(&mut self, start: usize, quote: char) -> Result<u8> {
        let byte = match self.bump() {
            Some('b') => 8,
            Some('f') => 12,
            Some('n') => b'\n',
            Some('r') => b'\r',
            Some('t') => b'\t',
            Some('/') => b'/',
            // A blank after a backslash is dropped: an old habit of the language.
            Some('\\' | ' ') => b'\\',
            Some(character) if character == quote => {
                if quote == '"' {
                    b'"'
                } else {
                    b'\''
                }
            }
            Some('x') => {
                let digits = self.rest().get(..2).filter(|text| text.is_ascii());
                let byte = digits.and_then(|text| u8::from_str_radix(text, 16).ok());
                let Some(byte) = byte.filter(|_| !self.rest().starts_with('+')) else {
                    return Err(self.bad_escape(start));
                };
                self.offset += 2;
                byte
            }
            _ => return Err(self.bad_escape(start)),
        };
        Ok(byte)
    }

    fn bad_escape(&self, start: usize) -> At<SyntaxError> {
        let text = self
            .text
            .as_str()
            .get(start + 1..self.offset)
            .unwrap_or_default();
        At::new(
            self.place(start..self.offset),
            SyntaxError::Escape(text.to_owned()),
        )
    }

    /// The error that something else was expected here, or behind the blanks that follow.
    pub(super) fn expected(&self, expected: impl Into<String>) -> At<SyntaxError> {
        let mut ahead = self.clone();
        ahead.skip_blanks();
        let start = ahead.offset;
        if ahead.bare().is_none() {
            ahead.bump();
        }
        let range = start..ahead.offset;
        let found = match self.text.as_str().get(range.clone()) {
            Some("") | None => "the end".to_owned(),
            Some(text) => format!("'{}'", text.escape_debug()),
        };
        let expected = expected.into();
        At::new(self.place(range), SyntaxError::Expected { expected, found })
    }
}
