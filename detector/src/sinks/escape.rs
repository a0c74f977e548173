//! Makes strings from containers harmless before a person's terminal sees them.
//!
//! A container chooses its arguments, paths, names and labels. Printed as they are, they could move
//! the cursor, rewrite what stands above (escape sequences), end a line early and forge the next, or
//! make text read other than it is (bidirectional overrides, zero-width and filler characters).
//! What is left after [`escape`] is printable, visible, on one line, and reads back unambiguously.

use std::borrow::Cow;
use std::fmt::Write;

/// Letters by their category, yet drawn as nothing.
const INVISIBLE_LETTERS: [char; 6] = [
    '\u{115f}', '\u{1160}', '\u{17b4}', '\u{17b5}', '\u{3164}', '\u{ffa0}',
];

/// True for characters that a terminal shows as themselves: no control, format or separator
/// character, none that joins its neighbour, none that is drawn as nothing.
#[must_use]
pub fn is_harmless(c: char) -> bool {
    match c {
        ' '..='~' => true,
        // The standard library leaves exactly the printable ones alone.
        _ => c.escape_debug().len() == 1 && !INVISIBLE_LETTERS.contains(&c),
    }
}

/// The text with everything harmful written as an escape (`\n`, `\u{1b}`), backslashes doubled.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    replace(text, |c| c == '\\' || !is_harmless(c))
}

/// Our own messages, of several lines perhaps, which may quote such text: line breaks and
/// backslashes stay, so this is for messages whose quoted parts need no telling apart.
#[must_use]
pub fn escape_message(text: &str) -> Cow<'_, str> {
    replace(text, |c| c != '\n' && !is_harmless(c))
}

fn replace(text: &str, harmful: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&harmful) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if !harmful(c) {
            escaped.push(c);
        } else if INVISIBLE_LETTERS.contains(&c) {
            escaped.extend(c.escape_unicode());
        } else {
            escaped.extend(c.escape_debug());
        }
    }
    Cow::Owned(escaped)
}

/// A command line that can be told apart word by word: an argument is quoted where it is more than
/// a plain word.
#[must_use]
pub fn command_line(argv: &[String]) -> String {
    let mut line = String::new();
    for argument in argv {
        if !line.is_empty() {
            line.push(' ');
        }
        push_argument(&mut line, argument);
    }
    line
}

fn push_argument(line: &mut String, argument: &str) {
    let plain = |c: char| is_harmless(c) && !matches!(c, ' ' | '"' | '\'' | '\\');
    if !argument.is_empty() && argument.chars().all(plain) {
        line.push_str(argument);
    } else {
        // Infallible: a String takes everything.
        let _ = write!(line, "\"{}\"", escape(argument).replace('"', "\\\""));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_text_stays_as_it_is() {
        for text in ["/run/docker.sock", "café 文件 ünï", "a \"b\" 'c'", ""] {
            assert!(matches!(escape(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn what_steers_a_terminal_is_written_out() {
        let cases = [
            ("a\nb\r\t", "a\\nb\\r\\t"),
            ("\x1b[2J", "\\u{1b}[2J"),
            ("\u{9b}31m\x7f\0", "\\u{9b}31m\\u{7f}\\0"),
            ("\\n", "\\\\n"),
            ("a\u{202e}cod.exe", "a\\u{202e}cod.exe"),
            (
                "\u{2066}\u{2069}\u{200b}\u{feff}",
                "\\u{2066}\\u{2069}\\u{200b}\\u{feff}",
            ),
            ("\u{2028}\u{a0}\u{3000}", "\\u{2028}\\u{a0}\\u{3000}"),
            (
                "\u{3164}\u{ad}\u{e0041}\u{fe0f}",
                "\\u{3164}\\u{ad}\\u{e0041}\\u{fe0f}",
            ),
            ("\u{17b4}\u{34f}\u{61c}", "\\u{17b4}\\u{34f}\\u{61c}"),
        ];
        for (text, escaped) in cases {
            assert_eq!(escape(text), escaped);
        }
    }

    #[test]
    fn messages_keep_their_lines() {
        assert_eq!(escape_message("a\\b\n  ^\x1b"), "a\\b\n  ^\\u{1b}");
    }

    #[test]
    fn arguments_are_told_apart() {
        let argv = ["sh", "-c", "rm \"x\"", "", "a\nb", "it's"].map(String::from);
        assert_eq!(command_line(&argv), r#"sh -c "rm \"x\"" "" "a\nb" "it's""#);
        let joined = command_line(&["a b".into()]);
        assert_ne!(joined, command_line(&["a".into(), "b".into()]));
    }

    /// The characters of Trojan Source and of escape sequences, more often than chance gives them.
    fn nasty() -> impl Strategy<Value = String> {
        let pick = prop::sample::select(vec![
            '\x1b', '\n', '\\', '"', '\u{202e}', '\u{200b}', '\u{9b}', '\u{3164}', 'x', ' ',
        ]);
        prop::collection::vec(prop_oneof![pick, any::<char>()], 0..64)
            .prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn nothing_harmful_is_left(text in nasty()) {
            let shown = escape(&text);
            prop_assert!(shown.chars().all(is_harmless), "{shown:?}");
            prop_assert!(!shown.chars().any(char::is_control));
            prop_assert!(escape_message(&text).chars().all(|c| c == '\n' || is_harmless(c)));
            prop_assert!(command_line(&[text]).chars().all(is_harmless));
        }

        #[test]
        fn different_texts_look_different(a in nasty(), b in nasty()) {
            prop_assert_eq!(a == b, escape(&a) == escape(&b));
        }

        #[test]
        fn different_command_lines_look_different(
            a in prop::collection::vec(nasty(), 0..4),
            b in prop::collection::vec(nasty(), 0..4),
        ) {
            prop_assert_eq!(a == b, command_line(&a) == command_line(&b));
        }
    }
}
