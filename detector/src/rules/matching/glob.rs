//! Shell patterns over bytes, as `fnmatch` matches them without flags: `*` crosses `/`, a leading
//! dot is nothing special. Case folding is that of ASCII.

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) struct Glob {
    tokens: Vec<Token>,
    fold: bool,
}

/// Whether the whole of a text fits a pattern.
#[must_use]
pub fn fits(pattern: &str, text: &str) -> bool {
    Glob::new(pattern.as_bytes(), false).matches(text.as_bytes())
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Token {
    Byte(u8),
    /// `?`
    One,
    /// `*`
    Many,
    /// `[...]`
    Set {
        negated: bool,
        ranges: Vec<(u8, u8)>,
    },
}

impl Glob {
    /// Compiles a pattern; each has a meaning, since an unclosed `[` stands for itself.
    pub(in crate::rules) fn new(pattern: &[u8], fold: bool) -> Self {
        let mut tokens = Vec::new();
        let mut rest = pattern;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            tokens.push(match byte {
                b'?' => Token::One,
                // Several stars mean what one means, and cost more.
                b'*' if matches!(tokens.last(), Some(Token::Many)) => continue,
                b'*' => Token::Many,
                b'\\' => match rest.split_first() {
                    Some((&escaped, after)) => {
                        rest = after;
                        Token::Byte(escaped)
                    }
                    None => Token::Byte(b'\\'),
                },
                b'[' => match set(rest) {
                    Some((token, after)) => {
                        rest = after;
                        token
                    }
                    None => Token::Byte(b'['),
                },
                _ => Token::Byte(byte),
            });
        }
        Self { tokens, fold }
    }

    /// Whether the whole of `subject` matches.
    ///
    /// On a mismatch only the last star takes one byte more: what earlier ones took stays right,
    /// so the work is bounded by the product of both lengths.
    pub(super) fn matches(&self, subject: &[u8]) -> bool {
        let (mut token, mut byte) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match (self.tokens.get(token), subject.get(byte)) {
                (None, None) => return true,
                (Some(Token::Many), _) => {
                    retry = Some((token + 1, byte));
                    token += 1;
                    continue;
                }
                (Some(wanted), Some(&found)) if self.accepts(wanted, found) => {
                    token += 1;
                    byte += 1;
                    continue;
                }
                _ => {}
            }
            match retry.as_mut() {
                Some((after_star, taken)) if *taken < subject.len() => {
                    *taken += 1;
                    (token, byte) = (*after_star, *taken);
                }
                _ => return false,
            }
        }
    }

    /// The literal components: no wildcard in them, and between two slashes or a slash and an end.
    pub(super) fn components(&self) -> Vec<Vec<u8>> {
        if self.fold {
            return Vec::new();
        }
        let literal = |token: &Token| match token {
            Token::Byte(byte) => Some(*byte),
            Token::One | Token::Many | Token::Set { .. } => None,
        };
        self.tokens
            .split(|token| matches!(token, Token::Byte(b'/')))
            .filter_map(|part| part.iter().map(literal).collect())
            .collect()
    }

    /// The longest run of bytes that every text that matches has in it; nothing where there is none,
    /// or letters may be of either case.
    pub(super) fn longest_literal(&self) -> Option<Box<[u8]>> {
        let runs = self.tokens.split(|token| !matches!(token, Token::Byte(_)));
        let longest = runs.max_by_key(|run| run.len())?;
        let byte = |token: &Token| match token {
            Token::Byte(byte) => Some(*byte),
            _ => None,
        };
        let literal: Box<[u8]> = longest.iter().filter_map(byte).collect();
        (!literal.is_empty() && !self.fold).then_some(literal)
    }

    fn accepts(&self, token: &Token, byte: u8) -> bool {
        match token {
            Token::One | Token::Many => true,
            Token::Byte(wanted) if self.fold => wanted.eq_ignore_ascii_case(&byte),
            Token::Byte(wanted) => *wanted == byte,
            Token::Set { negated, ranges } => {
                let within = |byte: u8| {
                    ranges
                        .iter()
                        .any(|&(first, last)| (first..=last).contains(&byte))
                };
                let found = if self.fold {
                    within(byte.to_ascii_lowercase()) || within(byte.to_ascii_uppercase())
                } else {
                    within(byte)
                };
                found != *negated
            }
        }
    }
}

