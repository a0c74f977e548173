//! Values that are secret by the name before them: `NAME=VALUE`, `"NAME": "VALUE"`, `NAME: VALUE`
//! and `--NAME VALUE`, in whatever text.

use std::ops::Range;

use regex::bytes::Regex;

use super::{names, pattern};

/// A name that may be one of a secret, and what stands between it and its value. Whether it is one,
/// [`names`] decides; this only makes the candidates few.
const NAMED: &str = r#"(?i)([a-z0-9_.\-]*(?:pass|secret|token|key|pwd|auth|cred|cookie|jwt|bearer|pat|sig)[a-z0-9_\-]*)(?:\\?["'])?([ \t]{0,2}[=:][ \t]{0,2}|[ \t]+)"#;

/// Words before the secret in the value of a header.
const SCHEMES: [&[u8]; 6] = [
    b"bearer",
    b"basic",
    b"token",
    b"digest",
    b"negotiate",
    b"apikey",
];

#[derive(Debug, Clone)]
pub(super) struct Values(Regex);

/// How a value is written, which says where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quoting {
    Bare,
    /// To the end of the line: a header with several parts.
    Line,
    Quoted(u8),
    /// `\"...\"`: quoted inside a quoted text.
    Escaped(u8),
}

impl Values {
    pub(super) fn new() -> Result<Self, regex::Error> {
        pattern(NAMED).map(Self)
    }

    pub(super) fn find(&self, text: &[u8], spans: &mut Vec<Range<usize>>) {
        let mut at = 0;
        while let Some(found) = self.0.captures_at(text, at) {
            let (Some(whole), Some(name), Some(between)) =
                (found.get(0), found.get(1), found.get(2))
            else {
                return;
            };
            at = whole.end();
            let before = name
                .start()
                .checked_sub(1)
                .and_then(|at| text.get(at))
                .copied();
            let after = text.get(at).copied();
            if names::is_secret(name.as_bytes())
                && assigns(name.as_bytes(), between.as_bytes(), before, after)
            {
                let (span, quoting) = value(text, at, is_cookie(name.as_bytes()));
                at = span.end;
                let said = text.get(span.clone()).unwrap_or_default();
                if !is_harmless(said, quoting) && !is_signal(name.as_bytes(), said) {
                    spans.push(span);
                }
            }
        }
    }
}

/// Whether what stands between name and value makes it the name's value.
fn assigns(name: &[u8], between: &[u8], before: Option<u8>, after: Option<u8>) -> bool {
    match between.trim_ascii() {
        // `==` compares.
        b"=" => after != Some(b'='),
        // `a::token::b`, `token://`, `/etc/passwd: denied` assign nothing.
        b":" => {
            let begins = |b: u8| b.is_ascii_whitespace() || b"\"'{[(,;&?".contains(&b);
            before.is_none_or(begins) && !matches!(after, Some(b':' | b'/' | b'='))
        }
        // Only an option has its value behind a space; another option is no value.
        _ => name.starts_with(b"-") && after != Some(b'-'),
    }
}

fn is_cookie(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"cookie") || name.eq_ignore_ascii_case(b"set-cookie")
}

/// Where the value that begins at `at` lies, without quotes and scheme.
fn value(text: &[u8], at: usize, cookie: bool) -> (Range<usize>, Quoting) {
    let rest = text.get(at..).unwrap_or_default();
    let (opening, quoting) = match rest {
        [b'\\', quote @ (b'"' | b'\''), ..] => (2, Quoting::Escaped(*quote)),
        [quote @ (b'"' | b'\''), ..] => (1, Quoting::Quoted(*quote)),
        _ if cookie => (0, Quoting::Line),
        _ => (0, Quoting::Bare),
    };
    let start = at + opening;
    let start = start + scheme(text.get(start..).unwrap_or_default());
    let length = length(text.get(start..).unwrap_or_default(), quoting);
    (start..start + length, quoting)
}

/// The length of `Bearer ` and the like.
fn scheme(value: &[u8]) -> usize {
    let word = value.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let space = value.iter().skip(word).take_while(|b| **b == b' ').count();
    let known = |scheme: &&[u8]| {
        value
            .get(..word)
            .is_some_and(|w| w.eq_ignore_ascii_case(scheme))
    };
    if space > 0 && SCHEMES.iter().any(known) {
        word + space
    } else {
        0
    }
}

fn length(value: &[u8], quoting: Quoting) -> usize {
    let mut bytes = value.iter().copied().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        let next = bytes.peek().map(|(_, next)| *next);
        let ends = match quoting {
            Quoting::Line => matches!(byte, b'"' | b'\'' | b'\r' | b'\n' | 0),
            Quoting::Quoted(quote) => byte == quote,
            Quoting::Escaped(quote) => byte == quote || (byte == b'\\' && next == Some(quote)),
            Quoting::Bare => {
                byte <= b' '
                    || b"\"'`;|&<>()".contains(&byte)
                    || (byte == b'\\' && matches!(next, Some(b'"' | b'\'')))
            }
        };
        if ends {
            return at;
        }
        // An escaped byte ends nothing; between single quotes a backslash is one like any other.
        if byte == b'\\' && matches!(quoting, Quoting::Bare | Quoting::Quoted(b'"')) {
            bytes.next();
        }
    }
    value.len()
}

/// The value that begins at `at`, without its quotes.
pub(super) fn at(text: &[u8], at: usize) -> Range<usize> {
    value(text, at, false).0
}

fn is_harmless(value: &[u8], quoting: Quoting) -> bool {
    let words: [&[u8]; 5] = [b"true", b"false", b"null", b"none", b"undefined"];
    (is_reference(value) && quoting != Quoting::Quoted(b'\''))
        || words.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Signals of events stand behind the name that signatures have in addresses: `sig=9(SIGKILL)`. A
/// bare number so short signs nothing.
fn is_signal(name: &[u8], value: &[u8]) -> bool {
    name == b"sig" && value.len() <= 2 && value.iter().all(u8::is_ascii_digit)
}

/// A reference that a shell expands tells where the secret comes from, and is none itself.
pub(super) fn is_reference(value: &[u8]) -> bool {
    let name = |text: &[u8]| text.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    match value {
        [b'$', b'(', ..] | [b'`', ..] => true,
        [b'$', b'{', inner @ .., b'}'] => !inner.contains(&b'}') || inner.starts_with(b"{"),
        [b'$', rest @ ..] => name(rest),
        _ => false,
    }
}
