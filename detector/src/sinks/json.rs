//! One line of JSON, safe for a terminal too.
//!
//! JSON escapes the control characters below U+0020 only. People read such lines with `cat`, and
//! U+009B starts an escape sequence as ESC does: so everything that [`is_harmless`] refuses is
//! written as `\uXXXX`. Readers of JSON see the same value.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use super::escape::is_harmless;

/// The value as JSON without a line break in it.
///
/// # Errors
/// If the value cannot be JSON, such as a map whose keys are no strings.
pub fn to_line(value: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::with_capacity(1024);
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Harmless))?;
    String::from_utf8(bytes).map_err(|error| serde_json::Error::io(io::Error::other(error)))
}

/// Compact JSON in which harmful characters are escaped.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(place) = rest.find(|c| !is_harmless(c)) {
            let (harmless, tail) = rest.split_at(place);
            CompactFormatter.write_string_fragment(writer, harmless)?;
            let mut chars = tail.chars();
            if let Some(c) = chars.next() {
                write_escaped(writer, c)?;
            }
            rest = chars.as_str();
        }
        CompactFormatter.write_string_fragment(writer, rest)
    }
}

/// Characters beyond the first plane are a pair of surrogates in JSON.
fn write_escaped<W: ?Sized + Write>(writer: &mut W, c: char) -> io::Result<()> {
    let mut units = [0; 2];
    c.encode_utf16(&mut units)
        .iter()
        .try_for_each(|unit| write!(writer, "\\u{unit:04x}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn harmful_characters_are_escaped() {
        let line = to_line(&"a\n\u{9b}\u{202e}\u{e0041}\"é").unwrap();
        assert_eq!(line, "\"a\\n\\u009b\\u202e\\udb40\\udc41\\\"é\"");
    }

    proptest! {
        #[test]
        fn the_value_survives_and_the_line_is_harmless(text in any::<String>()) {
            let value = serde_json::json!({ text.clone(): [text, 1, null] });
            let line = to_line(&value).unwrap();
            prop_assert!(line.chars().all(is_harmless));
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap(), value);
        }
    }
}