/// Reads a set behind its `[`; nothing if it has no end.
fn set(pattern: &[u8]) -> Option<(Token, &[u8])> {
    let (negated, mut rest) = match pattern.split_first() {
        Some((b'!' | b'^', rest)) => (true, rest),
        _ => (false, pattern),
    };
    let mut ranges = Vec::new();
    let mut first = true;
    loop {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        match byte {
            b']' if !first => return Some((Token::Set { negated, ranges }, rest)),
            b'[' if rest.first() == Some(&b':') => {
                let end = rest.windows(2).position(|pair| pair == b":]")?;
                ranges.extend_from_slice(class(rest.get(1..end)?)?);
                rest = rest.get(end + 2..)?;
            }
            _ => {
                let low = literal(byte, &mut rest)?;
                let high = match rest {
                    [b'-', high, after @ ..] if *high != b']' => {
                        rest = after;
                        literal(*high, &mut rest)?
                    }
                    _ => low,
                };
                ranges.push((low, high));
            }
        }
        first = false;
    }
}

/// A byte of a set, or the one behind a backslash.
fn literal(byte: u8, rest: &mut &[u8]) -> Option<u8> {
    if byte != b'\\' {
        return Some(byte);
    }
    let (&escaped, after) = rest.split_first()?;
    *rest = after;
    Some(escaped)
}

fn class(name: &[u8]) -> Option<&'static [(u8, u8)]> {
    Some(match name {
        b"alpha" => &[(b'a', b'z'), (b'A', b'Z')],
        b"digit" => &[(b'0', b'9')],
        b"alnum" => &[(b'a', b'z'), (b'A', b'Z'), (b'0', b'9')],
        b"upper" => &[(b'A', b'Z')],
        b"lower" => &[(b'a', b'z')],
        b"space" => &[(b' ', b' '), (b'\t', b'\r')],
        b"blank" => &[(b' ', b' '), (b'\t', b'\t')],
        b"xdigit" => &[(b'0', b'9'), (b'a', b'f'), (b'A', b'F')],
        b"punct" => &[(b'!', b'/'), (b':', b'@'), (b'[', b'`'), (b'{', b'~')],
        b"print" => &[(b' ', b'~')],
        b"graph" => &[(b'!', b'~')],
        b"cntrl" => &[(0, 31), (127, 127)],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, subject: &str) -> bool {
        Glob::new(pattern.as_bytes(), false).matches(subject.as_bytes())
    }

    #[test]
    fn means_what_fnmatch_means() {
        for (pattern, subject, expected) in [
            ("*/.ssh/id_*", "/root/.ssh/id_rsa", true),
            ("/etc/*", "/etc/a/b", true),
            ("/etc/*", "/etc", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[^a-c]x", "dx", true),
            ("[]]", "]", true),
            ("[]-a]", "^", true),
            ("[[:digit:]]*", "7up", true),
            ("[[:digit:]]*", "up", false),
            ("[a", "[a", true),
            (r"\*", "*", true),
            (r"\*", "x", false),
            (r"[\]]", "]", true),
            ("", "", true),
            ("*", "", true),
            ("**a**", "bab", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-", false),
        ] {
            assert_eq!(matches(pattern, subject), expected, "{pattern} {subject}");
        }
        assert!(Glob::new(b"*.SH", true).matches(b"run.sh"));
        assert!(Glob::new(b"[A-C]", true).matches(b"b"));
    }

    #[test]
    fn many_stars_stay_cheap() {
        let pattern = "a*".repeat(200) + "b";
        assert!(!matches(&pattern, &"a".repeat(20_000)));
    }

    proptest! {
        #[test]
        fn never_panics(pattern in prop::collection::vec(any::<u8>(), 0..40),
                        subject in prop::collection::vec(any::<u8>(), 0..40), fold: bool) {
            Glob::new(&pattern, fold).matches(&subject);
        }

        #[test]
        fn escaped_text_matches_itself_only(text in "[a-z*?\\[\\]\\\\]{0,12}", other in "[a-z]{0,3}") {
            let escaped: String = text.chars().flat_map(|character| ['\\', character]).collect();
            prop_assert!(matches(&escaped, &text));
            prop_assert_eq!(matches(&escaped, &other), text == other);
        }
    }
}
